"""`python -m streams.recordings.examining FOLDER`: what one sees of a recording at a glance.

Segments come by standard input, as to `remux.py`. Of each that says so the first picture is decoded
and kept as a small JPEG, named by its instant on the event clock; of all sound the loudest of each
tenth of a second is kept. At the end `peaks.json` says so: a list of [begins_ticks, [0..100, …]],
one for each stretch without a jump, and that everything is there.
"""

from __future__ import annotations

import base64
import json
import sys
from array import array
from pathlib import Path
from typing import BinaryIO

import av

from streams.boxes import video_init
from streams.films.confinement import confine
from streams.recordings.fragments import fragments
from streams.still import still
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ

MOST_MEMORY_BYTES = 2 * 1024**3
MOST_CPU_S = 3600
TILE_PX = 160
BIN_TICKS = VIDEO_HZ // 10
PEAKS = "peaks.json"


class Peaks:
    """The loudest of each tenth of a second, by stretches."""

    def __init__(self) -> None:
        self.stretches: list[tuple[int, list[int]]] = []
        self._decoder = _decoder()

    def hear(self, data: bytes) -> None:
        """Takes the sound of one segment."""
        for fragment in fragments(data):
            ticks = fragment.start_ticks
            for sample in fragment.samples:
                self._note(ticks * VIDEO_HZ // AUDIO_HZ, self._loudest(sample.data))
                ticks += AAC_FRAME_TICKS

    def _loudest(self, frame: bytes) -> int:
        loudest = 0.0
        try:
            for decoded in self._decoder.decode(av.Packet(frame)):
                for plane in decoded.planes:
                    samples = array("f", bytes(plane)[: 4 * decoded.samples])
                    loudest = max(loudest, max(samples, default=0.0), -min(samples, default=0.0))
        except av.FFmpegError:
            self._decoder = _decoder()
        return min(100, round(100 * loudest))

    def _note(self, ticks: int, loud: int) -> None:
        index = ticks // BIN_TICKS
        if not self.stretches or not 0 <= self._gone(index) <= 1:
            self.stretches.append((index * BIN_TICKS, [loud]))
            return
        bins = self.stretches[-1][1]
        if self._gone(index):
            bins.append(loud)
        else:
            bins[-1] = max(bins[-1], loud)

    def _gone(self, index: int) -> int:
        begins, bins = self.stretches[-1]
        return index - begins // BIN_TICKS - len(bins) + 1


def examine(pieces: BinaryIO, folder: Path) -> None:
    """Writes pictures and peaks of all pieces into a folder."""
    peaks, done = Peaks(), 0
    while line := pieces.readline():
        said = json.loads(line)
        pictures, sounds = pieces.read(said["video"]), pieces.read(said["audio"])
        if pictures:
            sps, pps = base64.b64decode(said["sps"]), base64.b64decode(said["pps"])
            init = video_init(sps, pps, said["width"], said["height"])
            picture = still(init, pictures, TILE_PX)
            if picture is not None:
                (folder / f"{said['start']}.jpg").write_bytes(picture)
        peaks.hear(sounds)
        done += len(pictures) + len(sounds)
        print(json.dumps({"written": done}), flush=True)
    part = folder / f"{PEAKS}.part"
    part.write_text(json.dumps(peaks.stretches, separators=(",", ":")), "utf-8")
    part.replace(folder / PEAKS)


def _decoder() -> av.AudioCodecContext:
    decoder = av.CodecContext.create("aac", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.extradata = b"\x11\x90"
    decoder.layout = "stereo"
    decoder.sample_rate = AUDIO_HZ
    return decoder


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    confine(MOST_MEMORY_BYTES, MOST_CPU_S)
    examine(sys.stdin.buffer, folder)


if __name__ == "__main__":
    main()
