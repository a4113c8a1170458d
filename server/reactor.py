"""The reactor: runs the table of reactions behind a durable cursor.

A reaction is a name, a class of events, and a rule that makes of one event at most one command for
another topic. The runner reads the log behind a durable cursor, in order. The command's id is
`{reaction}:{topic}:{seq}`: whatever is run again does nothing twice, so a crash between a command
and the cursor's step costs nothing.

A refusal is an answer: it is logged, and the next event has its turn. A failure (the storage is
full, a fault in a rule) is tried again, ever more slowly; a fault that stays is passed over with an
error in the log, because nothing may stop the day. No reaction ever undoes its event.

Rules see the show as it is now, not as it was: what they put on the air is for now.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any

from server.access.actor import SYSTEM
from server.clock import Clock
from server.dispatch import Dispatch
from server.entries import Entry
from server.errors import Refusal
from server.journal import Journal
from server.units import event_of

log = logging.getLogger("topmoede.reactions")

Event = Any
State = Any
Asked = tuple[str, Any]
"""A topic and the command for it."""

TRIES = 6
FIRST_PAUSE_S = 0.25
STORAGE = frozenset({"storage_full", "storage_busy", "storage_failed", "busy", "lease_lost"})


@dataclass(frozen=True, slots=True)
class Reaction:
    """
    Args:
        name: stable for ever; stands in the ids of its commands.
        topic: the log it reads.
        event: the class it reacts to.
        rule: from the event and the topic's state now, what to ask for; None for nothing.
    """

    name: str
    topic: str
    event: type | UnionType
    rule: Callable[[Event, State], Asked | None]


class Reactor:
    """Runs a table of reactions behind one cursor for each topic."""

    def __init__(
        self, journal: Journal, dispatch: Dispatch, clock: Clock, table: Iterable[Reaction]
    ) -> None:
        self._journal = journal
        self._dispatch = dispatch
        self._clock = clock
        self._by_topic: dict[str, list[Reaction]] = {}
        for reaction in table:
            self._by_topic.setdefault(reaction.topic, []).append(reaction)
        self._poked = asyncio.Event()
        self._poked.set()
        dispatch.on_rows.append(self._notice)

    def _notice(self, entries: Sequence[Entry]) -> None:
        if any(entry.envelope.topic in self._by_topic for entry in entries):
            self._poked.set()

    async def run(self) -> None:
        """React for ever; a long task of the app."""
        while True:
            await self._poked.wait()
            self._poked.clear()
            await self.catch_up()

    async def catch_up(self) -> None:
        """React to everything that is stored and was not reacted to."""
        cursors = await self._journal.cursors()
        for topic in self._by_topic:
            unit = await self._dispatch.unit_of(topic)
            while (after := cursors.get(topic, 0)) < (head := unit.position(topic).head):
                for entry in await self._journal.entries(topic, after, min(head, after + 100)):
                    await self._react_to(entry)
                    cursors[topic] = entry.envelope.seq
                    await self._journal.move_cursor(topic, entry.envelope.seq)

    async def _react_to(self, entry: Entry) -> None:
        topic, seq = entry.envelope.topic, entry.envelope.seq
        unit = await self._dispatch.unit_of(topic)
        event = event_of(unit.topics[topic], entry)
        for reaction in self._by_topic[topic]:
            if isinstance(event, reaction.event):
                await self._carry_out(reaction, event, topic, f"{reaction.name}:{topic}:{seq}")

    async def _carry_out(self, reaction: Reaction, event: Event, topic: str, id: str) -> None:
        pause_s, faults = FIRST_PAUSE_S, 0
        while faults < TRIES:
            try:
                await self._ask(reaction, event, topic, id)
                return
            except Exception as error:
                faults += _counts(error)
                log.exception("a reaction failed", extra={"cause": id, "again_in_s": pause_s})
            await self._clock.sleep(pause_s)
            pause_s = min(2 * pause_s, 30.0)
        log.error("a reaction was passed over", extra={"cause": id})

    async def _ask(self, reaction: Reaction, event: Event, topic: str, id: str) -> None:
        unit = await self._dispatch.unit_of(topic)
        asked = reaction.rule(event, unit.face(topic))
        if asked is None:
            return
        target, command = asked
        try:
            await self._dispatch.command(SYSTEM, id, target, command)
        except Exception as error:
            if not isinstance(error, Refusal) or error.code in STORAGE | {"internal"}:
                raise
            log.warning("a reaction was refused", extra={"cause": id, "code": error.code})


def _counts(error: Exception) -> bool:
    """What passes by itself is waited for; anything else is a fault that may stay."""
    return not (isinstance(error, Refusal) and error.code in STORAGE)
