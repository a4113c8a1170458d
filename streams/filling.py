"""The part of one lane that is being filled.

Frames lie end to end in decode time: each is decoded where the one before ended, whatever its
timestamp says, and a signed offset leads to the instant when it is shown. So a part may end where
the rule wants it to: where a frame lasts longer than there is room, and the part has not the 85 %
that it needs, the frame is decoded for as long as there is room, and the next one starts early.

At a cut nothing may be shown past the end: what follows begins there, and a player that finds
pictures beyond it moves all that follows, sound too, and leaves a hole. Of pictures that come
reordered the last ones in decode order may be meant for later than the end; some of those before
them never came, and theirs are the places that they take. What was given away cannot be moved: no
cut can be before all of it was shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from streams.boxes import Sample, fragment
from streams.segments import Lane
from streams.timeline import AUDIO_HZ, VIDEO_HZ

HZ = {Lane.VIDEO: VIDEO_HZ, Lane.AUDIO: AUDIO_HZ}


@dataclass(frozen=True, slots=True)
class Part:
    """A finished part.

    Args:
        segment: its segment's number, the same in both lanes.
        index: within the segment, from 0.
        start_ticks, duration_ticks: in the lane's own rate.
        independent: decoding can start at its first frame.
        data: `moof` and `mdat`.
    """

    lane: Lane
    segment: int
    index: int
    start_ticks: int
    duration_ticks: int
    independent: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class SegmentEnded:
    """A lane's segment has all its parts."""

    lane: Lane
    segment: int


