"""A publisher's clocks on the event clock: anchored, followed, lips and voice together."""

from __future__ import annotations

import random

import pytest

from streams.segments import Lane
from streams.webrtc.rtpclock import LaneClock, PublisherClock

NTP = 1 << 32
MS = 90
HOUR = 3600 * 90_000


def a_lane() -> LaneClock:
    return LaneClock(90_000)


def test_the_first_packet_is_taken_to_be_made_when_it_arrived() -> None:
    assert a_lane().stamp(123_456, 9_000_000) == 9_000_000


def test_later_ones_follow_their_own_count_across_the_wrap() -> None:
    lane = a_lane()
    lane.stamp((1 << 32) - 1000, 1_000_000)
    assert lane.stamp(2000, 1_003_500) == 1_003_000


def test_a_late_first_packet_is_corrected_within_the_first_seconds() -> None:
    lane = a_lane()
    lane.stamp(0, 1_000_000 + 150 * MS)
    for number in range(1, 151):
        stamped = lane.stamp(number * 3000, 1_000_000 + number * 3000)
    assert stamped == 1_000_000 + 150 * 3000


@pytest.mark.parametrize("parts_per_million", [-100, 100])
def test_an_hour_of_drift_stays_within_a_few_milliseconds(parts_per_million: int) -> None:
    lane, chance = a_lane(), random.Random(1)
    furthest = 0
    for second in range(3600):
        for tenth in range(10):
            made = second * 90_000 + tenth * 9000
            count = made + made * parts_per_million // 1_000_000
            stamped = lane.stamp(count % (1 << 32), made + chance.randrange(40 * MS))
            furthest = max(furthest, abs(stamped - made))
    assert furthest < 60 * MS
    assert lane.anchored == 1


def test_a_correction_never_moves_time_by_more_than_its_limit() -> None:
    lane = a_lane()
    for number in range(300):
        lane.stamp(number * 3000, number * 3000)
    offset, steps = lane.offset, []
    for number in range(300, 600):
        lane.stamp(number * 3000, number * 3000 + 300 * MS)
        assert offset is not None
        assert lane.offset is not None
        steps.append(lane.offset - offset)
        offset = lane.offset
    assert max(steps) == 45


def test_a_count_that_jumps_ahead_of_its_arrival_is_anchored_anew() -> None:
    lane = a_lane()
    lane.stamp(0, 0)
    assert lane.stamp(60 * 90_000, 3000) == 3000
    assert lane.anchored == 2


def test_a_network_that_holds_packets_back_for_a_while_moves_nothing_much() -> None:
    lane = a_lane()
    for number in range(300):
        lane.stamp(number * 3000, number * 3000)
    for number in range(300, 360):
        lane.stamp(number * 3000, number * 3000 + 90_000)
    assert abs(lane.stamp(360 * 3000, 360 * 3000) - 360 * 3000) <= 2 * 45


def test_a_lag_that_stays_is_believed_in_the_end() -> None:
    lane = a_lane()
    for number in range(300):
        lane.stamp(number * 3000, number * 3000)
    for number in range(300, 600):
        stamped = lane.stamp(number * 3000, number * 3000 + 180_000)
    assert stamped == pytest.approx(599 * 3000 + 180_000, abs=200)


def a_publisher(
    video_late_ms: int, seconds: int, report_error_s: float = 0.0
) -> tuple[PublisherClock, int, int]:
    """Sound arrives at once, pictures later; both lanes report. Returns the last stamps (90 kHz)
    of a picture and of a sound that were made at the same instant."""
    clock, heard, seen = PublisherClock(), 0, 0
    for frame in range(seconds * 50):
        made = frame * 1800
        heard = clock.stamp(Lane.AUDIO, 77 + frame * 960, frame * 960)
        seen = clock.stamp(Lane.VIDEO, 5555 + made, made + video_late_ms * MS)
        if frame % 50 == 25:
            ntp = 1000 * NTP + frame * NTP // 50
            clock.receive_report(Lane.AUDIO, ntp, 77 + frame * 960)
            clock.receive_report(Lane.VIDEO, ntp + int(report_error_s * NTP), 5555 + made)
    return clock, seen, heard * 90_000 // 48_000


def test_with_reports_the_picture_comes_to_stand_at_its_sound() -> None:
    clock, seen, heard = a_publisher(video_late_ms=300, seconds=12)
    assert abs(seen - heard) <= 2
    assert clock.lip_error_ticks() == pytest.approx(0, abs=2)


def test_reports_that_cannot_be_true_are_not_followed() -> None:
    _, seen, heard = a_publisher(video_late_ms=20, seconds=12, report_error_s=3600.0)
    assert abs(seen - heard) < 25 * MS


def test_without_reports_nobody_claims_to_know_the_lip_error() -> None:
    assert PublisherClock().lip_error_ticks() is None


def test_a_new_stream_on_a_lane_is_anchored_anew() -> None:
    clock = PublisherClock()
    clock.stamp(Lane.VIDEO, 10_000_000, 500)
    clock.restart(Lane.VIDEO)
    assert clock.stamp(Lane.VIDEO, 5, 3500) == 3500
