"""What a channel has shown, number by number, and those who wait for more.

An *entry* is one media sequence number of a channel: a segment of some generation of some source,
the same number in both lanes. Entries are only ever added. The number of its discontinuity is
stored with each entry, so it need not be counted again when old ones leave the playlist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from streams.segments import Lane
from streams.shelf import HZ, Generation, Segment
from streams.storage import Row


@dataclass(frozen=True, slots=True)
class Entry:
    """One media sequence number of a channel.

    Args:
        number: media sequence number, from 0.
        discontinuity: counts the joints up to here.
        segment: its number within the generation.
        item, run: what of the programme was on air; None for what stands between.
    """

    number: int
    discontinuity: int
    generation: Generation
    segment: int
    item: str | None
    run: int

    def lane(self, lane: Lane) -> Segment | None:
        return self.generation.lanes[lane].get(self.segment)

    def row(self, channel: str) -> Row:
        """As the index keeps it."""
        return {
            "k": "entry",
            "channel": channel,
            "at": [self.number, self.discontinuity, self.segment],
            "source": self.generation.source,
            "generation": self.generation.number,
            "item": self.item,
            "run": self.run,
        }


class Window:
    """The entries of one channel, and a bell that rings when a part was added."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.version = 0
        self.ended = False
        self._bell = asyncio.Event()

    def add(
        self, generation: Generation, segment: int, item: str | None, run: int, *, joint: bool
    ) -> Entry:
        """Appends an entry; `joint` when what it follows is something else."""
        last = self.entries[-1] if self.entries else None
        discontinuity = last.discontinuity + joint if last else 0
        number = last.number + 1 if last else 0
        entry = Entry(number, discontinuity, generation, segment, item, run)
        self.entries.append(entry)
        return entry

    def ring(self) -> None:
        """Something was added: everybody who waits looks again."""
        self.version += 1
        self._bell.set()
        self._bell = asyncio.Event()

    async def changed(self) -> None:
        """Waits for the next ring."""
        await self._bell.wait()

    def position(self, lane: Lane) -> tuple[int, int]:
        """Number and part index of the newest part of a lane; (-1, -1) before the first."""
        for entry in reversed(self.entries):
            segment = entry.lane(lane)
            if segment and segment.parts:
                return entry.number, len(segment.parts) - 1
        return -1, -1

    def next_place(self, lane: Lane) -> tuple[Entry | None, int]:
        """Where the next part of a lane will stand: its entry, where that is known, and index."""
        number, part = self.position(lane)
        if number < 0:
            return (self.entries[0] if self.entries else None), 0
        entry = self.entries[number]
        segment = entry.lane(lane)
        if segment is not None and not segment.ended:
            return entry, part + 1
        following = self.entries[number + 1] if number + 1 < len(self.entries) else None
        return following, 0

    def since(self, window_s: float) -> Sequence[Entry]:
        """The newest entries that together last as long as the window."""
        left, first = Fraction(window_s), len(self.entries)
        while first > 0 and left > 0:
            first -= 1
            left -= _length(self.entries[first])
        return self.entries[first:]

    def of_item(self, item: str) -> Sequence[Entry]:
        """What was shown of an item, all its runs."""
        return [entry for entry in self.entries if entry.item == item]

    def lists(self, generation: Generation, segment: int) -> bool:
        """Whether a segment was ever part of this channel."""
        return any(
            entry.generation is generation and entry.segment == segment
            for entry in _around(self.entries, generation, segment)
        )


def _around(entries: Sequence[Entry], generation: Generation, segment: int) -> Iterator[Entry]:
    """Entries newest first: what is asked for is nearly always new."""
    return (entry for entry in reversed(entries) if entry.segment == segment)


def _length(entry: Entry) -> Fraction:
    segment = entry.lane(Lane.VIDEO)
    return segment.duration_s if segment else Fraction(0)


def start_of(segment: Segment) -> Fraction:
    """When a segment begins, in seconds on the event clock."""
    return Fraction(segment.start_ticks, HZ[segment.lane])
