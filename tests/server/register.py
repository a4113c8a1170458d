"""People in the register under ids of the test's own choosing."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access.actor import Actor
from server.access.tables import PersonRow
from server.house import House


async def registered(house: House, *people: Actor) -> None:
    async with house.database.write() as connection:
        session = AsyncSession(connection, expire_on_commit=False)
        for one in people:
            session.add(
                PersonRow(
                    id=one.id,
                    edition_id=house.journal.edition_id,
                    key=one.id,
                    name=one.name,
                    role=one.role,
                    municipality=one.municipality,
                )
            )
        await session.flush()
