from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from server import wire
from server.access.actor import SYSTEM, Actor
from server.board import Done, Position
from server.database import TOPICS
from server.errors import Refused
from server.journal import Transaction, Writing
from tests.server.guestbook import (
    ANNA,
    BO,
    EVA,
    HOST,
    Book,
    DeleteMessage,
    Library,
    PostMessage,
    a_library,
)

ROOM = "room:aalborg"


def refusal(outcome: Any) -> str:
    assert isinstance(outcome, Refused)
    return outcome.code


async def code_of(awaitable: Any) -> str:
    with pytest.raises(Refused) as refused:
        await awaitable
    return refused.value.code


async def state_of(library: Library, topic: str = ROOM) -> Any:
    unit = await library.dispatch.unit_of(topic)
    return orjson.loads(unit.snapshot(topic))


def texts(snapshot: Any) -> list[str]:
    if isinstance(snapshot, Book):
        return list(snapshot.texts.values())
    return [message["text"] for message in snapshot["messages"]]


async def test_a_command_is_answered_with_its_seq_and_handed_out(database_url: str) -> None:
    async with a_library(database_url) as library:
        assert await library.post("hej") == Done(ROOM, 1)
        (seq, frame), *rest = library.fanout.frames[ROOM]

    assert (seq, rest) == (1, [])
    assert orjson.loads(frame) == {
        "op": "event",
        "topic": ROOM,
        "seq": 1,
        "name": "message_posted",
        "at": "2021-01-28T12:00:00Z",
        "cause": "p-anna-hej",
        "data": {"message": "m1", "author": "p-anna", "text": "hej"},
    }


async def test_the_same_id_again_gives_the_first_answer_and_does_nothing_twice(
    database_url: str,
) -> None:
    async with a_library(database_url) as library:
        first = await library.post("hej", id="c1")
        await library.post("så", id="c2")

        assert await library.post("hej", id="c1") == first
        assert library.fanout.seqs(ROOM) == [1, 2]


async def test_the_same_id_twice_in_one_batch_is_done_once(database_url: str) -> None:
    async with a_library(database_url) as library:
        answers = await asyncio.gather(*(library.post("hej", id="c1") for _ in range(5)))

        assert answers == [Done(ROOM, 1)] * 5
        assert texts(await state_of(library)) == ["hej"]


async def test_the_same_id_with_another_body_is_refused(database_url: str) -> None:
    async with a_library(database_url) as library:
        await library.post("hej", id="c1")

        assert await code_of(library.post("andet", id="c1")) == "id_reused"
        assert texts(await state_of(library)) == ["hej"]


async def test_what_is_asked_too_often_has_the_answer_that_it_had_and_is_else_refused(
    database_url: str,
) -> None:
    too_fast = Refused("too_fast", "expected a slower pace")
    async with a_library(database_url) as library:

        async def recall(id: str) -> Done:
            return await library.dispatch.recall(
                ANNA, id, ROOM, "post_message", {"text": "hej"}, too_fast
            )

        first, under_way = await asyncio.gather(library.post("hej", id="c1"), recall("c1"))

        assert under_way == first == await recall("c1") == Done(ROOM, 1)
        assert await code_of(recall("c2")) == "too_fast"
        assert texts(await state_of(library)) == ["hej"]
        assert await library.post("hej", id="c2") == Done(ROOM, 2)


async def test_ids_are_each_persons_own(database_url: str) -> None:
    async with a_library(database_url) as library:
        await library.post("hej", by=ANNA, id="c1")

        assert await library.post("hej", by=BO, id="c1") == Done(ROOM, 2)


async def test_refusals_are_decided_anew(database_url: str) -> None:
    async with a_library(database_url) as library:
        delete = {"message": "m1"}
        do = library.dispatch.do
        assert await code_of(library.post("", id="c1")) == "empty"
        assert await code_of(library.post("", id="c1")) == "empty"
        await library.post("hej", id="c1")
        assert await do(ANNA, "c2", ROOM, "delete_message", delete) == Done(ROOM, 2)


async def test_a_command_that_changes_nothing_is_accepted_without_a_seq(database_url: str) -> None:
    async with a_library(database_url) as library:
        done = await library.dispatch.do(ANNA, "c1", ROOM, "delete_message", {"message": "m9"})

        assert done == Done(ROOM, None)


async def test_what_is_held_is_said_to_be(database_url: str) -> None:
    async with a_library(database_url) as library:
        assert (await library.post("thanks")).held


