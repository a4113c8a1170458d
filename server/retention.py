"""How long an edition keeps what was written in it, and how it is then gone.

`retention_days` after the day's end every room is emptied (`chat.emptying`), what rooms would have
asked the committee, the committee's desk and the crew's queue: by a command like any other, so that
whoever has one open, whoever joins and whoever resumes sees the same without the texts. Where texts
are left is read from the database, which is the truth: by the logs of each, and of persons by what
their own logs hold of them. What was published stays: questions and answers of the committee's
window under the names they were asked under, and conclusions on the board.

Then names are blanked that no state knows any more (`ballots`), and the file is scrubbed. A row
that was emptied may still lie in the write-ahead log and in parts of pages that are free; a
rewritten database and an empty write-ahead log hold it no longer. On PostgreSQL the same is
`VACUUM FULL content, event` and the archive's own retention, which are its keeper's.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import URL

from chat.deskwords import EmptyDesk
from chat.helpdesk.commands import EmptyHelp
from chat.notes.commands import EmptyNotes
from chat.proposalwords import EmptyProposals
from chat.roomwords import EmptyRoom
from schedule.programme import Programme
from server.access.actor import SYSTEM
from server.ballots import blank_names, topics_with_names
from server.clock import Clock, ShowMap
from server.database import CONTENTS
from server.dispatch import Dispatch
from server.journal import Journal
from server.search_index import OPTIMIZE
from streams.recordings.recordings import DeleteRecording, Recordings

log = logging.getLogger("topmoede.retention")

LOOK_EVERY_S = 600.0
SCRUB_WITHIN_S = 30.0
EMPTIED_LOGS = ("room", "room.host", "notes", "proposals", "committee.desk", "help.desk", "person")


def due_at(programme: Programme, show_map: ShowMap, days: int) -> datetime:
    """The wall's moment from which an edition's texts are kept no longer."""
    return show_map.to_wall(max(item.end for item in programme.items)) + timedelta(days=days)


@dataclass(slots=True)
class Left:
    """Where texts or names are left; each with the persons whose own logs hold some of it.

    Args:
        desk: None when nothing is left there; so with `help`.
    """

    rooms: dict[str, set[str]] = field(default_factory=dict)
    proposals: set[str] = field(default_factory=set)
    desk: set[str] | None = None
    help: set[str] | None = None

    def add_text(self, topic: str, subject: str) -> None:
        noun, _, id = topic.partition(":")
        match noun:
            case "committee.desk":
                self.desk = self.desk or set()
            case "help.desk":
                self.help = self.help or set()
            case "proposals":
                self.proposals.add(id)
            case "person":
                self._add_own(id, subject)
            case _:
                self.rooms.setdefault(id, set())

    def _add_own(self, person: str, subject: str) -> None:
        """What a person's own log holds: of a room, of the desk, of a thread with the crew."""
        room, slash, _ = subject.partition("/")
        if slash:
            self.rooms.setdefault(room, set()).add(person)
        elif subject.startswith(f"{person}.q"):
            self.desk = (self.desk or set()) | {person}
        elif subject.startswith(f"{person}.h"):
            self.help = (self.help or set()) | {person}

    def add_names(self, topics: Iterable[str]) -> None:
        for topic in topics:
            noun, _, room = topic.partition(":")
            if noun == "proposals.ballots":
                self.proposals.add(room)
            else:
                self.desk = self.desk or set()

    def __bool__(self) -> bool:
        return bool(self.rooms or self.proposals) or not (self.desk is self.help is None)


class Retention:
    """Empties what was written in one edition."""

    def __init__(self, journal: Journal, dispatch: Dispatch) -> None:
        self._journal = journal
        self._dispatch = dispatch

    async def empty(self) -> int:
        """Empty everything in which a text or a name is left.

        Returns:
            How many rooms, lists of proposals and desks were emptied.
        """
        emptied = 0
        for topic, command in _commands(await self.left()):
            emptied += await self._do(topic, command)
        await blank_names(self._journal)
        return emptied

    async def _do(self, topic: str, command: Any) -> bool:
        """Have one emptied; False when there is none of that name any more."""
        if self._dispatch.kinds.find(topic) is None:
            log.error("what there is no longer holds texts", extra={"topic": topic})
            return False
        head = (await self._dispatch.unit_of(topic)).position(topic).head
        persons = len(getattr(command, "persons", ()))
        # The same id for the same place as it stands; whatever is written later makes another.
        id = f"retention:{topic}:{head}:{persons}"
        await self._dispatch.command(SYSTEM, id, topic, command)
        log.info("emptied", extra={"topic": topic})
        return not topic.startswith("notes:")

    async def left(self) -> Left:
        """Where texts or names are left that are not to stay."""
        topic, subject = CONTENTS.c.topic, CONTENTS.c.subject
        asked = (
            select(topic, subject)
            .where(
                CONTENTS.c.edition_id == self._journal.edition_id,
                CONTENTS.c.text.is_not(None),
                or_(*(or_(topic == noun, topic.startswith(f"{noun}:")) for noun in EMPTIED_LOGS)),
            )
            .distinct()
        )
        left = Left()
        async with self._journal.database.read() as connection:
            for row in await connection.execute(asked):
                left.add_text(row.topic, row.subject)
        left.add_names(await topics_with_names(self._journal))
        return left


def _commands(left: Left) -> Iterable[tuple[str, Any]]:
    for room, persons in sorted(left.rooms.items()):
        yield f"room:{room}", EmptyRoom(tuple(sorted(persons)))
        yield f"notes:{room}", EmptyNotes()
    for room in sorted(left.proposals):
        yield f"proposals:{room}", EmptyProposals()
    if left.desk is not None:
        yield "committee.desk", EmptyDesk(tuple(sorted(left.desk)))
    if left.help is not None:
        yield "help.desk", EmptyHelp(tuple(sorted(left.help)))


async def keep_recordings_to(dispatch: Dispatch, due: datetime, clock: Clock) -> None:
    """Delete every recording when it has been kept for long enough, and later ones too."""
    while True:
        if clock.wall() >= due:
            await delete_recordings(dispatch)
        await clock.sleep(LOOK_EVERY_S)


async def delete_recordings(dispatch: Dispatch) -> int:
    """Delete every recording there is; the media side removes the bytes. How many."""
    recordings: Recordings = (await dispatch.unit_of("recordings")).face("recordings")
    left = {item: each for item, each in recordings.items.items() if each.state != "deleted"}
    for item, each in left.items():
        id = f"retention:recordings:{item}:{each.run}"
        await dispatch.command(SYSTEM, id, "recordings", DeleteRecording(item))
    return len(left)


async def keep_to(retention: Retention, due: datetime, clock: Clock, database: URL) -> None:
    """Empty it all when it is due, and what is written after that again, for ever."""
    owed = True  # a process that ended in between may have left the file as it was
    while True:
        if clock.wall() >= due:
            owed = bool(await retention.empty()) or owed
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
            with suppress(sqlite3.OperationalError):  # nothing has been indexed yet
                file.execute(OPTIMIZE)
            file.commit()
            file.execute("VACUUM")
            busy, _, _ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        log.warning("the database was not scrubbed", extra={"code": str(error)})
        return False
    return not busy
