"""Everything that was packaged: generations, their segments, the bytes of their parts.

A *generation* is one set of parameters of one source; its number is used once for ever, so that a
URI always means the same bytes. The newest parts are kept in memory, older ones are read back
from storage.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from streams.boxes import audio_init, video_init
from streams.parameters import PictureParameters
from streams.segmenter import Part, SegmentEnded
from streams.segments import Lane
from streams.storage import Row, Storage
from streams.timeline import AUDIO_HZ, VIDEO_HZ, seconds

HZ = {Lane.VIDEO: VIDEO_HZ, Lane.AUDIO: AUDIO_HZ}
KEPT_BYTES = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part's place: `offset` and `size` in its segment's file; ticks in the lane's rate."""

    start_ticks: int
    duration_ticks: int
    independent: bool
    offset: int
    size: int


@dataclass(slots=True)
class Segment:
    """One segment of one lane; grows until it has ended."""

    lane: Lane
    number: int
    parts: list[StoredPart] = field(default_factory=list)
    ended: bool = False

    @property
    def start_ticks(self) -> int:
        return self.parts[0].start_ticks

    @property
    def duration_s(self) -> Fraction:
        return seconds(sum(part.duration_ticks for part in self.parts), HZ[self.lane])

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


@dataclass(slots=True)
class Generation:
    """One set of parameters of one source, and its segments by lane and number."""

    source: str
    number: int
    parameters: PictureParameters
    lanes: dict[Lane, dict[int, Segment]] = field(
        default_factory=lambda: {Lane.VIDEO: {}, Lane.AUDIO: {}}
    )

    def init(self, lane: Lane) -> bytes:
        """The init segment."""
        if lane is Lane.AUDIO:
            return audio_init()
        p = self.parameters
        return video_init(p.sps, p.pps, p.width, p.height)

    def segment(self, lane: Lane, number: int) -> Segment:
        return self.lanes[lane].setdefault(number, Segment(lane, number))


class Shelf:
    """All generations of an edition, over a storage.

    Args:
        storage: where bytes and index lie.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._generations: dict[tuple[str, int], Generation] = {}
        self._newest: dict[str, int] = {}
        self._fresh: dict[tuple[str, int], bytes] = {}
        self._fresh_order: deque[tuple[str, int]] = deque()
        self._fresh_bytes = 0

    def read_back(self, other_row: Callable[[Row], None]) -> None:
        """Brings back what the index says; `other_row` is given the rows that are not ours."""
        for row in self._storage.rows():
            self._read_back(row, other_row)
        self._end_what_was_cut_off()

    def open_generation(self, source: str, parameters: PictureParameters) -> Generation:
        """A new generation of a source, with a number nobody has had."""
        number = self._newest.get(source, 0) + 1
        self._storage.note(
            {
                "k": "generation",
                "source": source,
                "number": number,
                "sps": base64.b64encode(parameters.sps).decode(),
                "pps": base64.b64encode(parameters.pps).decode(),
                "width": parameters.width,
                "height": parameters.height,
                "codec": parameters.codec,
            }
        )
        return self._add(Generation(source, number, parameters))

    def add(self, generation: Generation, part: Part) -> None:
        """Stores a part: its bytes, then its row, then its place in memory."""
        path = file_of(generation, part.lane, part.segment)
        offset = self._storage.append(path, part.data)
        stored = StoredPart(
            part.start_ticks, part.duration_ticks, part.independent, offset, len(part.data)
        )
        self._storage.note(
            {
                "k": "part",
                "source": generation.source,
                "number": generation.number,
                "lane": part.lane,
                "segment": part.segment,
                "part": [
                    stored.start_ticks,
                    stored.duration_ticks,
                    stored.independent,
                    stored.offset,
                    stored.size,
                ],
            }
        )
        generation.segment(part.lane, part.segment).parts.append(stored)
        self._remember((path, offset), part.data)

    def end(self, generation: Generation, ended: SegmentEnded) -> None:
        """Marks a lane's segment as complete."""
        self._storage.note(
            {
                "k": "ended",
                "source": generation.source,
                "number": generation.number,
                "lane": ended.lane,
                "segment": ended.segment,
            }
        )
        generation.segment(ended.lane, ended.segment).ended = True

    def find(self, source: str, number: int) -> Generation | None:
        return self._generations.get((source, number))

    def newest(self, source: str) -> Generation | None:
        """The newest generation of a source."""
        return self.find(source, self._newest.get(source, 0))

    def read(self, generation: Generation, lane: Lane, number: int, index: int | None) -> bytes:
        """The bytes of a part, or of a whole segment. Raises KeyError where there is none."""
        segment = generation.lanes[lane][number]
        path = file_of(generation, lane, number)
        if index is None:
            if not segment.ended or not segment.parts:
                raise KeyError(number)
            first = segment.parts[0]
            return self._storage.read(path, first.offset, segment.size)
        if not 0 <= index < len(segment.parts):
            raise KeyError(index)
        part = segment.parts[index]
        fresh = self._fresh.get((path, part.offset))
        return fresh or self._storage.read(path, part.offset, part.size)

    def _remember(self, place: tuple[str, int], data: bytes) -> None:
        self._fresh[place] = data
        self._fresh_order.append(place)
        self._fresh_bytes += len(data)
        while self._fresh_bytes > KEPT_BYTES:
            self._fresh_bytes -= len(self._fresh.pop(self._fresh_order.popleft()))

    def _add(self, generation: Generation) -> Generation:
        self._generations[generation.source, generation.number] = generation
        self._newest[generation.source] = generation.number
        return generation

    def _read_back(self, row: Row, other_row: Callable[[Row], None]) -> None:
        match row["k"]:
            case "generation":
                sps, pps = base64.b64decode(row["sps"]), base64.b64decode(row["pps"])
                parameters = PictureParameters(sps, pps, row["width"], row["height"], row["codec"])
                self._add(Generation(row["source"], row["number"], parameters))
            case "part":
                self._segment(row).parts.append(StoredPart(*row["part"]))
            case "ended":
                self._segment(row).ended = True
            case _:
                other_row(row)

    def _segment(self, row: Row) -> Segment:
        generation = self._generations[row["source"], row["number"]]
        return generation.segment(Lane(row["lane"]), row["segment"])

    def _end_what_was_cut_off(self) -> None:
        """What was growing when the process ended is complete as it is."""
        for generation in self._generations.values():
            for lane, segments in generation.lanes.items():
                for number, segment in segments.items():
                    if not segment.ended:
                        self.end(generation, SegmentEnded(lane, number))


def file_of(generation: Generation, lane: Lane, number: int) -> str:
    """The path of a segment's file; made of our own names and numbers alone."""
    return f"{generation.source}/{generation.number}/{lane}/{number}.m4s"
