"""Lanes: where commands wait for their writer, and from where they are answered.

A lane commits what has gathered while it was committing: at most 64 at a time, never waiting for
more. Lanes commit beside each other, each one batch after the other, so that what waits in one
lane is decided in the order in which it came. At most 5,000 commands wait in all of them together;
the next one hears `busy`.

Whoever asked waits for half a minute at most. The command goes on without them: it may be sent
again with the same id, and then has the answer that it had.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

from server.board import Done
from server.database import may_pass
from server.deciding import Request, failed
from server.errors import Refused, storage_busy

log = logging.getLogger("topmoede.dispatch")

BATCH = 64
WAITING = 5_000
ANSWER_WITHIN_S = 30.0

Commit = Callable[[Sequence[Request]], Awaitable[Sequence[Done | Exception]]]
"""Makes a batch true, or raises, and then nothing of it is; an outcome for each, in its order."""


@dataclass(slots=True)
class Lane:
    """Commands that wait for the same writer."""

    waiting: deque[Request] = field(default_factory=deque)
    writing: bool = False


class Lanes:
    """
    Args:
        lane_of: the name of the lane that a topic's commands wait in.
    """

    def __init__(self, lane_of: Callable[[str], str], commit: Commit) -> None:
        self._lane_of = lane_of
        self._commit = commit
        self._lanes: dict[str, Lane] = {}
        self._waiting = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    async def answer(self, request: Request) -> Done:
        """What a command came to; returns after its commit.

        Raises:
            Refusal: with code, detail and facts; nothing was stored.
        """
        if self._waiting >= WAITING:
            raise Refused("busy", "expected room for one more command, got none", retry_ms=1_000)
        # Who has gone away by then does not hear of a refusal, and need not.
        request.outcome.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._enqueue(request)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await asyncio.shield(request.outcome)
        except TimeoutError:
            raise storage_busy() from None

    async def idle(self) -> None:
        """Wait until no command is under way."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write for ever."""
        self._wake.set()
        async with asyncio.TaskGroup() as writers:
            while True:
                await self._wake.wait()
                self._wake.clear()
                for lane in list(self._lanes.values()):
                    if lane.waiting and not lane.writing:
                        lane.writing = True
                        writers.create_task(self._write_out(lane))

    def _enqueue(self, request: Request) -> None:
        self._lanes.setdefault(self._lane_of(request.topic), Lane()).waiting.append(request)
        self._waiting += 1
        self._idle.clear()
        self._wake.set()

    async def _write_out(self, lane: Lane) -> None:
        try:
            while lane.waiting:
                batch = [lane.waiting.popleft() for _ in range(min(BATCH, len(lane.waiting)))]
                await self._make_true(batch)
        finally:
            lane.writing = False

    async def _make_true(self, batch: Sequence[Request]) -> None:
        outcomes: Sequence[Done | Exception]
        try:
            outcomes = await self._commit(batch)
        except (DBAPIError, OSError) as error:
            refusal = _storage_refusal(error)
            log.error(
                "a batch was rolled back",
                extra={"code": refusal.code, "count": len(batch), "cause": batch[0].id},
                exc_info=refusal.code == "storage_failed",
            )
            outcomes = [refusal] * len(batch)
        except Exception:
            log.exception("a batch failed", extra={"cause": batch[0].id})
            outcomes = [failed()] * len(batch)
        for request, outcome in zip(batch, outcomes, strict=True):
            _resolve(request.outcome, outcome)
        self._waiting -= len(batch)
        if not self._waiting:
            self._idle.set()


def _resolve(future: asyncio.Future[Done], outcome: Done | Exception) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _storage_refusal(error: DBAPIError | OSError) -> Refused:
    words = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    if "full" in words or "no space left" in words:
        return Refused(
            "storage_full", "expected room on the disk to store this, got none", retry_ms=10_000
        )
    if "locked" in words or "busy" in words or may_pass(error):
        return storage_busy()
    return Refused("storage_failed", "expected to store this, could not", retry_ms=5_000)
