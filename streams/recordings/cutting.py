"""What of an item's segments lies between two instants: the rule of a cut, part by part.

Nothing is coded again, so a replay can begin where decoding can: at a part whose first frame is an
IDR. It begins at the first such part that does not begin before the instant asked for, and ends
with the last part that does not end after the other. What lies wholly between is listed as it is;
of a segment at the edge the parts between are one piece, `{segment}.{first}-{last}.m4s`, in each
lane. The sound begins and ends at the part's edge that is nearest to the picture's: within half a
part, and exactly where both lanes' segments begin, as they nearly always do.

What a cut leaves out is not given to anybody who comes through it: neither as a whole segment nor
as a part.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.filling import HZ
from streams.generations import Segment
from streams.segments import Lane
from streams.timeline import VIDEO_HZ
from streams.window import Entry

NOTHING = range(0)


@dataclass(frozen=True, slots=True)
class Bounds:
    """From and until when, in video ticks of the event clock; None: without a limit."""

    start_ticks: int | None = None
    end_ticks: int | None = None

    def cover(self, start_ticks: int, end_ticks: int) -> bool:
        """Whether all of it lies between."""
        begins = self.start_ticks is None or self.start_ticks <= start_ticks
        return begins and (self.end_ticks is None or end_ticks <= self.end_ticks)


WHOLE = Bounds()


def parts_kept(entry: Entry, lane: Lane, bounds: Bounds) -> range:
    """Which parts of an entry's segment in a lane a cut keeps; all of them where it covers it."""
    segment = entry.lane(lane)
    if segment is None or not segment.parts:
        return NOTHING
    every = range(len(segment.parts))
    video = entry.lane(Lane.VIDEO)
    if bounds == WHOLE or video is None or not video.parts:
        return every
    if bounds.cover(video.start_ticks, video.end_ticks):
        return every
    kept = _pictures_kept(video, bounds)
    if lane is Lane.VIDEO or not kept:
        return kept
    return _beside(segment, video, kept)


def keeps(entry: Entry, lane: Lane, bounds: Bounds, first: int | None, last: int | None) -> bool:
    """Whether a cut keeps these parts of an entry; None: all that the segment has."""
    kept = parts_kept(entry, lane, bounds)
    segment = entry.lane(lane)
    if first is None or last is None:
        return segment is not None and len(kept) == len(segment.parts) > 0
    return first in kept and last in kept


def _pictures_kept(video: Segment, bounds: Bounds) -> range:
    start, end = bounds.start_ticks, bounds.end_ticks
    first = next(
        (
            index
            for index, part in enumerate(video.parts)
            if part.independent and (start is None or part.start_ticks >= start)
        ),
        None,
    )
    if first is None:
        return NOTHING
    last = first
    for part in video.parts[first:]:
        if end is not None and part.start_ticks + part.duration_ticks > end:
            break
        last += 1
    return range(first, last)


def _beside(sound: Segment, video: Segment, kept: range) -> range:
    """The parts of the sound that lie nearest to some of the picture's."""
    begins = video.parts[kept.start].start_ticks
    final = video.parts[kept.stop - 1]
    ends = final.start_ticks + final.duration_ticks
    edges = [
        *(part.start_ticks * VIDEO_HZ // HZ[Lane.AUDIO] for part in sound.parts),
        sound.end_ticks * VIDEO_HZ // HZ[Lane.AUDIO],
    ]
    first = 0 if kept.start == 0 else _nearest(edges, begins)
    whole = kept.stop == len(video.parts)
    last = len(sound.parts) if whole else _nearest(edges, ends)
    return range(first, last)


def _nearest(edges: list[int], ticks: int) -> int:
    return min(range(len(edges)), key=lambda index: abs(edges[index] - ticks))
