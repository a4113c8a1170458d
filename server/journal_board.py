"""The board that the socket edge reads: logs from the journal, state topics from memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from typing import Any

from server import permissions, wire
from server.access.actor import Actor, RoomsOf, as_let_in, let_in_nowhere
from server.board import Done, Position
from server.dispatch import Dispatch, Fanout
from server.entries import Entry
from server.errors import Refused, not_found
from server.holding_back import HoldBack, never
from server.journal import Journal
from server.kinds import Kinds, TopicKind
from server.reading_turns import ReadingTurns
from server.units import Unit, event_of

LONGEST_HISTORY = 100
PAGE = 500
READING, WAITING, OF_EACH = 2, 32, 2

Introduce = Callable[[str, str, Mapping[str, Any]], Awaitable[Any]]
"""Completes a command by what the server knows; None for one that needs nothing."""

Receive = Callable[[Actor, Any], None]


async def as_it_came(topic: str, name: str, data: Mapping[str, Any]) -> None:
    return None


class JournalBoard:
    """Every topic of an edition; implements `board.Board`."""

    def __init__(
        self,
        journal: Journal,
        kinds: Kinds,
        dispatch: Dispatch,
        fanout: Fanout,
        rooms_of: RoomsOf = let_in_nowhere,
        introduce: Introduce = as_it_came,
    ) -> None:
        self._rooms_of = rooms_of
        self._introduce = introduce
        self.hold_back: HoldBack = never
        self._journal = journal
        self._kinds = kinds
        self._dispatch = dispatch
        self._fanout = fanout
        self._states: dict[str, bytes] = {}
        self._receivers: dict[str, Receive] = {}
        self._turns = ReadingTurns(READING, WAITING, OF_EACH)

    def may_read(self, actor: Actor, topic: str) -> bool:
        noun, _, id = topic.partition(":")
        exists = self._kinds.is_state(topic) or self._kinds.find(topic) is not None
        return exists and permissions.may_read(as_let_in(actor, self._rooms_of), noun, id)

    async def open(self, topic: str) -> None:
        if not self._kinds.is_state(topic):
            await self._dispatch.unit_of(topic)

    def position(self, topic: str) -> Position:
        return self._dispatch.opened(topic).position(topic)

    def snapshot(self, topic: str) -> bytes:
        return self._dispatch.opened(topic).snapshot(topic)

    def state(self, topic: str) -> bytes | None:
        return self._states.get(topic, b"") if self._kinds.is_state(topic) else None

    def set_state(self, topic: str, data: Mapping[str, Any]) -> None:
        """Give a state topic its newest value, and everybody who reads it."""
        if not self._kinds.is_state(topic):
            raise KeyError(topic)
        frame = self._states[topic] = wire.state_frame(topic, dict(data))
        self._fanout.publish_state(topic, frame)

    async def frames(self, topic: str, after: int, upto: int) -> list[bytes]:
        return [entry.frame() for entry in await self._journal.entries(topic, after, upto)]

    async def do(
        self,
        actor: Actor,
        id: str,
        topic: str,
        name: str,
        data: Mapping[str, Any],
        *,
        unless_done: Refused | None = None,
    ) -> Done:
        unless_done = unless_done or await self.hold_back(actor, topic, name, data)
        if topic in self._receivers:
            if unless_done is not None:
                raise unless_done
            return self._pass(actor, topic, name, data)
        if unless_done is not None:
            return await self._dispatch.recall(actor, id, topic, name, data, unless_done)
        word = await self._introduce(topic, name, data)
        return await self._dispatch.do(actor, id, topic, name, data, word)

    def receive(self, topic: str, receive: Receive) -> None:
        """Have the commands of a state topic carried out by this; it may refuse."""
        self._receivers[topic] = receive

    def _pass(self, actor: Actor, topic: str, name: str, data: Mapping[str, Any]) -> Done:
        """Carry out a command that is stored nowhere; its id stands for nothing."""
        if not self.may_read(actor, topic):
            raise not_found(topic)
        word = self._kinds.passing[topic].get(name)
        if word is None:
            raise Refused("unknown_command", f"expected a command of {topic}, got {name!r:.80}")
        if not permissions.may_do(as_let_in(actor, self._rooms_of), topic, "", name):
            raise not_found(topic)
        self._receivers[topic](actor, wire.read(word, data))
        return Done(topic)

    async def history(
        self, topic: str, before: int, limit: int, *, of: str | None = None
    ) -> tuple[list[dict[str, Any]], bool]:
        """Objects that began before a seq, as they are now: their beginnings are folded anew,
        and then everything that has happened since, which only they can notice. A page at a time:
        that may be a whole day, and others are served meanwhile."""
        unit = await self._dispatch.unit_of(topic)
        kind = unit.topics[topic]
        if kind.opens is None:
            raise Refused("no_history", f"expected a topic with a history, got {topic!r:.80}")
        names, key = kind.opens
        limit = max(1, min(limit, LONGEST_HISTORY))
        async with self._turns.turn(of) if of is not None else nullcontext():
            begun = await self._journal.entries_named(topic, names, before, limit + 1)
            more, begun = len(begun) > limit, begun[-limit:]
            if not begun:
                return [], False
            drawing = _Drawing(unit, kind)
            drawing.fold(begun)
            first, head = begun[0].envelope.seq, unit.position(topic).head
            for after in range(first - 1, head, PAGE):
                page = await self._journal.entries(topic, after, min(after + PAGE, head))
                drawing.fold(entry for entry in page if entry.envelope.name not in names)
            return list(drawing.drawn()[key]), more


class _Drawing:
    """A topic's snapshot when nothing but the rows folded in had ever happened."""

    def __init__(self, unit: Unit, kind: TopicKind) -> None:
        self._kind = kind
        if kind.projection is not None:
            self._state, self._evolve = kind.projection.initial(), kind.projection.evolve
        else:
            self._state, self._evolve = unit.kind.initial(unit.id), unit.kind.evolve

    def fold(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if (event := event_of(self._kind, entry)) is not None:
                place = entry.envelope
                self._state = self._evolve(self._state, event, seq=place.seq, at=place.at)

    def drawn(self) -> wire.Data:
        return self._kind.snapshot(self._state)
