"""A recording as one ordinary MP4 file: the same frames, in one movie.

Nothing is coded again. Where the H.264 parameters change inside a recording (another camera, a
slate), the track has one sample description for each, and each chunk says which is its own; SPS and
PPS stand in front of every IDR as well, for players that read the first description alone.

Time is the replay's: what the playlists show at a second is shown at that second here. Where the
event clock jumps, or bytes are missing, the last frame before stands until the next begins. Sound
that begins before or after the picture is put in its place by an edit list.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from streams.boxes import Sample, box, full_box
from streams.timeline import AUDIO_HZ, VIDEO_HZ

FILE_TYPE = box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2avc1mp41")
_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(slots=True)
class Track:
    """One track's tables, filled chunk by chunk.

    Args:
        descriptions: sample entries, each as its box.
    """

    hz: int
    descriptions: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    chunks: list[tuple[int, int, int]] = field(default_factory=list)
    """Where each lies, how many samples it has, which description is theirs (from 1)."""
    first_ticks: int | None = None
    end_ticks: int = 0

    def add(self, description: bytes, lies: int, at_ticks: int, samples: Iterable[Sample]) -> None:
        """A chunk whose first sample belongs at an instant of the movie, in the track's rate."""
        if self.first_ticks is None:
            self.first_ticks = self.end_ticks = at_ticks
        elif self.durations:
            # What came before lasts until now; time never goes back.
            stretched = max(1, self.durations[-1] + at_ticks - self.end_ticks)
            self.end_ticks += stretched - self.durations[-1]
            self.durations[-1] = stretched
        if description not in self.descriptions:
            self.descriptions.append(description)
        before = len(self.sizes)
        for sample in samples:
            self.sizes.append(len(sample.data))
            self.durations.append(sample.duration_ticks)
            self.offsets.append(sample.offset_ticks)
            self.end_ticks += sample.duration_ticks
            if sample.key:
                self.keys.append(len(self.sizes))
        count = len(self.sizes) - before
        if count:
            self.chunks.append((lies, count, self.descriptions.index(description) + 1))

    @property
    def media_ticks(self) -> int:
        return self.end_ticks - (self.first_ticks or 0)


def movie(video: Track, audio: Track, width: int, height: int) -> bytes:
    """The `moov` of two tracks; one without samples is left out."""
    tracks = [
        _track(number, track, *about)
        for number, track, about in (
            (1, video, (b"vide", full_box(b"vmhd", 0, 1, bytes(8)), width, height)),
            (2, audio, (b"soun", full_box(b"smhd", 0, 0, bytes(4)), 0, 0)),
        )
        if track.sizes
    ]
    lasts = max(_in_movie(track, track.end_ticks) for track in (video, audio))
    header = full_box(
        b"mvhd",
        1,
        0,
        struct.pack(">QQIQIH10x", 0, 0, VIDEO_HZ, lasts, 0x10000, 0x0100),
        _MATRIX,
        bytes(24),
        struct.pack(">I", 3),
    )
    return box(b"moov", header, *tracks)


def _track(
    number: int, track: Track, handler: bytes, header: bytes, width: int, height: int
) -> bytes:
    lasts = _in_movie(track, track.end_ticks)
    sound = handler == b"soun"
    head = full_box(
        b"tkhd",
        1,
        3,
        struct.pack(">QQI4xQ8xHHH2x", 0, 0, number, lasts, 0, int(sound), 0x0100 if sound else 0),
        _MATRIX,
        struct.pack(">II", width << 16, height << 16),
    )
    reference = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))
    media = box(
        b"mdia",
        full_box(
            b"mdhd", 1, 0, struct.pack(">QQIQHH", 0, 0, track.hz, track.media_ticks, 0x55C4, 0)
        ),
        full_box(b"hdlr", 0, 0, struct.pack(">I4s12xx", 0, handler)),
        box(b"minf", header, box(b"dinf", reference), _tables(track)),
    )
    return box(b"trak", head, *_edits(track), media)


def _edits(track: Track) -> Iterator[bytes]:
    first, lasts = track.first_ticks or 0, _in_movie(track, track.end_ticks)
    if first == 0:
        return
    if first > 0:
        rows = [(_in_movie(track, first), -1), (lasts - _in_movie(track, first), 0)]
    else:
        rows = [(lasts, -first)]
    body = b"".join(struct.pack(">QqI", duration, at, 0x10000) for duration, at in rows)
    yield box(b"edts", full_box(b"elst", 1, 0, struct.pack(">I", len(rows)), body))


def _tables(track: Track) -> bytes:
    count = len(track.sizes)
    tables = [
        _counted(b"stsd", len(track.descriptions), b"".join(track.descriptions)),
        _runs(b"stts", 0, track.durations, ">II"),
    ]
    if any(track.offsets):
        tables.append(_runs(b"ctts", 1, track.offsets, ">Ii"))
    if len(track.keys) < count:
        tables.append(_counted(b"stss", len(track.keys), _packed("I", track.keys)))
    return box(
        b"stbl",
        *tables,
        _chunk_table(track),
        full_box(b"stsz", 0, 0, struct.pack(">II", 0, count), _packed("I", track.sizes)),
        _counted(b"co64", len(track.chunks), _packed("Q", [lies for lies, _, _ in track.chunks])),
    )


def _chunk_table(track: Track) -> bytes:
    """Chunks that are alike follow one another in one row."""
    rows, number = [], 1
    for alike, chunks in groupby(track.chunks, key=lambda chunk: chunk[1:]):
        rows.append(struct.pack(">III", number, *alike))
        number += sum(1 for _ in chunks)
    return _counted(b"stsc", len(rows), b"".join(rows))


def _runs(name: bytes, version: int, values: list[int], row: str) -> bytes:
    rows = [struct.pack(row, sum(1 for _ in same), value) for value, same in groupby(values)]
    return full_box(name, version, 0, struct.pack(">I", len(rows)), b"".join(rows))


def _counted(name: bytes, count: int, body: bytes) -> bytes:
    return full_box(name, 0, 0, struct.pack(">I", count), body)


def _packed(kind: str, values: list[int]) -> bytes:
    return struct.pack(f">{len(values)}{kind}", *values)


def _in_movie(track: Track, ticks: int) -> int:
    return max(0, ticks) * VIDEO_HZ // track.hz


def video_track() -> Track:
    return Track(VIDEO_HZ)


def audio_track() -> Track:
    return Track(AUDIO_HZ)
