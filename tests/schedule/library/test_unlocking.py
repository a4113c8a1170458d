"""Every audience x every state of an item; the day and twenty days after it, on a moved clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schedule.library.library import initial, standing_of
from schedule.library.unlocking import (
    ABSENT,
    OPEN,
    STRANGER,
    CaptionRule,
    Grant,
    Opening,
    Standing,
    Viewer,
    closes_at,
    opening,
    warns_at,
)
from schedule.show import Show
from tests.schedule.days import Driver, a_day, at, driven_to

RULE = CaptionRule()
MODERATOR = Viewer(signed_in=True, prepares=True)
PRESENT = Viewer(signed_in=True, attended=True, municipality="aalborg")
AWAY = Viewer(signed_in=True, municipality="aarhus")
LINK = Viewer(items=frozenset({"a", "p-1"}))
OTHER_LINK = Viewer(items=frozenset({"b"}))
VIEWERS = {
    "moderator": MODERATOR,
    "present": PRESENT,
    "away": AWAY,
    "link": LINK,
    "other link": OTHER_LINK,
    "stranger": STRANGER,
}
LATER, BY_HAND = ("locked", "later"), ("locked", "by_hand")
CAPTIONS, OVERDUE = ("locked", "captions"), ("locked", "captions_overdue")
OPENED, GONE = ("open", None), ("absent", None)


def seen(
    item: str, viewer: Viewer, driver: Driver, *, captions: tuple[str, ...] = ("da",)
) -> tuple[str, str | None]:
    found = how(item, viewer, driver.show, driver, captions=captions)
    return found.state, found.reason


def how(
    item: str,
    viewer: Viewer,
    show: Show,
    driver: Driver,
    *,
    captions: tuple[str, ...] = ("da",),
    grants: tuple[Grant, ...] | None = None,
) -> Opening:
    entry = show.find(item)
    assert entry is not None
    standing = standing_of(initial(a_day()), entry.item, "z")
    standing = replace(standing, captions=captions)
    standing = standing if grants is None else replace(standing, grants=grants)
    return opening(entry, standing, viewer, show, driver.now, RULE)


TABLE = {
    # item, moment of the day: moderator, present, away, link, other link, stranger
    ("a", "08.50"): (OPENED, LATER, LATER, BY_HAND, GONE, GONE),
    ("a", "09.05"): (OPENED, OPENED, OPENED, BY_HAND, GONE, GONE),
    ("a", "10.30"): (OPENED, OPENED, OPENED, BY_HAND, GONE, GONE),
    ("p-1", "08.50"): (OPENED, LATER, LATER, LATER, GONE, GONE),
    ("p-1", "09.45"): (OPENED, OPENED, OPENED, LATER, GONE, GONE),
    ("p-1", "10.05"): (OPENED, OPENED, OPENED, LATER, GONE, GONE),
    ("p-1", "10.30"): (OPENED, OPENED, OPENED, OPENED, GONE, GONE),
    ("c", "09.25"): (OPENED, OPENED, OPENED, GONE, GONE, GONE),
}


@pytest.mark.parametrize(("item", "clock"), TABLE)
def test_who_sees_an_item_when(item: str, clock: str) -> None:
    driver = driven_to(clock)
    found = tuple(seen(item, viewer, driver) for viewer in VIEWERS.values())
    assert dict(zip(VIEWERS, found, strict=True)) == dict(
        zip(VIEWERS, TABLE[item, clock], strict=True)
    )


def test_a_film_is_for_all_who_are_there_and_afterwards_for_those_who_were() -> None:
    """Where the end of the day opens it to nobody else."""
    driver, attendees = driven_to("10.05"), (Grant("attendees", "cue"),)
    assert how("p-1", AWAY, driver.show, driver, grants=attendees) == OPEN
    driver.until("10.30")
    assert how("p-1", PRESENT, driver.show, driver, grants=attendees) == OPEN
    assert how("p-1", AWAY, driver.show, driver, grants=attendees) == ABSENT


def test_a_film_without_captions_opens_to_nobody_but_those_who_prepare() -> None:
    driver = driven_to("09.45")
    assert seen("p-1", PRESENT, driver, captions=()) == CAPTIONS
    assert seen("p-1", MODERATOR, driver, captions=()) == OPENED
    assert seen("p-1", STRANGER, driver, captions=()) == GONE


def test_what_was_closed_is_told_as_closed_where_nothing_else_opens_it() -> None:
    driver = driven_to("09.45")
    shut = Grant("everybody", "hand", closed=at("09.40"))
    waits, later = Grant("everybody", "hand"), Grant("registered", "time", at=at("12.00"))
    for grants, viewer, reason in (
        ((shut,), STRANGER, "closed"),
        ((waits,), STRANGER, "by_hand"),
        ((shut, later), STRANGER, "closed"),
        ((shut, later), AWAY, "later"),
    ):
        found = how("a", viewer, driver.show, driver, grants=grants)
        assert (found.state, found.reason) == ("locked", reason)
    again = (shut, Grant("registered", "cue"))
    assert how("a", AWAY, driver.show, driver, grants=again) == OPEN


def test_a_waiver_opens_what_has_no_captions() -> None:
    driver = driven_to("09.45")
    entry = driver["p-1"]
    standing = replace(standing_of(initial(a_day()), entry.item, "z"), waived=True)
    assert opening(entry, standing, PRESENT, driver.show, driver.now, RULE) == OPEN


def test_an_edition_may_ask_for_no_captions() -> None:
    driver = driven_to("09.45")
    entry = driver["p-1"]
    standing = standing_of(initial(a_day()), entry.item, "z")
    rule = CaptionRule(required=False)
    assert opening(entry, standing, PRESENT, driver.show, driver.now, rule) == OPEN


@pytest.mark.parametrize(
    ("days", "captions", "expected"),
    [
        (0, (), OPENED),
        (13.99, (), OPENED),
        (14, (), OVERDUE),
        (20, (), OVERDUE),
        (20, ("en",), OPENED),
    ],
)
def test_what_was_live_closes_on_its_fourteenth_day_unless_it_has_captions(
    days: float, captions: tuple[str, ...], expected: tuple[str, str | None]
) -> None:
    driver = driven_to("10.30")
    ended = driver["a"].actual_end
    assert ended is not None
    driver.now = max(driver.now, ended + timedelta(days=days))
    assert seen("a", PRESENT, driver, captions=captions) == expected


def test_the_warning_comes_before_the_end_and_neither_where_there_are_captions() -> None:
    driver = driven_to("10.30")
    entry = driver["a"]
    standing = standing_of(initial(a_day()), entry.item, "z")
    assert entry.actual_end is not None
    assert warns_at(entry, standing, RULE) == entry.actual_end + timedelta(days=10)
    assert closes_at(entry, standing, RULE) == entry.actual_end + timedelta(days=14)
    captioned = replace(standing, captions=("da",))
    assert warns_at(entry, captioned, RULE) is None
    assert closes_at(entry, captioned, RULE) is None


@pytest.mark.parametrize(
    ("clock", "expected"), [("09.29", LATER), ("09.30", OPENED), ("09.59", OPENED), ("10.00", GONE)]
)
def test_a_grant_by_time_begins_and_ends_by_the_clock(
    clock: str, expected: tuple[str, str | None]
) -> None:
    driver = driven_to(clock)
    grants = (Grant("everybody", "time", at=at("09.30"), until=at("10.00")),)
    found = how("a", STRANGER, driver.show, driver, grants=grants)
    assert (found.state, found.reason) == expected


def test_a_locked_item_tells_the_earliest_moment_that_is_known() -> None:
    driver = driven_to("08.50")
    grants = (Grant("registered", "time", at=at("09.40")), Grant("attendees", "cue"))
    assert how("a", PRESENT, driver.show, driver, grants=grants).opens_at == at("09.00")
    assert how("p-1", LINK, driver.show, driver).opens_at == at("10.10")
    by_hand = (Grant("registered", "hand"),)
    assert how("a", PRESENT, driver.show, driver, grants=by_hand) == Opening(
        "locked", None, "by_hand"
    )


def test_a_grant_that_a_person_opened_is_open_before_its_cue() -> None:
    driver = driven_to("08.50")
    grants = (Grant("registered", "cue", opened=at("08.40")),)
    assert how("a", AWAY, driver.show, driver, grants=grants) == OPEN


def test_a_municipality_s_grant_is_for_its_people_alone() -> None:
    driver, grants = driven_to("09.05"), (Grant("municipality", "cue", "aalborg"),)
    assert how("a", PRESENT, driver.show, driver, grants=grants) == OPEN
    assert how("a", AWAY, driver.show, driver, grants=grants) == ABSENT
    nowhere = Viewer(signed_in=True)
    odd = (Grant("municipality", "cue", None),)
    assert how("a", nowhere, driver.show, driver, grants=odd) == ABSENT


def test_an_item_that_was_skipped_gives_no_cue() -> None:
    from schedule import commands as ask

    driver = driven_to("09.05")
    driver.do(ask.Take("c", "a"))
    assert driver.states()["b"] == "skipped"
    assert seen("b", PRESENT, driver) == BY_HAND


def test_an_unknown_item_stands_as_usual() -> None:
    driver = driven_to("09.05")
    item = replace(driver["a"].item, id="new")
    assert standing_of(initial(a_day()), item, "z") == Standing(
        "live", (Grant("registered", "cue"), Grant("link", "hand"))
    )
