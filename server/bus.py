"""The bus: what workers tell each other without promising anything.

A *hint* says "the log of this topic stands at this seq", and nothing else. It may be lost, doubled
or late: whoever hears it reads the database, and every few seconds compares heads anyway. A *state*
is the newest value of a state topic, which only the worker that makes it knows; the one before it
is of no use to anybody. So the bus can be killed at any time, and nothing that was acknowledged is
lost.

There are two, and they pass one suite: LocalBus within a process, SocketBus (`socket_bus.py`)
between the processes of one machine.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

WAITING = 10_000
MOST_STATES = 1_000


@dataclass(frozen=True, slots=True)
class Hint:
    """A topic's log has reached a seq."""

    topic: str
    head: int


@dataclass(frozen=True, slots=True)
class State:
    """The newest value of a state topic."""

    topic: str
    data: Mapping[str, Any]


Message = Hint | State


class Bus(Protocol):
    """One worker's end of the bus.

    Delivery: at most once, hints in the order of one sender, never to the sender itself. `publish`
    never waits; a worker that does not listen fast enough loses hints, and of each state hears the
    newest alone. Who joins later is told the newest states.
    """

    def publish(self, message: Message) -> None: ...

    async def receive(self) -> Message:
        """Wait for the next message of another worker."""


class States:
    """The newest value of each state topic; more than MOST_STATES of them are nobody's."""

    def __init__(self) -> None:
        self._newest: dict[str, State] = {}

    def put(self, state: State) -> None:
        if state.topic in self._newest or len(self._newest) < MOST_STATES:
            self._newest[state.topic] = state

    def take(self) -> State | None:
        """The one that has waited longest, which is forgotten."""
        return self._newest.pop(next(iter(self._newest))) if self._newest else None

    def all(self) -> list[State]:
        return list(self._newest.values())


class Inbox:
    """What somebody has yet to take: hints up to WAITING, and of each state the newest.

    A hint that finds no room is dropped: the heads are compared anyway.
    """

    def __init__(self) -> None:
        self._hints: deque[Hint] = deque()
        self._states = States()
        self._filled = asyncio.Event()

    def put(self, message: Message) -> None:
        if isinstance(message, State):
            self._states.put(message)
        elif len(self._hints) < WAITING:
            self._hints.append(message)
        self._filled.set()

    async def take(self) -> Message:
        while (message := self._next()) is None:
            self._filled.clear()
            await self._filled.wait()
        return message

    def _next(self) -> Message | None:
        return self._hints.popleft() if self._hints else self._states.take()


class LocalBus:
    """A bus within one process; `join` gives each worker its end."""

    def __init__(self) -> None:
        self._ends: list[LocalEnd] = []
        self._states = States()

    def join(self) -> LocalEnd:
        end = LocalEnd(self)
        for state in self._states.all():
            end.inbox.put(state)
        self._ends.append(end)
        return end

    def leave(self, end: LocalEnd) -> None:
        self._ends.remove(end)

    def pass_on(self, sender: LocalEnd, message: Message) -> None:
        if isinstance(message, State):
            self._states.put(message)
        for end in self._ends:
            if end is not sender:
                end.inbox.put(message)


class LocalEnd:
    """One worker's end of a LocalBus."""

    def __init__(self, bus: LocalBus) -> None:
        self._bus = bus
        self.inbox = Inbox()

    def publish(self, message: Message) -> None:
        self._bus.pass_on(self, message)

    async def receive(self) -> Message:
        return await self.inbox.take()
