"""The bucket that bounds what one client asks."""

from __future__ import annotations

from server.allowance import Allowance


def test_burst_is_allowed_and_the_next_one_waits() -> None:
    allowance = Allowance(per_s=2, burst=3, now=0)
    assert [allowance.take(0) for _ in range(3)] == [0, 0, 0]
    assert allowance.take(0) == 0.5


def test_tokens_come_with_time_up_to_the_burst() -> None:
    allowance = Allowance(per_s=2, burst=3, now=0)
    for _ in range(3):
        allowance.take(0)
    assert [allowance.take(100) > 0 for _ in range(4)] == [False, False, False, True]


def test_clock_that_stands_still_or_goes_back_gives_nothing() -> None:
    allowance = Allowance(per_s=2, burst=1, now=10)
    allowance.take(10)
    assert allowance.take(5) > 0


def test_refusals_in_a_row_are_counted_until_one_is_taken() -> None:
    allowance = Allowance(per_s=1, burst=1, now=0)
    for _ in range(4):
        allowance.take(0)
    assert allowance.refused_in_a_row == 3
    allowance.take(1)
    assert allowance.refused_in_a_row == 0
