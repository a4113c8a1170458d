"""One source on its way to the shelf: follows its parameters, cuts where it is told.

New parameters at an IDR begin a new generation: the old one's segment ends there, the new one's
begins, on the same clock and with the next number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from streams.filling import Part, SegmentEnded
from streams.generations import Filmed, Generation
from streams.holdback import HoldBack, Reach
from streams.parameters import PictureParameters, parameters_of
from streams.segmenter import FRAME_GUESS_TICKS, Output, Segmenter, SegmentStarted
from streams.segments import AccessUnit, Lane
from streams.shelf import Shelf
from streams.webrtc.gop import Gop

log = logging.getLogger("topmoede.packaging")


class Rung(Protocol):
    """A lower rendition of the same pictures (ladder.py); told of everything in order."""

    def begin_generation(self, generation: Generation) -> None: ...

    def begin_segment(self, generation: Generation, number: int, start_ticks: int) -> None: ...

    def end_segment(self, generation: Generation, number: int) -> None: ...

    def push(self, generation: Generation, unit: AccessUnit) -> None: ...


Listener = Callable[["Packaging", Generation, Output], None]


class Packaging:
    """Packages what one source sends, for everybody who listens.

    Args:
        source: its name in URIs.
        part_ticks: the part target, in video ticks.
        silence: one AAC frame of silence.
        filmed: the film that is played out through it, if any.
    """

    def __init__(
        self,
        shelf: Shelf,
        source: str,
        part_ticks: int,
        silence: bytes,
        filmed: Filmed | None = None,
    ) -> None:
        self.source = source
        self.listeners: list[Listener] = []
        self.takers: list[Callable[[AccessUnit], None]] = []
        """Told of each frame, before what it makes ready is told to the listeners."""
        self.gop: Gop[AccessUnit] = Gop()
        self._held_back = HoldBack()
        self.end_ticks = 0
        """Where the picture ends that was taken so far, in video ticks."""
        self._shelf = shelf
        self._part_ticks = part_ticks
        self._silence = silence
        self._filmed = filmed
        self._parameters: PictureParameters | None = None
        self._generation: Generation | None = None
        self._segmenter: Segmenter | None = None
        self._cut_wanted = False
        self._fresh = True
        self._rung: Rung | None = None

    @property
    def parameters(self) -> PictureParameters | None:
        """Of the running generation."""
        return self._parameters

    def climb(self, rung: Rung) -> None:
        """From the next generation on the pictures go to a rung too."""
        self._rung = rung

    def renew_at_next_key(self) -> None:
        """The next IDR begins a generation whatever its parameters."""
        self._fresh = True

    @property
    def settled_ticks(self) -> int:
        """Before this nothing can be cut any more."""
        return self._segmenter.settled_ticks if self._segmenter else 0

    @property
    def segment(self) -> int:
        """The number of the newest segment that has begun, -1 before the first."""
        return self._segmenter.next_segment - 1 if self._segmenter else -1

    def cut_at_next_key(self) -> None:
        """The next IDR begins a segment."""
        self._cut_wanted = True

    def begin_generation(self, at_ticks: int) -> None:
        """What came before ends here; the next IDR begins a generation whatever its parameters."""
        self.cut(at_ticks, over=True)
        self._held_back.clear()
        self._fresh = True

    def hold_back(self, reach: Reach) -> None:
        """Something is awaited: nothing is packaged beyond where it has come (holdback.py)."""
        self._held_back.begin(reach)

    def let_go(self, reach: Reach) -> None:
        """It is awaited no more; twice does nothing."""
        self._held_back.end(reach)
        self._package_what_is_due()

    def push(self, unit: AccessUnit) -> None:
        """Takes one frame; what comes before the first IDR with parameters is dropped."""
        self._held_back.add(unit)
        self._package_what_is_due()

    def _package_what_is_due(self) -> None:
        for unit in self._held_back.due():
            self._package(unit)

    def _package(self, unit: AccessUnit) -> None:
        if unit.lane is Lane.VIDEO and unit.key:
            self._follow(unit)
        if self._segmenter is None:
            return
        if unit.lane is Lane.VIDEO:
            lasts = unit.duration_ticks or FRAME_GUESS_TICKS
            self.end_ticks = max(self.end_ticks, unit.dts_ticks + lasts)
            self.gop.add(unit)
        for take in tuple(self.takers):
            take(unit)
        self._publish(self._segmenter.push(unit))
        if self._rung is not None and self._generation is not None:
            self._rung.push(self._generation, unit)

    def cut(self, at_ticks: int, *, sound_follows: bool = False, over: bool = False) -> None:
        """Ends part and segment at an instant of the video clock.

        Args:
            sound_follows: its sound is on its way; `end_sound` must be called in the end.
            over: its pictures are not; the last one lasts until then, a part at most.
        """
        for unit in self._held_back.before(at_ticks):
            self._package(unit)
        if self._segmenter is not None:
            ended = self._segmenter.cut(at_ticks, sound_follows=sound_follows, over=over)
            self._publish(ended)
            self.end_ticks = self._segmenter.end_ticks

    def end_sound(self, segment: int) -> None:
        """What has not come of a segment's sound is silence."""
        if self._segmenter is not None:
            self._publish(self._segmenter.end_sound(segment))

    def _follow(self, unit: AccessUnit) -> None:
        parameters = parameters_of(unit.data) or self._parameters
        if parameters is None:
            return
        if self._fresh or self._parameters is None or parameters.sps != self._parameters.sps:
            self._fresh = False
            self.cut(unit.dts_ticks, over=True)
            first = self._segmenter.next_segment if self._segmenter else 0
            self._parameters = parameters
            self._generation = self._shelf.open_generation(
                self.source, parameters, filmed=self._filmed
            )
            self._segmenter = Segmenter(first, self._part_ticks, self._silence)
            if self._rung is not None:
                self._rung.begin_generation(self._generation)
        if self._cut_wanted and self._segmenter is not None:
            self._cut_wanted = False
            self._segmenter.cut_at_next_key()

    def _publish(self, outputs: list[Output]) -> None:
        generation = self._generation
        assert generation is not None
        for output in outputs:
            match output:
                case Part():
                    self._shelf.add(generation, output)
                case SegmentEnded():
                    self._shelf.end(generation, output)
                case SegmentStarted():
                    pass
            if self._rung is not None:
                self._tell_rung(self._rung, generation, output)
            for listener in tuple(self.listeners):
                listener(self, generation, output)

    def _tell_rung(self, rung: Rung, generation: Generation, output: Output) -> None:
        match output:
            case SegmentStarted(number, start_ticks):
                rung.begin_segment(generation, number, start_ticks)
            case SegmentEnded(Lane.VIDEO, number):
                rung.end_segment(generation, number)
            case _:
                pass