class Filling:
    """One lane's open part and segment.

    Args:
        part_ticks: the part target, in video ticks.
    """

    def __init__(self, lane: Lane, part_ticks: int) -> None:
        self.lane = lane
        self.segment = -1
        self.part_ticks = part_ticks * HZ[lane] // VIDEO_HZ
        self._fair_ticks = -(-self.part_ticks * 85 // 100)
        self._index = 0
        self._start_ticks = 0
        self._filled_ticks = 0
        self._shown_ticks = 0
        self._shown_by_ticks: int | None = None
        self._fragments = 0
        self._samples: list[Sample] = []

    @property
    def end_ticks(self) -> int:
        """Where the next frame will be decoded."""
        return self._start_ticks + self._filled_ticks

    @property
    def empty(self) -> bool:
        """Whether the segment has no frame yet."""
        return not self._index and not self._samples

    @property
    def fresh(self) -> bool:
        """Whether no part of the segment was given yet."""
        return self._index == 0

    @property
    def room_ticks(self) -> int:
        """How long the next frame can last."""
        return self.part_ticks if self._fair else self.part_ticks - self._filled_ticks

    @property
    def settled_ticks(self) -> int:
        """Before this nothing can be taken back: parts given away, and a segment's first frame."""
        first = self._samples[0].duration_ticks if self._samples and not self._index else 0
        return max(self._start_ticks + first, self._shown_ticks)

    def take_back(self, at_ticks: int) -> list[tuple[int, Sample]]:
        """Takes frames out of the open part that are decoded at an instant or later.

        The last that stays ends there; the first of a segment always stays.

        Returns:
            each with the instant when it is decoded, in order.
        """
        back: list[tuple[int, Sample]] = []
        while len(self._samples) > (0 if self._index else 1):
            last = self._samples[-1]
            begins = self.end_ticks - last.duration_ticks
            if begins < at_ticks:
                break
            back.append((begins, self._samples.pop()))
            self._filled_ticks -= last.duration_ticks
        self._shorten(at_ticks)
        return back[::-1]

    def lengthen(self, by_ticks: int) -> bool:
        """The last frame of the open part lasts longer; whether there is room."""
        if not self._samples or self._filled_ticks + by_ticks > self.part_ticks:
            return False
        last = self._samples[-1]
        self._samples[-1] = replace(last, duration_ticks=last.duration_ticks + by_ticks)
        self._filled_ticks += by_ticks
        return True

    @property
    def last_ticks(self) -> int:
        """Where the last frame of the open part is decoded, or the next one where it has none."""
        return self.end_ticks - (self._samples[-1].duration_ticks if self._samples else 0)

    @property
    def shown_ticks(self) -> int:
        """When the last of all frames so far begins to be shown, or what was given away ended."""
        begins = accumulate(
            (each.duration_ticks for each in self._samples), initial=self._start_ticks
        )
        shown = (at + each.offset_ticks for at, each in zip(begins, self._samples, strict=False))
        return max(shown, default=self._shown_ticks)

    def _shorten(self, at_ticks: int) -> None:
        excess = self.end_ticks - at_ticks
        if self._samples and 0 < excess < (lasts := self._samples[-1].duration_ticks):
            self._samples[-1] = replace(self._samples[-1], duration_ticks=lasts - excess)
            self._filled_ticks -= excess

    def show_by(self, ticks: int) -> None:
        """A cut is here: what was not given away of this segment is shown before it."""
        self._shown_by_ticks = ticks

    def begin_segment(self, number: int, start_ticks: int, index: int = 0) -> None:
        """Opens a segment; `index` is that of its first part to come."""
        self.segment, self._index = number, index
        self._start_ticks = self._shown_ticks = start_ticks
        self._filled_ticks, self._shown_by_ticks = 0, None

    def add(self, data: bytes, shown_ticks: int, duration_ticks: int, key: bool) -> Iterator[Part]:
        """Takes a frame; gives the part before it, or with it, when that is full."""
        if self._filled_ticks + duration_ticks > self.part_ticks and self._fair:
            yield from self._end_part()
        duration_ticks = min(duration_ticks, self.part_ticks - self._filled_ticks)
        self._samples.append(Sample(data, duration_ticks, shown_ticks - self.end_ticks, key))
        self._filled_ticks += duration_ticks
        if self._filled_ticks + duration_ticks > self.part_ticks and self._fair:
            yield from self._end_part()

    def end_segment(self) -> Iterator[Part | SegmentEnded]:
        """Ends part and segment, where any is open."""
        if self.segment >= 0:
            yield from self._end_part()
            yield SegmentEnded(self.lane, self.segment)
            self.segment = -1

    @property
    def _fair(self) -> bool:
        return self._filled_ticks >= self._fair_ticks

    def _end_part(self) -> Iterator[Part]:
        if not self._samples:
            return
        self._fragments += 1
        start, lasted, samples = self._start_ticks, self._filled_ticks, self._samples
        index, self._index = self._index, self._index + 1
        self._start_ticks, self._filled_ticks, self._samples = self.end_ticks, 0, []
        if self._shown_by_ticks is not None:
            samples = _shown_sooner(start, samples, self._shown_by_ticks)
        self._shown_ticks = max(self._shown_ticks, _shown_until(start, samples))
        data = fragment(self._fragments, start, samples)
        yield Part(self.lane, self.segment, index, start, lasted, samples[0].key, data)


def _shown_until(start_ticks: int, samples: Sequence[Sample]) -> int:
    """When the last of some frames, decoded end to end, has been shown."""
    ends = accumulate((each.duration_ticks for each in samples), initial=start_ticks)
    next(ends)
    return max(end + each.offset_ticks for end, each in zip(ends, samples, strict=True))


def _shown_sooner(start_ticks: int, samples: list[Sample], by_ticks: int) -> list[Sample]:
    """Frames that are all shown by an instant, in the order in which they would have been."""
    begins = list(accumulate((each.duration_ticks for each in samples), initial=start_ticks))
    shown = [at + each.offset_ticks for at, each in zip(begins, samples, strict=False)]
    sooner, following = list(samples), by_ticks
    for index in sorted(range(len(samples)), key=shown.__getitem__, reverse=True):
        lasts = samples[index].duration_ticks
        at = min(shown[index], by_ticks - lasts)
        if at >= following:
            at = following - lasts
        sooner[index] = replace(samples[index], offset_ticks=at - begins[index])
        following = at
    return sooner
