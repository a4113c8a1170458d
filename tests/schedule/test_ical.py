"""The programme in other people's calendars."""

from __future__ import annotations

from icalendar import Calendar

from schedule.ical import dump
from schedule.programme_file import builtin
from tests.schedule.days import a_programme, an_item, at

SEED = builtin("topmoede_2021")
READ = Calendar.from_ical(dump(SEED, at("08.00"), "https://topmoede.example/"))


def test_every_item_is_an_event_at_its_time() -> None:
    events = {str(event["summary"]): event for event in READ.walk("VEVENT")}
    assert len(READ.walk("VEVENT")) == len(SEED.items)
    lunch = events["Frokost og kommunale drøftelser"]
    assert (lunch.decoded("dtstart"), lunch.decoded("dtend")) == (at("11.45"), at("12.55"))
    assert str(lunch["location"]) == "Egen kommune"
    assert str(lunch["url"]) == "https://topmoede.example/"


def test_the_end_mark_has_a_start_and_no_end() -> None:
    end = next(e for e in READ.walk("VEVENT") if str(e["summary"]) == "Tak for topmødet")
    assert end.decoded("dtstart") == at("16.30")
    assert "dtend" not in end


def test_what_is_pending_says_so() -> None:
    pending = next(e for e in READ.walk("VEVENT") if e.decoded("dtstart") == at("09.30"))
    assert str(pending["description"]) == "Opdateres\nOpdateres"


def test_an_item_keeps_its_uid_whatever_is_changed_about_it() -> None:
    before = a_programme(an_item("a", "09.00", "10.00"))
    after = a_programme(an_item("a", "09.30", "10.00", "break"), title="Another")
    uids = {
        str(event["uid"])
        for programme in (before, after)
        for event in Calendar.from_ical(dump(programme, at("08.00"))).walk("VEVENT")
    }
    assert len(uids) == 1
