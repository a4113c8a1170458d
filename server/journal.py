"""The journal: the logs of all topics, written in transactions, read back as they are now.

    append      events go in with the next `seq` of their topic, in the transaction that decides
    free text   stands in a row of its own; erasing empties it. The event stays, with the same
                `seq`, without its text and with `erased: true`: a tombstone
    answers     the id of an accepted command is kept with its answer and with a digest of what
                was asked; asked again it is answered again, and nothing is done twice
    epoch       is the edition's; it changes only when numbers were lost or used again

The database is the truth. Whoever holds state in memory compares its head with the topic's row
inside the writing transaction and reads what it lacks.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Table, and_, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server import log_rows
from server.board import Position
from server.clock import ShowMap
from server.database import (
    COMMANDS,
    CONTENTS,
    CURSORS,
    EDITIONS,
    EVENTS,
    TOPICS,
    Database,
    EditionRow,
)
from server.entries import Answer, Batch, Entry, Erasure
from server.one_hop import Found, Run, committing

PAGE = 1_000

_EVENTS, _CONTENTS, _ANSWERS = insert(EVENTS), insert(CONTENTS), insert(COMMANDS)


class Journal:
    """One edition's part of a database."""

    def __init__(self, database: Database, edition: EditionRow) -> None:
        self.database = database
        self.edition_id = edition.id
        self.epoch = edition.epoch
        self.programme = edition.programme
        self.show_map = ShowMap(edition.clock_wall, edition.clock_show, edition.clock_speed)
        self.media_epoch = edition.media_epoch
        self.share_key = edition.share_key
        self.with_rows: set[str] = set()
        """Topics that are known to have a row; PostgreSQL locks nothing else."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Everything in it is stored together, or nothing is."""
        async with self.database.writing() as run:
            yield Transaction(self, run)

    async def entries_after(self, heads: Mapping[str, int], limit: int = PAGE) -> list[Entry]:
        """The oldest rows of these topics past the heads given, in the order they were stored."""
        return await self.database.read_at_once(
            lambda connection: log_rows.entries_after(connection, self.edition_id, heads, limit)
        )

    async def emptied_by(self, erasures: Sequence[Erasure]) -> list[Entry]:
        """The rows that these have made tombstones."""
        if not erasures:
            return []
        return await self.database.read_at_once(
            lambda connection: log_rows.emptied_by(connection, self.edition_id, erasures)
        )

    async def entries(self, topic: str, after: int, upto: int) -> list[Entry]:
        """One topic's rows with after < seq <= upto."""
        between = and_(
            EVENTS.c.edition_id == self.edition_id,
            EVENTS.c.topic == topic,
            EVENTS.c.seq > after,
            EVENTS.c.seq <= upto,
        )
        return await self._read(between)

    async def entries_named(
        self, topic: str, names: Iterable[str], before: int, limit: int
    ) -> list[Entry]:
        """The newest rows with these names before a seq, oldest first."""
        newest = (
            select(EVENTS.c.seq)
            .where(
                EVENTS.c.edition_id == self.edition_id,
                EVENTS.c.topic == topic,
                EVENTS.c.name.in_(list(names)),
                EVENTS.c.seq < before,
            )
            .order_by(EVENTS.c.seq.desc())
            .limit(limit)
        )
        chosen = and_(
            EVENTS.c.edition_id == self.edition_id,
            EVENTS.c.topic == topic,
            EVENTS.c.seq.in_(newest),
        )
        return await self._read(chosen)

    async def _read(self, chosen: Any) -> list[Entry]:
        return await self.database.read_at_once(
            lambda connection: log_rows.read_entries(connection, chosen)
        )

    async def positions(self, topics: Iterable[str]) -> dict[str, Position]:
        """Where these topics stand; those without a row stand at 0."""
        return await self.database.read_at_once(
            lambda connection: log_rows.positions(connection, self.edition_id, self.epoch, topics)
        )

    async def cursors(self) -> dict[str, int]:
        """How far the reactions have read each topic."""
        mine = select(CURSORS.c.topic, CURSORS.c.seq).where(CURSORS.c.edition_id == self.edition_id)
        async with self.database.read() as connection:
            return {row.topic: row.seq for row in await connection.execute(mine)}

    async def move_cursor(self, topic: str, seq: int) -> None:
        row = {"edition_id": self.edition_id, "topic": topic, "seq": seq}
        statement = self.upsert(CURSORS, keys=("edition_id", "topic"), sets=("seq",))
        await self.database.write_at_once(
            lambda connection: connection.execute(statement, row).close()
        )

    def upsert(self, table: Table, keys: Sequence[str], sets: Sequence[str]) -> Any:
        """Insert or replace columns; both databases spell it alike and name it apart."""
        return _upsert(dialect_of(self.database), table, tuple(keys), tuple(sets))


