"""When pieces that come in bursts are shown: one constant delay, held for the whole day.

A fetched stream arrives six seconds at a time. Its first piece is shown when it is there, and from
then on a frame's event time is its own time plus one offset; what is fetched ahead waits. Reading
begins three pieces before the end of the playlist (RFC 8216, 6.3.3), so between one and two pieces
lie ready while all is well: that is the play-out delay, about three pieces behind the upstream's
live edge, eighteen seconds for pieces of six.

*Headroom* is how long before its turn a piece was there. The least of ten pieces is compared with
the least of the first ten: the difference is the upstream's crystal, and the offset follows it by
at most half a millisecond a second, so that a day neither runs dry nor piles up.

A piece that comes after its turn, or a minute before it, or whose times do not go on where the last
one ended (another encoder, a count that began again), is anchored anew: where the last one ended,
or now if that is past. Sound that is fetched separately uses the offset of the picture with the
same discontinuity number. Counts may go round; the short way from one to another is taken.
"""

from __future__ import annotations

from collections import deque

from streams.timeline import VIDEO_HZ

COUNT_BITS = 33
LATE_TICKS = VIDEO_HZ // 2
EARLY_TICKS = 60 * VIDEO_HZ
_SPREAD_TICKS = VIDEO_HZ
_WINDOW = 10
_BURST = 3
_CALM_TICKS = VIDEO_HZ // 4
_MOST_PPM = 500
_DISCONTINUITIES = 8


class Pacing:
    """Event times of a fetched stream; all ticks at 90 kHz.

    Args:
        bits: of the stream's count.
    """

    def __init__(self, bits: int = COUNT_BITS) -> None:
        self.anchored = 0
        """How often it was anchored; each but the first means that something was missing."""
        self._half = 1 << (bits - 1)
        self._references: dict[int, tuple[int, int]] = {}
        """For each discontinuity number a count and its event time."""
        self._end: int | None = None
        self._placed = 0
        self._headrooms: deque[int] = deque(maxlen=_WINDOW)
        self._wanted: int | None = None

    def at(self, discontinuity: int, count: int) -> int | None:
        """The event time of a count; None before a picture of this number was placed."""
        reference = self._references.get(discontinuity)
        return None if reference is None else reference[1] + self.ahead(reference[0], count)

    def ahead(self, earlier: int, later: int) -> int:
        """From one count to another, the short way round."""
        return (later - earlier + self._half) % (2 * self._half) - self._half

    def place(
        self,
        first: int,
        lasts: int,
        discontinuity: int,
        arrival_ticks: int,
        missing: int = 0,
        hold: int = 0,
    ) -> int:
        """Decide when a piece begins, on the event clock.

        Args:
            first: decode time of its first picture, as the stream counts.
            lasts: how long its pictures last.
            arrival_ticks: when it was there, on the event clock.
            missing: how long the pieces last that were left out before it.
            hold: how long the very first piece waits.
        """
        begins = self.at(discontinuity, first)
        if begins is None or self._is_off(begins, arrival_ticks, missing):
            begins = self._anchor(arrival_ticks, hold)
        else:
            begins += self._correction(begins - arrival_ticks, lasts)
        self._references[discontinuity] = first, begins
        while len(self._references) > _DISCONTINUITIES:
            del self._references[next(iter(self._references))]
        self._end = begins + lasts
        return begins

    def _is_off(self, begins: int, arrival_ticks: int, missing: int) -> bool:
        """Whether a piece does not go on where the last one ended, or is not there in time."""
        assert self._end is not None
        headroom = begins - arrival_ticks
        goes_on = -_SPREAD_TICKS <= begins - self._end <= missing + _SPREAD_TICKS
        return not goes_on or not -LATE_TICKS <= headroom <= EARLY_TICKS

    def _anchor(self, arrival_ticks: int, hold: int) -> int:
        """At the end of what is placed, or now where that is past."""
        self.anchored += 1
        self._placed, self._wanted = 0, None
        self._headrooms.clear()
        return arrival_ticks + hold if self._end is None else max(self._end, arrival_ticks)

    def _correction(self, headroom: int, lasts: int) -> int:
        """How far the offset moves for this piece."""
        self._placed += 1
        if self._placed < _BURST:
            return 0
        self._headrooms.append(headroom)
        if len(self._headrooms) < _WINDOW:
            return 0
        least = min(self._headrooms)
        if self._wanted is None:
            self._wanted = least
        error = self._wanted - least
        if abs(error) < _CALM_TICKS:
            return 0
        most = lasts * _MOST_PPM // 1_000_000
        return max(-most, min(most, error))
