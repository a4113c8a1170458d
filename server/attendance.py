"""Who was there on the day: a person whose page is open while the show runs.

It is noted once, with the first moment, and asked of nobody but the library's rule for those who
attended. Looking now and then keeps it out of the way of those who come in.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import update

from server.access.tables import PersonRow
from server.clock import Clock
from server.database import Database

AT_ONCE = 500


class Attendance:
    """Notes people of one edition.

    Args:
        database: migrated.
    """

    def __init__(self, database: Database, edition_id: str, clock: Clock) -> None:
        self._database = database
        self._edition_id = edition_id
        self._clock = clock
        self._noted: set[str] = set()

    async def note(self, people: Iterable[str]) -> None:
        """These people are here, by their ids; AT_ONCE of them in one go."""
        fresh = sorted(set(people) - self._noted)[:AT_ONCE]
        if not fresh:
            return
        async with self._database.write() as connection:
            await connection.execute(
                update(PersonRow)
                .where(PersonRow.edition_id == self._edition_id)  # type: ignore[arg-type]
                .where(PersonRow.id.in_(fresh))  # type: ignore[attr-defined]
                .where(PersonRow.attended_at.is_(None))  # type: ignore[union-attr]
                .values(attended_at=self._clock.wall())
            )
        self._noted.update(fresh)