@cache
def _upsert(dialect: Any, table: Table, keys: tuple[str, ...], sets: tuple[str, ...]) -> Any:
    statement = dialect.insert(table)
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in sets}
    )


def dialect_of(database: Database) -> Any:
    """Where its own kind of INSERT is found."""
    return sqlite if database.one_writer else postgresql


async def open_journal(database: Database, edition: EditionRow) -> Journal:
    """The journal of an edition: as it was stored at the first start, or with these values."""
    async with database.write() as connection:
        # Of several workers that start at once, one stores its values and all go by them.
        offered = dialect_of(database).insert(EDITIONS).on_conflict_do_nothing()
        await connection.execute(offered, edition.model_dump())
        stored = await connection.execute(select(EDITIONS).where(EDITIONS.c.id == edition.id))
        return Journal(database, EditionRow(**stored.one()._mapping))


async def rotate_epoch(database: Database) -> list[str]:
    """Gives every edition and its logs another epoch: their numbers may come a second time.

    Everybody who comes back with an old position is then given a snapshot. A running server
    has to be started again, for it keeps the epoch that it has read.

    Returns:
        The editions' ids.
    """
    async with database.write() as connection:
        ids = list((await connection.execute(select(EDITIONS.c.id))).scalars())
        for id in ids:
            epoch = secrets.token_hex(4)
            await connection.execute(
                update(EDITIONS).where(EDITIONS.c.id == id).values(epoch=epoch)
            )
            await connection.execute(
                update(TOPICS).where(TOPICS.c.edition_id == id).values(epoch=epoch)
            )
    return ids


def new_edition(
    id: str, title: str, show_map: ShowMap, *, programme: str = "", epoch: str | None = None
) -> EditionRow:
    """What is stored at the first start.

    The media epoch lies behind everything ever recorded.

    Args:
        programme: the file's text; the logs are folded on this version for ever, and later ones
            come as events.
    """
    return EditionRow(
        id=id,
        title=title,
        programme=programme,
        epoch=epoch or secrets.token_hex(4),
        clock_wall=show_map.wall,
        clock_show=show_map.show,
        clock_speed=show_map.speed,
        media_epoch=_whole_second(show_map.wall) - timedelta(hours=1),
        share_key=secrets.token_hex(32),
    )


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


class Transaction:
    """One writing transaction, in steps; the loop waits once for each of them."""

    def __init__(self, journal: Journal, run: Run) -> None:
        self._journal = journal
        self._run = run

    async def step(self, work: Callable[[Writing], Found]) -> Found:
        return await self._run(lambda connection: work(Writing(self._journal, connection)))

    async def last_step(self, work: Callable[[Writing], Found]) -> Found:
        """Commits; where it returns, the transaction is committed, whoever is cancelled."""
        return await self._run(
            committing(lambda connection: work(Writing(self._journal, connection)))
        )

    async def entries_after(self, heads: Mapping[str, int], limit: int = PAGE) -> list[Entry]:
        return await self.step(lambda writing: writing.entries_after(heads, limit))

    async def emptied_by(self, erasures: Sequence[Erasure]) -> list[Entry]:
        return await self.step(lambda writing: writing.emptied_by(erasures))


