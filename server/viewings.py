"""Where somebody left a recording, so that they go on there from another device.

One row for each person and item: the newest position wins, whichever device says it and whenever
it arrives. Nobody but the person is told, and it is forgotten KEPT after it was last said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import delete, select
from sqlmodel import Field, SQLModel

from server.clock import Clock
from server.database import Moment
from server.errors import Refused
from server.journal import Journal, dialect_of

KEPT = timedelta(days=180)
LONGEST_S = 24 * 3600.0
MOST_OF_A_PERSON = 200
FORGET_EVERY_S = 3_600.0


class ViewingRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "viewing"

    edition_id: str = Field(primary_key=True, foreign_key="edition.id")
    person: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    position_s: float
    at: datetime = Field(sa_type=Moment)


VIEWINGS = SQLModel.metadata.tables["viewing"]


@dataclass(frozen=True, slots=True)
class Viewing:
    """How far somebody had come, and when (wall time)."""

    position_s: float
    at: datetime


class Viewings:
    """Positions of one edition's people."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    async def of(self, person: str) -> Mapping[str, Viewing]:
        """Where a person left each item, by its id; the last MOST_OF_A_PERSON."""
        asked = (
            select(VIEWINGS.c.item, VIEWINGS.c.position_s, VIEWINGS.c.at)
            .where(VIEWINGS.c.edition_id == self._journal.edition_id, VIEWINGS.c.person == person)
            .order_by(VIEWINGS.c.at.desc())
            .limit(MOST_OF_A_PERSON)
        )
        async with self._journal.database.read() as connection:
            rows = (await connection.execute(asked)).all()
        return {row.item: Viewing(row.position_s, row.at) for row in rows}

    async def note(self, person: str, item: str, position_s: float, at: datetime | None) -> None:
        """Somebody has come this far; what is older than what is known changes nothing.

        Args:
            at: when, by the device; what lies ahead of our clock is now.

        Raises:
            Refused: `bad_request`.
        """
        if not (math.isfinite(position_s) and 0 <= position_s <= LONGEST_S):
            detail = f"expected a position of 0 to {LONGEST_S:g} s, came {position_s!r:.40}"
            raise Refused("bad_request", detail)
        now = self._clock.wall()
        row = {
            "edition_id": self._journal.edition_id,
            "person": person,
            "item": item,
            "position_s": position_s,
            "at": min(at or now, now),
        }
        offered = dialect_of(self._journal.database).insert(VIEWINGS)
        newest = offered.excluded
        statement = offered.on_conflict_do_update(
            index_elements=["edition_id", "person", "item"],
            set_={"position_s": newest.position_s, "at": newest.at},
            where=newest.at >= VIEWINGS.c.at,
        )
        async with self._journal.database.write() as connection:
            await connection.execute(statement, row)

    async def forget_old(self) -> int:
        """Forgets what was last said longer than KEPT ago; how many."""
        old = VIEWINGS.c.at < self._clock.wall() - KEPT
        mine = VIEWINGS.c.edition_id == self._journal.edition_id
        async with self._journal.database.write() as connection:
            return (await connection.execute(delete(VIEWINGS).where(mine, old))).rowcount

    async def run(self) -> None:
        """Forgets for as long as the process lives."""
        while True:
            await self.forget_old()
            await self._clock.sleep(FORGET_EVERY_S)
