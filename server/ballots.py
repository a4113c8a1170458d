"""Whose a ballot was, and who asked without a name: gone from the rows once they count no longer.

A ballot's row must say whose it is, so that each person counts once; the desk must know who asked
without a name, so that an answer finds them. When the desk or a room's proposals have been emptied,
what stands before that leads to nothing any more: a name there is blanked in the row itself, and
folding the log gives the same state as before.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update

from server import wire
from server.database import EVENTS
from server.journal import Journal

BALLOTS = ("voted", "unvoted", "proposal_backed", "proposal_unbacked")
DESK = ("committee.desk", "committee.ballots")
NOBODY = {"id": "", "name": ""}


def names_somebody() -> ColumnElement[bool]:
    """Rows in which a voter or a nameless asker is still named."""
    data = EVENTS.c.data
    voter = and_(EVENTS.c.name.in_(BALLOTS), data.contains('"by":"'), data.not_like('%"by":""%'))
    asker = and_(
        EVENTS.c.name == "question_received",
        data.contains('"anonymous":true'),
        data.not_like('%"asker":{"id":""%'),
    )
    return or_(voter, asker)


async def topics_with_names(journal: Journal) -> set[str]:
    """The topics whose rows name a voter, or somebody who asked without a name."""
    asked = (
        select(EVENTS.c.topic)
        .where(EVENTS.c.edition_id == journal.edition_id, _kept_apart(), names_somebody())
        .distinct()
    )
    async with journal.database.read() as connection:
        return set((await connection.execute(asked)).scalars())


def _kept_apart() -> ColumnElement[bool]:
    return or_(EVENTS.c.topic.in_(DESK), EVENTS.c.topic.startswith("proposals.ballots:"))


async def blank_names(journal: Journal) -> int:
    """Blank the names that stand before the last emptying; returns in how many rows."""
    blanked = 0
    async with journal.database.write() as connection:
        emptied = (
            select(EVENTS.c.topic, func.max(EVENTS.c.id).label("last"))
            .where(
                EVENTS.c.edition_id == journal.edition_id,
                EVENTS.c.name.in_(("desk_emptied", "proposals_emptied")),
            )
            .group_by(EVENTS.c.topic)
        )
        for topic, last in (await connection.execute(emptied)).all():
            named = select(EVENTS.c.id, EVENTS.c.name, EVENTS.c.data).where(
                EVENTS.c.edition_id == journal.edition_id,
                EVENTS.c.topic.in_(_ballots_of(topic)),
                EVENTS.c.id < last,
                names_somebody(),
            )
            rows = [
                {"row": row.id, "blank": _blank(row.name, wire.from_json(row.data))}
                for row in await connection.execute(named)
            ]
            if rows:
                at = EVENTS.c.id == bindparam("row")
                await connection.execute(
                    update(EVENTS).where(at).values(data=bindparam("blank")), rows
                )
            blanked += len(rows)
    return blanked


def _ballots_of(topic: str) -> tuple[str, ...]:
    """Where those stand whom an emptying of this topic lets go."""
    noun, _, room = topic.partition(":")
    return (f"proposals.ballots:{room}",) if noun == "proposals" else DESK


def _blank(name: str, data: dict[str, Any]) -> str:
    nobody = {"asker": NOBODY} if name == "question_received" else {"by": ""}
    return wire.to_json(data | nobody).decode()
