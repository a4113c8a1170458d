"""An encoder's milliseconds on the event clock: start, wrap, jumps, and a day of drift."""

from __future__ import annotations

import random

import pytest

from streams.rtmp.rtmpclock import RtmpClock
from streams.segments import Lane

MS = 90
WRAP = 1 << 32
EVENT = 90_000 * 3600 * 5


def test_the_first_message_is_taken_to_be_made_when_it_came_whatever_it_counts_from() -> None:
    for start in (0, 123_456_789, WRAP - 1):
        assert RtmpClock().stamp(Lane.VIDEO, start, EVENT) == EVENT


def test_both_lanes_share_one_count() -> None:
    clock = RtmpClock()
    first = clock.stamp(Lane.VIDEO, 5000, EVENT)
    assert clock.stamp(Lane.AUDIO, 5021, EVENT + 300 * MS) == first + 21 * MS


def test_the_wrap_after_seven_weeks_is_no_event() -> None:
    clock = RtmpClock()
    stamps = [
        clock.stamp(Lane.VIDEO, (WRAP - 2000 + n * 40) % WRAP, EVENT + n * 40 * MS)
        for n in range(100)
    ]
    assert stamps == [EVENT + n * 40 * MS for n in range(100)]
    assert clock.anchored == 1


@pytest.mark.parametrize("jump_ms", [-2_000_000, -5000, 5000, 600_000, 36_000_000, WRAP // 2])
def test_a_count_that_jumps_goes_on_from_its_arrival(jump_ms: int) -> None:
    clock, last = RtmpClock(), 0
    for n in range(200):
        jumped = 10_000_000 + n * 40 + (jump_ms if n >= 100 else 0)
        for lane in Lane:
            stamped = clock.stamp(lane, jumped % WRAP, EVENT + n * 40 * MS)
            assert abs(stamped - (EVENT + n * 40 * MS)) <= 45 * MS
            assert stamped >= last
            last = stamped
    assert clock.anchored <= 3


def test_lips_are_together_at_once_after_both_lanes_have_jumped() -> None:
    clock = RtmpClock()
    for n in range(50):
        clock.stamp(Lane.VIDEO, n * 40, EVENT + n * 40 * MS)
        clock.stamp(Lane.AUDIO, n * 40, EVENT + n * 40 * MS)
    now = EVENT + 50 * 40 * MS
    seen = [clock.stamp(Lane.VIDEO, 9_000_000 + n * 40, now + n * 40 * MS) for n in range(9)]
    heard = [clock.stamp(Lane.AUDIO, 9_000_000 + n * 40, now + n * 40 * MS) for n in range(9)]
    assert seen == heard


@pytest.mark.parametrize("apart_ms", [-3_000_000, -20_000, 21_000, 2_000_000_000])
def test_sound_that_counts_from_another_start_is_placed_by_its_arrivals(apart_ms: int) -> None:
    clock = RtmpClock()
    for n in range(500):
        now = EVENT + n * 40 * MS
        assert clock.stamp(Lane.VIDEO, 50_000_000 + n * 40, now) == now
        assert clock.stamp(Lane.AUDIO, (50_000_000 + apart_ms + n * 40) % WRAP, now) == now
    assert clock.anchored == 1, "it does not move the picture"
    assert clock.stamp(Lane.AUDIO, 50_000_000 + 499 * 40 + 100, now + 900 * MS) == now + 100 * MS


def test_sound_before_any_picture_is_placed_where_it_came() -> None:
    assert RtmpClock().stamp(Lane.AUDIO, 5, EVENT) == EVENT


@pytest.mark.parametrize("parts_per_million", [-200, 200])
def test_eight_hours_of_drift_stay_within_a_few_milliseconds(parts_per_million: int) -> None:
    clock, chance, furthest = RtmpClock(), random.Random(7), 0
    last = dict.fromkeys(Lane, 0)
    for n in range(8 * 3600 * 5):
        made_ms = n * 200
        count = (3_000_000_000 + made_ms + made_ms * parts_per_million // 1_000_000) % WRAP
        arrival = EVENT + made_ms * MS + chance.randrange(30 * MS)
        lane = Lane.VIDEO if n % 2 else Lane.AUDIO
        stamped = clock.stamp(lane, count, arrival)
        assert stamped > last[lane]
        last[lane] = stamped
        furthest = max(furthest, abs(stamped - EVENT - made_ms * MS))
    assert furthest < 40 * MS
    assert clock.anchored == 1
