"""An input measured from its access units, second by second."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streams.encoder import audio_unit, silent_frame
from streams.health import Loud, Meter, Reading
from streams.segments import AccessUnit, Lane
from streams.timeline import VIDEO_HZ
from tests.streams.broadcast import Look, coded, pictures

BEGAN_S = 1000.0
BEGAN_TICKS = 1000 * VIDEO_HZ


class Line:
    """A camera that sends into a meter; `skew` is how much faster its clock runs than ours."""

    def __init__(self, look: Look | None = None, skew: float = 0.0, late_s: float = 0.1) -> None:
        self.meter = Meter(BEGAN_S, BEGAN_TICKS)
        self.now_s = BEGAN_S
        self.skew, self.late_s = skew, late_s
        self.look(look or Look())

    def look(self, look: Look) -> None:
        self.step_s = 1 / look.fps
        self._units = pictures(look, int(self.now_s * VIDEO_HZ), lambda: False)

    def run(self, seconds: float, *, sound: bool = True) -> Reading:
        for _ in range(round(seconds / self.step_s)):
            unit = next(self._units)
            shown_s = unit.dts_ticks / VIDEO_HZ
            # A clock that runs fast says a later time, the longer the more.
            ticks = round((shown_s - BEGAN_S) * self.skew * VIDEO_HZ)
            unit = replace(unit, dts_ticks=unit.dts_ticks + ticks, pts_ticks=unit.pts_ticks + ticks)
            self.now_s += self.step_s
            self.meter.receive(unit, self.now_s + self.late_s)
            if sound:
                self.meter.receive(audio_unit(0, silent_frame()), self.now_s + self.late_s)
        return self.read()

    def read(self, **own: object) -> Reading:
        return self.meter.read(self.now_s + self.late_s, own)


def test_nothing_is_known_of_what_has_just_come() -> None:
    reading = Meter(BEGAN_S, BEGAN_TICKS).read(BEGAN_S + 3, {})
    assert reading == Reading(picture_age_s=3.0)


@pytest.mark.parametrize("late_s", [0.1, 2.5])
def test_how_late_pictures_come_is_known_by_their_own_time(late_s: float) -> None:
    line = Line(late_s=late_s)
    reading = line.run(4)
    # A picture's own time is when it begins; it is seen a picture later.
    assert reading.late_s == pytest.approx(late_s + 0.04, abs=0.02)
    line.now_s += 3
    assert line.read().late_s is None, "nothing came of late"


def test_rates_and_parameters_are_those_of_the_camera() -> None:
    line = Line(Look(fps=30))
    reading = line.run(8)
    assert reading.fps == pytest.approx(30, abs=0.5)
    assert reading.slowest_fps in (29, 30)
    assert reading.fastest_fps in (30, 31)
    size = sum(len(unit.data) for unit in coded(Look(fps=30))) / 2 + 30 * len(silent_frame())
    assert reading.bitrate_bps == pytest.approx(size * 8, rel=0.2)
    assert (reading.width, reading.height) == (160, 90)
    assert reading.profile == "High"
    assert reading.level
    assert reading.sound
    assert reading.picture_age_s == 0
    assert not reading.b_pictures


def test_rates_fall_to_nothing_when_it_stops() -> None:
    line = Line()
    line.run(8)
    line.now_s += 6
    reading = line.read()
    assert (reading.fps, reading.bitrate_bps, reading.sound) == (0, 0, False)
    assert reading.picture_age_s == 6


@pytest.mark.parametrize("gop_s", [2.0, 8.0])
def test_keyframes_are_told_by_their_longest_interval(gop_s: float) -> None:
    assert Line(Look(gop_s=gop_s)).run(2 * gop_s + 3).keyframe_interval_s == gop_s


def test_an_interval_that_does_not_end_is_told_while_it_runs() -> None:
    line = Line(Look(gop_s=20))
    assert line.run(3).keyframe_interval_s is None
    assert line.run(9).keyframe_interval_s == pytest.approx(12, abs=0.1)


def test_b_pictures_are_seen_where_they_arrive_and_told_where_they_are_dropped() -> None:
    assert Line(Look(b_frames=2)).run(6).b_pictures
    line = Line()
    line.run(6)
    assert not line.read(b_pictures=4).b_pictures, "a counter says nothing alone"
    assert line.read(b_pictures=5).b_pictures


def test_another_size_counts_once_the_encoder_has_tuned_in() -> None:
    line = Line()
    line.run(3)
    line.look(Look(256, 144))
    assert line.run(9).size_changes == 0
    line.look(Look(160, 90))
    reading = line.run(4)
    assert (reading.size_changes, reading.width) == (1, 160)
    line.look(Look(256, 144))
    assert line.run(4).size_changes == 2
    assert line.run(70).size_changes == 0, "and is forgotten after a minute"


@pytest.mark.parametrize("skew_ppm", [-400, 0, 250])
def test_drift_is_told_after_a_minute(skew_ppm: int) -> None:
    line = Line(skew=skew_ppm / 1e6)
    assert line.run(50).drift_ppm is None
    assert line.run(60).drift_ppm == pytest.approx(skew_ppm, abs=5)


def test_what_the_publisher_knows_itself_is_taken() -> None:
    line = Line()
    line.run(6)
    line.read(packets=100, packets_lost=0, pictures_dropped=3)
    line.now_s += 4
    reading = line.read(
        packets=190, packets_lost=10, pictures_dropped=3, lip_error_ms=-140.4, drift_ppm=77
    )
    assert (reading.lost, reading.lip_error_ms, reading.drift_ppm) == (0.1, -140, 77)
    assert reading.dropped == 0
    line.now_s += 11
    assert line.read(packets=290, packets_lost=10).lost is None, "the ten seconds are over"


def test_counters_that_begin_anew_are_no_loss() -> None:
    line = Line()
    line.run(6)
    line.read(packets=1000, packets_lost=50)
    line.now_s += 2
    assert line.read(packets=10, packets_lost=0).lost is None


def test_sound_is_told_by_its_peaks() -> None:
    line = Line()
    line.run(3)
    for peak_db in (0.0, -0.2, -0.5, *[-20.0] * 5):
        line.meter.hear(Loud(peak_db, peak_db - 9))
    reading = line.read()
    assert (reading.loud_db, reading.peak_db, reading.clipped) == (-29.0, -20.0, 2)


def test_a_picture_that_holds_nothing_between_keyframes_stands_still() -> None:
    line = Line(Look(gop_s=1.0))
    assert line.run(10).still_s >= 9, "a flat picture of sixty macroblocks moves less than noise"
    busy = Meter(BEGAN_S, BEGAN_TICKS)
    for unit in (*coded(Look()), *(_busy(n) for n in range(400))):
        busy.receive(unit, unit.dts_ticks / VIDEO_HZ + BEGAN_S)
    assert busy.read(BEGAN_S + 18, {}).still_s < 2


def _busy(n: int) -> AccessUnit:
    ticks = 2 * VIDEO_HZ + n * VIDEO_HZ // 25
    return AccessUnit(Lane.VIDEO, ticks, ticks, None, False, bytes(500))
