"""A recording as files: a folder that plays where it lies, and its sound as one file of its own.

The folder holds the segments as they were packaged, the init segments that they need, and finished
playlists which name both by relative paths. A segment of which a cut leaves a part holds that part.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.boxes import Sample, audio_entry
from streams.playlist import Kind, ListedSegment, MediaPlaylist, full, multivariant
from streams.recordings.fragments import fragments
from streams.recordings.mp4 import FILE_TYPE, audio_track, movie, video_track
from streams.recordings.spans import Span
from streams.segments import Lane
from streams.shelf import Shelf
from streams.timeline import AUDIO_HZ, VIDEO_HZ

INDEX = "index.m3u8"


@dataclass(frozen=True, slots=True)
class Filed:
    """One file of the folder: bytes that are here, or a lane of a span that lies in storage."""

    name: str
    size: int
    data: bytes = b""
    span: Span | None = None
    lane: Lane = Lane.VIDEO


def filed(spans: Sequence[Span]) -> Iterator[Filed]:
    """The files of a recording, playlists first; what is not to be had is left out."""
    had = [span for span in spans if not span.gap and all(span.parts[lane] for lane in Lane)]
    yield _text(INDEX, multivariant("video.m3u8", "audio.m3u8"))
    for lane in Lane:
        yield _text(
            f"{lane}.m3u8", full(MediaPlaylist(Kind.VOD, _listed(had, lane), finished=True))
        )
        generations = {_init(span, lane): span.generation.init(lane) for span in had}
        for name, data in generations.items():
            yield Filed(name, len(data), data)
        for number, span in enumerate(had):
            yield Filed(f"{lane}/{number:05}.m4s", _bytes(span, lane), span=span, lane=lane)


def read(shelf: Shelf, file: Filed) -> bytes:
    """A file's bytes. Raises KeyError, OSError where storage does not give them."""
    if file.span is None:
        return file.data
    return _read(shelf, file.span, file.lane)


def write_sound(shelf: Shelf, spans: Iterable[Span], target: Path) -> None:
    """The sound alone as one MP4 file (`.m4a`), whole or not at all.

    Raises:
        KeyError, OSError: where storage does not give the bytes, or take them.
    """
    part, track = target.with_suffix(".part"), audio_track()
    with part.open("wb") as out:
        out.write(FILE_TYPE)
        data_at = out.tell()
        out.write(struct.pack(">I4sQ", 1, b"mdat", 16))
        for span in spans:
            if span.gap or not span.parts[Lane.AUDIO]:
                continue
            lies, at = out.tell(), None
            samples: list[Sample] = []
            for fragment in fragments(_read(shelf, span, Lane.AUDIO)):
                offset = (span.at_ticks - span.start_ticks) * AUDIO_HZ // VIDEO_HZ
                at = fragment.start_ticks + offset if at is None else at
                samples += fragment.samples
            for sample in samples:
                out.write(sample.data)
            if at is not None:
                track.add(audio_entry(), lies, at, samples)
        ends = out.tell()
        out.write(movie(video_track(), track, 0, 0))
        out.seek(data_at + 8)
        out.write(struct.pack(">Q", ends - data_at))
    part.replace(target)


def _listed(spans: Sequence[Span], lane: Lane) -> list[ListedSegment]:
    listed: list[ListedSegment] = []
    discontinuity, before = 0, None
    for number, span in enumerate(spans):
        joins = before is not None and (
            before.generation is not span.generation or before.end_ticks != span.start_ticks
        )
        discontinuity += joins
        name, lasts_s = f"{lane}/{number:05}.m4s", span.duration_ticks / VIDEO_HZ
        listed.append(ListedSegment(number, discontinuity, _init(span, lane), name, lasts_s, None))
        before = span
    return listed


def _init(span: Span, lane: Lane) -> str:
    return f"{lane}/{span.generation.source}-{span.generation.number}.init.mp4"


def _bytes(span: Span, lane: Lane) -> int:
    parts, kept = span.generation.lanes[lane][span.segment].parts, span.parts[lane]
    return sum(part.size for part in parts[kept.start : kept.stop])


def _read(shelf: Shelf, span: Span, lane: Lane) -> bytes:
    kept = span.parts[lane]
    return shelf.read(span.generation, lane, span.segment, kept.start, kept.stop - 1)


def _text(name: str, text: str) -> Filed:
    data = text.encode()
    return Filed(name, len(data), data)
