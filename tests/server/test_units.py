from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from server import wire
from server.board import Position
from server.entries import Entry, Erasure
from server.units import Staging, Unit, event_of
from tests.server.guestbook import (
    AuthorThanked,
    HostTold,
    MessageDeleted,
    MessagePosted,
    book_kinds,
)

ROOM, HOSTS = "room:aalborg", "room.host:aalborg"
AT = datetime(2021, 1, 28, 9, 0, tzinfo=UTC)


def a_unit() -> Unit:
    kinds = book_kinds()
    address = kinds.find(ROOM)
    assert address is not None
    return Unit(kinds, address, "a1")


def a_row(seq: int, text: str = "hej", topic: str = ROOM) -> Entry:
    envelope = wire.Envelope(topic, seq, "message_posted", AT)
    return Entry(envelope, {"message": f"m{seq}", "author": "p", "text": text})


def texts(unit: Unit) -> list[str]:
    return [message["text"] for message in orjson.loads(unit.snapshot(ROOM))["messages"]]


def test_rows_are_folded_in_once_and_in_order() -> None:
    unit = a_unit()
    rows = [a_row(1), a_row(2), a_row(2), a_row(1), a_row(4), a_row(3)]

    assert [entry.envelope.seq for entry in unit.take(rows)] == [1, 2, 3]
    assert unit.position(ROOM) == Position("a1", 3)
    assert len(texts(unit)) == 3


def test_rows_of_other_units_are_passed_over() -> None:
    unit = a_unit()

    assert unit.take([a_row(1, topic="room:aarhus")]) == []


def test_a_snapshot_is_made_once_for_each_state() -> None:
    unit = a_unit()
    first = unit.snapshot(ROOM)
    assert unit.snapshot(ROOM) is first
    unit.take([a_row(1)])

    assert unit.snapshot(ROOM) != first


def test_another_epoch_forgets_everything() -> None:
    unit = a_unit()
    unit.take([a_row(1)])
    assert texts(unit) == ["hej"]
    unit.start_over("b2")

    assert unit.position(ROOM) == Position("b2", 0)
    assert texts(unit) == []


@pytest.mark.parametrize("data", [{}, {"message": 1}, {"text": None}])
def test_a_row_that_cannot_be_read_moves_the_head_alone(data: wire.Data) -> None:
    unit = a_unit()
    bad = Entry(wire.Envelope(ROOM, 1, "message_posted", AT), data)
    unknown = Entry(wire.Envelope(ROOM, 2, "message_sung", AT), data)
    unit.take([bad, unknown, a_row(3)])

    assert event_of(unit.topics[ROOM], unknown) is None
    assert unit.position(ROOM).head == 3


def test_a_staging_goes_on_from_the_state_and_leaves_it_alone() -> None:
    unit = a_unit()
    unit.take([a_row(1)])
    staging = Staging(unit.kinds)
    first = staging.write(unit, [MessagePosted("m2", "p", "to"), HostTold("m2")], "c1", AT, None)
    second = staging.write(unit, [MessagePosted("m3", "p", "tre")], "c2", AT, None)

    assert (first, second) == ({ROOM: 2, HOSTS: 1}, {ROOM: 3})
    assert texts(unit) == ["hej"]
    unit.swap(staging.fold_of(unit))
    assert texts(unit) == ["hej", "to", "tre"]
    assert unit.position(HOSTS).head == 1


def test_a_fault_among_the_events_of_a_command_leaves_nothing_of_it() -> None:
    unit, staging = a_unit(), Staging(book_kinds())
    with pytest.raises(KeyError):
        staging.write(unit, [MessagePosted("m1", "p", "en"), object()], "c1", AT, None)

    assert staging.drafts == []
    assert staging.fold_of(unit).heads == {ROOM: 0, HOSTS: 0}


def test_events_for_persons_are_numbered_on_from_their_own_heads() -> None:
    unit, staging = a_unit(), Staging(book_kinds())
    events = [AuthorThanked("bo", "m1"), HostTold("m1"), AuthorThanked("bo", "m1")]
    staging.write(unit, events, "c1", AT, None)
    assert staging.persons() == {"person:bo"}
    entries = staging.entries({"person:bo": Position("a1", 7)})

    assert [(e.envelope.topic, e.envelope.seq) for e in entries] == [
        ("person:bo", 8),
        (HOSTS, 1),
        ("person:bo", 9),
    ]


def test_free_text_is_kept_apart_and_emptied_by_what_comes_after() -> None:
    unit, staging = a_unit(), Staging(book_kinds())
    staging.write(unit, [MessagePosted("m1", "p", "væk")], "c1", AT, None)
    staging.write(unit, [MessageDeleted("m1")], "c2", AT, None)
    posted, deleted = staging.entries({})

    assert (posted.data["text"], posted.free, posted.subject) == ("", {"text": "væk"}, "m1")
    assert posted.full_data["text"] == "væk"
    assert deleted.free is None
    assert staging.erasures([posted, deleted]) == [Erasure(ROOM, "m1", 2)]


def test_show_time_stands_on_events_of_units_that_live_by_it_and_never_on_a_persons() -> None:
    unit, staging = a_unit(), Staging(book_kinds())
    staging.write(unit, [HostTold("m1"), AuthorThanked("bo", "m1")], "c1", AT, AT)
    told, thanked = staging.entries({"person:bo": Position("a1", 0)})

    assert (told.envelope.show_at, thanked.envelope.show_at) == (AT, None)
