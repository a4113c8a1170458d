"""A stream's count on the event clock, on clocks that are only numbers."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from streams.feeds.streamclock import StreamClock

DAY_S = 24 * 3600
STEP = 3600
WRAP = 1 << 33
EPOCH = 7_000_000_000


def test_the_first_picture_is_taken_to_be_made_when_it_arrived() -> None:
    assert StreamClock().picture(123_456, 123_456, EPOCH) == (EPOCH, EPOCH)


def test_a_picture_that_is_shown_later_than_decoded_keeps_its_distance() -> None:
    assert StreamClock().picture(10_000, 2_800, EPOCH) == (EPOCH + 7_200, EPOCH)


@pytest.mark.parametrize("ppm", [-200, -50, 0, 50, 200])
def test_a_day_of_drift_is_followed_and_the_count_goes_round(ppm: int) -> None:
    """27 hours at one picture a second, so that 33 bits go round; arrivals are late at random."""
    clock, chance = StreamClock(), Random(ppm)
    start = WRAP - 40_000 * 90_000 // 10
    given = []
    for second in range(27 * 3600):
        made = EPOCH + second * 90_000
        count = (start + second * 90_000 * (1_000_000 + ppm) // 1_000_000) % WRAP
        arrival = made + 900 + int(chance.expovariate(1 / 1_800))
        _, ticks = clock.picture(count, count, arrival)
        given.append(ticks)
        if second > 60:
            assert -9_000 < ticks - made < 9_000, f"{second} s"
    assert clock.anchored == 1
    assert all(b - a > 0 for a, b in pairwise(given))


def test_a_count_that_steps_back_is_anchored_at_once() -> None:
    clock = StreamClock()
    for number in range(100):
        clock.picture(
            900_000_000 + number * STEP, 900_000_000 + number * STEP, EPOCH + number * STEP
        )
    pts, dts = clock.picture(7_200, 0, EPOCH + 100 * STEP)
    assert (pts, dts) == (EPOCH + 100 * STEP + 7_200, EPOCH + 100 * STEP)
    assert clock.anchored == 2


def test_a_count_that_jumps_ahead_is_anchored_at_once() -> None:
    clock = StreamClock()
    for number in range(100):
        clock.picture(number * STEP, number * STEP, EPOCH + number * STEP)
    far = 5 * 3600 * 90_000
    assert clock.picture(far, far, EPOCH + 100 * STEP)[1] == EPOCH + 100 * STEP
    assert clock.anchored == 2


def test_whatever_arrives_decode_times_rise() -> None:
    clock, chance = StreamClock(), Random(7)
    given, arrival = [], EPOCH
    for _ in range(5_000):
        arrival += chance.randrange(0, 5_000)
        count = chance.randrange(WRAP)
        given.append(clock.picture(count, count, arrival)[1])
    assert all(b > a for a, b in pairwise(given))


def test_sound_shares_the_offset_of_the_picture_across_the_wrap() -> None:
    clock = StreamClock()
    clock.picture(WRAP - 1_000, WRAP - 1_000, EPOCH)
    assert clock.sound(800, EPOCH) == EPOCH + 1_800
    assert clock.sound(WRAP - 2_000, EPOCH) == EPOCH - 1_000


def test_sound_of_another_count_has_no_place() -> None:
    clock = StreamClock()
    assert clock.sound(1_000, EPOCH) is None
    clock.picture(1_000, 1_000, EPOCH)
    assert clock.sound(1_000 + 10 * 90_000, EPOCH) is None
    assert clock.sound(4_000_000_000, EPOCH) is None
