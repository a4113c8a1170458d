"""A stream's own count laid onto the event clock by when its pictures arrive.

A transport stream has one count for picture and sound, 33 bits at 90 kHz, which begins anywhere and
goes round every 26.5 hours. Decode times of pictures are what is watched: they rise with every
picture, so one that steps back is no late packet but another count, and the clock is anchored anew
at once. A step forward beyond half a second of its arrival is the same, and a crystal that drifts
is followed (rtpclock.LaneClock says how: by the least lag, half a millisecond a second).

Picture and sound share one offset, so lips and voice stay as far apart as the sender made them.
Sound that lies further from its arrival than anybody interleaves belongs to a count that is over,
or has not begun, and has no place.
"""

from __future__ import annotations

from streams.timeline import VIDEO_HZ
from streams.webrtc.rtpclock import LaneClock

COUNT_BITS = 33
_MOST_APART_TICKS = 3 * VIDEO_HZ
_STEP_BACK_TICKS = VIDEO_HZ // 10


class StreamClock:
    """One stream's count on the event clock; all ticks at 90 kHz.

    Args:
        bits: of the count.
    """

    def __init__(self, bits: int = COUNT_BITS) -> None:
        self._half = 1 << (bits - 1)
        self._lane = LaneClock(VIDEO_HZ, bits)
        self._last: tuple[int, int] | None = None
        """Count and event time of the newest picture, before it was kept from overtaking."""
        self._given: int | None = None

    @property
    def anchored(self) -> int:
        """How often the count was anchored; more than once means that it jumped."""
        return self._lane.anchored

    def picture(self, pts: int, dts: int, arrival_ticks: int) -> tuple[int, int]:
        """The event times of a picture that arrived at `arrival_ticks`.

        Returns:
            pts and dts; dts rises strictly from call to call.
        """
        if self._last is not None and self._ahead(self._last[0], dts) < -_STEP_BACK_TICKS:
            self._lane.restart()
        ticks = self._lane.stamp(dts, arrival_ticks)
        self._last = dts, ticks
        if self._given is not None:
            # Neither a correction nor a new anchor lets a picture overtake another.
            ticks = max(ticks, self._given + 1)
        self._given = ticks
        return ticks + self._ahead(dts, pts), ticks

    def sound(self, pts: int, arrival_ticks: int) -> int | None:
        """The event time of sound; None where it belongs to no picture's count."""
        if self._last is None:
            return None
        count, at_ticks = self._last
        ticks = at_ticks + self._ahead(count, pts)
        return ticks if abs(ticks - arrival_ticks) <= _MOST_APART_TICKS else None

    def _ahead(self, earlier: int, later: int) -> int:
        """From one count to another, the short way round."""
        return (later - earlier + self._half) % (2 * self._half) - self._half
