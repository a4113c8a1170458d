"""Who may read much of a log now: a few at a time, a few waiting, and of one person fewer still.

Reading a whole day takes the database longer than anything else that people ask of it. Who finds
no place is told to come again, `busy`: who asks without end is in nobody's way but their own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.errors import Refused

TURN_WITHIN_S = 10.0


class ReadingTurns:
    """
    Args:
        at_once: how many read.
        waiting: how many wait for it.
        of_each: how many of one person's may read or wait.
    """

    def __init__(self, at_once: int, waiting: int, of_each: int) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._most, self._of_each = waiting, of_each
        self._waiting = 0
        self._each: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Raises Refused `busy`."""
        if self._waiting >= self._most or self._each[who] >= self._of_each:
            raise _busy()
        self._each[who] += 1
        try:
            await self._wait()
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._each[who] -= 1
            if not self._each[who]:
                del self._each[who]

    async def _wait(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(TURN_WITHIN_S):
                await self._turns.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1


def _busy() -> Refused:
    return Refused("busy", "expected a turn at reading a log, got none", retry_ms=2_000)
