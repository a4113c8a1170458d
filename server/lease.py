"""The lease: which of several workers keeps time, reacts and tallies.

A row with a holder and an expiry. Whoever holds it renews it every RENEW_EVERY_S; whoever does not
takes it as soon as it has run out, FOR_S after the last renewal. A worker that was frozen finds on
waking that its own clock has gone past the expiry, and does nothing more until it has the lease
again: it reckons from before it asked, so it thinks it has lost the lease before anybody else may
take it. The clocks of the machines must agree to within a second or so.

Two holders at once do no harm, only work: what the clock wants done has an id made of the item and
its run, a reaction's of its event, and the journal does each id once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import delete, or_

from server.clock import Clock
from server.database import LEASES
from server.journal import Journal, dialect_of

log = logging.getLogger("topmoede.lease")

FOR_S = 4.0
RENEW_EVERY_S = 1.0
DIRECTOR = "director"


class Lease:
    """This worker's view of it; held by nobody until `run` runs."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._until_s = 0.0
        self.holder = secrets.token_hex(4)
        self.taken, self.lost = asyncio.Event(), asyncio.Event()

    def held(self) -> bool:
        """Whether this worker may act, now."""
        return self._clock.monotonic() < self._until_s

    async def run(self) -> None:
        """Take it, renew it, and let go of it at the end."""
        try:
            while True:
                await self.renew()
                await self._clock.sleep(RENEW_EVERY_S)
        finally:
            if self.held():
                self._note(until_s=0.0)
                await self._let_go()

    async def renew(self) -> None:
        """Take it if it is ours or nobody's."""
        asked_s = self._clock.monotonic()
        try:
            async with asyncio.timeout(FOR_S):
                ours = await self._take()
        except Exception as error:
            log.warning("the lease cannot be looked at: %s", type(error).__name__)
            self._note(self._until_s)
        else:
            self._note(asked_s + FOR_S if ours else 0.0)

    async def while_held(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run a task for ever, whenever this worker holds the lease."""
        while True:
            await self.taken.wait()
            async with asyncio.TaskGroup() as tasks:
                working = tasks.create_task(_awaited(task))
                losing = tasks.create_task(_awaited(self.lost.wait))
                await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
                working.cancel()
                losing.cancel()

    def _note(self, until_s: float) -> None:
        self._until_s = until_s
        held = self.held()
        if held and not self.taken.is_set():
            log.info("this worker keeps time now")
            self.lost.clear()
            self.taken.set()
        elif not held and self.taken.is_set():
            log.info("this worker keeps time no more")
            self.taken.clear()
            self.lost.set()

    async def _take(self) -> bool:
        now = self._clock.wall()
        row = {
            "edition_id": self._journal.edition_id,
            "name": DIRECTOR,
            "holder": self.holder,
            "until": now + timedelta(seconds=FOR_S),
        }
        offered = dialect_of(self._journal.database).insert(LEASES).values(row)
        statement = offered.on_conflict_do_update(
            index_elements=["edition_id", "name"],
            set_={"holder": offered.excluded.holder, "until": offered.excluded.until},
            where=or_(LEASES.c.holder == self.holder, LEASES.c.until <= now),
        ).returning(LEASES.c.holder)
        async with self._journal.database.write() as connection:
            return (await connection.execute(statement)).first() is not None

    async def _let_go(self) -> None:
        ours = delete(LEASES).where(
            LEASES.c.edition_id == self._journal.edition_id, LEASES.c.holder == self.holder
        )
        try:
            async with asyncio.timeout(FOR_S), self._journal.database.write() as connection:
                await connection.execute(ours)
        except Exception as error:
            log.warning("the lease runs out by itself: %s", type(error).__name__)


async def _awaited(task: Callable[[], Awaitable[object]]) -> None:
    await task()
