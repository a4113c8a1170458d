from __future__ import annotations

from datetime import timedelta

from chat.pace import Pace, left_ms, whole_ms
from tests.chat.meeting import HALF_PAST_TWO as NOW

SECOND = timedelta(seconds=1)
THREE_IN_TEN_S = Pace(3, 10 * SECOND)


def noted(*seconds_ago: float) -> tuple[object, ...]:
    moments: tuple[object, ...] = ()
    for ago in seconds_ago:
        moments = THREE_IN_TEN_S.noted(moments, NOW - ago * SECOND)  # type: ignore[arg-type]
    return moments


def wait_ms(*seconds_ago: float) -> int:
    return THREE_IN_TEN_S.wait_ms(noted(*seconds_ago), NOW)  # type: ignore[arg-type]


def test_fewer_acts_than_the_count_wait_for_nothing() -> None:
    assert wait_ms() == 0
    assert wait_ms(0, 0) == 0


def test_one_act_too_many_waits_until_the_oldest_leaves_the_window() -> None:
    assert wait_ms(9, 5, 0) == 1000
    assert wait_ms(10, 5, 0) == 0


def test_only_the_last_moments_are_remembered() -> None:
    assert noted(9, 8, 7, 6) == noted(8, 7, 6)


def test_a_moment_still_to_come_does_not_count() -> None:
    assert wait_ms(-3600, -3600, -3600) == 0
    assert wait_ms(-3600, -3600, 0) == 0


def test_what_is_left_of_a_wait_is_over_on_the_moment() -> None:
    assert left_ms(NOW, SECOND, NOW) == 1000
    assert left_ms(NOW, SECOND, NOW + SECOND) == 0
    assert left_ms(NOW, SECOND, NOW + 2 * SECOND) == 0


def test_a_wait_that_has_yet_to_begin_holds_nobody_up() -> None:
    assert left_ms(NOW + 3600 * SECOND, SECOND, NOW) == 0


def test_milliseconds_are_rounded_up() -> None:
    assert whole_ms(timedelta(microseconds=1)) == 1
    assert whole_ms(timedelta(milliseconds=1)) == 1
    assert whole_ms(timedelta(microseconds=1001)) == 2
