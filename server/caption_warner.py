"""The caption warner: says in time that an item closes for want of captions.

An item that was live, and still owes its captions on the day of the warning, is warned of once for
each close: behind the scene, and to whoever has shared it. Whose links cover it is looked up at
that moment. The command's id is made of the item and its close, so two warners warn once; a server
that was down on the day warns when it is up again.

It looks when the show or the library has changed, and otherwise sleeps until the next warning.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from schedule.library.commands import WarnOfCaptions
from schedule.library.library import standing_of
from schedule.library.unlocking import CaptionRule, closes_at, warns_at
from schedule.sharing.sharing import Shares
from server.access.actor import SYSTEM
from server.clock import Clock
from server.dispatch import Dispatch
from server.entries import Entry
from server.errors import Refusal
from server.newest import library_of, show_of

log = logging.getLogger("topmoede.captions")

LIBRARY = "library"
LOOKED_AT = frozenset({"show", LIBRARY})
LOOK_AGAIN = timedelta(hours=1)
STUCK = timedelta(minutes=1)


class CaptionWarner:
    """Warns of every item whose day has come.

    Args:
        municipalities: whose share links are looked through.
    """

    def __init__(
        self, dispatch: Dispatch, clock: Clock, rule: CaptionRule, municipalities: Collection[str]
    ) -> None:
        self._dispatch = dispatch
        self._clock = clock
        self._rule = rule
        self._municipalities = municipalities
        self._poked = asyncio.Event()
        dispatch.on_rows.append(self._notice)

    def _notice(self, entries: Sequence[Entry]) -> None:
        if any(entry.envelope.topic in LOOKED_AT for entry in entries):
            self._poked.set()

    async def run(self) -> None:
        """Warn for ever; a long task of the app."""
        while True:
            self._poked.clear()
            await self.take_due()
            await self._clock.sleep_until(await self.next_moment(), poked=self._poked)

    async def next_moment(self) -> datetime:
        """When to look again, in show time."""
        now = self._clock.show()
        moments = [warns for _, warns, _ in await self._owing()]
        return min(max(min(moments, default=now + LOOK_AGAIN), now + STUCK), now + LOOK_AGAIN)

    async def take_due(self) -> int:
        """Warns of what is due now; returns of how many items."""
        due = [one for one in await self._owing() if one[1] <= self._clock.show()]
        return sum([await self._warn(item, closes) for item, _, closes in due])

    async def _owing(self) -> list[tuple[str, datetime, datetime]]:
        """The items nobody was warned of yet: when they are to be, and when they close."""
        show = await show_of(self._dispatch)
        library = await library_of(self._dispatch)
        found = []
        for entry in show.items:
            standing = standing_of(library, entry.item, show.spine[-1].id)
            closes = closes_at(entry, standing, self._rule)
            warns = warns_at(entry, standing, self._rule)
            if closes and warns and library.warned.get(entry.id) != closes:
                found.append((entry.id, warns, closes))
        return found

    async def _warn(self, item: str, closes: datetime) -> bool:
        command = WarnOfCaptions(item, closes, await self._owners(item))
        id = f"auto:captions:{item}:{closes.isoformat()}"
        try:
            await self._dispatch.command(SYSTEM, id, LIBRARY, command)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            log.info("not warned", extra={"cause": id, "code": error.code})
            return False
        return True

    async def _owners(self, item: str) -> tuple[str, ...]:
        """Who has a link that covers the item and opens it still."""
        now, owners = self._clock.show(), dict[str, None]()
        for municipality in self._municipalities:
            shares: Shares = (await self._dispatch.unit_of(f"shares:{municipality}")).fold.state
            links = (link for link in shares.links.values() if item in link.items)
            owners |= {link.owner: None for link in links if link.is_open(now)}
        return tuple(owners)
