"""A media playlist, read back: a parser of our own, so that nothing of the writer is believed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

Attributes = dict[str, str]
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')


class Unreadable(Exception):
    """A line that no playlist has."""


@dataclass(slots=True)
class ReadPart:
    uri: str
    duration_s: float
    independent: bool = False
    gap: bool = False


@dataclass(slots=True)
class ReadSegment:
    """A segment as it stands there; `uri` and `duration_s` are None while it grows.

    Args:
        number: media sequence number, counted.
        discontinuity: its discontinuity sequence number, counted.
        joint: a DISCONTINUITY stands before it.
        map_uri: the MAP that holds for it; None where that stands in a part that was skipped.
        own_map: the MAP stands right before it.
        late: tags that stand after its first part but should stand before it.
    """

    number: int
    discontinuity: int
    joint: bool = False
    map_uri: str | None = None
    own_map: bool = False
    began: datetime | None = None
    gap: bool = False
    uri: str | None = None
    duration_s: float | None = None
    parts: list[ReadPart] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    @property
    def lasts_s(self) -> float:
        return self.duration_s or sum(part.duration_s for part in self.parts)


@dataclass(slots=True)
class ReadPlaylist:
    """A media playlist; `segments` has those that were not skipped."""

    version: int = 1
    target_s: int = 0
    control: Attributes = field(default_factory=dict)
    part_target_s: float | None = None
    kind: str = ""
    first_number: int = 0
    first_discontinuity: int | None = None
    skipped: int = 0
    segments: list[ReadSegment] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    reports: list[Attributes] = field(default_factory=list)
    ended: bool = False


def parse(text: str) -> ReadPlaylist:
    """Reads a media playlist. Raises Unreadable."""
    lines = text.split("\n")
    if lines[0] != "#EXTM3U" or lines[-1]:
        raise Unreadable("expected #EXTM3U first and a newline last")
    reader = _Reader()
    for line in lines[1:-1]:
        reader.read(line)
    return reader.end()


class _Reader:
    def __init__(self) -> None:
        self.playlist = ReadPlaylist()
        self.open: ReadSegment | None = None
        self.map_uri: str | None = None
        self.discontinuity = 0

    def read(self, line: str) -> None:
        if not line.startswith("#"):
            segment = self._segment()
            segment.uri = line
            self.playlist.segments.append(segment)
            self.open = None
            return
        tag, _, value = line.partition(":")
        if not self._read_header(tag, value) and not self._read_segment_tag(tag, value):
            raise Unreadable(line)

    def end(self) -> ReadPlaylist:
        if self.open is not None and self.open.parts:
            self.playlist.segments.append(self.open)
        elif self.open is not None:
            raise Unreadable("tags of a segment without any part of it")
        return self.playlist

    def _read_header(self, tag: str, value: str) -> bool:
        playlist = self.playlist
        match tag:
            case "#EXT-X-VERSION":
                playlist.version = int(value)
            case "#EXT-X-TARGETDURATION":
                playlist.target_s = int(value)
            case "#EXT-X-SERVER-CONTROL":
                playlist.control = _attributes(value)
            case "#EXT-X-PART-INF":
                playlist.part_target_s = float(_attributes(value)["PART-TARGET"])
            case "#EXT-X-PLAYLIST-TYPE":
                playlist.kind = value
            case "#EXT-X-MEDIA-SEQUENCE":
                playlist.first_number = int(value)
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                playlist.first_discontinuity = self.discontinuity = int(value)
            case "#EXT-X-SKIP":
                playlist.skipped = int(_attributes(value)["SKIPPED-SEGMENTS"])
            case "#EXT-X-PRELOAD-HINT":
                playlist.hints.append(_attributes(value)["URI"])
            case "#EXT-X-RENDITION-REPORT":
                playlist.reports.append(_attributes(value))
            case "#EXT-X-ENDLIST":
                playlist.ended = True
            case _:
                return False
        return True

    def _read_segment_tag(self, tag: str, value: str) -> bool:
        segment = self._segment()
        if segment.parts and tag in ("#EXT-X-MAP", "#EXT-X-DISCONTINUITY", _PDT):
            segment.late.append(tag)
        match tag:
            case "#EXT-X-DISCONTINUITY":
                self.discontinuity += 1
                segment.joint, segment.discontinuity = True, self.discontinuity
            case "#EXT-X-MAP":
                segment.map_uri = self.map_uri = _attributes(value)["URI"]
                segment.own_map = True
            case "#EXT-X-PROGRAM-DATE-TIME":
                segment.began = datetime.fromisoformat(value)
            case "#EXT-X-GAP":
                segment.gap = True
            case "#EXT-X-PART":
                segment.parts.append(_part(_attributes(value)))
            case "#EXTINF":
                segment.duration_s = float(value.rstrip(","))
            case _:
                return False
        return True

    def _segment(self) -> ReadSegment:
        if self.open is None:
            playlist = self.playlist
            number = playlist.first_number + playlist.skipped + len(playlist.segments)
            self.open = ReadSegment(number, self.discontinuity, map_uri=self.map_uri)
        return self.open


_PDT = "#EXT-X-PROGRAM-DATE-TIME"


def _part(attributes: Attributes) -> ReadPart:
    return ReadPart(
        attributes["URI"],
        float(attributes["DURATION"]),
        attributes.get("INDEPENDENT") == "YES",
        attributes.get("GAP") == "YES",
    )


def _attributes(text: str) -> Attributes:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}
