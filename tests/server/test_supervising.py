"""Children are real processes; only the pauses between them are short."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from server.clock import Clock
from server.supervising import CHILDREN, LONGEST_PAUSE_S, Crew, Supervisor, pause_s

pytestmark = pytest.mark.alone

WITHIN_S = 60.0
# In charge is who holds the lock; it answers while `answers` is there. Ends as its input does.
CHILD = """
import fcntl, os, sys, threading
folder = sys.argv[1]
def watch():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
lock = open(f"{folder}/lock", "a+")
fcntl.flock(lock, fcntl.LOCK_EX)
with open(f"{folder}/pids", "a") as pids:
    pids.write(f"{os.getpid()}\\n")
threading.Event().wait()
"""


class QuickClock(Clock):
    """Sleeps a hundredth of what it is asked to."""

    async def sleep(self, wall_s: float) -> None:
        await asyncio.sleep(wall_s / 100)


class Watched:
    """A supervisor and the order in which its children came to be in charge."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "pids"
        self.hangs = False
        self.supervisor = Supervisor(
            (sys.executable, "-c", CHILD, str(folder)), QuickClock(), self._answers, self._newest
        )

    def pids(self) -> list[int]:
        try:
            return [int(line) for line in self._file.read_text().splitlines()]
        except FileNotFoundError:
            return []

    async def _answers(self) -> bool:
        pid = self._newest()
        return pid is not None and pid in self.supervisor.children and not self.hangs

    def _newest(self) -> int | None:
        return self.pids()[-1] if self.pids() else None

    async def until_in_charge(self, count: int) -> int:
        """Until so many have been; the newest of them."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                if len(pids := self.pids()) >= count:
                    return pids[-1]
                await asyncio.sleep(0.01)  # another process's file: nothing to wait on

    async def until_there_is_a_spare(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            while True:
                if len(self.supervisor.children) == CHILDREN:
                    return
                await asyncio.sleep(0.01)  # the supervisor's own pace


@asynccontextmanager
async def supervised(folder: Path) -> AsyncIterator[Watched]:
    watched = Watched(folder)
    running = asyncio.create_task(watched.supervisor.run())
    try:
        yield watched
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_killed_child_is_followed_by_its_spare_and_replaced(tmp_path: Path) -> None:
    async with supervised(tmp_path) as watched:
        for round in range(1, 3):
            first = await watched.until_in_charge(round)
            await watched.until_there_is_a_spare()
            assert first in watched.supervisor.children
            os.kill(first, signal.SIGKILL)
            second = await watched.until_in_charge(round + 1)
            assert second != first


async def test_a_child_that_hangs_is_killed(tmp_path: Path) -> None:
    async with supervised(tmp_path) as watched:
        first = await watched.until_in_charge(1)
        await watched.until_there_is_a_spare()
        os.kill(first, signal.SIGSTOP)
        watched.hangs = True
        await watched.until_in_charge(2)
        watched.hangs = False
        assert not psutil.pid_exists(first)


async def test_children_end_with_their_supervisor(tmp_path: Path) -> None:
    async with supervised(tmp_path) as watched:
        await watched.until_in_charge(1)
        await watched.until_there_is_a_spare()
        children = list(watched.supervisor.children)
    assert len(children) == CHILDREN
    assert not any(psutil.pid_exists(pid) for pid in children)


async def test_a_child_that_cannot_start_is_tried_again_ever_more_slowly(tmp_path: Path) -> None:
    supervisor_ran = Watched(tmp_path)
    supervisor_ran.supervisor = Supervisor(
        (sys.executable, "-c", "raise SystemExit(2)"), QuickClock(),
        supervisor_ran._answers, supervisor_ran._newest,
    )  # fmt: skip
    assert [pause_s(deaths) for deaths in (1, 2, 3)] == [0.1, 0.2, 0.4]
    assert pause_s(7) == pause_s(1_000_000) == LONGEST_PAUSE_S
    running = asyncio.create_task(supervisor_ran.supervisor.run())
    await asyncio.sleep(0.2)
    assert not running.done(), "it is never given up"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


# A crew: each worker notes its process id, and takes connections until it is told to stop.
WORKER = """
import os, sys, threading
folder, number = sys.argv[1:]
with open(f"{folder}/{number}", "a") as pids:
    pids.write(f"{os.getpid()}\\n")
sys.stdin.read()
"""


class WatchedCrew:
    """A crew of two and the process ids of each worker, oldest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.hangs: set[int] = set()
        commands = {n: (sys.executable, "-c", WORKER, str(folder), str(n)) for n in (1, 2)}
        self.crew = Crew(commands, QuickClock(), self._answers)

    def pids(self, number: int) -> list[int]:
        file = self._folder / str(number)
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    async def _answers(self, number: int) -> bool:
        pids = self.pids(number)
        return bool(pids) and pids[-1] not in self.hangs

    async def until_started(self, number: int, times: int) -> int:
        async with asyncio.timeout(WITHIN_S):
            while True:
                if len(pids := self.pids(number)) >= times:
                    return pids[-1]
                await asyncio.sleep(0.01)  # another process's file: nothing to wait on


@asynccontextmanager
async def a_crew(folder: Path) -> AsyncIterator[WatchedCrew]:
    watched = WatchedCrew(folder)
    running = asyncio.create_task(watched.crew.run())
    try:
        yield watched
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_killed_worker_is_started_again_and_the_others_are_left_alone(
    tmp_path: Path,
) -> None:
    async with a_crew(tmp_path) as watched:
        first, other = await watched.until_started(1, 1), await watched.until_started(2, 1)
        os.kill(first, signal.SIGKILL)
        assert await watched.until_started(1, 2) != first
        assert watched.pids(2) == [other]
        assert psutil.pid_exists(other)


async def test_a_worker_that_hangs_is_killed_and_replaced(tmp_path: Path) -> None:
    async with a_crew(tmp_path) as watched:
        first = await watched.until_started(1, 1)
        await asyncio.sleep(0.1)  # the crew's own pace: it has heard that worker once
        os.kill(first, signal.SIGSTOP)
        watched.hangs.add(first)
        await watched.until_started(1, 2)
        assert not psutil.pid_exists(first)


async def test_a_crew_ends_with_all_its_workers(tmp_path: Path) -> None:
    async with a_crew(tmp_path) as watched:
        pids = [await watched.until_started(number, 1) for number in (1, 2)]
    assert not any(psutil.pid_exists(pid) for pid in pids)
