"""The sweep of what people share in rooms, which also lets go of what nobody has posted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from chat.filewords import DropForgotten, FilesDropped
from server import wire
from server.access.actor import SYSTEM
from server.database import TOPICS
from server.dispatch import Dispatch
from server.entries import Entry
from server.errors import Refusal
from server.journal import Journal
from server.shared_files import SharedFiles
from server.sweeping import Sweep

log = logging.getLogger("topmoede.files")

TOPIC = "room.files:"


class FileSweep(Sweep):
    """Removes what the rooms no longer keep."""

    def __init__(self, journal: Journal, dispatch: Dispatch, files: SharedFiles) -> None:
        super().__init__(dispatch, files.cabinet, _dropped_by, self._is_in_a_room)
        self._journal = journal
        self._dispatch = dispatch

    async def sweep(self, now: datetime, spared: timedelta) -> int:
        """Let go of what nobody has posted, and remove what no room keeps."""
        for topic in await self._topics():
            try:
                id = f"forgotten:{topic}:{now:%Y%m%d%H%M%S}"
                await self._dispatch.command(SYSTEM, id, topic, DropForgotten())
            except Exception as error:
                if not isinstance(error, Refusal):
                    raise
                log.warning("not swept", extra={"topic": topic, "code": error.code})
        return await super().sweep(now, spared)

    async def _topics(self) -> list[str]:
        asked = select(TOPICS.c.name).where(
            TOPICS.c.edition_id == self._journal.edition_id, TOPICS.c.name.startswith(TOPIC)
        )
        async with self._journal.database.read() as connection:
            names = [row.name for row in await connection.execute(asked)]
        return [name for name in names if self._dispatch.kinds.find(name) is not None]

    async def _is_in_a_room(self, name: str) -> bool:
        room, _, id = name.partition("/")
        try:
            unit = await self._dispatch.unit_of(f"room:{room}")
        except KeyError:
            return False
        return id in unit.fold.state.files.kept


def _dropped_by(entry: Entry) -> Iterator[str]:
    if entry.envelope.name == wire.name_of(FilesDropped):
        room = entry.envelope.topic.partition(":")[2]
        yield from (f"{room}/{id}" for id in entry.data["files"])
