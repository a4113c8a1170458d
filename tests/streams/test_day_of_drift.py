"""A whole conference day of one publisher whose crystals are off, on a virtual clock.

Every packet goes through Publisher. The counts of both lanes wrap on the way (pictures after 13.25
hours of 90 kHz, sound after 24.8 of 48 kHz), arrivals jitter, reports come every five seconds.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

import pytest

from streams.segments import AccessUnit, Lane
from streams.sound.sound import Sound
from streams.webrtc.jitterbuffer import Packet
from streams.webrtc.publisher import Now, Publisher
from tests.streams import h264_line as line

EVENT_TICKS = 90_000 * 3600
DAY_S = 8 * 3600
MORNING_S = 2 * 3600
WRAPS_AFTER_S = {Lane.VIDEO: 3600, Lane.AUDIO: 5400}
HZ = {Lane.VIDEO: 90_000, Lane.AUDIO: 48_000}
JITTER_S = 0.03
REPORT_EVERY_S = 5
SETTLED_AFTER_S = 15
MILLION = 1_000_000


@dataclass
class Crystals:
    """What a publisher counts at a true instant, each lane by its own crystal.

    Args:
        off: millionths that each lane, and the publisher's wall clock, run fast.
    """

    off: dict[Lane, int]
    wall_off: int

    def count(self, lane: Lane, true_s: Fraction) -> int:
        hz = HZ[lane]
        counted = int(true_s * hz * (MILLION + self.off[lane]) / MILLION)
        return ((1 << 32) - WRAPS_AFTER_S[lane] * hz + counted) % (1 << 32)

    def ntp(self, true_s: Fraction) -> int:
        wall_s = 3_900_000_000 + true_s * (MILLION + self.wall_off) / MILLION
        return int(wall_s * (1 << 32))


@dataclass
class Laid:
    """Stands where the sound is coded: when each packet was laid, 48 kHz."""

    ticks: list[int] = field(default_factory=list)

    def begin(self, ticks: int) -> None:
        pass

    def receive(self, ticks: int, opus: bytes) -> None:
        self.ticks.append(ticks)

    def fill_until(self, ticks: int) -> None:
        raise AssertionError("expected no silence; the sound never stops")


class Day:
    """Runs the day in steps of half a second and keeps the worst errors."""

    def __init__(self, crystals: Crystals, *, reports: bool = True) -> None:
        self.crystals, self.reports = crystals, reports
        self.publisher = Publisher(Now(0.0, EVENT_TICKS), 0.0)
        self.laid, self.shown = Laid(), list[AccessUnit]()
        self.publisher.start(self.shown.append, cast(Sound, self.laid))
        self.chance = random.Random(5)
        self.sequence = dict.fromkeys(Lane, 0)
        self.worst_lips_ms = self.worst_clock_ms = 0.0

    def run(self, seconds: int) -> None:
        for half in range(2 * seconds):
            at = Fraction(half, 2)
            heard = self.send(Lane.AUDIO, at, b"sound") - at * 48_000
            if half % 2 == 0:
                idr = half % 20 == 0
                slice_ = line.a_slice(half // 2 % 200, idr)
                payload = line.aggregate(line.SPS, line.PPS, slice_) if idr else slice_
                seen = self.send(Lane.VIDEO, at, payload) - at * 90_000
                self.judge(float(seen) / 90, float(heard) / 48, int(at))
            if self.reports and half % (2 * REPORT_EVERY_S) == 0:
                self.report(Lane.VIDEO, at + Fraction(1, 3))
                self.report(Lane.AUDIO, at + Fraction(2, 3))

    def send(self, lane: Lane, at: Fraction, payload: bytes) -> int:
        """Sends what was made at `at`; returns where it was put, from the event's hour on."""
        self.sequence[lane] = (self.sequence[lane] + 1) % 65_536
        arrival = float(at) + self.chance.random() * JITTER_S
        timestamp = self.crystals.count(lane, at)
        packet = Packet(self.sequence[lane], timestamp, True, payload, arrival)
        self.publisher.receive_packet(lane, 1 + (lane is Lane.AUDIO), packet)
        if lane is Lane.VIDEO:
            return self.shown.pop().pts_ticks - EVENT_TICKS
        return self.laid.ticks.pop() - EVENT_TICKS * 8 // 15

    def report(self, lane: Lane, at: Fraction) -> None:
        self.publisher.receive_report(lane, self.crystals.ntp(at), self.crystals.count(lane, at))

    def judge(self, seen_ms: float, heard_ms: float, second: int) -> None:
        if second < SETTLED_AFTER_S:
            return
        self.worst_lips_ms = max(self.worst_lips_ms, abs(seen_ms - heard_ms))
        self.worst_clock_ms = max(self.worst_clock_ms, abs(seen_ms), abs(heard_ms))


@pytest.mark.parametrize(
    "seconds", [MORNING_S, pytest.param(DAY_S, marks=pytest.mark.long)], ids=["morning", "day"]
)
@pytest.mark.parametrize(
    ("video", "audio", "wall"),
    [(200, -200, 0), (200, 200, 200), (-200, -200, 0), (-200, 200, -200)],
)
def test_lips_stay_with_the_voice_and_both_with_the_day(
    video: int, audio: int, wall: int, seconds: int
) -> None:
    day = Day(Crystals({Lane.VIDEO: video, Lane.AUDIO: audio}, wall))
    day.run(seconds)
    assert day.worst_lips_ms < 40
    assert day.worst_clock_ms < 80
    assert day.publisher.health(float(seconds)).anchored == 1, "no jump on the way, also no wrap"


def test_lanes_without_reports_each_follow_the_day() -> None:
    day = Day(Crystals({Lane.VIDEO: 200, Lane.AUDIO: -200}, 0), reports=False)
    day.run(3600)
    assert day.worst_lips_ms < 80
    assert day.worst_clock_ms < 80
