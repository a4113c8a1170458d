"""How long a media process needs to read a whole day back when it takes over.

The index of a day: one camera that was on one channel all the time, 14,400 segments of two seconds,
each in two lanes and two parts. What a restart adds to this is the start of a Python program, which
a spare process has behind it (`server/supervising.py`).
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.clock import Clock
from streams.desk import Constants, Desk
from streams.encoder import silent_frame
from streams.films.film import Film
from streams.slate import SlateClip, SlateWords
from streams.storage import Disk, Row

SEGMENTS = 14_400
LANES = {"video": 90_000, "audio": 48_000}
PARTS = 2


class NoClips:
    def film(self, film: str) -> Film | None:
        return None

    def slate(self, words: SlateWords) -> SlateClip | None:
        return None

    async def make_slate(self, words: SlateWords) -> SlateClip:
        raise NotImplementedError


def rows_of_a_day() -> Iterator[Row]:
    """As the packager and the windows write them."""
    hall: dict[str, Any] = {"source": "hall", "number": 1}
    yield {"k": "generation", **hall, "sps": "Z0LA", "pps": "aM4=", "width": 1280, "height": 720,
           "codec": "avc1.42c01f"}  # fmt: skip
    for n in range(SEGMENTS):
        for lane, hz in LANES.items():
            for part in range(PARTS):
                place = [(n * PARTS + part) * hz, hz, part == 0, part * 180_000, 180_000]
                yield {"k": "part", **hall, "lane": lane, "segment": n, "part": place}
            yield {"k": "ended", **hall, "lane": lane, "segment": n}
        for channel in ("source:hall", "main"):
            yield {"k": "entry", "channel": channel, "at": [n, 0, n], "source": "hall",
                   "generation": 1, "item": "05", "run": 1}  # fmt: skip


def write_index(folder: Path) -> tuple[int, int]:
    """Returns rows and bytes."""
    lines = [json.dumps(row, separators=(",", ":")) for row in rows_of_a_day()]
    text = "\n".join(lines) + "\n"
    (folder / "index.jsonl").write_text(text)
    return len(lines), len(text)


async def nothing(channel: str, report: object) -> None: ...


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows, size = write_index(folder)
        began, cpu = time.perf_counter(), time.process_time()
        clock = Clock()
        constants = Constants(clock.wall(), silent_frame())
        desk = Desk(Disk(folder), NoClips(), clock, constants, nothing)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        assert len(desk.window("main").entries) == SEGMENTS
        desk.close()
    print(f"{rows:,} rows, {size / 1e6:.0f} MB: read back in {took:.2f} s, {cpu:.2f} s CPU")
