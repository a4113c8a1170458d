"""An RTMP encoder's time on the event clock.

RTMP counts milliseconds in 32 bits, for sound and picture alike, from whatever start the encoder
chose and by its own crystal. A `LaneClock` (rtpclock.py) follows the picture's count by its
arrivals: anchored at the first message, drift corrected by the least lag of each second, never by
more than half a millisecond a second. Sound is placed by its distance from the last picture in the
same count, so nothing can part lips from voice. Milliseconds times 90 modulo 2^32 go round together
with RTMP's own count after 49.7 days, so its wrap is none.

*Jumps.* Nothing arrives before it was made: a count that runs ahead of its arrivals is anchored
anew (LaneClock). Messages of one lane come in order on one connection: a count that falls back by
more than a second has begun again, and so has one that leaps by more than an hour.

*Apart.* Sound that lies three seconds from the picture does not count from the same start: one of
them has jumped and the other will in a moment, or never. Until they are together again sound is
placed by its own arrivals.
"""

from __future__ import annotations

from streams.segments import Lane
from streams.timeline import VIDEO_HZ
from streams.webrtc.rtpclock import LaneClock

MS_TICKS = VIDEO_HZ // 1000
FURTHEST_BACK_MS = 1000
LONGEST_STEP_MS = 3_600_000
APART_MS = 3000
_WRAP = 1 << 32


class RtmpClock:
    """Both lanes of one encoder on the event clock."""

    def __init__(self) -> None:
        self._video = _Count()
        self._sound_apart = _Count()

    @property
    def anchored(self) -> int:
        """How often time was anchored; more than once means that the encoder's count jumped."""
        return self._video.clock.anchored

    def stamp(self, lane: Lane, time_ms: int, arrival_ticks: int) -> int:
        """The event time of a message.

        Args:
            time_ms: the message's, 32 bits.
            arrival_ticks: when it came, in 90 kHz.

        Returns:
            In 90 kHz, for either lane.
        """
        if lane is Lane.VIDEO:
            return self._video.stamp(time_ms, arrival_ticks)
        apart_ms = self._video.distance_ms(time_ms)
        if apart_ms is None or abs(apart_ms) > APART_MS:
            return self._sound_apart.stamp(time_ms, arrival_ticks)
        self._sound_apart = _Count()
        return self._video.stamped_ticks + apart_ms * MS_TICKS


class _Count:
    """One count of milliseconds on the event clock."""

    def __init__(self) -> None:
        self.clock = LaneClock(VIDEO_HZ)
        self.stamped_ticks = 0
        """Where the last message was placed."""
        self._last_ms: int | None = None

    def distance_ms(self, time_ms: int) -> int | None:
        """How far after the last message a time lies; None before the first."""
        if self._last_ms is None:
            return None
        return (time_ms - self._last_ms + _WRAP // 2) % _WRAP - _WRAP // 2

    def stamp(self, time_ms: int, arrival_ticks: int) -> int:
        step_ms = self.distance_ms(time_ms) or 0
        if not -FURTHEST_BACK_MS <= step_ms <= LONGEST_STEP_MS:
            self.clock.restart()
        self._last_ms = time_ms
        self.stamped_ticks = self.clock.stamp(time_ms * MS_TICKS % _WRAP, arrival_ticks)
        return self.stamped_ticks
