"""What one WHIP publisher costs: transport, order, gate and Opus to AAC, no packager behind.

The publisher is FFmpeg in a process of its own, so that only our side is counted.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import psutil

from streams.segments import Lane
from tests.streams.cameras import an_ffmpeg_camera
from tests.streams.whip_server import an_endpoint

BIT_RATE = 2_600_000
SECONDS = 10


async def measure(folder: Path) -> None:
    async with (
        an_endpoint() as endpoint,
        an_ffmpeg_camera(endpoint.url, folder, SECONDS + 10, bit_rate=BIT_RATE),
    ):
        recording = await endpoint.recording()
        async with asyncio.timeout(SECONDS + 20):
            await recording.until_seconds(2)
            began, cpu = time.perf_counter(), time.process_time()
            packets = recording.session.publisher.packets
            await recording.until_seconds(2 + SECONDS)
        took = time.perf_counter() - began
        used = time.process_time() - cpu
        packets = recording.session.publisher.packets - packets
        bit_rate = recording.session.publisher.health(time.monotonic()).bit_rate
        sound = recording.lane(Lane.AUDIO)
        late = max(
            at - (unit.pts_ticks - sound[0].pts_ticks) / 48_000
            for at, unit in zip(recording.arrivals, recording.units, strict=True)
            if unit.lane is Lane.AUDIO
        )
        first = recording.arrivals[recording.units.index(sound[0])]
    print(f"one publisher, {bit_rate / 1e6:.2f} Mbit/s, {packets / took:.0f} packets/s")
    print(f"  CPU            {100 * used / took:6.1f} % of a core")
    print(f"  per packet     {1e6 * used / packets:6.1f} µs, sound and checks included")
    print(f"  sound at most  {1000 * (late - first):6.0f} ms later than its first frame")
    print(f"  memory         {psutil.Process().memory_info().rss / 1e6:6.0f} MB, the whole process")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder)))
