"""Bytes in a cabinet that nobody may have any more: removed at once, and looked for now and then.

What is dropped is told by a log. The process that stored the row removes the bytes; were it killed
in between, the sweep finds them, for it goes by what lies in the cabinet. It spares what is younger
than an hour, which may be on its way into a log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from server import cabinets
from server.clock import Clock
from server.dispatch import Dispatch
from server.entries import Entry
from streams.cabinet import Cabinet

log = logging.getLogger("topmoede.files")

SWEEP_EVERY_S = 600.0
SPARED = timedelta(hours=1)


class Sweep:
    """Removes from one cabinet what the logs no longer keep.

    Args:
        dropped_by: the names of the files that an event says are dropped.
        is_kept: whether a log keeps the file of a name.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        cabinet: Cabinet,
        dropped_by: Callable[[Entry], Iterable[str]],
        is_kept: Callable[[str], Awaitable[bool]],
    ) -> None:
        self.cabinet = cabinet
        self._dropped_by = dropped_by
        self._is_kept = is_kept
        self._dropped: deque[str] = deque()
        self._wake = asyncio.Event()
        dispatch.on_commit.append(self._hear)

    def _hear(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            for name in self._dropped_by(entry):
                self._dropped.append(name)
                self._wake.set()

    async def run(self) -> None:
        """Remove what is dropped, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.remove_dropped()

    async def remove_dropped(self) -> None:
        while self._dropped:
            name = self._dropped.popleft()
            try:
                await cabinets.remove(self.cabinet, name)
            except OSError as error:
                log.warning("a file was not removed yet: %s", error)

    async def keep_swept(self, clock: Clock) -> None:
        """Sweep now and then, for ever."""
        while True:
            await self.sweep(clock.wall(), SPARED)
            await clock.sleep(SWEEP_EVERY_S)

    async def sweep(self, now: datetime, spared: timedelta) -> int:
        """Remove what no log keeps.

        Returns:
            How many files were removed from the cabinet.
        """
        await self.remove_dropped()
        cabinet, removed = self.cabinet, 0
        for name, since in await asyncio.to_thread(lambda: list(cabinet.names())):
            if since <= now - spared and not await self._is_kept(cabinets.whole(name)):
                await asyncio.to_thread(cabinet.remove, name)
                removed += 1
        return removed
