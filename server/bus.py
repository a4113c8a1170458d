"""The bus: what workers tell each other without promising anything.

    Hint      the log of this topic stands at this seq, and nothing else
    State     the newest value of a state topic, which only the worker that makes it knows
    Here      whom a worker has; the next one replaces it
    Ended     a session is over
    Arrived   a person has come in, who may be at one place at a time

Any of them may be lost, doubled or late. Whoever hears a hint reads the database, and every few
seconds compares heads anyway; sessions are looked at every few seconds too. So the bus can be
killed at any time, and nothing that was acknowledged is lost.

There are three, and they pass one suite: LocalBus within a process, SocketBus (`socket_bus.py`)
between the processes of one machine, RedisBus (`redis_bus.py`) beyond it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from server import wire

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


@dataclass(frozen=True, slots=True)
class Here:
    """Whom a worker has: ids of people by municipality, "" for those without one."""

    worker: str
    people: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Ended:
    """A session is over: its transports are closed everywhere."""

    session: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A person has come in with this session; their transports of other sessions are closed."""

    person: str
    session: str


Newest = State | Here
Message = Hint | State | Here | Ended | Arrived


class Bus(Protocol):
    """One worker's end of the bus.

    Delivery: at most once, in the order of one sender, never to the sender itself. `publish` never
    waits; a worker that does not listen fast enough loses messages, and of each state hears the
    newest alone. Who joins later is told the newest states.
    """

    @property
    def carries(self) -> bool:
        """Whether others hear us, as far as we know."""

    def publish(self, message: Message) -> None: ...

    async def receive(self) -> Message:
        """Wait for the next message of another worker."""

    def receive_now(self) -> Message | None:
        """The next message that has come already, if any has."""


class States:
    """The newest value of each state topic; more than MOST_STATES of them are nobody's."""

    def __init__(self) -> None:
        self._newest: dict[tuple[type, str], Newest] = {}

    def put(self, newest: Newest) -> bool:
        """Take it in; returns whether it says anything new."""
        name = newest.topic if isinstance(newest, State) else newest.worker
        key = type(newest), name
        if self._newest.get(key) == newest:
            return False
        if key in self._newest or len(self._newest) < MOST_STATES:
            self._newest[key] = newest
        return True

    def take(self) -> Newest | None:
        """The one that has waited longest, which is forgotten."""
        return self._newest.pop(next(iter(self._newest))) if self._newest else None

    def all(self) -> list[Newest]:
        return list(self._newest.values())


class Inbox:
    """What somebody has yet to take: of each state the newest, and of the rest up to WAITING.

    What finds no room is dropped: heads and sessions are looked at anyway.
    """

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self._states = States()
        self._filled = asyncio.Event()

    def put(self, message: Message) -> None:
        if isinstance(message, State | Here):
            self._states.put(message)
        elif len(self._waiting) < WAITING:
            self._waiting.append(message)
        self._filled.set()

    async def take(self) -> Message:
        while (message := self.take_now()) is None:
            self._filled.clear()
            await self._filled.wait()
        return message

    def take_now(self) -> Message | None:
        return self._waiting.popleft() if self._waiting else self._states.take()


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

    @property
    def carries(self) -> bool:
        return True

    def publish(self, message: Message) -> None:
        self._bus.pass_on(self, message)

    async def receive(self) -> Message:
        return await self.inbox.take()

    def receive_now(self) -> Message | None:
        return self.inbox.take_now()


def written(message: Message) -> dict[str, Any]:
    """A message as a JSON object."""
    match message:
        case Hint(topic, head):
            return {"topic": topic, "head": head}
        case State(topic, data):
            return {"topic": topic, "data": dict(data)}
        case Here(worker, people):
            return {"here": worker, "people": {slug: list(ids) for slug, ids in people.items()}}
        case Ended(session):
            return {"ended": session}
        case Arrived(person, session):
            return {"arrived": person, "session": session}


def read(line: bytes) -> Message:
    """A JSON object as a message. Raises ValueError."""
    return message_of(wire.from_json(line))


def message_of(value: object) -> Message:
    """Raises ValueError."""
    match value:
        case {"topic": str(topic), "head": int(head)}:
            return Hint(topic, head)
        case {"topic": str(topic), "data": dict(data)}:
            return State(topic, data)
        case {"here": str(worker), "people": dict(people)}:
            return Here(worker, {str(slug): tuple(ids) for slug, ids in people.items()})
        case {"ended": str(session)}:
            return Ended(session)
        case {"arrived": str(person), "session": str(session)}:
            return Arrived(person, session)
        case other:
            raise ValueError(f"expected a message of the bus; came {other!r:.80}")
