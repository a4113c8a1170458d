"""A publisher's clocks laid onto the event clock.

Each RTP stream counts from a random start, by the publisher's own crystal. Two things must come of
that: picture and sound of one publisher stay together, and both stay with the event clock.

*Anchor.* A lane's offset is fixed by the first packet: it is taken to be made when it arrived.
*Drift.* Transit time only ever adds, so the least lag of a window is the honest one. Once per
window the offset moves towards a least lag of zero, by no more than the slew limit: generous while
settling (the first packets are often late), 0.5 ms per second afterwards.
*Lips.* Sender reports say which NTP instant of the publisher a timestamp stands for. With reports
on both lanes the picture follows the sound, by no more than a twentieth of the time that passes,
and no longer its own arrivals. Reports that disagree with the arrivals by more than two seconds are
not believed: some encoders make them up.
*Jumps.* Nothing arrives before it was made: a time more than half a second ahead of its arrival is
a publisher whose count jumped, and the lane is anchored anew. The other way round may be a network
that holds packets back; that is believed only after several windows.

Ticks are ints in the lane's own rate throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.segments import Lane
from streams.timeline import AUDIO_HZ, VIDEO_HZ, Unwrap, rescale

HZ = {Lane.VIDEO: VIDEO_HZ, Lane.AUDIO: AUDIO_HZ}
_MOST_LIP_ERROR_TICKS = 2 * VIDEO_HZ
_WINDOWS_SETTLING = 4
_WINDOWS_UNTIL_BELIEVED = 4
_DRIFT_FROM_S = 60
"""Sooner, the network's own trembling is all that would be seen."""


@dataclass(frozen=True, slots=True)
class Report:
    """A sender report: this count stood for that instant (64-bit NTP, seconds in 32.32)."""

    ntp: int
    count: int


class LaneClock:
    """One RTP stream on the event clock, by its arrivals alone.

    Args:
        bits: of its timestamps.
    """

    def __init__(self, hz: int, bits: int = 32) -> None:
        self.hz = hz
        self._bits = bits
        self.anchored = 0
        """How often the lane was anchored; more than once means the publisher's count jumped."""
        self.report: Report | None = None
        self._unwrap = Unwrap(bits)
        self._offset: int | None = None
        self._window_end = 0
        self._least_lag: int | None = None
        self._windows = 0
        self._late_windows = 0
        self._settled: tuple[int, int] | None = None

    @property
    def drift_ppm(self) -> int | None:
        """How fast the publisher counts against our clock since it settled; positive: fast."""
        if self._settled is None or self._offset is None:
            return None
        since, offset = self._settled
        passed = self._window_end - since
        if passed < _DRIFT_FROM_S * self.hz:
            return None
        return round((offset - self._offset) * 1_000_000 / passed)

    @property
    def offset(self) -> int | None:
        """Event ticks minus RTP count; None before the first packet."""
        return self._offset

    def receive_report(self, ntp: int, timestamp: int) -> None:
        """Take a sender report in."""
        if self._offset is not None:
            self.report = Report(ntp, self._unwrap(timestamp))

    def restart(self) -> None:
        """Forget the anchor: another stream begins."""
        self._unwrap, self._offset, self.report = Unwrap(self._bits), None, None

    def stamp(self, timestamp: int, arrival_ticks: int, follow: bool = True) -> int:
        """The event time of an RTP timestamp that arrived at `arrival_ticks`.

        Args:
            follow: let the arrivals correct the drift.
        """
        count = self._unwrap(timestamp)
        if self._offset is None or count + self._offset - arrival_ticks > self.hz // 2:
            self._anchor(count, arrival_ticks)
        assert self._offset is not None
        if follow:
            self._watch(arrival_ticks - count - self._offset, arrival_ticks)
        return count + self._offset

    def move(self, offset: int, most_ticks: int) -> None:
        """Bring the offset towards another, by no more than `most_ticks`."""
        assert self._offset is not None
        self._offset += max(-most_ticks, min(most_ticks, offset - self._offset))

    def _anchor(self, count: int, arrival_ticks: int) -> None:
        self._offset = arrival_ticks - count
        self.report = None
        self.anchored += 1
        self._windows = self._late_windows = 0
        self._settled = None
        self._least_lag, self._window_end = None, arrival_ticks + self.hz

    def _watch(self, lag: int, arrival_ticks: int) -> None:
        self._least_lag = lag if self._least_lag is None else min(lag, self._least_lag)
        if arrival_ticks < self._window_end:
            return
        least, self._least_lag = self._least_lag, None
        self._window_end = arrival_ticks + self.hz
        self._windows += 1
        self._late_windows = self._late_windows + 1 if least > self.hz // 2 else 0
        self._follow(least)

    def _follow(self, least_lag: int) -> None:
        assert self._offset is not None
        settling = self._windows <= _WINDOWS_SETTLING
        most = self.hz // 20 if settling else self.hz // 2000
        if self._late_windows >= _WINDOWS_UNTIL_BELIEVED:
            most, self._late_windows = abs(least_lag), 0
            self.anchored += 1
            self._settled = None
        self.move(self._offset + least_lag, most)
        if self._settled is None and not settling:
            self._settled = self._window_end, self._offset


class PublisherClock:
    """Both lanes of one publisher on the event clock, lips and voice together."""

    def __init__(self) -> None:
        self.lanes = {lane: LaneClock(hz) for lane, hz in HZ.items()}
        self._lips_checked = 0

    def receive_report(self, lane: Lane, ntp: int, timestamp: int) -> None:
        """Take a sender report in."""
        self.lanes[lane].receive_report(ntp, timestamp)

    def restart(self, lane: Lane) -> None:
        """Another stream begins on a lane."""
        self.lanes[lane].restart()

    def stamp(self, lane: Lane, timestamp: int, arrival_ticks: int) -> int:
        """The event time of an RTP timestamp, both in the lane's ticks."""
        clock = self.lanes[lane]
        if lane is Lane.AUDIO:
            return clock.stamp(timestamp, arrival_ticks)
        passed = max(0, min(arrival_ticks - self._lips_checked, VIDEO_HZ))
        self._lips_checked = arrival_ticks
        error = self.lip_error_ticks()
        if error is None or abs(error) > _MOST_LIP_ERROR_TICKS:
            return clock.stamp(timestamp, arrival_ticks)
        assert clock.offset is not None
        clock.move(clock.offset - error, passed // 20)
        return clock.stamp(timestamp, arrival_ticks, follow=False)

    def drift_ppm(self) -> int | None:
        """How fast the publisher's clock runs against ours, by its sound where it has any."""
        sound, picture = self.lanes[Lane.AUDIO], self.lanes[Lane.VIDEO]
        return picture.drift_ppm if sound.offset is None else sound.drift_ppm

    def lip_error_ticks(self) -> int | None:
        """How far the picture runs behind the sound, 90 kHz; None: no reports on both lanes."""
        video, audio = self.lanes[Lane.VIDEO], self.lanes[Lane.AUDIO]
        if video.report is None or audio.report is None:
            return None
        if video.offset is None or audio.offset is None:
            return None
        passed = (video.report.ntp - audio.report.ntp) * AUDIO_HZ >> 32
        heard = audio.report.count + audio.offset + passed
        return video.report.count + video.offset - rescale(heard, AUDIO_HZ, VIDEO_HZ)
