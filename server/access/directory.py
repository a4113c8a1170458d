"""The directory: finding one of an edition's people by id, or by their name.

A municipality's people find each other by the beginning of any part of a name; nobody leafs
through the others. Whoever is to be a guest elsewhere is found by their whole name, as it is
registered; the organiser's moderators like one's own people, for being asked in is their trade.

A municipality's names are remembered for REMEMBERED_S, so that a name being typed does not ask the
database at every letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlmodel import or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access.actor import Actor
from server.access.municipalities import danish_order
from server.access.people import MUNICIPAL_ROLES, display_name
from server.access.tables import PersonRow
from server.database import Database

MOST = 8
LONGEST_NAME = 120
REMEMBERED_S = 30.0


class Directory:
    """The people of one edition.

    Args:
        monotonic: seconds, for how long names are remembered.
    """

    def __init__(self, database: Database, edition_id: str, monotonic: Callable[[], float]) -> None:
        self._database = database
        self._edition_id = edition_id
        self._monotonic = monotonic
        self._remembered: dict[str, tuple[float, tuple[Actor, ...]]] = {}

    async def find(self, id: str) -> Actor | None:
        """Who has this id; without a session, for they are spoken of and do nothing."""
        found = await self._read(self._people().where(PersonRow.id == id))
        return found[0] if found else None

    async def of_municipality(self, municipality: str, name: str) -> tuple[Actor, ...]:
        """At most MOST of a municipality's people, in Danish order."""
        now = self._monotonic()
        until, people = self._remembered.get(municipality, (0.0, ()))
        if now >= until:
            people = await self._read(
                self._people()
                .where(PersonRow.municipality == municipality)
                .where(PersonRow.role.in_(sorted(MUNICIPAL_ROLES)))  # type: ignore[attr-defined]
            )
            self._remembered[municipality] = now + REMEMBERED_S, people
        return _matching(people, name)

    async def from_outside(self, municipality: str, name: str) -> tuple[Actor, ...]:
        """People a municipality could have as guests: of that whole name, and moderators."""
        whole = display_name(name[:LONGEST_NAME])
        people = await self._read(
            self._people()
            .where(or_(PersonRow.name == whole, PersonRow.role == "moderator"))
            .limit(500)
        )
        others = [one for one in people if one.municipality != municipality]
        named = tuple(one for one in others if one.name == whole)
        moderators = _matching((one for one in others if one.role == "moderator"), name)
        return tuple(dict.fromkeys((*named, *moderators)))[:MOST]

    async def with_roles(self, roles: Iterable[str]) -> tuple[Actor, ...]:
        """Everybody who has one of these roles; a few hundred."""
        wanted = PersonRow.role.in_(sorted(roles))  # type: ignore[attr-defined]
        return await self._read(self._people().where(wanted))

    def _people(self) -> SelectOfScalar[PersonRow]:
        return select(PersonRow).where(PersonRow.edition_id == self._edition_id)

    async def _read(self, asked: SelectOfScalar[PersonRow]) -> tuple[Actor, ...]:
        async with self._database.read() as connection:
            rows = await AsyncSession(connection, expire_on_commit=False).exec(asked)
            return tuple(Actor(row.id, row.name, row.role, row.municipality) for row in rows)


def _matching(people: Iterable[Actor], name: str) -> tuple[Actor, ...]:
    begun = " ".join(display_name(name[:LONGEST_NAME]).casefold().split())
    if not begun:
        return ()
    found = (one for one in people if f" {begun}" in f" {one.name.casefold()}")
    return tuple(sorted(found, key=lambda one: danish_order(one.name))[:MOST])
