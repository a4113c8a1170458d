"""Whether an item's recording is open to who asks: the rule of the library, with what it stands on.

Everything that shows something of a recording asks here, at every request: playlists, segments,
captions, whatever is made of them. So a change applies to running players too, from their next
segment on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from schedule.library.library import Library, standing_of
from schedule.library.unlocking import CaptionRule, Opening, Viewer, opening
from schedule.show import Show, ShowItem
from server import wire
from server.access.actor import Actor
from server.clock import Clock
from server.errors import Refused

PREPARING = frozenset({"moderator", "secretariat"})


@dataclass(frozen=True, slots=True)
class Unlocking:
    """Answers by the show and the library as they stand at the moment.

    Args:
        rule: the edition's deadlines for captions.
    """

    show: Callable[[], Awaitable[Show]]
    library: Callable[[], Awaitable[Library]]
    clock: Clock
    rule: CaptionRule

    async def now(self) -> tuple[Show, Library, datetime]:
        """The show, the library and the show time of this moment."""
        return await self.show(), await self.library(), self.clock.show()

    async def entry(self, item: str, viewer: Viewer) -> ShowItem:
        """The item, if it is open to the viewer.

        Raises:
            Refused: `not_found` for whom it is not meant, `locked` for whom it is not open now.
        """
        show = await self.show()
        entry = show.find(item)
        if entry is None:
            raise absent()
        found = await self.of(entry, viewer, show)
        if found.state == "absent":
            raise absent()
        if found.state == "locked":
            raise locked(found)
        return entry

    async def of(self, entry: ShowItem, viewer: Viewer, show: Show) -> Opening:
        """How an item stands for a viewer now."""
        standing = standing_of(await self.library(), entry.item, show.spine[-1].id)
        return opening(entry, standing, viewer, show, self.clock.show(), self.rule)


def viewer_of(actor: Actor) -> Viewer:
    """A signed-in person, as the rule looks at them."""
    return Viewer(
        signed_in=True,
        prepares=actor.role in PREPARING,
        attended=actor.attended,
        municipality=actor.municipality,
    )


def locked(opening: Opening) -> Refused:
    facts: dict[str, object] = {"reason": opening.reason}
    if opening.opens_at is not None:
        facts["opens_at"] = wire.rfc3339(opening.opens_at)
    expected = {
        "captions": "expected captions, without which this is not shown",
        "captions_overdue": "expected captions in time; this closed without them",
        "closed": "expected an item that is open; somebody has closed it",
        "by_hand": "expected an item that has been opened; somebody will open it",
    }
    detail = "expected an item that has been opened; it opens later"
    return Refused("locked", expected.get(opening.reason or "", detail), **facts)


def absent() -> Refused:
    """The answer to who may not, and where there is nothing: the same."""
    return Refused("not_found", "expected a channel or an item that is open to you")
