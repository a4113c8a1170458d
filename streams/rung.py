"""A lower rendition of a source's picture, cut exactly where the top one is cut.

A *rung* takes the pictures that a packaging takes, hands them to a coder (rungcoder.py, a process
of its own) and packages what comes back: as segments with the same numbers, the same starts and
the same ends as the top's, each beginning with an IDR. It comes later than the top by what coding
takes; playlists allow that, each rendition stands where it stands.

    asked      a segment was begun, pictures went to the coder, the segment was ended: in this
               order they are sent, and the coder answers in this order
    settled    the coder has answered the end of a segment: all its pictures are there
    missing    a settled segment without any picture (none could be decoded): a GAP in the playlist
    failed     the coder died or fell behind; what is not settled will never come. The playlists
               say GAP there; the source begins a generation at its next IDR, which has no rung and
               *lends* its own segments. After a while another coder is tried.
    lent       a generation no larger than the rung has none: its own segments stand in both

Pictures that a cut took back from the top are dropped here: the coder has had them.

Decode times follow the top's starts; frames lie end to end (filling.py), so both renditions are
aligned to the tick at every segment, whatever the coder did to the order of pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from streams.filling import Filling, Part, SegmentEnded
from streams.segments import Lane

Output = Part | SegmentEnded


@dataclass(frozen=True, slots=True)
class Coded:
    """One picture as the coder gave it: shown at `pts_ticks`, in length form, `key`: an IDR."""

    pts_ticks: int
    key: bool
    data: bytes


class Misaligned(Exception):
    """The coder's answers do not fit what it was asked; the rung has failed."""


@dataclass(slots=True)
class _Planned:
    """A segment of the top; its end is known when it has ended."""

    number: int
    start_ticks: int
    end_ticks: int | None = None


class RungSegments:
    """Coded pictures in, parts and segments out; no process, no clock.

    Args:
        part_ticks: the part target, in video ticks.
    """

    def __init__(self, part_ticks: int) -> None:
        self._filling = Filling(Lane.VIDEO, part_ticks)
        self._planned: deque[_Planned] = deque()
        self._held: Coded | None = None

    @property
    def unsettled(self) -> int:
        """How many segments the coder still owes."""
        return len(self._planned)

    @property
    def oldest_unsettled(self) -> int | None:
        """The next segment that the coder owes from its first picture on; None when it owes none.

        One of which a part was given already is not: it will be ended as it is.
        """
        owed = [each.number for each in self._planned]
        begun = owed and owed[0] == self._filling.segment and not self._filling.fresh
        return (owed[1] if len(owed) > 1 else owed[0] + 1) if begun else (owed[0] if owed else None)

    def begin(self, number: int, start_ticks: int) -> None:
        """The top has begun a segment."""
        self._planned.append(_Planned(number, start_ticks))

    def end(self, number: int, end_ticks: int) -> None:
        """The top's segment has ended, so long it is."""
        for each in self._planned:
            if each.number == number:
                each.end_ticks = end_ticks

    def receive(self, coded: Coded) -> list[Output]:
        """A picture of the oldest segment that is not settled.

        Raises:
            Misaligned: when it belongs to none, or begins one and is no IDR.
        """
        if not self._planned:
            raise Misaligned("expected a picture of a segment; none was asked for")
        outputs: list[Output] = list(self._add_held(coded))
        if self._filling.segment != self._planned[0].number:
            self._begin_filling(coded)
        self._held = None if self._is_past(self._planned[0]) else coded
        return outputs

    def _is_past(self, planned: _Planned) -> bool:
        """Whether the segment is as long as the top's: a cut may take pictures back from that."""
        end = planned.end_ticks
        return end is not None and not self._filling.empty and self._filling.end_ticks >= end

    def settle(self, number: int) -> list[Output]:
        """The coder has given all pictures of a segment; nothing comes where it is missing.

        Raises:
            Misaligned: when another one was due.
        """
        planned = self._planned.popleft() if self._planned else None
        if planned is None or planned.number != number or planned.end_ticks is None:
            raise Misaligned(f"expected the end of {planned}; came that of {number}")
        held, self._held = self._held, None
        if self._filling.segment != number:
            return []
        self._filling.take_back(planned.end_ticks)
        rest, parts = planned.end_ticks - self._filling.end_ticks, list[Part]()
        if held is not None and (rest > 0 or self._filling.empty):
            parts = list(self._filling.add(held.data, held.pts_ticks, max(1, rest), held.key))
        return [*parts, *self._filling.end_segment()]

    def give_up(self) -> list[Output]:
        """Nothing more will come; a segment of which a part was given ends there."""
        self._planned.clear()
        self._held = None
        if self._filling.segment < 0 or self._filling.fresh:
            return []
        return list(self._filling.end_segment())

    def _add_held(self, following: Coded) -> Iterator[Part]:
        held, self._held = self._held, None
        if held is not None:
            lasts = following.pts_ticks - held.pts_ticks
            lasts = min(max(1, lasts), self._filling.part_ticks)
            yield from self._filling.add(held.data, held.pts_ticks, lasts, held.key)

    def _begin_filling(self, first: Coded) -> None:
        if not first.key:
            raise Misaligned("expected an IDR at the beginning of a segment; came another picture")
        planned = self._planned[0]
        self._filling.begin_segment(planned.number, planned.start_ticks)
