"""What a server's process stands on while many come and go: nothing of them may stay.

The server is a process of its own and is looked at from outside: memory, threads and descriptors as
the system counts them, tasks as /metrics does. What the day itself leaves behind grows with time
and not with who comes: a window that fills is to be short, so that it is full before counting
begins, and the newest media, which is kept in memory up to a limit that minutes do not reach, is
told by /metrics and taken off. Connections of aiortc's are heaps of cycles that wait for Python's
collector by the dozen; so the server is taught a signal at which it collects and gives back what is
free, and what it holds after that is held by somebody. Judged are slopes over the second half,
after everything that is made once has been made: what the last quarter of those who came would
have left, were it all so.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
from collections.abc import Callable, Coroutine
from dataclasses import astuple, dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.journeys.running_demo import Demo
from tests.streams.parsed_playlist import parse

LOOKS = 10
MOST_MB_IN_THE_LAST_QUARTER = 4.0

ComeAndGo = Callable[[range], Coroutine[None, None, None]]

_COLLECT = signal.SIGUSR2
_TAUGHT = f"""
import ctypes, gc, signal

def collect(*_):
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)

signal.signal({int(_COLLECT)}, collect)
"""


def teach_to_collect(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Every Python that is started from here on collects when it is sent a signal."""
    (folder / "sitecustomize.py").write_text(_TAUGHT)
    patch.setenv("PYTHONPATH", str(folder))


@dataclass(frozen=True, slots=True)
class Footing:
    """What the server's process stands on; memory in kB, without the media that is kept there."""

    memory: float
    threads: float
    descriptors: float
    tasks: float

    def __str__(self) -> str:
        return (
            f"{self.memory / 1000:.1f} MB, {self.threads:.0f} threads,"
            f" {self.descriptors:.0f} descriptors, {self.tasks:.0f} tasks"
        )


async def soak(demo: Demo, who: str, count: int, at_once: int, come_and_go: ComeAndGo) -> Footing:
    """So many come and go; prints what it stands on, returns what each leaves in the second half.

    Args:
        at_once: how many are there at the same time.
        come_and_go: is given their numbers.
    """
    await until_the_window_is_full(demo)
    seen = [(0, await resting(demo, None))]
    for look in range(1, LOOKS + 1):
        first, last = seen[-1][0], count * look // LOOKS
        for number in range(first, last, at_once):
            await come_and_go(range(number, min(number + at_once, last)))
        seen.append((last, await resting(demo, seen[0][1])))
        print(f"{last:>5} {who}: {seen[-1][1]}", flush=True)
    half = seen[len(seen) // 2 :]
    comers = [number for number, _ in half]
    columns = zip(*(astuple(footing) for _, footing in half), strict=True)
    slope = Footing(*(statistics.linear_regression(comers, column).slope for column in columns))
    print(f"each of the {who} leaves {slope.memory:.2f} kB, {slope.threads:.4f} threads,", end=" ")
    print(f"{slope.descriptors:.4f} descriptors, {slope.tasks:.4f} tasks")
    return slope


async def until_the_window_is_full(demo: Demo) -> None:
    """Waits until a minute stands in the channel's playlist."""
    visitor = await demo.sign_in("aalborg")

    def is_full(answer: httpx.Response) -> bool:
        segments = parse(answer.text).segments if answer.status_code == 200 else []
        return sum(segment.lasts_s for segment in segments) > 55

    await visitor.get_until("/hls/main/video.m3u8", is_full, within_s=90)


async def resting(demo: Demo, before: Footing | None) -> Footing:
    """What the process stands on once those who left are gone; what stays after that is told."""
    async with demo.stranger() as http:
        for _ in range(20):
            footing = await standing(demo, http)
            if before is None or (
                footing.tasks <= before.tasks and footing.descriptors <= before.descriptors
            ):
                break
            await asyncio.sleep(0.5)  # another process's state: there is nothing to wait on
    return footing


async def standing(demo: Demo, http: httpx.AsyncClient) -> Footing:
    assert demo.process is not None
    process = psutil.Process(demo.process.pid)
    process.send_signal(_COLLECT)  # it does so before it answers anything
    lines = (await http.get("/metrics")).text.splitlines()
    told = dict(line.split() for line in lines if line.startswith("topmoede_") and "{" not in line)
    memory = process.memory_info().rss - float(told["topmoede_remembered_bytes"])
    tasks = float(told["topmoede_tasks"])
    return Footing(memory / 1000, process.num_threads(), _descriptors(process.pid), tasks)


def _descriptors(pid: int) -> int:
    """Without media files, which are open while they are written: a matter of the moment."""
    return sum(not _is_media(file) for file in Path(f"/proc/{pid}/fd").iterdir())


def _is_media(file: Path) -> bool:
    try:
        return os.readlink(file).endswith((".m4s", ".mp4"))
    except OSError:
        return False


def check_flat(each: Footing, comers: int) -> None:
    """What each of the second half left, of which the last quarter left so much together."""
    quarter = comers / 4
    assert each.threads * quarter < 1
    assert each.descriptors * quarter < 3
    assert each.tasks * quarter < 3
    assert each.memory * quarter / 1000 < MOST_MB_IN_THE_LAST_QUARTER
