"""The bus: hints between workers that a topic has gone on.

A hint says "the log of this topic stands at this seq", and nothing else. It may be lost, doubled
or late: whoever hears it reads the database, and every few seconds compares heads anyway. So the
bus can be killed at any time, and nothing that was acknowledged is lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

WAITING = 10_000


@dataclass(frozen=True, slots=True)
class Hint:
    """A topic's log has reached a seq."""

    topic: str
    head: int


class Bus(Protocol):
    """One worker's end of the bus.

    Delivery: at most once, in the order of one sender, never to the sender itself. `publish` never
    waits; a worker that does not listen fast enough loses hints.
    """

    def publish(self, hint: Hint) -> None: ...

    async def receive(self) -> Hint:
        """Wait for the next hint of another worker."""


class LocalBus:
    """A bus within one process; `join` gives each worker its end."""

    def __init__(self) -> None:
        self._ends: list[LocalEnd] = []

    def join(self) -> LocalEnd:
        end = LocalEnd(self)
        self._ends.append(end)
        return end

    def leave(self, end: LocalEnd) -> None:
        self._ends.remove(end)

    def pass_on(self, sender: LocalEnd, hint: Hint) -> None:
        for end in self._ends:
            if end is not sender:
                end.offer(hint)


class LocalEnd:
    """One worker's end of a LocalBus."""

    def __init__(self, bus: LocalBus) -> None:
        self._bus = bus
        self._hints: asyncio.Queue[Hint] = asyncio.Queue(WAITING)

    def publish(self, hint: Hint) -> None:
        self._bus.pass_on(self, hint)

    def offer(self, hint: Hint) -> None:
        """Take a hint in, or drop it when too many wait: the heads are compared anyway."""
        try:
            self._hints.put_nowait(hint)
        except asyncio.QueueFull:
            pass

    async def receive(self) -> Hint:
        return await self._hints.get()
