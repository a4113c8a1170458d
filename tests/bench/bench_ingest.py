"""What one publisher costs, over WHIP and over RTMP, from the socket to the segments on the disk.

Each publisher is FFmpeg in a process of its own, so that only our side is counted: transport,
order, clock, sound and packager. Over WHIP the sound is Opus and is always coded anew; over RTMP
it is AAC, which goes through where it is 48 kHz stereo. FFmpeg writes RTMP chunks of 128 bytes;
OBS writes larger ones and costs less.
"""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import psutil
from starlette.routing import Route

from server.routes.whip import WhipRoutes
from streams.commands import ReportOnAir
from streams.desk import SOURCE, Constants, Desk
from streams.encoder import silent_frame
from streams.rtmp.rtmp import Connection, RtmpServer
from streams.segments import Lane
from streams.sound.loudness import Loudness
from streams.storage import Disk
from streams.webrtc.ingest import Ingest, IngestSettings
from streams.webrtc.session import Session
from streams.webrtc.whip import Input
from tests.streams.broadcast import EPOCH, Library
from tests.streams.cameras import an_ffmpeg_camera
from tests.streams.rtmp_desk import WallClock, an_ffmpeg
from tests.streams.rtmp_desk import urls as rtmp_urls
from tests.streams.whip_server import KEYS, LOOPBACK, served

BIT_RATE = 2_600_000
SECONDS = 20
SETTLED_S = 4
AIM_PER_CENT = 7.0
NOISE = "-bf 0 -b:v 2600k -minrate 2600k -maxrate 2600k -bufsize 2600k"
OVER_WHIP, OVER_RTMP = "kl-huset", "hall"


class House:
    """A desk that hears loudness, with WHIP and RTMP in front of it."""

    def __init__(self, folder: Path) -> None:
        clock = WallClock()
        self.desk = Desk(
            Disk(folder), Library(), clock, Constants(EPOCH, silent_frame()), _tell, ear=Loudness
        )
        settings = IngestSettings(LOOPBACK)
        self.ingest = Ingest(KEYS, clock, self.desk.clock, self._connected, settings)
        keys = {f"{OVER_RTMP}-main-key": Input(OVER_RTMP, "main")}
        self.rtmp = RtmpServer(keys, clock, self.desk.clock, self._connected)

    def _connected(self, publisher: Session | Connection) -> None:
        place = publisher.place
        assert place is not None
        publisher.on_lost = lambda _: self.desk.detach(place.source, place.name, publisher)
        self.desk.attach(place.source, place.name, publisher)

    def packaged(self, source: str) -> tuple[float, int]:
        """Seconds and bytes of picture that stand in segments."""
        window = self.desk.windows.get(SOURCE + source)
        found = [entry.lane(Lane.VIDEO) for entry in window.entries] if window else []
        segments = [segment for segment in found if segment]
        return sum(each.duration_s for each in segments), sum(each.size for each in segments)

    async def until_packaged(self, source: str, seconds: float) -> None:
        async with asyncio.timeout(seconds + 30):
            while self.packaged(source)[0] < seconds:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def _tell(channel: str, report: ReportOnAir) -> None:
    """Nobody asks what was shown."""


@asynccontextmanager
async def a_house(folder: Path) -> AsyncIterator[tuple[House, str, int]]:
    """Running; gives the address of WHIP and the port of RTMP too."""
    house = House(folder)
    routes: list[Route] = [*WhipRoutes(house.ingest).routes()]
    async with served(house.ingest, routes) as base, asyncio.TaskGroup() as tasks:
        with socket.create_server(("127.0.0.1", 0)) as rtmp:
            works = (house.desk.run(), house.rtmp.run(rtmp))
            running = [tasks.create_task(work) for work in works]
            await house.desk.ready.wait()
            try:
                yield house, base, rtmp.getsockname()[1]
            finally:
                house.desk.close()
                for task in running:
                    task.cancel()


async def row(
    name: str, house: House, source: str, publisher: AbstractAsyncContextManager[object]
) -> None:
    """Prints what the process uses while this publisher sends."""
    async with publisher:
        await house.until_packaged(source, SETTLED_S)
        began_s, cpu_s, before = time.perf_counter(), time.process_time(), house.packaged(source)
        await house.until_packaged(source, before[0] + SECONDS)
        took_s, used_s = time.perf_counter() - began_s, time.process_time() - cpu_s
        after = house.packaged(source)
    bit_rate = (after[1] - before[1]) * 8 / took_s / 1e6
    memory = psutil.Process().memory_info().rss / 1e6
    print(
        f"  {name:<35} {bit_rate:4.2f} Mbit/s  {100 * used_s / took_s:5.1f} % of a core"
        f"  (aim {AIM_PER_CENT:.0f} %)  the process has {memory:.0f} MB"
    )


async def over_whip(folder: Path) -> None:
    async with a_house(folder / "media") as (house, base, _):
        camera = an_ffmpeg_camera(base, folder, SECONDS + 30, bit_rate=BIT_RATE)
        await row("WHIP, Opus coded anew", house, OVER_WHIP, camera)


async def over_rtmp(folder: Path, name: str, audio: str) -> None:
    async with a_house(folder / "media") as (house, _, port):
        url = rtmp_urls(port)[Input(OVER_RTMP, "main")]
        encoder = an_ffmpeg(url, "640x360", 30, video=NOISE, audio=audio, noisy=True)
        await row(name, house, OVER_RTMP, encoder)


async def measure(folder: Path) -> None:
    print("one publisher, packaged to disk")
    await over_whip(folder / "whip")
    await over_rtmp(folder / "one", "RTMP, AAC 48 kHz stereo untouched", "-ac 2 -ar 48000")
    await over_rtmp(folder / "two", "RTMP, AAC 44.1 kHz mono coded anew", "-ac 1 -ar 44100")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("whip", "one", "two"):
            Path(folder, name).mkdir()
        asyncio.run(measure(Path(folder)))
    print(f"machine load {os.getloadavg()[0]:.1f}")
