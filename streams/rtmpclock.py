"""An RTMP encoder's time on the event clock.

RTMP counts milliseconds in 32 bits, for sound and picture alike, from whatever start the encoder
chose and by its own crystal. One `LaneClock` (rtpclock.py) follows that count by its arrivals:
anchored at the first message, drift corrected by the least lag of each second, never by more than
half a millisecond a second. Both lanes share it, so nothing can part lips from voice. Milliseconds
times 90 modulo 2^32 go round together with RTMP's own count after 49.7 days, so its wrap is none.

*Jumps.* Nothing arrives before it was made: a count that runs ahead of its arrivals is anchored
anew (LaneClock). Messages of one lane come in order on one connection: a count that falls back by
more than a second has begun again, and so has one that leaps by more than an hour.
"""

from __future__ import annotations

from streams.rtpclock import LaneClock
from streams.segments import Lane
from streams.timeline import VIDEO_HZ

MS_TICKS = VIDEO_HZ // 1000
FURTHEST_BACK_MS = 1000
LONGEST_STEP_MS = 3_600_000
_WRAP = 1 << 32


class RtmpClock:
    """Both lanes of one encoder on the event clock."""

    def __init__(self) -> None:
        self._clock = LaneClock(VIDEO_HZ)
        self._last_ms: dict[Lane, int] = {}

    @property
    def anchored(self) -> int:
        """How often time was anchored; more than once means that the encoder's count jumped."""
        return self._clock.anchored

    def stamp(self, lane: Lane, time_ms: int, arrival_ticks: int) -> int:
        """The event time of a message.

        Args:
            time_ms: the message's, 32 bits.
            arrival_ticks: when it came, in 90 kHz.

        Returns:
            In 90 kHz, for either lane.
        """
        last_ms = self._last_ms.get(lane, time_ms)
        step_ms = (time_ms - last_ms + _WRAP // 2) % _WRAP - _WRAP // 2
        if not -FURTHEST_BACK_MS <= step_ms <= LONGEST_STEP_MS:
            self._clock.restart()
        self._last_ms[lane] = time_ms
        return self._clock.stamp(time_ms * MS_TICKS % _WRAP, arrival_ticks)
