"""`python -m streams.recordings.remux OUT`: one MP4 from segments that come by standard input.

Each comes as a line of JSON and the bytes that it names, video first (`Piece`, feeding.py). The
file begins with room for its table of contents, so that it plays before it is whole; where the
table does not fit, it stands at the end. After each piece a line says how much has been written.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import sys
from pathlib import Path
from typing import BinaryIO

from streams.boxes import Sample, audio_entry, video_entry
from streams.films.confinement import confine
from streams.recordings.fragments import fragments
from streams.recordings.mp4 import FILE_TYPE, Track, audio_track, movie, video_track
from streams.timeline import AUDIO_HZ, VIDEO_HZ

MOST_MEMORY_BYTES = 2 * 1024**3
MOST_CPU_S = 3600
TABLE_BYTES_A_SECOND = 60 * 24 + 47 * 5 + 60
SMALLEST_TABLE_BYTES = 64 * 1024


def remux(pieces: BinaryIO, out: BinaryIO, lasts_s: float) -> None:
    """Writes a movie of all pieces.

    Raises:
        ValueError, KeyError: where a piece is not what it says.
    """
    video, audio = video_track(), audio_track()
    size: tuple[int, int] | None = None
    room = max(SMALLEST_TABLE_BYTES, round(lasts_s * TABLE_BYTES_A_SECOND))
    out.write(FILE_TYPE)
    table_at = out.tell()
    out.write(struct.pack(">I4s", room, b"free") + bytes(room - 8))
    data_at = out.tell()
    out.write(struct.pack(">I4sQ", 1, b"mdat", 16))
    while line := pieces.readline():
        said = json.loads(line)
        pictures, sounds = pieces.read(said["video"]), pieces.read(said["audio"])
        width, height = said["width"], said["height"]
        size = size or (width, height)
        sps, pps = base64.b64decode(said["sps"]), base64.b64decode(said["pps"])
        offset = said["at"] - said["start"]
        _put(out, video, video_entry(sps, pps, width, height), pictures, offset)
        _put(out, audio, audio_entry(), sounds, offset)
        print(json.dumps({"written": out.tell()}), flush=True)
    ends = out.tell()
    out.seek(data_at + 8)
    out.write(struct.pack(">Q", ends - data_at))
    table = movie(video, audio, *(size or (0, 0)))
    if len(table) + 8 <= room:
        out.seek(table_at)
        out.write(table + struct.pack(">I4s", room - len(table), b"free"))
    else:
        out.seek(ends)
        out.write(table)


def _put(out: BinaryIO, track: Track, description: bytes, data: bytes, offset: int) -> None:
    """Writes the samples of a piece; `offset` leads from the event clock to the movie, 90 kHz."""
    lies, at = out.tell(), None
    samples: list[Sample] = []
    for fragment in fragments(data):
        if at is None:
            at = fragment.start_ticks + offset * track.hz // VIDEO_HZ
        samples += fragment.samples
    if at is None:
        return
    for sample in samples:
        out.write(sample.data)
    track.add(description, lies, at, samples)


def main() -> None:
    path, lasts_s = Path(sys.argv[1]), float(sys.argv[2])
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        confine(MOST_MEMORY_BYTES, MOST_CPU_S)
        remux(sys.stdin.buffer, out, lasts_s)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


assert VIDEO_HZ % 1000 == 0
assert AUDIO_HZ % 1000 == 0

if __name__ == "__main__":
    main()
