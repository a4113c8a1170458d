"""A desk in real time with RTMP in front of it, and real FFmpegs that publish to it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from streams.answers import Answers
from streams.channel import Channel, Put
from streams.commands import Content, ReportOnAir
from streams.desk import SOURCE, Constants, Desk
from streams.encoder import silent_frame
from streams.rtmp.rtmp import Connection, RtmpServer, RtmpSettings
from streams.segments import Lane
from streams.storage import Disk
from streams.webrtc.whip import Input
from tests.streams.broadcast import EPOCH, Library
from tests.streams.playlist_rules import PlaylistRules

KEYS = {
    f"{source}-{name}-key": Input(source, name)
    for source in ("hall", "stage", "desk")
    for name in ("main", "backup")
}


class WallClock:
    """The machine's own time."""

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, wall_s: float) -> None:
        await asyncio.sleep(wall_s)


class RtmpDesk:
    """A desk, what it told, and the rules over every playlist on the way."""

    def __init__(self, folder: Path, settings: RtmpSettings | None) -> None:
        self.clock = WallClock()
        self.told: list[ReportOnAir] = []
        self.rules = PlaylistRules()
        self.desk = Desk(
            Disk(folder), Library(), self.clock, Constants(EPOCH, silent_frame()), self._tell
        )
        self.answers = Answers(self.desk)
        self.server = RtmpServer(KEYS, self.clock, self.desk.clock, self._connected, settings)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lost: list[str] = []
        self._changed = asyncio.Event()
        self._versions: dict[str, int] = {}

    def put(self, content: Content) -> None:
        self.desk.follow("main", Channel(Put(content, "item", 1, self.clock.wall())))

    async def until(self, condition: Callable[[], bool], within_s: float = 60.0) -> None:
        """Look whenever the desk has looked (ten times a second) until a condition holds."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def seconds(self, source: str) -> float:
        """How much of a source was packaged."""
        window = self.desk.windows.get(SOURCE + source)
        segments = (entry.lane(Lane.VIDEO) for entry in window.entries) if window else ()
        return sum(segment.duration_s for segment in segments if segment)

    def segments(self, source: str) -> int:
        window = self.desk.windows.get(SOURCE + source)
        return len(window.entries) if window else 0

    def size(self, source: str) -> tuple[int, int]:
        parameters = self.desk.sources[source].packaging.parameters
        assert parameters is not None
        return parameters.width, parameters.height

    async def watch(self) -> None:
        """Puts every playlist before the rules, and wakes who waits."""
        while True:
            for channel, window in list(self.desk.windows.items()):
                if self._versions.get(channel) != window.version and len(window.entries) > 1:
                    self._versions[channel] = window.version
                    for lane in ("video", "audio"):
                        await self._judge(channel, lane)
            self._changed.set()
            await asyncio.sleep(0.05)

    async def _judge(self, channel: str, lane: str) -> None:
        answer = await self.answers.lane(channel, lane, {}, packed=False)
        assert answer.status == 200
        self.rules.receive(f"{channel}/{lane}", answer.body.decode())

    async def _tell(self, channel: str, report: ReportOnAir) -> None:
        self.told.append(report)

    def _connected(self, connection: Connection) -> None:
        place = connection.place
        assert place is not None

        def lost(code: str) -> None:
            self.lost.append(code)
            self.desk.detach(place.source, place.name, connection)

        connection.on_lost = lost
        self.desk.attach(place.source, place.name, connection)


@asynccontextmanager
async def an_rtmp_desk(
    folder: Path, settings: RtmpSettings | None = None
) -> AsyncIterator[RtmpDesk]:
    here = RtmpDesk(folder, settings)
    works = (here.desk.run(), here.server.run(here.listener), here.watch())
    tasks = [asyncio.create_task(work) for work in works]
    await here.desk.ready.wait()
    try:
        yield here
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        here.desk.close()
        here.listener.close()
    assert all(isinstance(each, asyncio.CancelledError) for each in outcomes), outcomes
    assert here.server.connections == ()


@asynccontextmanager
async def an_ffmpeg(
    url: str,
    size: str = "160x90",
    rate: int = 25,
    *,
    video: str = "-bf 0",
    audio: str | None = "-ac 2 -ar 48000",
    copy: Path | None = None,
    noisy: bool = False,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Debian's FFmpeg publishes a test picture and a tone in real time, an IDR each half second.

    At the end it is asked to stop, and says goodbye.

    Args:
        copy: the same coded frames, as FLV.
        noisy: a picture that takes all the bits that it gets.
    """
    picture = f"testsrc=s={size}:r={rate}" + (",noise=c0s=90:c0f=t" if noisy else "")
    command = f"ffmpeg -nostdin -loglevel error -re -f lavfi -i {picture} "
    command += "-f lavfi -i sine=f=440:r=48000 " if audio is not None else ""
    command += (
        f"-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g {rate // 2} -sc_threshold 0 {video} "
    )
    command += "-flags +global_header "
    command += f"-c:a aac {audio} -map 0:v -map 1:a " if audio is not None else "-map 0:v "
    targets = f"[f=flv]{url}" + (f"|[f=flv:flush_packets=1]{copy}" if copy else "")
    process = await asyncio.create_subprocess_exec(
        *command.split(), "-f", "tee", targets, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(30):
            await process.communicate()


async def decoded(source: str | Path, lane: str) -> list[str]:
    """The checksum of every picture or piece of sound that FFmpeg decodes, in order."""
    process = await asyncio.create_subprocess_exec(
        "ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(source), "-map", f"0:{lane}",
        "-fps_mode", "passthrough", "-f", "framemd5", "-",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(30):
        said, faults = await process.communicate()
    assert not faults, faults.decode()
    rows = (line for line in said.decode().splitlines() if not line.startswith("#"))
    return [row.rpartition(",")[2].strip() for row in rows]


def runs_within(rows: list[str], whole: list[str]) -> bool:
    """Whether rows are one unbroken stretch of a whole."""
    return any(whole[at : at + len(rows)] == rows for at in range(len(whole) - len(rows) + 1))


def urls(port: int) -> Mapping[Input, str]:
    return {place: f"rtmp://127.0.0.1:{port}/live/{key}" for key, place in KEYS.items()}
