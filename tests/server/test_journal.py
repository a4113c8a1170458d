from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from server import wire
from server.board import Position
from server.clock import ShowMap
from server.database import Database
from server.entries import Answer, Batch, Entry, Erasure, digest_of
from server.journal import Journal, new_edition, open_journal

AT = datetime(2021, 1, 28, 9, 0, 0, 123456, tzinfo=UTC)
MAP = ShowMap(wall=AT, show=AT - timedelta(hours=2), speed=30)


@asynccontextmanager
async def a_journal(url: str = "sqlite://") -> AsyncIterator[Journal]:
    database = Database(url)
    await database.migrate()
    try:
        yield await open_journal(database, new_edition("e", "Test", MAP, epoch="a1"))
    finally:
        await database.close()


def an_entry(topic: str, seq: int, text: str | None = None, subject: str = "m1") -> Entry:
    envelope = wire.Envelope(topic, seq, "posted", AT, AT if topic == "show" else None, f"c{seq}")
    if text is None:
        return Entry(envelope, {"n": seq})
    return Entry(envelope, {"n": seq, "text": ""}, free={"text": text}, subject=subject)


async def store(journal: Journal, batch: Batch) -> list[Entry]:
    async with journal.transaction() as transaction:
        return await transaction.last_step(lambda writing: writing.store(batch))


async def test_what_was_stored_is_read_back_as_it_was_sent(database_url: str) -> None:
    entries = [an_entry("show", 1), an_entry("room:aalborg", 1, "hej")]
    async with a_journal(database_url) as journal:
        await store(journal, Batch(entries))
        show = await journal.entries("show", 0, 1)
        room = await journal.entries("room:aalborg", 0, 1)

    assert [entry.frame() for entry in show + room] == [entry.frame() for entry in entries]
    assert b'"at":"2021-01-28T09:00:00.123456Z","show_at":' in show[0].frame()
    assert b'"text":"hej"' in room[0].frame()


async def test_rows_of_several_topics_come_in_the_order_they_were_stored(database_url: str) -> None:
    entries = [an_entry("b", 1), an_entry("a", 1), an_entry("b", 2), an_entry("a", 2)]
    async with a_journal(database_url) as journal:
        await store(journal, Batch(entries))
        found = await journal.entries_after({"a": 0, "b": 1})
        page = await journal.entries_after({"a": 0, "b": 0}, limit=1)

    assert [(e.envelope.topic, e.envelope.seq) for e in found] == [("a", 1), ("b", 2), ("a", 2)]
    assert [(e.envelope.topic, e.envelope.seq) for e in page] == [("b", 1)]


async def test_heads_stand_where_the_last_row_stands(database_url: str) -> None:
    async with a_journal(database_url) as journal:
        await store(journal, Batch([an_entry("a", 1), an_entry("a", 2)]))
        await store(journal, Batch([an_entry("a", 3)]))

        assert await journal.positions(["a", "b"]) == {
            "a": Position("a1", 3),
            "b": Position("a1", 0),
        }


async def test_a_seq_is_given_once(database_url: str) -> None:
    async with a_journal(database_url) as journal:
        await store(journal, Batch([an_entry("a", 1)]))
        with pytest.raises(IntegrityError):
            await store(journal, Batch([an_entry("a", 1)]))

        assert (await journal.positions(["a"]))["a"].head == 1


async def test_a_transaction_that_fails_stores_nothing(database_url: str) -> None:
    async with a_journal(database_url) as journal:
        with pytest.raises(IntegrityError):
            await store(journal, Batch([an_entry("a", 1), an_entry("b", 1), an_entry("b", 1)]))

        assert await journal.entries("a", 0, 1) == []
        assert (await journal.positions(["a"]))["a"].head == 0


async def test_an_answer_is_found_by_person_and_id(database_url: str) -> None:
    answer = Answer("p1", "c1", "d", "room:aalborg", 7, True)
    other = Answer("p2", "c1", "d2", "room:aalborg", None, False)
    async with a_journal(database_url) as journal:
        await store(journal, Batch(answers=[answer, other]))
        async with journal.transaction() as transaction:
            asked = [("p1", "c1"), ("p1", "c2"), ("p2", "c1")]
            found = await transaction.step(lambda writing: writing.answers(asked))

    assert found == {("p1", "c1"): answer, ("p2", "c1"): other}


async def test_erasing_leaves_a_tombstone_and_spares_other_topics_and_later_texts(
    database_url: str,
) -> None:
    entries = [
        an_entry("room:aalborg", 1, "væk"),
        an_entry("room:aarhus", 1, "bliver"),
        an_entry("room:aalborg", 2, "bliver", subject="m2"),
        an_entry("room:aalborg", 3, "bliver, for den er rettelsen"),
    ]
    async with a_journal(database_url) as journal:
        await store(journal, Batch(entries))
        (tombstone,) = await store(journal, Batch(erasures=[Erasure("room:aalborg", "m1", 3)]))
        again = await store(journal, Batch(erasures=[Erasure("room:aalborg", "m1", 3)]))
        rows = await journal.entries("room:aalborg", 0, 3)
        (elsewhere,) = await journal.entries("room:aarhus", 0, 1)

    assert tombstone.full_data == {"n": 1, "text": "", "erased": True}
    assert again == []
    assert [row.full_data["text"] for row in rows] == ["", "bliver", "bliver, for den er rettelsen"]
    assert rows[0].frame() == tombstone.frame()
    assert elsewhere.full_data["text"] == "bliver"


async def test_an_erased_text_is_nowhere_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "day.db"
    async with a_journal(f"sqlite:///{file}") as journal:
        await store(journal, Batch([an_entry("room:aalborg", 1, "hemmeligt-ord")]))
    assert b"hemmeligt-ord" in file.read_bytes()

    async with a_journal(f"sqlite:///{file}") as journal:
        await store(journal, Batch(erasures=[Erasure("room:aalborg", "m1", 2)]))
    assert b"hemmeligt-ord" not in file.read_bytes()


async def test_the_newest_rows_of_a_name_are_found_before_a_seq(database_url: str) -> None:
    async with a_journal(database_url) as journal:
        await store(journal, Batch([an_entry("a", n) for n in range(1, 8)]))
        found = await journal.entries_named("a", ["posted"], before=6, limit=2)

        assert [entry.envelope.seq for entry in found] == [4, 5]
        assert await journal.entries_named("a", ["other"], before=6, limit=2) == []


async def test_cursors_are_kept(database_url: str) -> None:
    async with a_journal(database_url) as journal:
        await journal.move_cursor("show", 3)
        await journal.move_cursor("show", 5)

        assert await journal.cursors() == {"show": 5}


async def test_the_edition_is_stored_at_the_first_start_and_read_at_the_next(
    database_url: str,
) -> None:
    async with a_journal(database_url) as first:
        pass
    database = Database(database_url)
    later = ShowMap(AT + timedelta(days=1), AT)
    second = await open_journal(database, new_edition("e", "Test", later))
    await database.close()

    assert second.show_map == first.show_map == MAP
    assert second.epoch == "a1"
    assert second.media_epoch == first.media_epoch < MAP.wall


def test_a_digest_is_of_what_was_asked_not_of_how_it_was_written() -> None:
    assert digest_of("a", "n", {"x": 1, "y": 2}) == digest_of("a", "n", {"y": 2, "x": 1})
    others = [("b", "n", {"x": 1}), ("a", "m", {"x": 1}), ("a", "n", {"x": 2}), ("a", "n", {})]
    digests = {digest_of(*other) for other in others} | {digest_of("a", "n", {"x": 1})}

    assert len(digests) == 5
