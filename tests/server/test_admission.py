"""Turns at the door."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.admission import FURTHEST_APART, UNHURRIED_S, Admission


def test_after_a_quiet_while_some_come_in_at_once() -> None:
    door = Admission(per_s=10, at_once=3, patience_s=1)
    assert [door.take(100.0) for _ in range(3)] == [0, 0, 0]


def test_who_comes_faster_waits_for_a_turn_in_the_order_of_arrival() -> None:
    door = Admission(per_s=4, at_once=1, patience_s=1)
    assert [door.take(0.0) for _ in range(4)] == [0, 0.25, 0.5, 0.75]


def test_who_would_wait_too_long_is_sent_away_and_takes_no_turn() -> None:
    door = Admission(per_s=4, at_once=1, patience_s=0.5)
    assert [door.take(0.0) for _ in range(5)] == [0, 0.25, 0.5, None, None]
    assert door.take(0.25) == 0.5


def test_the_turns_of_a_quiet_while_are_not_saved_up() -> None:
    door = Admission(per_s=10, at_once=2, patience_s=0)
    assert [door.take(0.0) for _ in range(3)] == [0, 0, None]
    assert [door.take(60.0) for _ in range(3)] == [0, 0, None]


def test_loop_that_is_late_lets_people_in_further_apart() -> None:
    door = Admission(per_s=10, at_once=1, patience_s=2)
    assert [door.take(0.0, 2 * UNHURRIED_S) for _ in range(3)] == [0, 0.2, 0.4]
    door = Admission(per_s=10, at_once=1, patience_s=2)
    assert [door.take(0.0, UNHURRIED_S / 2) for _ in range(2)] == [0, 0.1]


def test_loop_that_is_very_late_still_lets_a_quarter_in() -> None:
    door = Admission(per_s=4, at_once=1, patience_s=4)
    assert [door.take(0.0, 100.0) for _ in range(3)] == [0, FURTHEST_APART / 4, FURTHEST_APART / 2]


@given(
    st.lists(st.floats(0, 2), min_size=1, max_size=60),
    st.integers(1, 8),
    st.integers(1, 20),
    st.floats(0, 2),
)
def test_no_span_lets_more_in_and_nobody_waits_longer(
    apart: list[float], at_once: int, per_s: int, patience_s: float
) -> None:
    door, now, entries = Admission(per_s, at_once, patience_s), 0.0, list[float]()
    for step in apart:
        now += step
        wait_s = door.take(now)
        if wait_s is not None:
            assert 0 <= wait_s <= patience_s
            entries.append(now + wait_s)
    assert entries == sorted(entries)
    for first, begun in enumerate(entries):
        for last, ended in enumerate(entries[first:], first):
            assert last - first + 1 <= at_once + (ended - begun) * per_s + 1e-6
