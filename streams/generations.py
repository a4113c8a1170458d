"""What was packaged: a generation of a source, its segments in both lanes, their parts.

A *generation* is one set of parameters of one source. What it holds grows while it is packaged;
where the bytes lie is the shelf's business (shelf.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from streams.boxes import audio_init, video_init
from streams.filling import HZ
from streams.parameters import PictureParameters
from streams.segments import Lane


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part's place: `offset` and `size` in its segment's file; ticks in the lane's rate."""

    start_ticks: int
    duration_ticks: int
    independent: bool
    offset: int
    size: int


@dataclass(slots=True, eq=False)
class Segment:
    """One segment of one lane; grows until it has ended."""

    lane: Lane
    number: int
    parts: list[StoredPart] = field(default_factory=list)
    duration_ticks: int = 0
    size: int = 0
    ended: bool = False
    saved: bool = True
    removed: bool = False
    """Its bytes were deleted."""

    @property
    def start_ticks(self) -> int:
        return self.parts[0].start_ticks

    @property
    def end_ticks(self) -> int:
        return self.start_ticks + self.duration_ticks

    @property
    def duration_s(self) -> float:
        return self.duration_ticks / HZ[self.lane]

    def add(self, part: StoredPart) -> None:
        self.parts.append(part)
        self.duration_ticks += part.duration_ticks
        self.size += part.size


@dataclass(frozen=True, slots=True)
class Filmed:
    """A film whose pictures a generation holds, from some place on.

    Args:
        zero_ticks: when on the event clock its first picture was, or would have been.
    """

    film: str
    zero_ticks: int

    def place_ticks(self, event_ticks: int) -> int:
        """Where in the film an instant of the event clock is."""
        return event_ticks - self.zero_ticks


RUNG = "~"
"""Stands in the name of a source that is another's lower rendition: pictures without sound."""


@dataclass(slots=True, eq=False)
class Lower:
    """The rung of a generation.

    Args:
        generation: its own, with the same segment numbers; None until its first picture is there.
        gone_from: what comes from this number on will never be there; None while the rung works.
        missing: single segments that were lost.
    """

    generation: Generation | None = None
    gone_from: int | None = None
    missing: set[int] = field(default_factory=set)

    def gives_not(self, segment: int) -> bool:
        """Whether a segment will never be there."""
        gone = self.gone_from is not None and segment >= self.gone_from
        return gone or segment in self.missing


@dataclass(slots=True, eq=False)
class Generation:
    """One set of parameters of one source, and its segments by lane and number.

    Args:
        filmed: what a channel played out; None for a camera, a slate, and a film that is watched
            on demand, whose own time is the generation's.
    """

    source: str
    number: int
    parameters: PictureParameters
    lanes: dict[Lane, dict[int, Segment]] = field(
        default_factory=lambda: {Lane.VIDEO: {}, Lane.AUDIO: {}}
    )
    lower: Lower | None = None
    rung_of: int | None = None
    """The generation whose pictures it holds, smaller; None where they are a source's own."""
    filmed: Filmed | None = None

    @property
    def silent(self) -> bool:
        """Whether it has no sound: that of the source whose rung it is goes with it."""
        return RUNG in self.source

    def init(self, lane: Lane) -> bytes:
        """The init segment."""
        if lane is Lane.AUDIO:
            return audio_init()
        p = self.parameters
        return video_init(p.sps, p.pps, p.width, p.height)

    def segment(self, lane: Lane, number: int) -> Segment:
        """A segment, begun here where it is new."""
        segments = self.lanes[lane]
        if number not in segments:
            segments[number] = Segment(lane, number)
        return segments[number]
