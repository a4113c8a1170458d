"""The timekeeper: wakes at the next due moment and asks for what the clock wants done.

What is due is the schedule's to say; the timekeeper only carries it to the show, as the system,
with an id made of the item and its run. Two timekeepers ask for the same with the same id, so it
is done once; the later one gets the same answer, or is refused `stale`.

It wakes early when the show has changed, and at least once a second of wall time looks at the
clock again, so that a step of the clock is noticed. What it asks for may be refused (a moderator
was faster); then it looks again. If the same thing is due still, it waits a second: a fault in
what is due must not spin.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from schedule import runofshow
from schedule.commands import StartOver
from schedule.runofshow import Show
from server import wire
from server.access.actor import SYSTEM
from server.clock import Clock
from server.dispatch import Dispatch
from server.entries import Entry
from server.errors import Refusal
from server.newest import show_of

log = logging.getLogger("topmoede.timekeeper")

LOOK_AGAIN_S = 60.0
STUCK_S = 1.0

Due = tuple[str, str, Any]
"""An id, a topic, a command."""


class Timekeeper:
    """Keeps the show to its clock.

    Args:
        start_over_after: begin the day again so long after its end (of show time); None for never.
    """

    def __init__(
        self, dispatch: Dispatch, clock: Clock, *, start_over_after: timedelta | None = None
    ) -> None:
        self._dispatch = dispatch
        self._clock = clock
        self._start_over_after = start_over_after
        self._poked = asyncio.Event()
        dispatch.on_rows.append(self._notice)

    def _notice(self, entries: Sequence[Entry]) -> None:
        if any(entry.envelope.topic == "show" for entry in entries):
            self._poked.set()

    async def run(self) -> None:
        """Keep time for ever; a long task of the app."""
        while True:
            await self.take_due()
            self._poked.clear()
            await self._clock.sleep_until(await self.next_moment(), poked=self._poked)

    async def next_due(self) -> datetime | None:
        """When something will be due next, in show time; None for never."""
        now, show = self._clock.show(), await self._show()
        return self._over_at(show) if show.state == "ended" else runofshow.next_due(show, now)

    async def next_moment(self) -> datetime:
        """When to look again, in show time."""
        now, due = self._clock.show(), await self.next_due()
        latest = now + timedelta(seconds=LOOK_AGAIN_S * self._clock.speed)
        if due is None:
            return latest
        stuck = now + timedelta(seconds=STUCK_S * self._clock.speed)
        return min(latest, due if due > now else stuck)

    async def take_due(self) -> int:
        """Ask for everything that is due now.

        Returns:
            How many commands were accepted.
        """
        accepted, asked = 0, set()
        while (due := self._due(await self._show())) is not None and due[0] not in asked:
            asked.add(due[0])
            accepted += await self._ask(due)
        return accepted

    async def _ask(self, due: Due) -> bool:
        id, topic, command = due
        try:
            await self._dispatch.command(SYSTEM, id, topic, command)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            log.info("not taken", extra={"cause": id, "code": error.code})
            await self._dispatch.catch_up([topic])
            return False
        log.info("taken", extra={"cause": id, "command": wire.name_of(type(command))})
        return True

    def _due(self, show: Show) -> Due | None:
        now = self._clock.show()
        if (over_at := self._over_at(show)) is not None:
            if now < over_at:
                return None
            return f"auto:over:{show.lap + 1}", "show", StartOver(start=now)
        command = runofshow.due(show, now)
        if command is None:
            return None
        return runofshow.due_id(command, show), "show", command

    def _over_at(self, show: Show) -> datetime | None:
        """When the day begins again, if it does."""
        if show.state != "ended" or self._start_over_after is None or show.latest is None:
            return None
        return show.latest + self._start_over_after

    async def _show(self) -> Show:
        return await show_of(self._dispatch)
