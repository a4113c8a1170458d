"""Nothing stays of viewers who came and went: tasks, threads, descriptors, objects, memory.

A connection of aiortc's is a heap of cycles. What is left of one waits for Python's collector, and
so does the memory that OpenSSL and the codecs hold behind it: a saw whose teeth are as high as what
comes between two great collections, fifty megabytes here. What is free again lies in pieces among
what is not, in an arena of the allocator for each thread that decodes. So garbage is collected
after every ten who left, and what is free is given back before memory is read: what is there then
is held by somebody.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import statistics
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from streams.webrtc.viewer import Watcher
from tests.streams.whep_server import Stage, a_spectator, a_stage

pytestmark = pytest.mark.alone

OURS = ("aiortc.", "aioice.", "streams.webrtc.")
VIEWERS, BETWEEN_LOOKS = 2000, 100
MOST_MB_IN_THE_LAST_QUARTER = 4.0


@dataclass(frozen=True)
class Footing:
    """What a process stands on: tasks, coders' threads, descriptors but those of media files."""

    tasks: int
    coders: int
    descriptors: int

    def within(self, before: Footing) -> bool:
        return (
            self.tasks <= before.tasks
            and self.coders <= before.coders
            and self.descriptors <= before.descriptors
        )


def footing() -> Footing:
    process = psutil.Process()
    media = [file for file in process.open_files() if file.path.endswith((".m4s", ".mp4"))]
    coders = [thread for thread in threading.enumerate() if thread.name == "coder"]
    return Footing(len(asyncio.all_tasks()), len(coders), process.num_fds() - len(media))


def held() -> Counter[str]:
    """What there is of WebRTC in memory and is no garbage, by type."""
    gc.collect()
    kinds = (type(each) for each in gc.get_objects())
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
    return Counter(name for name in names if name.startswith(OURS))


async def come_and_go(stage: Stage, times: int) -> None:
    """So many viewers, ten at a time, each of whom sees a picture."""
    for first in range(0, times, 10):
        async with asyncio.TaskGroup() as tasks:
            for number in range(first, min(first + 10, times)):
                tasks.create_task(look_in(stage, Watcher(f"session {number}")))
        gc.collect()


async def look_in(stage: Stage, watcher: Watcher) -> None:
    async with a_spectator(stage, watcher=watcher) as spectator:
        await spectator.picture()
        await stage.whep.delete("source:hall", spectator.session, watcher)
        await spectator.until_ended()


async def until_quiet(stage: Stage, before: Footing) -> Footing:
    """Waits, within a limit, until everything that was begun has ended."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            while not footing().within(before):
                await stage.desk.ticks.sleep(0.05)  # closed in the background
    return footing()


async def test_nothing_stays_of_many_viewers_who_came_and_went(tmp_path: Path) -> None:
    # The first ten leave the loop's own threads behind, and nothing else.
    async with a_stage(tmp_path) as stage:
        start = footing()
        await come_and_go(stage, 10)
        before, objects = await until_quiet(stage, start), held()
        await come_and_go(stage, 40)
        after = await until_quiet(stage, before)
        assert after.within(before), (before, after)
        assert held() - objects == Counter()
        assert stage.whep.viewers == ()


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_nothing_stays_of_two_thousand_viewers(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        start = footing()
        await come_and_go(stage, 20)
        before, objects = await until_quiet(stage, start), held()
        seen = [(0, held_mb(stage))]
        for last in range(BETWEEN_LOOKS, VIEWERS + 1, BETWEEN_LOOKS):
            await come_and_go(stage, BETWEEN_LOOKS)
            after = await until_quiet(stage, before)
            assert after.within(before), (before, after)
            assert held() - objects == Counter()
            seen.append((last, held_mb(stage)))
            print(f"{last:>5} viewers: {after}, memory {seen[-1][1] - seen[0][1]:+.1f} MB")
    half = seen[len(seen) // 2 :]
    slope, _ = statistics.linear_regression(*zip(*half, strict=True))
    print(f"each of the viewers leaves {slope * 1000:.2f} kB")
    assert slope * VIEWERS / 4 < MOST_MB_IN_THE_LAST_QUARTER


def held_mb(stage: Stage) -> float:
    """Memory that is in use, without the newest media: that grows with time, not with who comes."""
    ctypes.CDLL(None).malloc_trim(0)
    resident = psutil.Process().memory_info().rss
    return float(resident - stage.desk.shelf.remembered_bytes) / 1e6
