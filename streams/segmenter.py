"""Access units of one source in; parts and segments out.

One segmenter packages one *generation*: one set of parameters of one source. Video leads. A video
segment begins at the first IDR from SEGMENT_TICKS after the last began, at once where somebody
asked for a cut, at any frame that would make it longer than LONGEST_TICKS, and at one that needs a
part of its own to last until the next. The same instant, in audio ticks, is where the audio segment
of the same number begins: segment n of one lane covers segment n of the other.

Invariants
* Parts lie end to end in both lanes: each begins where the one before ended. Only after a *hole*,
  a pause of the picture that no frame can bridge, or a step back in time, does a segment begin
  elsewhere; it is a *joint* then, in both lanes.
* No part is longer than the part target; a part that does not reach 85 % of it is the last of its
  segment.
* Every segment has a frame at least, in both lanes.
* Every frame is shown at its own pts, however its decode time was moved; only at a cut sooner,
  where it would be shown past it.
* Sound is never ahead of the picture by more than a frame: it waits until the picture has passed
  it, because a cut may still fall before it. Sound that is missing is silence, sound that comes
  twice is dropped, and all of it lies on one grid of AAC frames.
* A cut takes back from the open part what lies behind it, in both lanes; that comes again after
  the cut. What lies before `settled_ticks` has been given away and is never taken back.

At a cut the sound may still be on its way, since it takes longer than the picture: through a
jitter buffer and an encoder. Where it may follow, the picture ends at once and the sound's segment
stays open until it has come that far, or `end_sound` says that it need not come.

How long a picture lasts is known when the next one comes, so one picture is always held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from streams.boxes import Sample
from streams.filling import Filling, Part, SegmentEnded
from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ, rescale_up

SEGMENT_TICKS = VIDEO_HZ * 18 // 10
LONGEST_TICKS = VIDEO_HZ * 64 // 10
"""Longer would round to more than TARGETDURATION; six seconds between two IDRs fit."""
SHORTEST_TICKS = VIDEO_HZ // 5
"""A cut that is asked for waits for the IDR after, where a segment has only just begun."""
FRAME_GUESS_TICKS = VIDEO_HZ // 25
SEEN_HOLE_TICKS = VIDEO_HZ // 10
STEP_BACK_TICKS = VIDEO_HZ // 2
LATE_SOUND_TICKS = AUDIO_HZ // 2
WAITING_SOUND = 300


@dataclass(frozen=True, slots=True)
class SegmentStarted:
    """A video segment has begun; at least one part of it will follow.

    Args:
        start_ticks: where its first picture is decoded, in video ticks.
        independent: it begins with an IDR.
        joint: it does not begin where the one before ended.
    """

    segment: int
    start_ticks: int
    independent: bool
    joint: bool


Output = Part | SegmentStarted | SegmentEnded


@dataclass(frozen=True, slots=True)
class _Boundary:
    """Where the audio segment of a number begins, in audio ticks."""

    number: int
    ticks: int
    joint: bool


@dataclass(frozen=True, slots=True)
class _Laid:
    """A sound that was packaged: where on the grid, its own time, and what was heard before it.

    A cut may take it back. It comes again under its own time: by that is told what comes twice.
    """

    ticks: int
    pts_ticks: int
    heard_before_ticks: int


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
        self._video = Filling(Lane.VIDEO, part_ticks)
        self._audio = Filling(Lane.AUDIO, part_ticks)
        self._held: AccessUnit | None = None
        self._began = False
        self._began_ticks = 0
        self._wants_key = False
        self._passed_ticks = 0
        self._heard_ticks = 0
        self._kept: list[AccessUnit] = []
        self._sound_end: int | None = None
        self._boundaries: deque[_Boundary] = deque()
        self._sounds: deque[AccessUnit] = deque(maxlen=WAITING_SOUND)
        self._laid: deque[_Laid] = deque(maxlen=WAITING_SOUND)

    @property
    def end_ticks(self) -> int:
        """Where the picture that was packaged ends, in video ticks."""
        return self._video.end_ticks

    @property
    def settled_ticks(self) -> int:
        """The earliest instant at which a cut can be, in video ticks.

        Sound may end less than a frame behind the picture.
        """
        sound = (self._audio.settled_ticks - AAC_FRAME_TICKS + 1) * VIDEO_HZ // AUDIO_HZ
        video = self._video.settled_ticks
        if self._video.segment >= 0 and self._video.empty:
            video += FRAME_GUESS_TICKS
        return max(video, sound)

    @property
    def next_segment(self) -> int:
        """The number that the next segment will get."""
        return self._next

    def cut_at_next_key(self) -> None:
        """The next IDR begins a segment, even where the one before has been short."""
        self._wants_key = True

    def push(self, unit: AccessUnit) -> list[Output]:
        """Takes one frame; gives what became ready."""
        if unit.lane is Lane.AUDIO:
            self._sounds.append(unit)
            return [] if self._sound_end is None else [*self._follow_sound()]
        kept, self._kept = self._kept, []
        out = [output for each in kept for output in self._push_video(each)]
        return [*out, *self._push_video(unit), *self._push_sound(late=LATE_SOUND_TICKS)]

    def cut(
        self, at_ticks: int, *, sound_follows: bool = False, over: bool = False
    ) -> list[Output]:
        """Ends part and segment in both lanes at an instant; what comes next begins anew.

        Args:
            at_ticks: in video ticks; where more was given away already, that is the end.
            sound_follows: leave the sound's segment open until it has come that far.
            over: no more pictures come, so the last one may last until then. One that is merely
                late has others on their way, which belong where that would be.
        """
        longest = self._video.part_ticks if over else 0
        out = [*self._hold_two(at_ticks)] if over else []
        out += self._settle_held_at(at_ticks, longest)
        self._take_back(at_ticks)
        if not sound_follows or (self._video.segment < 0 and self._sound_end is None):
            return [*out, *self._end_lanes()]
        out += self._video.end_segment()
        self._passed_ticks = self._video.end_ticks
        self._sound_end = rescale_up(self._passed_ticks, VIDEO_HZ, AUDIO_HZ)
        return [*out, *self._follow_sound()]

    def end_sound(self, segment: int) -> list[Output]:
        """Sound that was awaited for a segment comes no more: silence for the rest of it."""
        if self._sound_end is not None:
            return [*self._end_lanes()]
        out: list[Output] = []
        while 0 <= self._audio.segment <= segment and self._boundaries:
            if self._audio.end_ticks < self._boundaries[0].ticks or self._audio.empty:
                out += self._add_sound(self._silence)
            else:
                out += self._next_audio_segment()
        return out

    # The picture.

    def _push_video(self, unit: AccessUnit) -> Iterator[Output]:
        yield from self._settle_held(unit.dts_ticks)
        lasted = self._video.end_ticks - self._began_ticks
        if not self._continues(unit):
            yield from self._end_lanes()
            yield from self._begin(unit, unit.dts_ticks, joint=True)
        elif self._video.segment < 0 or (unit.key and lasted >= self._due_ticks()):
            yield from self._begin(unit, self._video.end_ticks, joint=False)
        self._held = unit
        self._passed_ticks = unit.dts_ticks

    def _due_ticks(self) -> int:
        return SHORTEST_TICKS if self._wants_key else SEGMENT_TICKS

    def _continues(self, unit: AccessUnit) -> bool:
        """Whether it follows what was packaged, near enough."""
        ahead = unit.dts_ticks - self._video.end_ticks
        return self._began and -STEP_BACK_TICKS <= ahead <= self._video.part_ticks // 2

    def _settle_held(self, next_ticks: int) -> Iterator[Output]:
        """The held picture lasts until the next; one that comes too early makes it short."""
        held, self._held = self._held, None
        if held is not None:
            pause = max(next_ticks - self._video.end_ticks, 1)
            yield from self._add(held, pause, self._video.part_ticks // 2)

    def _settle_held_at(self, cut_ticks: int, longest_ticks: int) -> Iterator[Output]:
        """At a cut: a picture that begins after it stays for what comes next."""
        held, self._held = self._held, None
        if held is None:
            return
        room = cut_ticks - self._video.end_ticks
        if 0 < room <= self._video.part_ticks // 2:
            lasts = room
        elif room > 0 or (self._video.segment >= 0 and self._video.empty):
            lasts = max(held.duration_ticks or FRAME_GUESS_TICKS, min(room, longest_ticks))
        else:
            self._held = held
            return
        by_ticks = self._video.end_ticks + lasts
        yield from self._add(held, lasts, SEEN_HOLE_TICKS, by_ticks)

    def _hold_two(self, cut_ticks: int) -> Iterator[Output]:
        """Where no part is long enough for the held picture, the one before it lasts longer too.

        The held one is shown as much later. It must be the last to be shown: of pictures that come
        reordered those that would be shown before another one are left out.
        """
        part_ticks = self._video.part_ticks
        if self._held is None or cut_ticks - self._video.end_ticks <= part_ticks:
            return
        while self._held.pts_ticks < self._video.shown_ticks:
            if (before := self._take_back_one()) is None:
                return
            self._held = before
        missing = min(cut_ticks - self._video.end_ticks - part_ticks, part_ticks // 2)
        if not self._video.lengthen(missing):
            if (before := self._take_back_one()) is None:
                return
            yield from self._add(before, (before.duration_ticks or 0) + missing, 0)
        self._held = replace(self._held, pts_ticks=self._held.pts_ticks + missing)

    def _take_back_one(self) -> AccessUnit | None:
        """The last picture of the open part, and the sound beside it; None if it has to stay."""
        last_ticks = self._video.last_ticks
        if last_ticks < self.settled_ticks:
            return None
        back = self._video.take_back(last_ticks)
        self._take_back_sound(_grid(last_ticks))
        return _unit(*back[0]) if back else None

    def _take_back(self, at_ticks: int) -> None:
        """What lies behind a cut comes again after it."""
        back = [_unit(begins, sample) for begins, sample in self._video.take_back(at_ticks)]
        self._video.show_by(self._video.end_ticks)
        if back and self._held is not None:
            back.append(self._held)
            self._held = None
        self._kept = back + self._kept
        self._take_back_sound(_grid(self._video.end_ticks))

    def _take_back_sound(self, at_ticks: int) -> None:
        """What was heard behind a cut waits again, as if it had not been heard."""
        back = {begins: sample.data for begins, sample in self._audio.take_back(at_ticks)}
        while self._laid and self._laid[-1].ticks >= min(back, default=at_ticks):
            laid = self._laid.pop()
            if laid.ticks in back:
                unit = AccessUnit(
                    *(Lane.AUDIO, laid.pts_ticks, laid.pts_ticks),
                    *(AAC_FRAME_TICKS, True, back[laid.ticks]),
                )
                self._sounds.appendleft(unit)
                self._heard_ticks = laid.heard_before_ticks

    def _add(
        self, unit: AccessUnit, lasts_ticks: int, less_ticks: int, by_ticks: int | None = None
    ) -> Iterator[Output]:
        """A picture that lasts so long, or by as much less as what follows it can bear.

        At a cut it and all before it are shown by `by_ticks`, whichever segment they are in.
        """
        lasted = self._video.end_ticks - self._began_ticks
        longer = lasted + min(lasts_ticks, self._video.part_ticks) > LONGEST_TICKS
        full = longer or self._video.room_ticks < lasts_ticks - less_ticks <= self._video.part_ticks
        if by_ticks is not None:
            self._video.show_by(by_ticks)
        if self._video.segment < 0 or (full and not self._video.empty):
            yield from self._begin(unit, self._video.end_ticks, joint=False)
            if by_ticks is not None:
                self._video.show_by(by_ticks)
        yield from self._video.add(unit.data, unit.pts_ticks, lasts_ticks, unit.key)

    def _begin(self, unit: AccessUnit, start: int, *, joint: bool) -> Iterator[Output]:
        yield from self._video.end_segment()
        number, self._next = self._next, self._next + 1
        self._sound_end = None
        self._began_ticks, self._began = start, True
        self._wants_key = self._wants_key and not unit.key
        self._video.begin_segment(number, start)
        self._boundaries.append(_Boundary(number, rescale_up(start, VIDEO_HZ, AUDIO_HZ), joint))
        yield SegmentStarted(number, start, unit.key, joint)

    # The sound.

    def _push_sound(self, late: int) -> Iterator[Output]:
        """Packages the sound that the picture has passed; silence for what is `late`."""
        passed = self._passed_ticks * AUDIO_HZ // VIDEO_HZ
        while self._sounds and self._sounds[0].pts_ticks < passed:
            unit = self._sounds[0]
            yield from self._silence_until(unit.pts_ticks - AAC_FRAME_TICKS + 1)
            comes_once = unit.pts_ticks >= self._expected_sound_ticks()
            if comes_once and self._audio.segment >= 0 and self._audio.end_ticks >= passed:
                break
            self._sounds.popleft()
            if comes_once:
                before, self._heard_ticks = self._heard_ticks, unit.pts_ticks
                yield from self._add_sound(unit.data)
                begins = self._audio.end_ticks - AAC_FRAME_TICKS
                self._laid.append(_Laid(begins, unit.pts_ticks, before))
        yield from self._silence_until(passed - late - AAC_FRAME_TICKS + 1)

    def _follow_sound(self) -> Iterator[Output]:
        """Behind a cut: the sound that belongs before it, and the end of its segment."""
        yield from self._push_sound(late=2 * LATE_SOUND_TICKS)
        end, waits = self._sound_end, self._audio.segment >= 0 and self._audio.empty
        if end is not None and not self._boundaries and self._audio.end_ticks >= end and not waits:
            yield from self._audio.end_segment()
            self._sound_end = None

    def _expected_sound_ticks(self) -> int:
        """What begins before this was there already, or comes too late."""
        half = AAC_FRAME_TICKS // 2
        return max(self._audio.end_ticks - half, self._heard_ticks + half)

    def _end_lanes(self) -> Iterator[Output]:
        """Ends both lanes where the picture has ended; sound for all of it, a frame at least."""
        self._sound_end = None
        yield from self._video.end_segment()
        self._passed_ticks = self._video.end_ticks
        yield from self._push_sound(late=0)
        yield from self._silence_until(rescale_up(self._passed_ticks, VIDEO_HZ, AUDIO_HZ))
        while self._boundaries or (self._audio.segment >= 0 and self._audio.empty):
            if self._audio.segment >= 0 and not self._audio.empty:
                yield from self._next_audio_segment()
            yield from self._add_sound(self._silence)
        yield from self._audio.end_segment()

    def _silence_until(self, ticks: int) -> Iterator[Output]:
        """Silence until the lane has reached an instant."""
        while self._sound_begins() and self._audio.end_ticks < ticks:
            yield from self._add_sound(self._silence)

    def _sound_begins(self) -> bool:
        """Opens the audio lane at the next boundary, on the grid of AAC frames."""
        if self._audio.segment < 0 and self._boundaries:
            boundary = self._boundaries.popleft()
            grid = -(-boundary.ticks // AAC_FRAME_TICKS) * AAC_FRAME_TICKS
            start = grid if boundary.joint else self._audio.end_ticks
            if boundary.joint:  # time may have stepped back, and with it what is heard
                self._heard_ticks = min(self._heard_ticks, start - AAC_FRAME_TICKS)
            self._audio.begin_segment(boundary.number, start)
        return self._audio.segment >= 0

    def _add_sound(self, data: bytes) -> Iterator[Output]:
        if not self._sound_begins():
            return
        passed = self._boundaries and self._audio.end_ticks >= self._boundaries[0].ticks
        if passed and not self._audio.empty:
            yield from self._next_audio_segment()
        yield from self._audio.add(data, self._audio.end_ticks, AAC_FRAME_TICKS, key=True)

    def _next_audio_segment(self) -> Iterator[Output]:
        boundary = self._boundaries.popleft()
        yield from self._audio.end_segment()
        self._audio.begin_segment(boundary.number, self._audio.end_ticks)


def _grid(video_ticks: int) -> int:
    """The first AAC frame that does not begin before an instant, in audio ticks."""
    return -(-rescale_up(video_ticks, VIDEO_HZ, AUDIO_HZ) // AAC_FRAME_TICKS) * AAC_FRAME_TICKS


def _unit(begins: int, picture: Sample) -> AccessUnit:
    """A picture that was taken back, as it came."""
    shown, lasts = begins + picture.offset_ticks, picture.duration_ticks
    return AccessUnit(Lane.VIDEO, shown, begins, lasts, picture.key, picture.data)
