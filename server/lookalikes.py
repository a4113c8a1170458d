"""Names that look like the name of somebody with a role, known without asking the database.

Who writes under a name that a host of the same municipality, a moderator or one of the committee
has, or that only looks the same, is marked wherever the name stands. Both may be innocent: two
people can be called the same. The mark says whose name it is like, never that anybody cheats.

The names of those with roles are read at the start and every REFRESH_EVERY_S, so that people who
are registered during the day are known soon.
"""

from __future__ import annotations

from collections.abc import Callable

from chat.folding import skeleton
from chat.people import BADGES, Badge
from server.access.actor import Actor
from server.access.directory import Directory

REFRESH_EVERY_S = 5.0

LikeOf = Callable[[Actor], Badge | None]


def like_nobody(actor: Actor) -> Badge | None:
    return None


class LookAlikes:
    """The names of those with roles, as they look."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._known: dict[str, tuple[Actor, ...]] = {}

    async def refresh(self) -> None:
        known: dict[str, tuple[Actor, ...]] = {}
        for one in await self._directory.with_roles(tuple(BADGES)):
            looks = skeleton(one.name)
            known[looks] = (*known.get(looks, ()), one)
        self._known = known

    def of(self, actor: Actor) -> Badge | None:
        """The role of whoever's name this person's name looks like; None for nobody's."""
        if actor.role in BADGES or actor.role == "system":
            return None
        for other in self._known.get(skeleton(actor.name), ()):
            if other.role != "host" or other.municipality == actor.municipality:
                return BADGES[other.role]
        return None
