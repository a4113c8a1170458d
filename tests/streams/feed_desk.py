"""A desk in real time for feeds: what comes in is packaged, judged by rules, read by FFmpeg."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from streams.answers import Answers
from streams.commands import ReportOnAir
from streams.desk import SOURCE, Constants, Desk
from streams.encoder import silent_frame
from streams.feeds.feeding import FeedState, Place
from streams.feeds.feeds import Feeds, Plan
from streams.generations import Generation
from streams.segments import Lane
from streams.storage import Disk
from tests.streams.broadcast import Library
from tests.streams.playlist_rules import PlaylistRules

HALL = Place("hall", "main")


class RealClock:
    """The machine's clocks, for tests of what really takes time."""

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, wall_s: float) -> None:
        await asyncio.sleep(wall_s)


class FeedDesk:
    """A desk, its feeds, and every playlist of the source `hall` under the rules."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        constants = Constants(datetime.now(UTC), silent_frame())
        self.desk = Desk(Disk(folder), Library(), RealClock(), constants, self._tell)
        self.feeds = Feeds(self.desk, {HALL: plan})
        self.answers = Answers(self.desk)
        self.rules = PlaylistRules()
        self._version = -1

    @property
    def state(self) -> FeedState:
        return self.feeds.feeds[HALL].state

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of every generation, in order of the window."""
        window = self.desk.windows.get(SOURCE + "hall")
        shown = [each.parameters for each in self.generations] if window else []
        return [(each.width, each.height) for each in shown]

    @property
    def generations(self) -> list[Generation]:
        window = self.desk.windows[SOURCE + "hall"]
        return list({id(e.generation): e.generation for e in window.entries}.values())

    def segments(self) -> int:
        """How many segments there are."""
        window = self.desk.windows.get(SOURCE + "hall")
        return len(window.entries) if window else 0

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds, judging playlists meanwhile."""
        while not holds():
            await self.judge()
            await asyncio.sleep(0.05)
        await self.judge()

    async def judge(self) -> None:
        """Puts the playlists of this moment before the rules."""
        window = self.desk.windows.get(SOURCE + "hall")
        if window is None or len(window.entries) < 2 or window.version == self._version:
            return
        self._version = window.version
        for lane in ("video", "audio"):
            answer = await self.answers.lane(SOURCE + "hall", lane, {}, packed=False)
            if answer.status == 200:
                self.rules.receive(f"hall/{lane}", answer.body.decode())

    async def _tell(self, channel: str, report: ReportOnAir) -> None:
        pass


@asynccontextmanager
async def a_feed_desk(folder: Path, plan: Plan) -> AsyncIterator[FeedDesk]:
    """A desk with one feed, on the input `main` of the source `hall`."""
    made = FeedDesk(folder, plan)
    tasks = [asyncio.create_task(made.desk.run()), asyncio.create_task(made.feeds.run())]
    try:
        yield made
    finally:
        for task in reversed(tasks):
            task.cancel()
        await asyncio.wait(tasks)
        made.desk.close()


@asynccontextmanager
async def a_sender(
    *output: str, size: str = "320x180", seconds: int = 30
) -> AsyncIterator[asyncio.subprocess.Process]:
    """FFmpeg sending a test picture and a tone in real time; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *("nice", "ffmpeg", "-v", "error", "-re"),
        *("-f", "lavfi", "-i", f"testsrc2=s={size}:r=25", "-f", "lavfi", "-i", "sine=r=48000"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "2", "-c:a", "aac"),
        *("-ac", "2", "-t", str(seconds), "-pix_fmt", "yuv420p", *output),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def decoded(desk: FeedDesk, folder: Path) -> tuple[int, str]:
    """Pictures that FFmpeg decodes out of all that was packaged, and what it complains about."""
    files = folder / "all.mp4"
    window = desk.desk.windows[SOURCE + "hall"]
    count, said = 0, ""
    for generation in desk.generations:
        data = generation.init(Lane.VIDEO)
        for entry in window.entries:
            segment = entry.lane(Lane.VIDEO)
            if entry.generation is generation and segment is not None:
                for index in range(len(segment.parts)):
                    data += desk.desk.shelf.read(generation, Lane.VIDEO, entry.segment, index)
        files.write_bytes(data)
        process = await asyncio.create_subprocess_exec(
            *("ffmpeg", "-v", "error", "-i", str(files), "-f", "framemd5", "pipe:1"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
        count += sum(not line.startswith(b"#") for line in out.splitlines())
        said += errors.decode()
    return count, said
