"""The rows of the logs: how they are found, what they read as, and what is written down for them.

An event's row stands beside its free text, which has a row of its own: emptied it is there still,
without a text, and so what was erased is known from what never had any. A topic without a row
stands at 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, tuple_
from sqlalchemy.engine import Connection

from server import wire
from server.board import Position
from server.database import COMMANDS, CONTENTS, EVENTS, TOPICS
from server.entries import Answer, Entry, Erasure

ERASURES_AT_ONCE = 200

# To build a statement costs several times what it costs to run it: those of every message stand
# here, built once.
_POSITIONS = (
    select(TOPICS.c.name, TOPICS.c.epoch, TOPICS.c.head)
    .where(
        TOPICS.c.edition_id == bindparam("edition"),
        TOPICS.c.name.in_(bindparam("names", expanding=True)),
    )
    .order_by(TOPICS.c.name)
)
_POSITIONS_LOCKED = _POSITIONS.with_for_update()
_ANSWERS = select(COMMANDS).where(
    COMMANDS.c.edition_id == bindparam("edition"),
    tuple_(COMMANDS.c.person, COMMANDS.c.id).in_(bindparam("keys", expanding=True)),
)


def positions(
    connection: Connection,
    edition_id: str,
    epoch: str,
    topics: Iterable[str],
    *,
    lock: bool = False,
) -> dict[str, Position]:
    """Where topics stand.

    Args:
        epoch: the edition's, which those without a row stand in.
        lock: hold their rows until the transaction ends.
    """
    names = sorted(set(topics))
    found = connection.execute(
        _POSITIONS_LOCKED if lock else _POSITIONS, {"edition": edition_id, "names": names}
    )
    stored = {row.name: Position(row.epoch, row.head) for row in found}
    return {name: stored.get(name, Position(epoch, 0)) for name in names}


def answers(
    connection: Connection, edition_id: str, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Answer]:
    """What was answered before, by (person, id)."""
    rows = connection.execute(_ANSWERS, {"edition": edition_id, "keys": list(keys)})
    return {
        (row.person, row.id): Answer(row.person, row.id, row.digest, row.topic, row.seq, row.held)
        for row in rows
    }


def entries_after(
    connection: Connection, edition_id: str, heads: Mapping[str, int], limit: int
) -> list[Entry]:
    """The oldest `limit` rows past the heads; a full page means there may be more."""
    past = or_(
        *(and_(EVENTS.c.topic == topic, EVENTS.c.seq > head) for topic, head in heads.items())
    )
    return read_entries(connection, and_(EVENTS.c.edition_id == edition_id, past), limit)


def emptied_by(connection: Connection, edition_id: str, erasures: Sequence[Erasure]) -> list[Entry]:
    """The rows that these have made tombstones."""
    rows: list[Entry] = []
    for first in range(0, len(erasures), ERASURES_AT_ONCE):
        some = texts_of(edition_id, erasures[first : first + ERASURES_AT_ONCE])
        beside = select(CONTENTS.c.topic, CONTENTS.c.seq).where(some)
        place = tuple_(EVENTS.c.topic, EVENTS.c.seq)
        rows += read_entries(connection, and_(EVENTS.c.edition_id == edition_id, place.in_(beside)))
    return rows


def read_entries(connection: Connection, where: Any, limit: int | None = None) -> list[Entry]:
    beside = and_(
        CONTENTS.c.edition_id == EVENTS.c.edition_id,
        CONTENTS.c.topic == EVENTS.c.topic,
        CONTENTS.c.seq == EVENTS.c.seq,
    )
    asked = (
        select(EVENTS, CONTENTS.c.subject, CONTENTS.c.text)
        .join(CONTENTS, beside, isouter=True)
        .where(where)
        .order_by(EVENTS.c.id)
        .limit(limit)
    )
    return [_entry(row) for row in connection.execute(asked)]


def texts_of(edition_id: str, erasures: Sequence[Erasure]) -> Any:
    """The free texts that these empty."""
    each = (
        and_(
            CONTENTS.c.topic == erasure.topic,
            _concerned(erasure),
            CONTENTS.c.seq < erasure.before,
        )
        for erasure in erasures
    )
    return and_(CONTENTS.c.edition_id == edition_id, or_(*each))


def _concerned(erasure: Erasure) -> Any:
    if erasure.whole:
        return CONTENTS.c.subject == erasure.subject
    return func.substr(CONTENTS.c.subject, 1, len(erasure.subject)) == erasure.subject


def _entry(row: Any) -> Entry:
    return Entry(
        wire.Envelope(row.topic, row.seq, row.name, row.at, row.show_at, row.cause),
        wire.from_json(row.data),
        free=None if row.text is None else wire.from_json(row.text),
        subject=row.subject or "",
        erased=row.subject is not None and row.text is None,
        id=row.id,
    )


def topic_row(edition_id: str, name: str, position: Position) -> dict[str, Any]:
    return {
        "edition_id": edition_id,
        "name": name,
        "epoch": position.epoch,
        "head": position.head,
    }


def event_row(edition_id: str, entry: Entry) -> dict[str, Any]:
    envelope = entry.envelope
    return {
        "edition_id": edition_id,
        "topic": envelope.topic,
        "seq": envelope.seq,
        "name": envelope.name,
        "at": envelope.at,
        "show_at": envelope.show_at,
        "cause": envelope.cause,
        "data": wire.to_json(entry.data).decode(),
    }


def content_row(edition_id: str, entry: Entry) -> dict[str, Any]:
    return {
        "edition_id": edition_id,
        "topic": entry.envelope.topic,
        "seq": entry.envelope.seq,
        "subject": entry.subject,
        "text": wire.to_json(entry.free).decode(),
    }


def command_row(edition_id: str, answer: Answer) -> dict[str, Any]:
    return {
        "edition_id": edition_id,
        "person": answer.person,
        "id": answer.id,
        "digest": answer.digest,
        "topic": answer.topic,
        "seq": answer.seq,
        "held": answer.held,
    }
