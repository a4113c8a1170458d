"""Everything that was packaged: generations (generations.py), and the bytes of their parts.

A generation's number is used once for ever, so that a URI always means the same bytes. The newest
parts are kept in memory, older ones are read back from storage.

Where storage refuses a part (the disk is full) the picture goes on from memory: that segment is
not *saved*, nothing of it is told to the index from there on, and replays mark it as a gap.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator

from streams.filling import Part, SegmentEnded
from streams.generations import Filmed, Generation, Segment, StoredPart
from streams.parameters import PictureParameters
from streams.segments import Lane
from streams.storage import Row, Storage

log = logging.getLogger("topmoede.shelf")

KEPT_BYTES = 96 * 1024 * 1024
LANES = {lane.value: lane for lane in Lane}

Place = tuple[str, int, Lane, int, int]
"""Source, generation, lane, segment, part."""


class Shelf:
    """All generations of an edition, over a storage.

    Args:
        storage: where bytes and index lie.
        kept_bytes: how much of the newest stays in memory.
    """

    def __init__(self, storage: Storage, kept_bytes: int = KEPT_BYTES) -> None:
        self._storage = storage
        self._kept_bytes = kept_bytes
        self._generations: dict[tuple[str, int], Generation] = {}
        self._newest: dict[str, int] = {}
        self._spent: dict[str, int] = {}
        self._fresh: OrderedDict[Place, bytes] = OrderedDict()
        self._fresh_bytes = 0
        self._refused = False
        self.removals = 0
        """How often something was removed: what was written of it is written anew."""

    def read_back(self, other_row: Callable[[Row], None]) -> None:
        """Brings back what the index says; `other_row` is given the rows that are not ours."""
        for row in self._storage.rows():
            try:
                self._read_back(row, other_row)
            except (KeyError, TypeError, ValueError):
                log.warning("expected a row about what is known; came %r", row)

    def cut_off(self) -> Iterator[tuple[Generation, int]]:
        """Segments that were growing in either lane when the process ended."""
        for generation in self._generations.values():
            growing = {
                number
                for segments in generation.lanes.values()
                for number, segment in segments.items()
                if not segment.ended
            }
            for number in sorted(growing):
                yield generation, number

    def open_generation(
        self,
        source: str,
        parameters: PictureParameters,
        *,
        rung_of: int | None = None,
        filmed: Filmed | None = None,
    ) -> Generation:
        """A new generation of a source, with a number nobody has had."""
        used = max(self._newest.get(source, 0), self._spent.get(source, 0))
        generation = Generation(source, used + 1, parameters, rung_of=rung_of, filmed=filmed)
        self.note(
            _row("generation", generation)
            | {
                "sps": base64.b64encode(parameters.sps).decode(),
                "pps": base64.b64encode(parameters.pps).decode(),
                "width": parameters.width,
                "height": parameters.height,
                "codec": parameters.codec,
            }
            | ({} if rung_of is None else {"rung_of": rung_of})
            | ({} if filmed is None else {"film": filmed.film, "zero": filmed.zero_ticks})
        )
        return self._add(generation)

    def add(self, generation: Generation, part: Part) -> None:
        """Stores a part: its bytes, then its row, then its place in memory."""
        segment = generation.segment(part.lane, part.segment)
        start, lasts = part.start_ticks, part.duration_ticks
        stored = StoredPart(start, lasts, part.independent, segment.size, len(part.data))
        segment.saved = segment.saved and self._save(generation, part, stored)
        segment.add(stored)
        self._remember(
            (generation.source, generation.number, part.lane, part.segment, part.index), part.data
        )

    def end(self, generation: Generation, ended: SegmentEnded) -> None:
        """Marks a lane's segment as complete."""
        segment = generation.segment(ended.lane, ended.segment)
        segment.ended = True
        if segment.saved:
            row = _row("ended", generation) | {"lane": ended.lane, "segment": ended.segment}
            segment.saved = self.note(row)

    def note(self, row: Row) -> bool:
        """Adds a row to the index; whether it is there."""
        try:
            self._storage.note(row)
        except OSError as error:
            self._complain(error)
            return False
        return True

    async def remove(self, places: Collection[tuple[Generation, int]]) -> None:
        """Removes segments for good, in both lanes: bytes first, then their rows.

        Raises:
            OSError: when storage does not let go of them; they are gone from replays all the same.
        """
        paths = []
        for generation, number in places:
            for lane, segments in generation.lanes.items():
                if (segment := segments.get(number)) is not None:
                    segment.removed = True
                    paths.append(file_of(generation, lane, number))
                    for index in range(len(segment.parts)):
                        place = (generation.source, generation.number, lane, number, index)
                        self._fresh_bytes -= len(self._fresh.pop(place, b""))
        self.removals += 1
        await asyncio.to_thread(self._storage.remove, paths)

    async def rewrite(self, keep: Callable[[Row], Row | None]) -> None:
        """Writes the index anew without the rows that are not kept. Raises OSError."""
        self._storage.swap(await asyncio.to_thread(self._storage.sift, keep))

    def find(self, source: str, number: int) -> Generation | None:
        return self._generations.get((source, number))

    def newest(self, source: str) -> Generation | None:
        """The newest generation of a source."""
        return self.find(source, self._newest.get(source, 0))

    def read(
        self,
        generation: Generation,
        lane: Lane,
        number: int,
        first: int | None = None,
        last: int | None = None,
    ) -> bytes:
        """The bytes of a part, of several, or of a whole segment.

        Args:
            first, last: the parts, both included; `first` alone is one; None: all of them.

        Raises:
            KeyError: when there is none, or none any more.
            OSError: when storage does not give it.
        """
        segment = generation.lanes[lane][number]
        if first is None:
            if not segment.ended:
                raise KeyError(number)
            first, last = 0, len(segment.parts) - 1
        last = first if last is None else last
        if segment.removed or not 0 <= first <= last < len(segment.parts):
            raise KeyError(first)
        return b"".join(self._read(generation, segment, index) for index in range(first, last + 1))

    def file(self, generation: Generation, lane: Lane, number: int) -> str | None:
        """Where a whole segment lies; None where it grows, was not saved, or is elsewhere."""
        segment = generation.lanes[lane].get(number)
        if segment is None or segment.removed or not (segment.ended and segment.saved):
            return None
        path = file_of(generation, lane, number)
        return path if self._storage.on_disk(path) else None

    @property
    def remembered_bytes(self) -> int:
        """How much of the newest is in memory now."""
        return self._fresh_bytes

    def remembers(
        self,
        generation: Generation,
        lane: Lane,
        number: int,
        first: int | None = None,
        last: int | None = None,
    ) -> bool:
        """Whether a part, several or all of a segment are read without asking storage."""
        segment = generation.lanes[lane].get(number)
        if first is None:
            first, last = 0, len(segment.parts) - 1 if segment else 0
        indices = range(first, (first if last is None else last) + 1)
        place = (generation.source, generation.number, lane, number)
        return all((*place, each) in self._fresh for each in indices)

    def _read(self, generation: Generation, segment: Segment, index: int) -> bytes:
        place = (generation.source, generation.number, segment.lane, segment.number, index)
        fresh = self._fresh.get(place)
        if fresh is not None:
            return fresh
        if not segment.saved:
            raise KeyError(place)
        part = segment.parts[index]
        path = file_of(generation, segment.lane, segment.number)
        data = self._storage.read(path, part.offset, part.size)
        if len(data) != part.size:
            raise KeyError(place)  # the index knew of it before a power cut, the file did not
        return data

    def _save(self, generation: Generation, part: Part, stored: StoredPart) -> bool:
        path = file_of(generation, part.lane, part.segment)
        try:
            self._storage.write(path, stored.offset, part.data)
        except OSError as error:
            self._complain(error)
            return False
        start, lasts = stored.start_ticks, stored.duration_ticks
        return self.note(
            _row("part", generation)
            | {
                "lane": part.lane,
                "segment": part.segment,
                "part": [start, lasts, stored.independent, stored.offset, stored.size],
            }
        )

    def _complain(self, error: OSError) -> None:
        """Once; what is live goes on from memory."""
        if not self._refused:
            self._refused = True
            log.error("expected storage to take media; it does not, so replays get gaps: %s", error)

    def _remember(self, place: Place, data: bytes) -> None:
        self._fresh[place] = data
        self._fresh_bytes += len(data)
        while self._fresh_bytes > self._kept_bytes:
            self._fresh_bytes -= len(self._fresh.popitem(last=False)[1])

    def _add(self, generation: Generation) -> Generation:
        self._generations[generation.source, generation.number] = generation
        self._newest[generation.source] = generation.number
        return generation

    def _read_back(self, row: Row, other_row: Callable[[Row], None]) -> None:
        match row["k"]:
            case "generation":
                sps, pps = base64.b64decode(row["sps"]), base64.b64decode(row["pps"])
                parameters = PictureParameters(sps, pps, row["width"], row["height"], row["codec"])
                filmed = Filmed(row["film"], row["zero"]) if "film" in row else None
                self._add(
                    Generation(
                        row["source"],
                        row["number"],
                        parameters,
                        rung_of=row.get("rung_of"),
                        filmed=filmed,
                    )
                )
            case "part":
                self._segment(row).add(StoredPart(*row["part"]))
            case "ended":
                self._segment(row).ended = True
            case "spent":
                self._spent[row["source"]] = row["number"]
            case _:
                other_row(row)

    def _segment(self, row: Row) -> Segment:
        generation = self._generations[row["source"], row["number"]]
        return generation.segment(LANES[row["lane"]], row["segment"])


def file_of(generation: Generation, lane: Lane, number: int) -> str:
    """The path of a segment's file; made of our own names and numbers alone."""
    return f"{generation.source}/{generation.number}/{lane}/{number}.m4s"


def spent_row(source: str, number: int) -> Row:
    """Numbers up to this one may have been used by a source, though the index does not know them.

    A restored backup says so: caches may hold bytes under numbers that were given after it.
    """
    return {"k": "spent", "source": source, "number": number}


def _row(kind: str, generation: Generation) -> Row:
    return {"k": kind, "source": generation.source, "number": generation.number}
