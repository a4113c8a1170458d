"""Bytes of shared files that nobody may have any more: removed at once, and looked for every hour.

What a room drops is told by its log. The process that stored the row removes the bytes; were it
killed in between, the sweep finds them, for it goes by what lies in the cabinet. It spares what is
younger than an hour, which may be on its way into a log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from chat.filewords import DropForgotten, FilesDropped
from server import wire
from server.access.actor import SYSTEM
from server.clock import Clock
from server.database import TOPICS
from server.dispatch import Dispatch
from server.entries import Entry
from server.errors import Refusal
from server.journal import Journal
from server.shared_files import SharedFiles

log = logging.getLogger("topmoede.files")

TOPIC = "room.files:"
SWEEP_EVERY_S = 600.0
SPARED = timedelta(hours=1)


class FileSweep:
    """Removes what the logs no longer keep."""

    def __init__(self, journal: Journal, dispatch: Dispatch, files: SharedFiles) -> None:
        self._journal = journal
        self._dispatch = dispatch
        self._files = files
        self._dropped: deque[tuple[str, tuple[str, ...]]] = deque()
        self._wake = asyncio.Event()
        dispatch.on_commit.append(self._hear)

    def _hear(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.envelope.name == wire.name_of(FilesDropped):
                room = entry.envelope.topic.partition(":")[2]
                self._dropped.append((room, tuple(entry.data["files"])))
                self._wake.set()

    async def run(self) -> None:
        """Remove what is dropped, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.remove_dropped()

    async def remove_dropped(self) -> None:
        while self._dropped:
            room, ids = self._dropped.popleft()
            try:
                await self._files.remove(room, ids)
            except OSError as error:
                log.warning("files were not removed yet: %s", error, extra={"topic": room})

    async def keep_swept(self, clock: Clock) -> None:
        """Sweep now and then, for ever."""
        while True:
            await self.sweep(clock.wall(), SPARED)
            await clock.sleep(SWEEP_EVERY_S)

    async def sweep(self, now: datetime, spared: timedelta) -> int:
        """Let go of what nobody has posted, and remove what no room keeps.

        Returns:
            How many files were removed from the cabinet.
        """
        for topic in await self._topics():
            try:
                id = f"forgotten:{topic}:{now:%Y%m%d%H%M%S}"
                await self._dispatch.command(SYSTEM, id, topic, DropForgotten())
            except Exception as error:
                if not isinstance(error, Refusal):
                    raise
                log.warning("not swept", extra={"topic": topic, "code": error.code})
        await self.remove_dropped()
        cabinet, removed = self._files.cabinet, 0
        for name, since in await asyncio.to_thread(lambda: list(cabinet.names())):
            room, _, id = name.removesuffix(".small").partition("/")
            if since <= now - spared and not await self._is_kept(room, id):
                await asyncio.to_thread(cabinet.remove, name)
                removed += 1
        return removed

    async def _topics(self) -> list[str]:
        asked = select(TOPICS.c.name).where(
            TOPICS.c.edition_id == self._journal.edition_id, TOPICS.c.name.startswith(TOPIC)
        )
        async with self._journal.database.read() as connection:
            names = [row.name for row in await connection.execute(asked)]
        return [name for name in names if self._dispatch.kinds.find(name) is not None]

    async def _is_kept(self, room: str, id: str) -> bool:
        try:
            unit = await self._dispatch.unit_of(f"room:{room}")
        except KeyError:
            return False
        return id in unit.fold.state.files.kept
