"""What the library decides and refuses; and snapshot + events = snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from schedule.errors import Refused
from schedule.library import commands as ask
from schedule.library import documentwords as doc
from schedule.library import events as did
from schedule.library import library
from schedule.library.library import Library, initial
from schedule.library.unlocking import Grant
from server import wire
from tests.golden import GOLDENS, a_golden, as_json, heard, kept
from tests.schedule.days import Somebody, a_day, a_programme, an_item, at, with_fields

LIS = Somebody("lis", "Lis Lund", "secretariat")
SYSTEM = Somebody("system", "Topmøde", "system")
NOW = at("10.30")
EVENTS = wire.names_of(did.EVENTS)
FACES: dict[str, tuple[Callable[[Library], dict[str, Any]], Callable[..., Library]]] = {
    "library": (library.snapshot, library.restore),
    "library.desk": (library.desk_snapshot, library.desk_restore),
    "library.documents": (library.documents_snapshot, library.documents_restore),
}


def told(start: Library, *commands: object, now: datetime = NOW) -> Library:
    for command in commands:
        for event in library.decide(start, command, LIS, now):
            start = library.evolve(start, event, seq=1, at=now)
    return start


def refusal(start: Library, command: object) -> str:
    with pytest.raises(Refused) as refused:
        library.decide(start, command, LIS, NOW)
    return refused.value.code


@dataclass(frozen=True)
class Case:
    name: str
    state: Library
    command: object

    def path(self, topic: str) -> Path:
        return GOLDENS / topic / f"{self.name}.json"


def another_version() -> Any:
    kept = (item for item in a_day().items if item.id != "p-2")
    items = (with_fields(item, kind="recorded") if item.id == "b" else item for item in kept)
    return a_programme(an_item("new", "08.50", "09.00"), *items, version="2")


def cases() -> list[Case]:
    day, everybody = initial(a_day()), Grant("everybody", "time", at=at("12.00"), until=at("13.00"))
    aalborg = Grant("municipality", "cue", "aalborg", item="z")
    waived = told(day, ask.WaiveCaptions("p-1", "Musik uden ord"))
    by_hand = told(day, ask.SetRelease("a", (everybody,)))
    return [
        Case("set_release", day, ask.SetRelease("a", (everybody, aalborg))),
        Case("open_now", day, ask.OpenNow("p-1", "link")),
        Case("open_now_to_others", day, ask.OpenNow("a", "municipality", "aalborg")),
        Case("close_now", day, ask.CloseNow("p-1", "attendees")),
        Case("waive_captions", day, ask.WaiveCaptions("p-1", "Musik  uden ord")),
        Case("waive_captions_again", waived, ask.WaiveCaptions("p-1", "Kun billeder")),
        Case("end_waiver", waived, ask.EndWaiver("p-1")),
        Case("note_captions", day, ask.NoteCaptions("p-1", ("en", "da"), "7f")),
        Case("warn_of_captions", day, ask.WarnOfCaptions("a", at("12.00"), ("mo", "mo", "li"))),
        Case("list_items", by_hand, ask.ListItems(another_version())),
        *document_cases(day),
    ]


def document_cases(day: Library) -> list[Case]:
    one, two, three = (
        doc.Document(number * 32, f"Slides {number}", "pdf", 1_000) for number in "abc"
    )
    both = told(day, doc.AddDocument("a", one), doc.AddDocument("a", two))
    shown = told(both, doc.ShowDocuments("a", (one, two)))
    return [
        Case("add_document", day, doc.AddDocument("a", replace(one, title=" Slides  a "))),
        Case("add_another_document", both, doc.AddDocument("a", three)),
        Case("rename_document", both, doc.RenameDocument("a", one.id, "Til drøftelse")),
        Case("move_document", both, doc.MoveDocument("a", two.id, 0)),
        Case("remove_document", both, doc.RemoveDocument("a", one.id)),
        Case("remove_last_document", told(day, doc.AddDocument("a", one)),
             doc.RemoveDocument("a", one.id)),
        Case("show_documents", both, doc.ShowDocuments("a", (one, two))),
        Case("show_no_documents", shown, doc.ShowDocuments("a")),
    ]  # fmt: skip


CASES = cases()


def golden_of(case: Case, topic: str) -> dict[str, Any] | None:
    draw, _ = FACES[topic]
    events = library.decide(case.state, case.command, LIS, NOW)
    assert events, "a case that leads to nothing shows nothing"
    after = case.state
    for event in events:
        after = library.evolve(after, event, seq=1, at=NOW)
    own = tuple(event for event in events if type(event) in did.BY_TOPIC[topic])
    if not own:
        assert draw(after) == draw(case.state)
        return None
    return a_golden(topic, draw(case.state), own, draw(after), NOW)


@pytest.mark.parametrize("topic", FACES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_snapshot_and_events_give_the_next_snapshot(case: Case, topic: str) -> None:
    golden = golden_of(case, topic)
    if golden is None:
        return
    draw, restore = FACES[topic]
    state = restore(golden["before"])
    for event, seq in heard(golden, EVENTS):
        state = library.evolve(state, event, seq=seq, at=NOW)
    assert as_json(draw(state)) == golden["after"]


@pytest.mark.parametrize("topic", FACES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_wire_is_as_in_the_golden_file(case: Case, topic: str) -> None:
    golden = golden_of(case, topic)
    if golden is None:
        return
    assert kept(case.path(topic), golden) == golden


def test_every_command_has_a_case_every_event_occurs_and_no_file_is_left_behind() -> None:
    assert {type(case.command) for case in CASES} == {*ask.COMMANDS, *doc.COMMANDS}
    goldens = {c.path(t): g for c in CASES for t in FACES if (g := golden_of(c, t)) is not None}
    assert {f["name"] for golden in goldens.values() for f in golden["frames"]} == set(EVENTS)
    assert {path for topic in FACES for path in (GOLDENS / topic).iterdir()} == set(goldens)


@pytest.mark.parametrize(
    "grants",
    [
        (Grant("municipality", "cue"),),
        (Grant("registered", "cue", "aalborg"),),
        (Grant("registered", "time"),),
        (Grant("registered", "cue", at=at("09.00")),),
        (Grant("registered", "hand", item="z"),),
        (Grant("registered", "time", at=at("09.00"), until=at("09.00")),),
        (Grant("registered", "cue"), Grant("registered", "hand")),
        (Grant("registered", "cue", closed=at("09.00")),),
        (Grant("registered", "hand", opened=at("09.00"), closed=at("09.00")),),
        tuple(Grant("municipality", "cue", f"by-{number}") for number in range(121)),
    ],
)
def test_grants_that_say_too_little_or_too_much_are_refused(grants: tuple[Grant, ...]) -> None:
    assert refusal(initial(a_day()), ask.SetRelease("a", grants)) == "bad_grant"


def test_what_is_not_there_is_refused() -> None:
    day = initial(a_day())
    assert refusal(day, ask.SetRelease("q", ())) == "unknown_item"
    assert refusal(day, ask.CloseNow("a", "everybody")) == "unknown_audience"
    assert refusal(day, ask.WaiveCaptions("a", "  ")) == "needs_reason"
    assert refusal(day, "fly") == "unknown_command"


def test_saying_the_same_again_does_nothing() -> None:
    opened = told(initial(a_day()), ask.OpenNow("a", "link"))
    assert library.decide(opened, ask.OpenNow("a", "link"), LIS, NOW) == ()
    noted = told(opened, ask.NoteCaptions("a", ("da", "en")))
    assert library.decide(noted, ask.NoteCaptions("a", ("en", "da")), LIS, NOW) == ()
    assert library.decide(noted, ask.EndWaiver("a"), LIS, NOW) == ()
    assert library.decide(initial(a_day()), ask.ListItems(a_day()), LIS, NOW) == ()


def test_captions_that_are_others_are_noted_again_though_their_languages_are_the_same() -> None:
    noted = told(initial(a_day()), ask.NoteCaptions("a", ("da",), "1"))
    assert library.decide(noted, ask.NoteCaptions("a", ("da",), "1"), LIS, NOW) == ()
    changed = told(noted, ask.NoteCaptions("a", ("da",), "2"))
    assert changed.items["a"].captions_version == "2"


def test_owners_are_warned_once_of_each_close_and_not_of_what_owes_nothing() -> None:
    day, warn = initial(a_day()), ask.WarnOfCaptions("a", at("12.00"), ("mo", "li", "mo"))
    assert library.decide(day, warn, LIS, NOW) == (
        did.CaptionsWarned("a", at("12.00")),
        did.OwnCaptionsWarned("mo", "a", at("12.00")),
        did.OwnCaptionsWarned("li", "a", at("12.00")),
    )
    warned = told(day, warn)
    assert library.decide(warned, warn, LIS, NOW) == ()
    assert library.decide(warned, replace(warn, closes_at=at("13.00")), LIS, NOW) != ()
    for kept_open in (ask.NoteCaptions("a", ("da",)), ask.WaiveCaptions("a", "Musik")):
        assert library.decide(told(day, kept_open), warn, LIS, NOW) == ()


def test_closing_is_told_as_closing_until_it_is_opened_again() -> None:
    closed = told(initial(a_day()), ask.CloseNow("a", "registered"))
    (grant,) = (one for one in closed.items["a"].grants if one.audience == "registered")
    assert grant == Grant("registered", "hand", closed=NOW)
    opened = told(closed, ask.OpenNow("a", "registered")).items["a"].grants
    assert Grant("registered", "hand", opened=NOW) in opened


def test_opening_now_ends_an_end_that_has_passed() -> None:
    over = Grant("everybody", "time", at=at("09.00"), until=at("10.00"))
    state = told(initial(a_day()), ask.SetRelease("a", (over,)), ask.OpenNow("a", "everybody"))
    assert state.items["a"].grants == (replace(over, until=None, opened=NOW),)


def test_grants_set_by_hand_outlive_a_new_version_and_the_usual_ones_follow_it() -> None:
    state = told(
        initial(a_day()),
        ask.SetRelease("a", ()),
        ask.NoteCaptions("b", ("da",)),
        ask.ListItems(another_version()),
    )
    assert state.items["a"].grants == ()
    assert [grant.audience for grant in state.items["b"].grants] == [
        *("attendees", "registered", "link")
    ]
    assert state.items["b"].captions == ("da",)
    assert "p-2" not in state.items
    assert "new" in state.items
