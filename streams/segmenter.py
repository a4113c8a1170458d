"""Access units of one source in; parts and segments out.

One segmenter packages one *generation*: one set of parameters of one source. Video leads. A video
segment begins at the first IDR from SEGMENT_TICKS after the last began, at once where somebody
asked for a cut, and at any frame where no IDR came in LONGEST_TICKS. The same instant, in audio
ticks, is where the audio segment of the same number begins: segment n of one lane covers segment n
of the other.

Invariants
* Parts lie end to end: each begins where the one before ended, in both lanes.
* No part is longer than the part target; a part that does not reach 85 % of it is the last of its
  segment or begins with an IDR after a cut.
* Sound is never ahead of the picture: a frame waits until the picture has passed it, because a cut
  may still fall before it. Sound that is missing is silence, that comes twice is dropped.

Where the picture's rate varies a frame's duration is known when the next one comes; so what knows
its duration is packaged at once, and the rest one frame late.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from streams.boxes import Sample, fragment
from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ, rescale_up

SEGMENT_TICKS = VIDEO_HZ * 18 // 10
LONGEST_TICKS = VIDEO_HZ * 57 // 10
FRAME_GUESS_TICKS = VIDEO_HZ // 25
LATE_SOUND_TICKS = AUDIO_HZ // 2
WAITING_SOUND = 300


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
class SegmentStarted:
    """A video segment has begun; `start_ticks` is its first picture's instant in video ticks."""

    segment: int
    start_ticks: int
    independent: bool


@dataclass(frozen=True, slots=True)
class SegmentEnded:
    """A lane's segment has all its parts."""

    lane: Lane
    segment: int


Output = Part | SegmentStarted | SegmentEnded


@dataclass(slots=True)
class _Lane:
    """The part that is being filled."""

    lane: Lane
    hz: int
    part_ticks: int
    segment: int = -1
    index: int = 0
    start_ticks: int = 0
    filled_ticks: int = 0
    fragments: int = 0
    samples: list[Sample] = field(default_factory=list)

    @property
    def end_ticks(self) -> int:
        return self.start_ticks + self.filled_ticks

    def add(self, sample: Sample) -> Iterator[Output]:
        """Takes a frame; gives the part before it, or with it, when that is full."""
        if self.filled_ticks + sample.duration_ticks > self.part_ticks:
            yield from self.end_part()
        self.samples.append(sample)
        self.filled_ticks += sample.duration_ticks
        if self.filled_ticks + sample.duration_ticks > self.part_ticks:
            yield from self.end_part()

    def end_part(self) -> Iterator[Output]:
        if not self.samples:
            return
        self.fragments += 1
        data = fragment(self.fragments, self.start_ticks, self.samples)
        yield Part(
            self.lane,
            self.segment,
            self.index,
            self.start_ticks,
            self.filled_ticks,
            self.samples[0].key,
            data,
        )
        self.start_ticks, self.filled_ticks = self.end_ticks, 0
        self.index += 1
        self.samples = []

    def end_segment(self) -> Iterator[Output]:
        yield from self.end_part()
        if self.segment >= 0:
            yield SegmentEnded(self.lane, self.segment)

    def begin_segment(self, number: int, start_ticks: int) -> None:
        self.segment, self.index, self.start_ticks = number, 0, start_ticks


