"""Counts of who is here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access.actor import Actor
from server.bus import Here
from server.clock import VirtualClock
from server.presence import (
    LEAVE_GRACE_S,
    REPORT_TTL_S,
    SAMPLE_S,
    Presence,
    Tally,
    rounded,
    step_of,
)


def person(id: str, municipality: str | None = "aalborg") -> Actor:
    return Actor(id, id, "member", municipality)


class RecordingAnnouncer:
    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def __call__(self, topic: str, data: Mapping[str, object], /) -> None:
        self.told.append((topic, data["count"]))

    def take(self) -> list[tuple[str, object]]:
        told, self.told = self.told, []
        return told


def a_presence() -> tuple[Presence, RecordingAnnouncer, VirtualClock]:
    clock = VirtualClock(datetime(2021, 1, 28, 8, tzinfo=UTC))
    announcer = RecordingAnnouncer()
    return Presence(announcer, clock), announcer, clock


def test_people_are_counted_not_their_lines() -> None:
    tally = Tally()
    tally.enter(person("anna"))
    tally.enter(person("anna"))
    tally.enter(person("bo", "aarhus"))
    tally.enter(person("dorte", None))
    assert tally.own(0) == {"aalborg": ["anna"], "aarhus": ["bo"], "": ["dorte"]}
    assert tally.all(0) == {"aalborg": 1, "aarhus": 1, None: 1}


def test_those_before_one_screen_are_counted_as_they_say_and_only_while_they_are_here() -> None:
    heads: dict[tuple[str | None, str], int] = {("aalborg", "mette"): 6}
    tally = Tally(lambda municipality, person: heads.get((municipality, person), 1))
    mette, jens = (Actor(id, id, "member", "aalborg") for id in ("mette", "jens"))
    for one in (mette, mette, jens):
        tally.enter(one)
    assert tally.all(0) == {"aalborg": 7}
    tally.leave(mette, 0)
    tally.leave(mette, 0)
    assert tally.all(LEAVE_GRACE_S) == {"aalborg": 1}


def test_reload_is_no_departure() -> None:
    tally = Tally()
    tally.enter(person("anna"))
    tally.leave(person("anna"), 100)
    assert tally.all(100 + LEAVE_GRACE_S - 1) == {"aalborg": 1}
    tally.enter(person("anna"))
    assert tally.all(100 + 10 * LEAVE_GRACE_S) == {"aalborg": 1}


def test_who_stays_away_is_gone_after_the_grace() -> None:
    tally = Tally()
    tally.enter(person("anna"))
    tally.leave(person("anna"), 100)
    assert tally.all(100 + LEAVE_GRACE_S) == {}


def test_one_of_two_lines_gone_is_nobody_gone() -> None:
    tally = Tally()
    tally.enter(person("anna"))
    tally.enter(person("anna"))
    tally.leave(person("anna"), 0)
    assert tally.all(1000) == {"aalborg": 1}


def test_leaving_more_often_than_coming_never_counts_below_nobody() -> None:
    tally = Tally()
    tally.leave(person("anna"), 0)
    tally.enter(person("anna"))
    tally.leave(person("anna"), 0)
    tally.leave(person("anna"), 0)
    tally.enter(person("anna"))
    assert tally.all(0) == {"aalborg": 1}


def test_other_workers_are_believed_for_as_long_as_they_report() -> None:
    tally = Tally()
    tally.enter(person("anna"))
    tally.report("w2", {"aalborg": ["bo", "carl"], "": ["dorte"]}, 0)
    tally.report("w2", {"aalborg": ["bo"], "aarhus": ["eva"]}, 1)
    assert tally.all(1 + REPORT_TTL_S - 1) == {"aalborg": 2, "aarhus": 1}
    assert tally.all(1 + REPORT_TTL_S) == {"aalborg": 1}


def test_who_has_come_to_another_worker_is_counted_once() -> None:
    tally = Tally()
    for who in ("anna", "bo"):
        tally.enter(person(who))
    tally.leave(person("anna"), 0)
    tally.report("w2", {"aalborg": ["anna"]}, 0)
    tally.report("w3", {"aalborg": ["anna", "bo", "carl"]}, 0)
    assert tally.all(1) == {"aalborg": 3}


def test_two_workers_show_everybody_of_both_and_one_that_ends_says_so() -> None:
    clock = VirtualClock(datetime(2021, 1, 28, 8, tzinfo=UTC))
    announcers = RecordingAnnouncer(), RecordingAnnouncer()
    one = Presence(announcers[0], clock, tell=lambda here: two.hear(here))
    two = Presence(announcers[1], clock, tell=lambda here: one.hear(here))
    one.enter(person("anna"))
    two.enter(person("bo"))
    two.enter(person("eva", "aarhus"))
    for presence in (one, two, one):
        presence.sample()
    assert announcers[0].take()[-3:] == [
        ("presence", 3),
        ("presence:aalborg", 2),
        ("presence:aarhus", 1),
    ]
    assert announcers[1].take()[0] == ("presence", 3)


async def test_a_worker_that_ends_takes_its_people_away_at_once() -> None:
    clock = VirtualClock(datetime(2021, 1, 28, 8, tzinfo=UTC))
    told: list[Here] = []
    presence = Presence(RecordingAnnouncer(), clock, tell=told.append)
    presence.enter(person("anna"))
    running = asyncio.create_task(presence.run())
    await clock.settle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [dict(here.people) for here in told] == [{"aalborg": ("anna",)}, {}]
    assert told[0].worker == told[1].worker


@pytest.mark.parametrize(
    ("count", "shown", "expected"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (9, 8, 9),
        (12, 0, 10),
        (13, 10, 10),
        (14, 10, 15),
        (203, 0, 200),
        (207, 200, 200),
        (208, 200, 210),
        (193, 200, 200),
        (2, 200, 2),
        (0, 200, 0),
    ],
)
def test_shown_number_is_round_and_slow_to_move(count: int, shown: int, expected: int) -> None:
    assert rounded(count, shown) == expected


@given(st.integers(1, 20_000), st.integers(0, 20_000))
def test_shown_number_is_never_further_off_than_a_step(count: int, before: int) -> None:
    shown = rounded(count, rounded(before, 0))
    assert abs(shown - count) <= step_of(count)
    assert shown >= 0


@given(st.integers(20, 20_000))
def test_count_that_trembles_by_one_shows_one_number(count: int) -> None:
    shown = rounded(count, 0)
    once = rounded(count + 1, shown)
    assert rounded(count + 1, rounded(count, once)) == once


def test_everybody_is_shown_a_round_number_and_the_municipality_its_own() -> None:
    presence, announcer, _ = a_presence()
    for number in range(23):
        presence.enter(person(f"p{number}"))
    presence.sample()
    assert announcer.take() == [("presence", 25), ("presence:aalborg", 23)]


def test_nothing_is_announced_while_nothing_changes() -> None:
    presence, announcer, _ = a_presence()
    presence.enter(person("anna"))
    presence.sample()
    announcer.take()
    presence.sample()
    assert announcer.take() == []


def test_municipality_whose_last_person_left_is_shown_as_empty() -> None:
    presence, announcer, clock = a_presence()
    presence.enter(person("anna"))
    presence.sample()
    presence.leave(person("anna"))
    clock.advance(LEAVE_GRACE_S)
    presence.sample()
    assert announcer.take()[-2:] == [("presence", 0), ("presence:aalborg", 0)]


def test_churn_of_a_minute_costs_at_most_a_frame_every_five_seconds() -> None:
    presence, announcer, clock = a_presence()
    for number in range(200):
        presence.enter(person(f"p{number}"))
    presence.sample()
    for second in range(60):
        for number in range(20):
            who = person(f"p{(second * 20 + number) % 200}")
            presence.leave(who)
            if second % 3:
                presence.enter(who)
        clock.advance(1)
        if second % SAMPLE_S == 0:
            presence.sample()
    assert len([topic for topic, _ in announcer.told if topic == "presence"]) <= 13


async def test_sampling_goes_on_by_the_clock() -> None:
    presence, announcer, clock = a_presence()
    async with asyncio.TaskGroup() as tasks:
        sampling = tasks.create_task(presence.run())
        await clock.settle()
        assert announcer.take() == [("presence", 0)]
        presence.enter(person("anna"))
        clock.advance(SAMPLE_S)
        await clock.settle()
        assert announcer.take() == [("presence", 1), ("presence:aalborg", 1)]
        sampling.cancel()
