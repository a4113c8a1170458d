"""Keeps the media process alive, and a spare beside it, for as long as the front lives.

    Supervisor   two media processes, of which one is in charge
    Crew         front processes, each of which takes a share of the connections

The two children run the same command. One is *in charge*: it holds the lock on the media index
(`processes.the_only_media_process`). The other has everything imported and waits for that lock, so
that a killed process costs the time to read the index back, and not the start of a program.

A child that ends is started again: at once when it has lived for STEADY_S, after ever longer pauses
when it keeps dying. A new spare waits until the one in charge answers, and does not slow it down.
Who is in charge and leaves UNANSWERED_AT_MOST questions in a row unanswered hangs, and is killed
(after 9 s at most, of which 6 are spent waiting for answers).

A worker of the crew that hangs is killed in the same way, and so is one that has not answered
within STARTS_WITHIN_S of its start.

Each child's standard input is a pipe of ours: it drains when that ends, so it outlives us in no
case. It has a session of its own, so that an interrupt at the terminal is ours to pass on: people
are told first, and the picture stays until they are.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence

from server.clock import Clock

log = logging.getLogger("topmoede.supervising")

CHILDREN = 2
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
STEADY_S = 10.0
ASK_EVERY_S = 1.0
UNANSWERED_AT_MOST = 3
ENDS_WITHIN_S = 12.0
STARTS_WITHIN_S = 60.0


def pause_s(deaths: int) -> float:
    """How long to wait after so many deaths in a row, the first being 1."""
    return float(min(FIRST_PAUSE_S * 2 ** min(deaths - 1, 16), LONGEST_PAUSE_S))


class Supervisor:
    """The children of one front.

    Args:
        command: program and arguments.
        answers: whether the one in charge answers now.
        in_charge: the process id of the one in charge, as far as it is known.
    """

    def __init__(
        self,
        command: Sequence[str],
        clock: Clock,
        answers: Callable[[], Awaitable[bool]],
        in_charge: Callable[[], int | None],
    ) -> None:
        self._command = command
        self._clock = clock
        self._answers = answers
        self._in_charge = in_charge
        self.children: dict[int, Process] = {}
        self._begun = 0

    async def run(self) -> None:
        """Start them again and again; when this is cancelled, ask them to end and wait for it."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CHILDREN):
                tasks.create_task(self._keep_one())
            tasks.create_task(self._watch())

    async def _keep_one(self) -> None:
        deaths = 0
        while True:
            while self._begun and not await self._answers():
                await self._clock.sleep(ASK_EVERY_S)
            began = self._clock.monotonic()
            self._begun += 1
            try:
                status = await live_once(self._command, self.children)
            finally:
                self._begun -= 1
            steady = self._clock.monotonic() - began >= STEADY_S
            deaths = 1 if steady else deaths + 1
            again_s = pause_s(deaths)
            log.error("a child ended", extra={"status": status, "again_in_s": again_s})
            await self._clock.sleep(again_s)

    async def _watch(self) -> None:
        """The first answer may take long, because a day is read back; then each must come."""
        watched, unanswered = None, 0
        while True:
            await self._clock.sleep(ASK_EVERY_S)
            pid = self._in_charge()
            if await self._answers():
                watched, unanswered = pid, 0
            elif pid is not None and pid == watched:
                unanswered += 1
            if unanswered >= UNANSWERED_AT_MOST and pid in self.children:
                log.error("a child hangs and is killed", extra={"count": unanswered})
                self.children[pid].kill()
                watched, unanswered = None, 0


class Crew:
    """The front processes of one machine.

    Args:
        commands: of each worker, by its number.
        answers: whether that worker answers now.
    """

    def __init__(
        self,
        commands: Mapping[int, Sequence[str]],
        clock: Clock,
        answers: Callable[[int], Awaitable[bool]],
    ) -> None:
        self._commands = commands
        self._clock = clock
        self._answers = answers
        self.children: dict[int, dict[int, Process]] = {number: {} for number in commands}
        """By the worker's number; one at most, by its process id."""

    async def run(self) -> None:
        """Start each again and again; when cancelled, ask them to end and wait for it."""
        async with asyncio.TaskGroup() as tasks:
            for number in self._commands:
                tasks.create_task(self._keep(number))

    async def _keep(self, number: int) -> None:
        deaths = 0
        while True:
            began = self._clock.monotonic()
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(self._watch(number))
                status = await live_once(self._commands[number], self.children[number])
                watching.cancel()
            steady = self._clock.monotonic() - began >= STEADY_S
            deaths = 1 if steady else deaths + 1
            again_s = pause_s(deaths)
            log.error("a worker ended", extra={"status": status, "again_in_s": again_s})
            await self._clock.sleep(again_s)

    async def _watch(self, number: int) -> None:
        began, answered, unanswered = self._clock.monotonic(), False, 0
        while True:
            await self._clock.sleep(ASK_EVERY_S)
            if await self._answers(number):
                answered, unanswered = True, 0
                continue
            unanswered += answered
            late = not answered and self._clock.monotonic() - began >= STARTS_WITHIN_S
            if late or unanswered >= UNANSWERED_AT_MOST:
                log.error("a worker hangs and is killed", extra={"count": unanswered})
                for child in self.children[number].values():
                    child.kill()
                return


async def live_once(command: Sequence[str], children: dict[int, Process]) -> int:
    """One life of a child, which is among the children as long as it lasts; its exit status."""
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, start_new_session=True)
    children[child.pid] = child
    try:
        return await child.wait()
    finally:
        await _end(child)
        del children[child.pid]


async def _end(child: Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            await child.wait()
    except TimeoutError:
        log.error("a child did not end in time and is killed")
        child.kill()
        await child.wait()
