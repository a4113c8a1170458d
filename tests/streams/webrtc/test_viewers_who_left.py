"""Nothing stays of viewers who came and went: tasks, threads, descriptors, objects, memory.

A connection of aiortc's is a heap of cycles. What is left of one waits for Python's collector, and
so does the memory that OpenSSL and the codecs hold behind it: a saw whose teeth are as high as what
comes between two great collections, fifty megabytes here. What is free again lies in pieces among
what is not, in an arena of the allocator for each thread that decodes; it is given back as it
happens, some ten megabytes more or less. So garbage is collected after every ten who left, and what
is *in use* is judged closely, as the allocator counts it; what is resident, widely.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import statistics
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from streams.webrtc.viewer import Watcher
from tests.streams.whep_server import Stage, a_spectator, a_stage

pytestmark = pytest.mark.alone

OURS = ("aiortc.", "aioice.", "streams.webrtc.")
VIEWERS, BETWEEN_LOOKS = 2000, 100
WARM = 5
"""So many looks until everything is there that is made once."""
MOST_IN_USE_MB, MOST_RESIDENT_MB = 1.0, 8.0
"""What may stay of the last quarter of the viewers."""


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
        async with asyncio.timeout(30):
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
        media_before = stage.desk.shelf.remembered_bytes
        seen = []
        for last in range(BETWEEN_LOOKS, VIEWERS + 1, BETWEEN_LOOKS):
            await come_and_go(stage, BETWEEN_LOOKS)
            after = await until_quiet(stage, before)
            assert after.within(before), (before, after)
            assert held() - objects == Counter()
            # The newest media grows with time and not with who comes.
            media = stage.desk.shelf.remembered_bytes - media_before
            in_use, resident = (each - media for each in memory_bytes())
            seen.append((last, in_use / 1e6, resident / 1e6))
            print(f"{last:>5} viewers: {after}, {seen[-1][1]:.1f} MB, resident {seen[-1][2]:.1f}")
    viewers, in_use_mb, resident_mb = zip(*seen[WARM:], strict=True)
    leaves_mb, stays_mb = (slope(viewers, each) * VIEWERS / 4 for each in (in_use_mb, resident_mb))
    print(f"the last quarter leaves {leaves_mb:.2f} MB in use, {stays_mb:.2f} MB resident")
    assert leaves_mb < MOST_IN_USE_MB
    assert stays_mb < MOST_RESIDENT_MB


def slope(across: Sequence[float], up: Sequence[float]) -> float:
    return float(statistics.linear_regression(across, up).slope)


class _Mallinfo2(ctypes.Structure):
    """The allocator's own counts, over all arenas (mallinfo2(3))."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def memory_bytes() -> tuple[int, int]:
    """In use as the allocator counts it, and resident once it has given back what it can."""
    libc = ctypes.CDLL(None)
    libc.mallinfo2.restype = _Mallinfo2
    libc.malloc_trim(0)
    counts = libc.mallinfo2()
    return counts.uordblks + counts.hblkhd, psutil.Process().memory_info().rss
