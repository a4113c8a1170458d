"""Tells everybody registered which documents are open to them, as items open and close.

Whoever hears the topic `library` is registered. So what is told there is what is open to somebody
who is that and nothing else: before an item opens to all of them, neither a title nor a number. Who
an item is open to besides is told by the list that they fetch themselves.

It looks every few seconds, and says only what is new.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

from schedule.library.documentwords import Document, ShowDocuments
from schedule.library.library import Library
from schedule.library.unlocking import Viewer
from schedule.show import Show, ShowItem
from server.access.actor import SYSTEM
from server.clock import Clock
from server.dispatch import Dispatch
from server.errors import Refusal
from server.unlocking import Unlocking

log = logging.getLogger("topmoede.documents")

LIBRARY = "library"
LOOK_EVERY_S = 2.0
ANYBODY_REGISTERED = Viewer(signed_in=True)


@dataclass(frozen=True, slots=True)
class DocumentTeller:
    """Keeps what is told to everybody registered as the rule has it."""

    dispatch: Dispatch
    unlocking: Unlocking
    clock: Clock

    async def run(self) -> None:
        """Tell for ever; a long task of the app."""
        while True:
            await self.tell()
            await self.clock.sleep(LOOK_EVERY_S)

    async def tell(self) -> None:
        """Says what is open now and was not, and the other way about."""
        show, library, _ = await self.unlocking.now()
        for entry in show.items:
            standing = library.items.get(entry.id)
            if standing is not None:
                wanted = await self._open(entry, library, show)
                if wanted != standing.documents:
                    await self._show(ShowDocuments(entry.id, wanted))

    async def _open(self, entry: ShowItem, library: Library, show: Show) -> tuple[Document, ...]:
        own = library.documents.get(entry.id, ())
        if not own:
            return ()
        found = await self.unlocking.of(entry, ANYBODY_REGISTERED, show)
        return own if found.state == "open" else ()

    async def _show(self, command: ShowDocuments) -> None:
        id = f"documents:{command.item}:{secrets.token_hex(8)}"
        try:
            await self.dispatch.command(SYSTEM, id, LIBRARY, command)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            log.info("not told", extra={"cause": id, "code": error.code})