class Writing:
    """The journal inside one writing transaction, where nothing is waited for."""

    def __init__(self, journal: Journal, connection: Connection) -> None:
        self._journal = journal
        self._connection = connection

    def answers(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Answer]:
        """What was answered before, by (person, id)."""
        return log_rows.answers(self._connection, self._journal.edition_id, keys)

    def lock(self, topics: Iterable[str]) -> dict[str, Position]:
        """Where these topics stand; they stand still until the transaction ends.

        Locks are taken in sorted order, so that two transactions never wait for each other.
        """
        names = sorted(set(topics))
        if not names:
            return {}
        if not self._journal.database.one_writer and not self._all_have_rows(names):
            self._make_rows(names)
        id, epoch = self._journal.edition_id, self._journal.epoch
        return log_rows.positions(self._connection, id, epoch, names, lock=True)

    def _all_have_rows(self, names: Sequence[str]) -> bool:
        """What has no row cannot be locked; once made, it stays."""
        if not self._journal.with_rows.issuperset(names):
            found = select(TOPICS.c.name).where(
                TOPICS.c.edition_id == self._journal.edition_id, TOPICS.c.name.in_(names)
            )
            self._journal.with_rows.update((self._connection.execute(found)).scalars())
        return self._journal.with_rows.issuperset(names)

    def _make_rows(self, names: Sequence[str]) -> None:
        journal = self._journal
        self._connection.execute(
            postgresql.insert(TOPICS).on_conflict_do_nothing(),
            [
                log_rows.topic_row(journal.edition_id, name, Position(journal.epoch, 0))
                for name in names
            ],
        )

    def entries_after(self, heads: Mapping[str, int], limit: int = PAGE) -> list[Entry]:
        return log_rows.entries_after(self._connection, self._journal.edition_id, heads, limit)

    def emptied_by(self, erasures: Sequence[Erasure]) -> list[Entry]:
        if not erasures:
            return []
        return log_rows.emptied_by(self._connection, self._journal.edition_id, erasures)

    def store(self, batch: Batch) -> list[Entry]:
        """Write a batch.

        Returns:
            The entries, old and new, whose free text the batch has erased: now tombstones.
        """
        journal, connection = self._journal, self._connection
        if batch.entries:
            self._store_entries(batch.entries)
        if batch.answers:
            connection.execute(
                _ANSWERS,
                [log_rows.command_row(journal.edition_id, answer) for answer in batch.answers],
            )
        return self._erase(batch.erasures) if batch.erasures else []

    def _store_entries(self, entries: Sequence[Entry]) -> None:
        journal, connection = self._journal, self._connection
        heads = {entry.envelope.topic: entry.envelope.seq for entry in entries}
        connection.execute(
            journal.upsert(TOPICS, keys=("edition_id", "name"), sets=("head",)),
            [
                log_rows.topic_row(journal.edition_id, topic, Position(journal.epoch, head))
                for topic, head in sorted(heads.items())
            ],
        )
        connection.execute(
            _EVENTS, [log_rows.event_row(journal.edition_id, entry) for entry in entries]
        )
        if texts := [
            log_rows.content_row(journal.edition_id, entry)
            for entry in entries
            if entry.free is not None
        ]:
            connection.execute(_CONTENTS, texts)

    def _erase(self, erasures: Sequence[Erasure]) -> list[Entry]:
        theirs = log_rows.texts_of(self._journal.edition_id, erasures)
        touched = (
            self._connection.execute(
                update(CONTENTS)
                .where(theirs, CONTENTS.c.text.is_not(None))
                .values(text=None)
                .returning(CONTENTS.c.topic, CONTENTS.c.seq)
            )
        ).all()
        emptied: list[Entry] = []
        for first in range(0, len(touched), PAGE):  # a statement takes so many values and no more
            places = [tuple(row) for row in touched[first : first + PAGE]]
            chosen = and_(
                EVENTS.c.edition_id == self._journal.edition_id,
                tuple_(EVENTS.c.topic, EVENTS.c.seq).in_(places),
            )
            emptied += log_rows.read_entries(self._connection, chosen)
        return emptied
