"""What one RTMP encoder costs: chunks, tags, clock and packager, sound untouched or coded anew.

The encoder is Debian's FFmpeg in a process of its own, so that only our side is counted. It writes
chunks of 128 bytes, as FFmpeg does; OBS writes larger ones and costs less.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import psutil

from streams.whip import Input
from tests.streams.rtmp_desk import an_ffmpeg, an_rtmp_desk, urls

SECONDS = 10
NOISE = "-bf 0 -b:v 2600k -minrate 2600k -maxrate 2600k -bufsize 2600k"
SOUNDS = {"AAC, 48 kHz stereo": "-ac 2 -ar 48000", "AAC, 44.1 kHz mono": "-ac 1 -ar 44100"}


async def measure(folder: Path, name: str, audio: str) -> None:
    place = Input("hall", "main")
    async with (
        an_rtmp_desk(folder) as here,
        an_ffmpeg(urls(here.port)[place], "640x360", 30, video=NOISE, audio=audio, noisy=True),
    ):
        await here.until(lambda: here.seconds("hall") > 1)
        source = here.desk.sources["hall"]
        began, cpu, size = time.perf_counter(), time.process_time(), source.counts()["bytes"]
        enough = here.seconds("hall") + SECONDS
        await here.until(lambda: here.seconds("hall") > enough, SECONDS + 20)
        took = time.perf_counter() - began
        used = time.process_time() - cpu
        size = source.counts()["bytes"] - size
    print(f"one encoder, {size * 8 / took / 1e6:.2f} Mbit/s, {name}, packaged to disk")
    print(f"  CPU            {100 * used / took:6.1f} % of a core")
    print(f"  memory         {psutil.Process().memory_info().rss / 1e6:6.0f} MB, the whole process")


def main() -> None:
    for name, audio in SOUNDS.items():
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(Path(folder), name, audio))
