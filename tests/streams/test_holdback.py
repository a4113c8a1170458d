"""Frames wait for what is awaited, in order, and never for long."""

from __future__ import annotations

from streams.holdback import MOST_LATE_TICKS, HoldBack
from streams.segments import AccessUnit, Lane
from streams.timeline import AUDIO_HZ, VIDEO_HZ

STEP = VIDEO_HZ // 25


def a_picture(number: int) -> AccessUnit:
    return AccessUnit(Lane.VIDEO, number * STEP, number * STEP, None, number == 0, b"")


def let_out(held: HoldBack, first: int, until: int) -> list[int]:
    """Numbers of the pictures that come out while these go in."""
    out: list[int] = []
    for number in range(first, until):
        held.add(a_picture(number))
        out += [unit.dts_ticks // STEP for unit in held.due()]
    return out


def test_where_nothing_is_awaited_nothing_waits() -> None:
    assert let_out(HoldBack(), 0, 5) == [0, 1, 2, 3, 4]


def test_nothing_goes_further_than_what_is_awaited_has_come() -> None:
    held, reached = HoldBack(), [3 * STEP]

    def reach() -> int:
        return reached[0]

    held.begin(reach)
    held.begin(reach)
    assert let_out(held, 0, 10) == [0, 1, 2, 3]
    reached[0] = 6 * STEP
    assert let_out(held, 10, 11) == [4, 5, 6]
    held.end(reach)
    held.end(reach)
    assert let_out(held, 11, 12) == [7, 8, 9, 10, 11]


def test_of_two_that_are_awaited_the_later_one_counts() -> None:
    held = HoldBack()
    held.begin(lambda: 5 * STEP)
    held.begin(lambda: 2 * STEP)
    assert let_out(held, 0, 10) == [0, 1, 2]


def test_one_that_is_too_late_is_not_waited_for() -> None:
    held = HoldBack()
    held.begin(lambda: 0)
    late = MOST_LATE_TICKS // STEP
    assert let_out(held, 0, late) == [0]
    assert let_out(held, late, late + 1) == list(range(1, late + 1))


def test_sound_waits_beside_the_picture_of_its_time() -> None:
    held = HoldBack()
    held.begin(lambda: VIDEO_HZ)
    for second in (0, 1, 2):
        at = second * AUDIO_HZ
        held.add(AccessUnit(Lane.AUDIO, at, at, 1024, True, b""))
    assert [unit.decoded_ticks for unit in held.due()] == [0, VIDEO_HZ]


def test_at_a_cut_what_comes_before_it_is_taken_and_the_rest_may_be_forgotten() -> None:
    held = HoldBack()
    held.begin(lambda: -1)
    assert let_out(held, 0, 5) == []
    assert [unit.dts_ticks // STEP for unit in held.before(3 * STEP)] == [0, 1, 2]
    held.clear()
    assert list(held.before(100 * STEP)) == []