class Segmenter:
    """Packages one generation of one source.

    Args:
        first: number of the first segment.
        part_ticks: the part target, in video ticks.
        silence: one AAC frame of silence.
    """

    def __init__(self, first: int, part_ticks: int, silence: bytes) -> None:
        self._next = first
        self._silence = silence
        self._video = _Lane(Lane.VIDEO, VIDEO_HZ, part_ticks)
        self._audio = _Lane(Lane.AUDIO, AUDIO_HZ, part_ticks * AUDIO_HZ // VIDEO_HZ)
        self._held: AccessUnit | None = None
        self._began_ticks = 0
        self._wants_key = False
        self._passed_ticks = 0
        self._boundaries: deque[tuple[int, int]] = deque()
        self._sounds: deque[AccessUnit] = deque(maxlen=WAITING_SOUND)

    @property
    def next_segment(self) -> int:
        """The number that the next segment will get."""
        return self._next

    def cut_at_next_key(self) -> None:
        """The next IDR begins a segment, however short the one before has been."""
        self._wants_key = True

    def push(self, unit: AccessUnit) -> list[Output]:
        """Takes one frame; gives what became ready."""
        if unit.lane is Lane.AUDIO:
            self._sounds.append(unit)
            return []
        return [*self._push_video(unit), *self._push_sound(late=LATE_SOUND_TICKS)]

    def cut(self, at_ticks: int) -> list[Output]:
        """Ends part and segment in both lanes at an instant; what comes next begins anew.

        Args:
            at_ticks: in video ticks; where more was packaged already, that is the end.
        """
        ended = [*self._settle_held(at_ticks), *self._video.end_segment()]
        self._passed_ticks = self._video.end_ticks
        ended += self._push_sound(late=0)
        self._boundaries.clear()
        ended += self._audio.end_segment()
        self._video.segment = self._audio.segment = -1
        return ended

    def _push_video(self, unit: AccessUnit) -> Iterator[Output]:
        yield from self._settle_held(unit.dts_ticks)
        if self._starts_segment(unit):
            yield from self._video.end_segment()
            yield from self._begin(unit)
        if unit.duration_ticks is None:
            self._held = unit
        else:
            yield from self._video.add(_sample(unit, unit.duration_ticks))
        self._passed_ticks = unit.dts_ticks

    def _settle_held(self, next_ticks: int) -> Iterator[Output]:
        """The held frame lasts until the next; a frame that comes too early makes it short."""
        if self._held is None:
            return
        held, self._held = self._held, None
        room = self._video.part_ticks
        duration = min(max(next_ticks - self._video.end_ticks, 1), room)
        yield from self._video.add(_sample(held, duration))

    def _starts_segment(self, unit: AccessUnit) -> bool:
        if self._video.segment < 0:
            return True
        if unit.dts_ticks - self._video.end_ticks > self._video.part_ticks:
            return True  # a hole: time goes on where the picture does
        elapsed = unit.dts_ticks - self._began_ticks
        if unit.key:
            return self._wants_key or elapsed >= SEGMENT_TICKS
        return elapsed >= LONGEST_TICKS

    def _begin(self, unit: AccessUnit) -> Iterator[Output]:
        number, self._next = self._next, self._next + 1
        self._began_ticks = unit.dts_ticks
        self._wants_key = self._wants_key and not unit.key
        self._video.begin_segment(number, unit.dts_ticks)
        sound_ticks = rescale_up(unit.dts_ticks, VIDEO_HZ, AUDIO_HZ)
        self._boundaries.append((number, sound_ticks))
        yield SegmentStarted(number, unit.dts_ticks, unit.key)

    def _push_sound(self, late: int) -> Iterator[Output]:
        """Packages the sound that the picture has passed; silence for what is `late`."""
        passed = self._passed_ticks * AUDIO_HZ // VIDEO_HZ
        while self._sounds and self._sounds[0].pts_ticks < passed:
            unit = self._sounds.popleft()
            yield from self._fill_until(unit.pts_ticks)
            if unit.pts_ticks + AAC_FRAME_TICKS // 2 >= self._audio.end_ticks:
                yield from self._add_sound(unit.data)
        yield from self._fill_until(passed - late)

    def _fill_until(self, ticks: int) -> Iterator[Output]:
        while self._sound_begins() and self._audio.end_ticks + AAC_FRAME_TICKS <= ticks:
            yield from self._add_sound(self._silence)

    def _sound_begins(self) -> bool:
        """Opens the audio lane at the first boundary, on the grid of AAC frames."""
        if self._audio.segment < 0 and self._boundaries:
            number, start = self._boundaries.popleft()
            grid = -(-start // AAC_FRAME_TICKS) * AAC_FRAME_TICKS
            self._audio.begin_segment(number, grid)
        return self._audio.segment >= 0

    def _add_sound(self, data: bytes) -> Iterator[Output]:
        if not self._sound_begins():
            return
        while self._boundaries and self._audio.end_ticks >= self._boundaries[0][1]:
            number, _ = self._boundaries.popleft()
            yield from self._audio.end_segment()
            self._audio.begin_segment(number, self._audio.end_ticks)
        yield from self._audio.add(Sample(data, AAC_FRAME_TICKS))


def _sample(unit: AccessUnit, duration_ticks: int) -> Sample:
    return Sample(unit.data, duration_ticks, unit.pts_ticks - unit.dts_ticks, unit.key)