@pytest.mark.parametrize(
    ("actor", "topic", "name", "data", "code"),
    [
        (EVA, ROOM, "post_message", {"text": "hej"}, "not_found"),
        (ANNA, "room:nowhere", "post_message", {"text": "hej"}, "not_found"),
        (ANNA, "room", "post_message", {"text": "hej"}, "not_found"),
        (ANNA, "room:", "post_message", {"text": "hej"}, "not_found"),
        (ANNA, "presence", "post_message", {"text": "hej"}, "not_found"),
        (ANNA, ROOM, "pin_message", {"message": "m1"}, "not_found"),
        (ANNA, ROOM, "fly", {}, "unknown_command"),
        (ANNA, ROOM, "post_message", {"text": 5}, "bad_data"),
        (ANNA, ROOM, "post_message", {"text": "hej", "role": "host"}, "bad_data"),
        (ANNA, ROOM, "post_message", {"text": "break"}, "internal"),
        (SYSTEM, ROOM, "post_message", {"text": "hej"}, "not_found"),
    ],
)
async def test_a_wrong_command_is_refused_and_nothing_is_stored(
    database_url: str, actor: Actor, topic: str, name: str, data: dict[str, Any], code: str
) -> None:
    async with a_library(database_url) as library:
        assert await code_of(library.dispatch.do(actor, "c1", topic, name, data)) == code
        assert library.fanout.frames == {}
        assert await library.post("hej") == Done(ROOM, 1)


@pytest.mark.parametrize("id", ["", "x" * 101, "a\0"])
async def test_an_id_of_a_wrong_length_is_refused(database_url: str, id: str) -> None:
    async with a_library(database_url) as library:
        do = library.dispatch.do(ANNA, id, ROOM, "post_message", {"text": "hej"})
        assert await code_of(do) == "bad_id"


