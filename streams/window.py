"""What a channel has shown, number by number, and those who wait for more.

An *entry* is one media sequence number of a channel: a segment of some generation of some source,
the same number in both lanes. Entries are only ever added, each with its first part of picture;
until that is there, what comes next is *expected*. The number of its discontinuity is stored with
each entry, so it need not be counted again when old ones leave the playlist.

Everything that players ask for is found without looking at a whole day: by number, by segment, by
item; and where the window begins moves on with each entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.filling import Part
from streams.generations import Generation, Segment
from streams.segments import Lane
from streams.storage import Row
from streams.timeline import VIDEO_HZ

FETCHABLE_WINDOWS = 2
"""A segment may be fetched for a window's length after it has left the playlist."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One media sequence number of a channel.

    Args:
        number: media sequence number, from 0.
        discontinuity: counts the joints up to here.
        segment: its number within the generation.
        item, run: what of the programme was on air; None for what stands between.
        gap: its bytes are not to be had; only in a lower rendition (rendition.py).
    """

    number: int
    discontinuity: int
    generation: Generation
    segment: int
    item: str | None
    run: int
    gap: bool = False

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
            **({"gap": True} if self.gap else {}),
        }


@dataclass(frozen=True, slots=True)
class Expected:
    """A segment that has begun and has no part yet; `joint`: what it follows is something else."""

    generation: Generation
    segment: int
    item: str | None
    run: int
    joint: bool


@dataclass(frozen=True, slots=True)
class NextPlace:
    """Where the next part of a lane will stand."""

    generation: Generation
    segment: int
    index: int


class _Edge:
    """How far back a window reaches: the first entry within it, moved on as others come."""

    def __init__(self, length_s: float) -> None:
        self.first = 0
        """Index of the oldest entry within."""
        self._length_ticks = round(length_s * VIDEO_HZ)
        self._held_ticks = 0

    def follow(self, entries: Sequence[Entry]) -> None:
        """The last entry but one has ended; so many of the oldest leave as are not needed."""
        self._held_ticks += _ticks(entries[-2])
        while self._held_ticks - (oldest := _ticks(entries[self.first])) >= self._length_ticks:
            self._held_ticks -= oldest
            self.first += 1

    def begin_at(self, index: int) -> None:
        """Nothing before this entry is within."""
        self.first, self._held_ticks = index, 0


class Window:
    """The entries of one channel, and bells that ring when a part was added.

    Args:
        length_s: how far back the playlist reaches.
    """

    def __init__(self, length_s: float) -> None:
        self.entries: list[Entry] = []
        self.expected: Expected | None = None
        self.version = 0
        self.ended = False
        self._listed = _Edge(length_s)
        self._fetchable = _Edge(FETCHABLE_WINDOWS * length_s)
        self._indices: dict[tuple[Generation, int], int] = {}
        self._generations: set[Generation] = set()
        self._items: dict[str, list[Entry]] = {}
        self._items_of: set[tuple[str, Generation]] = set()
        self._bells = {lane: asyncio.Event() for lane in Lane}
        self.on_ring: Callable[[], None] | None = None
        """Told of everything that is added to the picture."""

    def expect(
        self, generation: Generation, segment: int, item: str | None, run: int, *, joint: bool
    ) -> None:
        """A segment has begun; its entry comes with its first picture."""
        last = self.entries[-1] if self.entries else None
        joint = last is not None and (joint or last.generation is not generation)
        self.expected = Expected(generation, segment, item, run, joint)

    def receive(self, generation: Generation, part: Part) -> Entry | None:
        """A part of what is shown was stored; the entry that it begins."""
        begins = part.lane is Lane.VIDEO and self._expects(generation, part.segment)
        entry = self._begin(self.expected) if begins and self.expected else None
        self.ring(part.lane)
        return entry

    def take_back(self, entry: Entry) -> None:
        """Adds an entry as the index remembers it.

        Where numbers are missing before it (the disk was full), the playlist begins with it: a
        number must never mean another segment than it did.
        """
        last = self.entries[-1].number if self.entries else -1
        if entry.number <= last:
            raise ValueError(f"expected an entry after {last}; came {entry.number}")
        self._add(entry)
        if entry.number != last + 1:
            self._listed.begin_at(len(self.entries) - 1)

    def ring(self, *lanes: Lane) -> None:
        """Something was added: everybody who waits for one of these lanes looks again."""
        self.version += 1
        for lane in lanes:
            self._bells[lane].set()
            self._bells[lane] = asyncio.Event()
        if self.on_ring is not None and Lane.VIDEO in lanes:
            self.on_ring()

    async def changed(self, lane: Lane) -> None:
        """Waits for the next ring."""
        await self._bells[lane].wait()

    def end(self) -> None:
        """Nothing will be added any more."""
        self.ended, self.expected = True, None
        self.ring(*Lane)

    def position(self, lane: Lane) -> tuple[int, int]:
        """Number and part index of the newest part of a lane; (-1, -1) before the first."""
        segment, index = self._newest(lane)
        return (self.entries[index].number, len(segment.parts) - 1) if segment else (-1, -1)

    def newest_ended(self, lane: Lane) -> bool:
        """Whether the segment of the newest part is complete."""
        segment, _ = self._newest(lane)
        return segment is not None and segment.ended

    def next_place(self, lane: Lane) -> NextPlace | None:
        """Where the next part of a lane will stand; where nothing has begun, most likely."""
        segment, index = self._newest(lane)
        if segment is not None and not segment.ended:
            entry = self.entries[index]
            return NextPlace(entry.generation, entry.segment, len(segment.parts))
        if index + 1 < len(self.entries):
            following = self.entries[index + 1]
            return NextPlace(following.generation, following.segment, 0)
        if self.expected is not None:
            return NextPlace(self.expected.generation, self.expected.segment, 0)
        if segment is not None:
            entry = self.entries[index]
            return NextPlace(entry.generation, entry.segment + 1, 0)
        return None

    def _newest(self, lane: Lane) -> tuple[Segment | None, int]:
        """The newest segment of a lane that has parts, and the index of its entry."""
        for index in range(len(self.entries) - 1, -1, -1):
            segment = self.entries[index].lane(lane)
            if segment is not None and segment.parts:
                return segment, index
        return None, -1

    def listed(self) -> Sequence[Entry]:
        """The newest entries that together last as long as the window."""
        return self.entries[self._listed.first :]

    def of_item(self, item: str) -> Sequence[Entry]:
        """What was shown of an item, all its runs."""
        return self._items.get(item, ())

    def is_of(self, item: str, generation: Generation) -> bool:
        """Whether anything of a generation was shown as part of an item."""
        return (item, generation) in self._items_of

    def entry_of(self, generation: Generation, segment: int) -> Entry | None:
        """Where a segment was shown."""
        index = self._indices.get((generation, segment))
        return self.entries[index] if index is not None else None

    def may_fetch(self, generation: Generation, segment: int) -> bool:
        """Whether a segment is in the playlist, has just left it, or is about to come."""
        index = self._indices.get((generation, segment))
        if index is not None:
            return index >= self._fetchable.first
        places = map(self.next_place, Lane)
        return any(at and (at.generation, at.segment) == (generation, segment) for at in places)

    def shows(self, generation: Generation) -> bool:
        """Whether anything of a generation was ever listed."""
        return generation in self._generations

    def _expects(self, generation: Generation, segment: int) -> bool:
        coming = self.expected
        return coming is not None and (coming.generation, coming.segment) == (generation, segment)

    def _begin(self, coming: Expected) -> Entry:
        last = self.entries[-1] if self.entries else None
        discontinuity = last.discontinuity + coming.joint if last else 0
        number = last.number + 1 if last else 0
        entry = Entry(
            number, discontinuity, coming.generation, coming.segment, coming.item, coming.run
        )
        self.expected = None
        self._add(entry)
        return entry

    def _add(self, entry: Entry) -> None:
        self._indices[entry.generation, entry.segment] = len(self.entries)
        self._generations.add(entry.generation)
        self.entries.append(entry)
        if entry.item is not None:
            self._items.setdefault(entry.item, []).append(entry)
            self._items_of.add((entry.item, entry.generation))
        if len(self.entries) > 1:
            self._listed.follow(self.entries)
            self._fetchable.follow(self.entries)


def _ticks(entry: Entry) -> int:
    segment = entry.lane(Lane.VIDEO)
    return segment.duration_ticks if segment else 0
