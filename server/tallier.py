"""The tallier: publishes votes, at most once a second for each question."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from chat.commands import Tally
from server.access.actor import SYSTEM
from server.clock import Clock
from server.dispatch import Dispatch
from server.entries import Entry
from server.errors import Refusal

log = logging.getLogger("topmoede.tallier")

DESK = "committee.desk"
AGAIN_S = 1.0


class Tallier:
    """Asks for a tally when one is due, and sleeps while no votes wait."""

    def __init__(
        self, dispatch: Dispatch, clock: Clock, due: Callable[[Any, datetime], datetime | None]
    ) -> None:
        """
        Args:
            due: the wall time of the next tally for the desk's state; None while nothing waits.
        """
        self._dispatch = dispatch
        self._clock = clock
        self._due = due
        self._voted = asyncio.Event()
        dispatch.on_rows.append(self._notice)

    def _notice(self, entries: Sequence[Entry]) -> None:
        if any(entry.envelope.topic == DESK for entry in entries):
            self._voted.set()

    async def run(self) -> None:
        """Tally for ever; a long task of the app."""
        while True:
            await self._voted.wait()
            self._voted.clear()
            while (due := await self.next_moment()) is not None:
                await self._clock.sleep((due - self._clock.wall()).total_seconds())
                if not await self.take_due():
                    await self._clock.sleep(AGAIN_S)

    async def next_moment(self) -> datetime | None:
        unit = await self._dispatch.unit_of(DESK)
        return self._due(unit.fold.state, self._clock.wall())

    async def take_due(self) -> bool:
        """Ask for a tally if one is due.

        Returns:
            Whether it was accepted.
        """
        unit = await self._dispatch.unit_of(DESK)
        due = self._due(unit.fold.state, self._clock.wall())
        if due is None or due > self._clock.wall():
            return False
        id = f"auto:tally:{sum(unit.fold.heads.values())}"
        try:
            await self._dispatch.command(SYSTEM, id, DESK, Tally())
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            log.info("not tallied", extra={"cause": id, "code": error.code})
            return False
        return True