async def test_a_fault_in_a_decider_is_logged_without_what_was_written(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_library(database_url) as library:
        with caplog.at_level(logging.ERROR, "topmoede"):
            assert await code_of(library.post("break", id="c7")) == "internal"

    (record,) = caplog.records
    assert record.__dict__["cause"] == "c7"
    assert "break" not in record.getMessage()


async def test_refused_commands_in_a_batch_leave_the_others_alone(database_url: str) -> None:
    async with a_library(database_url) as library:
        outcomes = await asyncio.gather(
            library.post("en"),
            library.post(""),
            library.post("break"),
            library.post("to"),
            return_exceptions=True,
        )

    assert [outcomes[0], outcomes[3]] == [Done(ROOM, 1), Done(ROOM, 2)]
    assert [refusal(outcomes[1]), refusal(outcomes[2])] == ["empty", "internal"]


async def test_one_command_writes_for_several_audiences_in_one_transaction(
    database_url: str,
) -> None:
    async with a_library(database_url) as library:
        await library.post("hej")
        await library.post("thanks")
        fanout = library.fanout

        assert (fanout.seqs(ROOM), fanout.seqs("room.host:aalborg")) == ([1, 2], [1])
        assert fanout.seqs("person:p-anna") == [1]
        assert await state_of(library, "room.host:aalborg") == {"told": 1}
        assert await state_of(library, "person:p-anna") == {"thanked": 1}


async def test_an_open_persons_state_follows_what_units_write_to_it(database_url: str) -> None:
    async with a_library(database_url) as library:
        assert await state_of(library, "person:p-anna") == {"thanked": 0}
        await library.post("thanks", id="c1")
        await library.post("thanks", id="c2")

        assert await state_of(library, "person:p-anna") == {"thanked": 2}


async def test_frames_leave_in_order_and_once_under_load(database_url: str) -> None:
    async with a_library(database_url) as library:
        people = (ANNA, BO, HOST)
        await asyncio.gather(
            *(library.post(f"{n}", by=people[n % 3]) for n in range(500)),
        )

        assert library.fanout.seqs(ROOM) == list(range(1, 501))


async def test_deleting_a_message_leaves_a_tombstone_with_the_same_seq(database_url: str) -> None:
    async with a_library(database_url) as library:
        await library.post("en hemmelighed")
        await library.dispatch.do(ANNA, "d", ROOM, "delete_message", {"message": "m1"})
        ((topic, seq, frame),) = library.fanout.rewritten
        (stored, _) = await library.journal.entries(ROOM, 0, 2)

    assert (topic, seq) == (ROOM, 1)
    assert orjson.loads(frame)["data"] == {
        "message": "m1",
        "author": "p-anna",
        "text": "",
        "erased": True,
    }
    assert stored.frame() == frame


async def test_a_message_posted_and_deleted_in_one_batch_is_only_ever_a_tombstone(
    database_url: str,
) -> None:
    async with a_library(database_url) as library:
        await asyncio.gather(
            library.post("hov", id="c1"),
            library.dispatch.do(ANNA, "d", ROOM, "delete_message", {"message": "m1"}),
        )

        (_, posted), (_, deleted) = library.fanout.frames[ROOM]
        assert b"hov" not in posted + deleted
        assert orjson.loads(posted)["data"]["erased"]


async def test_commands_of_our_own_making_go_the_same_way(database_url: str) -> None:
    async with a_library(database_url) as library:
        done = await library.dispatch.command(ANNA, "c1", ROOM, PostMessage("hej"))

        assert done == await library.dispatch.command(ANNA, "c1", ROOM, PostMessage("hej"))
        assert await code_of(library.dispatch.command(SYSTEM, "c", ROOM, DeleteMessage("m1"))) == (
            "not_found"
        )


async def test_listeners_hear_of_rows_after_they_are_committed(database_url: str) -> None:
    async with a_library(database_url) as library:
        heard: list[tuple[str, int]] = []
        library.dispatch.on_commit.append(
            lambda entries: heard.extend((e.envelope.topic, e.envelope.seq) for e in entries)
        )
        await library.post("thanks")

        assert heard == [(ROOM, 1), ("room.host:aalborg", 1), ("person:p-anna", 1)]


async def test_a_unit_opened_later_stands_where_the_log_stands(database_url: str) -> None:
    async with a_library(database_url) as library:
        for text in ("en", "thanks", "to"):
            await library.post(text)
        before = await state_of(library)

    async with a_library(database_url) as library:
        assert await state_of(library) == before
        assert await library.post("en") == Done(ROOM, 1)
        assert await library.post("tre") == Done(ROOM, 4)


async def test_who_asks_while_a_unit_is_being_opened_waits_until_it_is(database_url: str) -> None:
    async with a_library(database_url) as library:
        for text in ("en", "to", "tre"):
            await library.post(text)

    async with a_library(database_url) as library:

        async def head() -> int:
            return (await library.dispatch.unit_of(ROOM)).position(ROOM).head

        assert list(await asyncio.gather(head(), head(), head())) == [3, 3, 3]


async def test_two_writers_on_one_database_see_each_others_rows(database_url: str) -> None:
    async with a_library(database_url) as one, a_library(database_url) as two:
        await asyncio.gather(
            *(one.post(f"one {n}", by=ANNA) for n in range(60)),
            *(two.post(f"two {n}", by=BO) for n in range(60)),
        )
        await asyncio.gather(one.dispatch.catch_up(), two.dispatch.catch_up([ROOM]))

        assert one.fanout.seqs(ROOM) == two.fanout.seqs(ROOM) == list(range(1, 121))
        assert one.fanout.frames == two.fanout.frames
        assert await state_of(one) == await state_of(two)


async def test_the_same_command_through_two_writers_is_done_once(database_url: str) -> None:
    async with a_library(database_url) as one, a_library(database_url) as two:
        answers = await asyncio.gather(
            *(library.post("hej", id="auto:01:1") for library in (one, two, one, two))
        )

        assert answers == [Done(ROOM, 1)] * 4


async def test_a_text_that_another_writer_erased_is_a_tombstone_in_our_ring_too(
    database_url: str,
) -> None:
    async with a_library(database_url) as one, a_library(database_url) as two:
        await one.post("en hemmelighed")
        await one.post("thanks")
        await two.dispatch.unit_of(ROOM)
        await one.dispatch.do(ANNA, "d", ROOM, "delete_message", {"message": "m1"})
        await two.dispatch.catch_up()
        ((topic, seq, frame),) = two.fanout.rewritten

    assert (topic, seq) == (ROOM, 1)
    assert orjson.loads(frame)["data"]["erased"]
    assert two.fanout.rewritten == one.fanout.rewritten


async def test_what_lags_behind_others_is_what_is_open_here_and_older(database_url: str) -> None:
    async with a_library(database_url) as one, a_library(database_url) as two:
        await one.post("en")
        assert two.dispatch.behind({ROOM: 1}) == [], "it is not open"
        await two.dispatch.unit_of(ROOM)
        await one.post("to")

        assert two.dispatch.behind({ROOM: 2, "room:aarhus": 9}) == [ROOM]
        assert two.dispatch.behind({ROOM: 1}) == []


async def test_who_is_overtaken_between_commit_and_swap_is_not_set_back(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_library(database_url) as one, a_library(database_url) as two:
        last_step = Transaction.last_step

        async def overtaken(self: Transaction, work: Callable[[Writing], Any]) -> Any:
            monkeypatch.undo()
            stored = await last_step(self, work)
            await two.post("to")
            await one.dispatch.catch_up()
            return stored

        monkeypatch.setattr(Transaction, "last_step", overtaken)
        assert await one.post("en") == Done(ROOM, 1)

        assert texts(one.dispatch.opened(ROOM).face(ROOM)) == ["en", "to"]
        assert one.fanout.seqs(ROOM) == [1, 2]


async def test_a_topic_that_nobody_may_read_leaves_no_row(database_url: str) -> None:
    async with a_library(database_url) as library:
        for topic in ("person:x", "person:x\0", "room:aarhus"):
            assert await code_of(library.dispatch.do(ANNA, "c", topic, "x", {})) == "not_found"
        async with library.journal.database.read() as connection:
            assert (await connection.execute(select(TOPICS.c.name))).all() == []


async def test_a_full_disk_refuses_clearly_and_loses_nothing(tmp_path: Path) -> None:
    async with a_library(f"sqlite:///{tmp_path / 'day.db'}") as library:
        await library.post("før")
        async with library.journal.database.write() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        long = "x" * 20_000
        assert await code_of(library.post(long, id="c1")) == "storage_full"
        assert library.fanout.seqs(ROOM) == [1]
        assert texts(await state_of(library)) == ["før"]
        async with library.journal.database.write() as connection:
            await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")

        assert await library.post(long, id="c1") == Done(ROOM, 2)


async def test_a_locked_database_refuses_clearly_and_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "day.db"
    async with a_library(f"sqlite:///{file}") as library:
        await library.post("før")
        async with library.journal.database.write() as connection:
            await connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        other = sqlite3.connect(file, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            outcomes = await asyncio.gather(
                library.post("nu", id="c1"), library.post("", id="c2"), return_exceptions=True
            )
            assert [refusal(outcome) for outcome in outcomes] == ["storage_busy"] * 2
            other.execute("ROLLBACK")
        finally:
            other.close()

        assert await library.post("nu", id="c1") == Done(ROOM, 2)


async def test_a_caller_who_goes_away_does_not_stop_the_command(database_url: str) -> None:
    async with a_library(database_url) as library:
        leaving = asyncio.create_task(library.post("hej", id="c1"))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await library.dispatch.idle()

        assert await library.post("hej", id="c1") == Done(ROOM, 1)
        assert library.fanout.seqs(ROOM) == [1]


async def test_a_row_that_cannot_be_read_is_passed_over(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_library(database_url) as library:
        await library.post("en")
        await library.post("to")
        async with library.journal.database.write() as connection:
            await connection.exec_driver_sql("UPDATE event SET data = '{}' WHERE seq = 1")
        unit = await library.dispatch.unit_of(ROOM)
        unit.start_over("a1")
        await library.dispatch.catch_up()

        assert texts(await state_of(library)) == ["to"]
        assert (await library.post("tre")).seq == 3


async def test_lost_numbers_are_noticed_and_the_state_is_read_again(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_library(database_url) as library:
        await library.post("en")
        await library.post("to")
        async with library.journal.database.write() as connection:
            await connection.exec_driver_sql("DELETE FROM content WHERE seq = 2")
            await connection.exec_driver_sql("DELETE FROM event WHERE seq = 2")
            await connection.exec_driver_sql("UPDATE topic SET head = head / 2, epoch = 'b2'")
        with caplog.at_level(logging.ERROR, "topmoede"):
            assert await library.post("tre") == Done(ROOM, 2)
        unit = await library.dispatch.unit_of(ROOM)

        assert unit.epoch == "b2"
        assert texts(await state_of(library)) == ["en", "tre"]
        assert "numbers were lost" in caplog.text


async def test_rows_that_come_while_the_heads_are_read_are_no_lost_numbers(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_library(database_url) as library:
        await library.post("en")
        read = library.journal.positions

        async def read_slowly(topics: Iterable[str]) -> dict[str, Position]:
            stored = await read(topics)
            await library.post("to")
            return stored

        monkeypatch.setattr(library.journal, "positions", read_slowly)
        await library.dispatch.catch_up()

        assert "numbers were lost" not in caplog.text
        assert library.fanout.seqs("room:aalborg") == [1, 2]


async def test_every_answer_has_its_row(database_url: str) -> None:
    async with a_library(database_url) as library:
        done = await asyncio.gather(*(library.post(f"{n}") for n in range(200)))
        rows = await library.journal.entries(ROOM, 0, 200)

        assert Counter(d.seq for d in done) == Counter(range(1, 201))
        assert [row.envelope.cause for row in rows] == [
            f"p-anna-{n}" for n in sorted(range(200), key=lambda n: done[n].seq)
        ]
        assert all(row.envelope.name == wire.name_of(type(row)) or row.id for row in rows)
