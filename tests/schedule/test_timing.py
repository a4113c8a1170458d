"""Planned, expected, actual: hard starts stand, elastic items give, the slip is the least."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schedule.timing import Slot, lay_out
from tests.schedule.days import at

MINUTE = timedelta(minutes=1)


def a_slot(id: str, start: str, minutes: int, timing: str = "soft", minimum: int = 0) -> Slot:
    length = minutes * MINUTE
    began = at(start) if id == "on-air" else None
    shortest = minimum * MINUTE or length
    return Slot(id, timing, at(start), length, shortest, began)  # type: ignore[arg-type]


def starts(slots: list[Slot], now: str, *, waits: bool = False) -> dict[str, str]:
    spans = lay_out(slots, at(now), waits=waits)
    return {span.id: (span.start + timedelta(hours=1)).strftime("%H.%M") for span in spans}


def test_on_time_expected_is_planned() -> None:
    slots = [a_slot("on-air", "09.00", 10), a_slot("b", "09.10", 10), a_slot("c", "09.20", 10)]
    assert starts(slots, "09.05") == {"on-air": "09.00", "b": "09.10", "c": "09.20"}


def test_what_ends_early_stays_until_the_next_may_start() -> None:
    slots = [a_slot("on-air", "09.00", 5), a_slot("b", "09.10", 10)]
    assert lay_out(slots, at("09.01"), waits=False)[0].end == at("09.10")


def test_a_soft_item_is_late_by_the_overrun() -> None:
    slots = [a_slot("on-air", "09.00", 14), a_slot("b", "09.10", 10), a_slot("c", "09.20", 10)]
    assert starts(slots, "09.05") == {"on-air": "09.00", "b": "09.14", "c": "09.24"}


def test_the_first_elastic_item_gives_down_to_its_minimum_then_the_next() -> None:
    slots = [
        a_slot("on-air", "09.00", 22),
        a_slot("pause", "09.10", 10, "elastic", 5),
        a_slot("b", "09.20", 10),
        a_slot("lunch", "09.30", 30, "elastic", 10),
        a_slot("c", "10.00", 10),
    ]
    expected = {"on-air": "09.00", "pause": "09.22", "b": "09.27", "lunch": "09.37", "c": "10.00"}
    assert starts(slots, "09.05") == expected


def test_a_hard_item_starts_on_time_and_cuts_what_is_before_it() -> None:
    slots = [
        a_slot("on-air", "09.00", 12),
        a_slot("b", "09.10", 10),
        a_slot("h", "09.20", 10, "hard"),
    ]
    laid = lay_out(slots, at("09.05"), waits=False)
    assert (laid[1].start, laid[1].end, laid[2].start) == (at("09.12"), at("09.20"), at("09.20"))
    assert laid[2].clash == 2 * MINUTE


def test_what_a_hard_start_swallows_whole_has_no_length() -> None:
    slots = [
        a_slot("on-air", "09.00", 30),
        a_slot("b", "09.10", 10),
        a_slot("h", "09.20", 10, "hard"),
    ]
    laid = lay_out(slots, at("09.05"), waits=False)
    assert [span.end for span in laid] == [at("09.20"), at("09.20"), at("09.30")]


def test_a_person_who_keeps_the_day_moves_now_but_not_what_is_hard() -> None:
    slots = [
        a_slot("on-air", "09.00", 10),
        a_slot("b", "09.10", 10),
        a_slot("h", "09.20", 10, "hard"),
    ]
    assert starts(slots, "09.14", waits=True) == {"on-air": "09.00", "b": "09.14", "h": "09.20"}


def test_a_hold_past_a_hard_start_shows_that_it_cannot_start_before_now() -> None:
    slots = [a_slot("on-air", "09.00", 10), a_slot("h", "09.10", 10, "hard")]
    laid = lay_out(slots, at("09.14"), waits=True)
    assert (laid[0].end, laid[1].start, laid[1].clash) == (at("09.14"), at("09.14"), 0 * MINUTE)


def test_a_hold_shows_the_clash_before_it_comes() -> None:
    slots = [a_slot("on-air", "09.00", 14), a_slot("h", "09.10", 10, "hard")]
    laid = lay_out(slots, at("09.05"), waits=True)
    assert (laid[0].end, laid[1].start, laid[1].clash) == (at("09.14"), at("09.10"), 4 * MINUTE)


def test_nothing_is_laid_out_when_nothing_is_left() -> None:
    assert lay_out([], at("09.00"), waits=True) == ()


def test_a_person_may_trim_an_elastic_item_below_its_minimum() -> None:
    slot = a_slot("c", "09.00", 3, "elastic", 5)
    assert slot.end_when_started(at("09.00")) == at("09.03")


@st.composite
def days(draw: st.DrawFn) -> list[Slot]:
    """A spine without holes, its first item on air and overrunning by anything."""
    slots: list[Slot] = []
    start = at("09.00")
    for number in range(draw(st.integers(1, 9))):
        length = draw(st.integers(1, 60)) * MINUTE
        timing = draw(st.sampled_from(["hard", "soft", "soft", "elastic"]))
        minimum = draw(st.integers(1, length // MINUTE)) * MINUTE if timing == "elastic" else length
        slots.append(Slot(str(number), timing, start, length, minimum))  # type: ignore[arg-type]
        start += length
    first = slots[0]
    overrun = draw(st.integers(0, 120)) * MINUTE
    slots[0] = Slot(
        "0", "soft", first.earliest, first.length + overrun, first.length, first.earliest
    )
    return slots


@given(days())
def test_whatever_the_overrun_hard_items_stand_and_the_spine_has_no_holes(
    slots: list[Slot],
) -> None:
    laid = lay_out(slots, slots[0].earliest, waits=False)
    for slot, span in zip(slots, laid, strict=True):
        assert span.end >= span.start
        if slot.timing == "hard":
            assert span.start == slot.earliest
        assert span.start >= slot.earliest or _swallowed(slots, slot, span.start)
    for span, following in pairwise(laid):
        assert span.end == following.start


def _swallowed(slots: list[Slot], slot: Slot, start: object) -> bool:
    later = slots[slots.index(slot) + 1 :]
    return any(one.timing == "hard" and one.earliest == start for one in later)


@given(days())
def test_no_item_is_shorter_than_its_minimum_unless_a_hard_start_cuts_it(slots: list[Slot]) -> None:
    laid = lay_out(slots, slots[0].earliest, waits=False)
    for slot, span in zip(slots[:-1], laid, strict=False):
        later = slots[slots.index(slot) + 1 :]
        cut = any(
            one.timing == "hard" and one.earliest <= span.start + slot.minimum for one in later
        )
        assert span.end - span.start >= slot.minimum or cut


@given(days())
def test_the_slip_is_the_least_that_minimums_allow(slots: list[Slot]) -> None:
    """Up to the first hard start: late only by what the minimums before an item cannot absorb."""
    laid = lay_out(slots, slots[0].earliest, waits=False)
    hard = next((slot.earliest for slot in slots[1:] if slot.timing == "hard"), None)
    soonest = slots[0].earliest + slots[0].length
    for slot, span in zip(slots[1:], laid[1:], strict=True):
        if slot.timing == "hard":
            break
        least = max(slot.earliest, soonest)
        assert span.start == (least if hard is None else min(least, hard))
        soonest += slot.minimum


@given(days(), st.integers(0, 300))
def test_while_a_person_keeps_the_day_nothing_to_come_lies_in_the_past(
    slots: list[Slot], minutes: int
) -> None:
    now = slots[0].earliest + minutes * MINUTE
    laid = lay_out(slots, now, waits=True)
    assert laid[0].end >= now
    assert all(span.start >= now for span in laid[1:])
    assert all(before.start <= after.start for before, after in pairwise(laid))
