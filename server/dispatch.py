"""How a command becomes true.

    lock               the topics of all units concerned, in sorted order
    read               rows past our own heads, and fold them in
    look its id up     accepted before? the same answer. The same id with another body: `id_reused`
    may this person    do this to this topic?
    decide             on the staged state; what it leads to goes into the staging
    insert, commit     everything of the batch, or nothing
    only then          swap the states in, hand out the frames, answer *and refuse*

Commands wait in *lanes* (`lanes.py`), which commit what has gathered. On SQLite there is one lane,
because there is one writer; on PostgreSQL each unit has its own, so that one hot room never holds
up the others.

A rollback drops the staging. Nobody is told anything that rests on it: all of the batch hear
`storage_full` or `storage_busy`, and may send the same again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError

from server import wire
from server.access.actor import Actor, RoomsOf, as_let_in, let_in_nowhere
from server.board import Done, Position
from server.clock import Clock
from server.database import may_pass
from server.deciding import Deciding, Request, is_open_to
from server.entries import Answer, Batch, Entry, Erasure
from server.errors import Refused
from server.journal import Journal, Transaction, Writing
from server.kinds import Address, Kinds
from server.lanes import Lanes
from server.lookalikes import LikeOf, like_nobody
from server.units import Staging, Unit, erasures_of, event_of

log = logging.getLogger("topmoede.dispatch")

RACES = 3
TRY_FOR_S = 20.0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
LONGEST_ID = 100


class Fanout(Protocol):
    """Where frames go once they are true. Plain calls that never wait for a socket."""

    def publish(self, topic: str, seq: int, frame: bytes) -> None:
        """Called in the order of seq, once for each event."""

    def publish_state(self, topic: str, frame: bytes) -> None: ...

    def rewrite(self, topic: str, seq: int, frame: bytes) -> None:
        """Replace a frame by its tombstone; nothing to do where the ring no longer holds it."""


Heard = Callable[[Sequence[Entry]], None]


class Dispatch:
    """Takes commands, makes them true, tells everybody.

    `on_rows` hear of every row that is new here, `on_commit` only of those this dispatch stored.
    """

    def __init__(
        self,
        journal: Journal,
        kinds: Kinds,
        clock: Clock,
        fanout: Fanout,
        rooms_of: RoomsOf = let_in_nowhere,
    ) -> None:
        self.journal = journal
        self._rooms_of = rooms_of
        self.kinds = kinds
        self.fanout = fanout
        self.on_commit: list[Heard] = []
        self.on_rows: list[Heard] = []
        self.like_of: LikeOf = like_nobody
        self.may_direct: Callable[[], bool] = lambda: True
        """Whether what the system itself wants done may be done by this worker, now."""
        self._clock = clock
        self._units: dict[str, Unit] = {}
        self._filled: set[str] = set()
        self._filling = asyncio.Lock()
        self._lanes = Lanes(self._lane_of, self._committed)

    # --- what others call ---

    async def do(
        self,
        actor: Actor,
        command_id: str,
        topic: str,
        name: str,
        data: Mapping[str, Any],
        word: Any = None,
    ) -> Done:
        """Run a command from outside; returns after commit.

        Args:
            word: the command with what the server knows beside it; None to read it from `data`.

        Raises:
            Refusal: with code, detail and facts; nothing was stored.
        """
        if not 0 < len(command_id) <= LONGEST_ID or "\0" in command_id:
            raise Refused(
                "bad_id", f"expected an id of 1 to {LONGEST_ID} characters, none of them NUL"
            )
        return await self._lanes.answer(Request(actor, command_id, topic, name, data, word))

    async def recall(
        self,
        actor: Actor,
        command_id: str,
        topic: str,
        name: str,
        data: Mapping[str, Any],
        unless_done: Refused,
    ) -> Done:
        """The answer that a command had before; it waits behind its own first copy.

        Raises:
            Refusal: `unless_done`, where it was never accepted.
        """
        request = Request(actor, command_id, topic, name, data, None, unless_done=unless_done)
        return await self._lanes.answer(request)

    async def command(self, actor: Actor, command_id: str, topic: str, command: Any) -> Done:
        """Run a command of our own making: the timekeeper's, a reaction's, the media side's.

        Raises:
            Refusal: also `lease_lost`, when another worker keeps time.
        """
        if actor.role == "system" and not self.may_direct():
            raise Refused("lease_lost", "expected to keep time here; another worker does")
        name, data = wire.name_of(type(command)), wire.data_of(command)
        return await self._lanes.answer(Request(actor, command_id, topic, name, data, command))

    async def unit_of(self, topic: str) -> Unit:
        """The unit a topic belongs to, in memory and as new as the database.

        Raises:
            KeyError: there is no such log.
        """
        address = self.kinds.find(topic)
        if address is None:
            raise KeyError(topic)
        unit = self._unit(address)
        if unit.name not in self._filled:
            async with self._filling:
                await self._fill(unit)
        return unit

    async def open_all(self, topics: Iterable[str]) -> None:
        """Bring many units into memory, where most have nothing: one question for all of them."""
        addresses = [address for topic in topics if (address := self.kinds.find(topic))]
        units = [self._unit(address) for address in addresses]
        known = _heads_of(units)
        stored = await self.journal.positions(known)
        for unit in units:
            await self._bring_up(unit, known, stored, self.journal)
            self._filled.add(unit.name)

    def opened(self, topic: str) -> Unit:
        """The unit of a topic that was opened before."""
        address = self.kinds.find(topic)
        if address is None:
            raise KeyError(topic)
        return self._units[address.unit]

    def behind(self, heads: Mapping[str, int]) -> list[str]:
        """Those of the topics that are open here and have not come as far."""
        folds = [unit.fold.heads for unit in self._units.values()]
        known = {topic: head for fold in folds for topic, head in fold.items() if topic in heads}
        return [topic for topic, head in known.items() if head < heads[topic]]

    async def catch_up(self, topics: Sequence[str] | None = None) -> None:
        """Read and hand out what others have stored: of these topics, or of all that are open."""
        units = [
            unit
            for unit in list(self._units.values())
            if topics is None or not unit.topics.keys().isdisjoint(topics)
        ]
        if not units:
            return
        known = _heads_of(units)
        stored = await self.journal.positions(known)
        for unit in units:
            await self._bring_up(unit, known, stored, self.journal)

    async def idle(self) -> None:
        """Wait until no command is under way."""
        await self._lanes.idle()

    async def run(self) -> None:
        """Write for ever; the one long task of the dispatch."""
        await self._lanes.run()

    def _lane_of(self, topic: str) -> str:
        address = self.kinds.find(topic)
        return "" if self.journal.database.one_writer or address is None else address.unit

    # --- one transaction ---

    async def _committed(self, batch: Sequence[Request]) -> list[Done | Exception]:
        """Commit; again when another writer was faster, or when the server went away.

        What is decided again is decided on what is stored by then. Where the answer to a commit got
        lost, the answers stored by it are found, and given.
        """
        loop = asyncio.get_running_loop()
        give_up_at_s, races, pause_s = loop.time() + TRY_FOR_S, 0, FIRST_PAUSE_S
        while True:
            try:
                return await self._commit(batch)
            except IntegrityError:
                races += 1
                log.warning("a batch met another's rows", extra={"cause": batch[0].id})
                if races > RACES:
                    raise
            except Exception as error:
                if not may_pass(error) or loop.time() >= give_up_at_s:
                    raise
                log.warning("a batch is tried again: %s", type(error).__name__)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _commit(self, batch: Sequence[Request]) -> list[Done | Exception]:
        async with self.journal.transaction() as transaction:
            # Looked up under the lock, so that a command sent to two workers at once is done once.
            units, known = await self._lock_units(transaction, batch)
            deciding = Deciding(self.kinds, self._clock, units, known, self._rooms_of, self.like_of)
            outcomes = [deciding.outcome(request) for request in batch]
            staging = deciding.staging
            entries, emptied = await transaction.last_step(
                lambda writing: _stored(writing, staging, deciding.answers)
            )
            # Nothing is waited for in between: what is committed is handed out.
            behind = self._take_effect(staging, entries, emptied)
        if behind:
            await self.catch_up(behind)
        return outcomes

    async def _lock_units(
        self, transaction: Transaction, batch: Sequence[Request]
    ) -> tuple[dict[str, Unit], dict[tuple[str, str], Answer]]:
        """The units of a batch by topic, each as new as the database and standing still, and
        what was answered before."""
        # What is not open to anybody is not even locked: a lock makes a row.
        addresses = {
            request.topic: address
            for request in batch
            if is_open_to(as_let_in(request.actor, self._rooms_of), request.topic, request.name)
            and (address := self.kinds.find(request.topic)) is not None
        }
        units = {topic: self._unit(address) for topic, address in addresses.items()}
        known = _heads_of(units.values())
        keys = [request.key for request in batch]
        stored, answers = await transaction.step(
            lambda writing: (writing.lock(known), writing.answers(keys))
        )
        for unit in units.values():
            await self._bring_up(unit, known, stored, transaction)
        return units, answers

    def _unit(self, address: Address) -> Unit:
        unit = self._units.get(address.unit)
        if unit is None:
            unit = self._units[address.unit] = Unit(self.kinds, address, self.journal.epoch)
        return unit

    def _take_effect(
        self, staging: Staging, entries: Sequence[Entry], emptied: Sequence[Entry]
    ) -> list[str]:
        """Swap states in and hand out frames. No await in it: nobody sees half of it.

        Returns:
            The persons' topics that are open here and lack rows from elsewhere.
        """
        fresh = [entry for entry in entries if self._is_news(entry)]
        for name, fold in staging.folds.items():
            if not self._units[name].is_past(fold):
                self._units[name].swap(fold)
        behind = [entry.envelope.topic for entry in fresh if not self._is_folded(entry)]
        tombstones = {_place(entry): entry for entry in emptied}
        for entry in fresh:
            shown = tombstones.pop(_place(entry), entry)
            self.fanout.publish(*_place(entry), shown.frame())
        for place, tombstone in tombstones.items():
            self.fanout.rewrite(*place, tombstone.frame())
        self._tell(self.on_rows, fresh)
        self._tell(self.on_commit, entries)
        return behind

    def _is_news(self, entry: Entry) -> bool:
        """Not so when a reader has folded the row in between the commit and now."""
        address = self.kinds.find(entry.envelope.topic)
        unit = self._units.get(address.unit) if address else None
        return unit is None or entry.envelope.seq > unit.fold.heads[entry.envelope.topic]

    def _is_folded(self, entry: Entry) -> bool:
        """Fold a row into a person's state, if it is open; units swapped theirs in already."""
        topic, seq = entry.envelope.topic, entry.envelope.seq
        address = self.kinds.find(topic)
        unit = self._units.get(address.unit) if address else None
        if unit is None or unit.fold.heads[topic] >= seq:
            return True
        return bool(unit.take([entry]))

    def _tell(self, listeners: Sequence[Heard], entries: Sequence[Entry]) -> None:
        for listener in listeners if entries else ():
            listener(entries)

    # --- as new as the database ---

    async def _fill(self, unit: Unit) -> None:
        """The first time; everybody who asks meanwhile waits for it, and nobody reads twice."""
        if unit.name not in self._filled:
            known = _heads_of([unit])
            stored = await self.journal.positions(known)
            await self._bring_up(unit, known, stored, self.journal)
            self._filled.add(unit.name)

    async def _bring_up(
        self,
        unit: Unit,
        known: Mapping[str, int],
        stored: Mapping[str, Position],
        source: Journal | Transaction,
    ) -> None:
        """Fold in the rows that others have stored, and hand them out.

        Args:
            known: our heads from before `stored` was asked for; by now we may have gone on.
        """
        if _numbers_were_lost(unit, known, stored):
            log.error("numbers were lost or used again", extra={"unit": unit.name})
            unit.start_over(stored[next(iter(unit.topics))].epoch)
        while any(unit.fold.heads[topic] < stored[topic].head for topic in unit.topics):
            asked = dict(unit.fold.heads)
            rows = await source.entries_after(asked)
            # Of a unit that is opened only now, nothing was handed out.
            erasures = self._erasures(unit, rows) if unit.name in self._filled else []
            tombstones = await source.emptied_by(erasures)
            fresh = unit.take(rows)
            for tombstone in tombstones if fresh else ():
                self.fanout.rewrite(*_place(tombstone), tombstone.frame())
            for entry in fresh:
                self.fanout.publish(*_place(entry), entry.frame())
            self._tell(self.on_rows, fresh)
            if unit.fold.heads == asked:
                raise RuntimeError(f"expected the rows of {unit.name} up to its heads, got a hole")

    def _erasures(self, unit: Unit, rows: Iterable[Entry]) -> list[Erasure]:
        """What others have erased, and we may have handed out as it was."""
        free_text = self.kinds.free_text
        if free_text is None:
            return []
        events = [(row.envelope, event_of(unit.topics[row.envelope.topic], row)) for row in rows]
        return [
            erasure
            for envelope, event in events
            if event is not None
            for erasure in erasures_of(free_text, event, envelope)
        ]


def _stored(
    writing: Writing, staging: Staging, answers: list[Answer]
) -> tuple[list[Entry], list[Entry]]:
    """What a transaction has staged as rows, and those it has emptied."""
    entries = staging.entries(writing.lock(staging.persons()))
    return entries, writing.store(Batch(entries, answers, staging.erasures(entries)))


def _place(entry: Entry) -> tuple[str, int]:
    return entry.envelope.topic, entry.envelope.seq


def _heads_of(units: Iterable[Unit]) -> dict[str, int]:
    return {topic: head for unit in units for topic, head in unit.fold.heads.items()}


def _numbers_were_lost(
    unit: Unit, known: Mapping[str, int], stored: Mapping[str, Position]
) -> bool:
    return any(
        stored[topic].epoch != unit.epoch or stored[topic].head < known[topic]
        for topic in unit.topics
    )
