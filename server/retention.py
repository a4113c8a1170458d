"""How long an edition's rooms keep what was written in them, and how it is then gone.

`retention_days` after the day's end every room is emptied (`chat.emptying`): by a command like any
other, so that whoever has the room open, whoever joins and whoever resumes sees the same places
without their texts. Where texts are left is read from the database, which is the truth: rooms by
their own logs, their hosts' and their notes', persons by what their own logs hold of a room.

Then the file is scrubbed. A row that was emptied may still lie in the write-ahead log and in parts
of pages that are free; a rewritten database and an empty write-ahead log hold it no longer. On
PostgreSQL the same is `VACUUM FULL content` and the archive's own retention, which are its
keeper's.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.engine import URL

from chat.commands import EmptyRoom
from chat.notes.commands import EmptyNotes
from schedule.programme import Programme
from server.access.actor import SYSTEM
from server.clock import Clock, ShowMap
from server.database import CONTENTS
from server.dispatch import Dispatch
from server.journal import Journal

log = logging.getLogger("topmoede.retention")

LOOK_EVERY_S = 600.0
SCRUB_WITHIN_S = 30.0


def due_at(programme: Programme, show_map: ShowMap, days: int) -> datetime:
    """The wall's moment from which an edition's texts are kept no longer."""
    return show_map.to_wall(max(item.end for item in programme.items)) + timedelta(days=days)


class Retention:
    """Empties the rooms of one edition."""

    def __init__(self, journal: Journal, dispatch: Dispatch) -> None:
        self._journal = journal
        self._dispatch = dispatch

    async def empty_rooms(self) -> int:
        """Empty every room that holds a text, or of which a person's log does.

        Returns:
            How many rooms were emptied.
        """
        left = await self.rooms_with_text()
        for room, persons in sorted(left.items()):
            topic = f"room:{room}"
            if self._dispatch.kinds.find(topic) is None:
                log.error("a room that there is no longer holds texts", extra={"topic": topic})
                continue
            head = (await self._dispatch.unit_of(topic)).position(topic).head
            # The same id for the same room as it stands; whatever is written later makes another.
            id = f"retention:{topic}:{head}:{len(persons)}"
            await self._dispatch.command(SYSTEM, id, topic, EmptyRoom(persons))
            await self._empty_notes(f"notes:{room}")
            log.info("a room was emptied", extra={"topic": topic})
        return len(left)

    async def _empty_notes(self, topic: str) -> None:
        head = (await self._dispatch.unit_of(topic)).position(topic).head
        await self._dispatch.command(SYSTEM, f"retention:{topic}:{head}", topic, EmptyNotes())

    async def rooms_with_text(self) -> Mapping[str, tuple[str, ...]]:
        """The rooms that hold texts anywhere, each with the persons whose own logs do."""
        topic, subject = CONTENTS.c.topic, CONTENTS.c.subject
        asked = (
            select(topic, subject)
            .where(
                CONTENTS.c.edition_id == self._journal.edition_id,
                CONTENTS.c.text.is_not(None),
                or_(
                    topic.startswith("room:"),
                    topic.startswith("notes:"),
                    topic.startswith("room.host:"),
                    topic.startswith("person:") & subject.contains("/"),
                ),
            )
            .distinct()
        )
        left: dict[str, set[str]] = {}
        async with self._journal.database.read() as connection:
            for row in await connection.execute(asked):
                noun, _, id = row.topic.partition(":")
                if noun == "person":
                    left.setdefault(row.subject.partition("/")[0], set()).add(id)
                else:
                    left.setdefault(id, set())
        return {room: tuple(sorted(persons)) for room, persons in left.items()}


async def keep_to(retention: Retention, due: datetime, clock: Clock, database: URL) -> None:
    """Empty the rooms when they are due, and what is written after that again, for ever."""
    owed = True  # a process that ended in between may have left the file as it was
    while True:
        if clock.wall() >= due:
            owed = bool(await retention.empty_rooms()) or owed
            owed = owed and not await asyncio.to_thread(scrub, database)
        await clock.sleep(LOOK_EVERY_S)


def scrub(database: URL) -> bool:
    """Leave nothing in the database's files that no row holds; False when it must be tried again.

    Writers wait meanwhile, a second or so for a day's database.
    """
    if database.get_backend_name() != "sqlite" or database.database in (None, "", ":memory:"):
        return True
    try:
        with closing(sqlite3.connect(Path(str(database.database)), timeout=SCRUB_WITHIN_S)) as file:
            file.execute("PRAGMA secure_delete = ON")
            file.execute("VACUUM")
            busy, _, _ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        log.warning("the database was not scrubbed", extra={"code": str(error)})
        return False
    return not busy
