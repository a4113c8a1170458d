"""Whole pieces of work on SQLite's thread; and the same pieces on either database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError, OperationalError

from server.board import Done
from server.clock import VirtualClock, same_as_wall
from server.database import EDITIONS, Database
from server.dispatch import Dispatch
from server.journal import Transaction, Writing, new_edition, open_journal
from server.one_hop import OwnThread
from tests.server.guestbook import ANNA, NOON, RecordingFanout, a_library, book_kinds

ROOM = "room:aalborg"


@asynccontextmanager
async def a_database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await database.migrate()
    yield database
    await database.close()


def insert(id: str) -> Callable[[Connection], None]:
    row = new_edition(id, "Test", same_as_wall()).model_dump()

    def work(connection: Connection) -> None:
        connection.execute(EDITIONS.insert(), row)

    return work


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(EDITIONS.c.id).order_by(EDITIONS.c.id)).scalars())


async def test_a_piece_of_work_is_a_transaction(database_url: str) -> None:
    async with a_database(database_url) as database:
        await database.write_at_once(insert("a"))

        assert await database.read_at_once(names) == ["a"]


async def test_a_piece_that_fails_leaves_nothing_and_its_error_is_told(database_url: str) -> None:
    def twice(connection: Connection) -> None:
        insert("a")(connection)
        insert("a")(connection)

    async with a_database(database_url) as database:
        with pytest.raises(IntegrityError):
            await database.write_at_once(twice)
        assert await database.read_at_once(names) == []
        await database.write_at_once(insert("a"))

        assert await database.read_at_once(names) == ["a"]


async def test_steps_are_one_transaction_that_the_last_of_them_commits(database_url: str) -> None:
    async with a_database(database_url) as database:
        async with database.writing() as run:
            await run(insert("a"))
            assert await run(names) == ["a"]
            assert await database.read_at_once(names) == [], "nobody else sees it yet"

        assert await database.read_at_once(names) == [], "it was never committed"


async def test_pieces_and_awaited_statements_take_turns(database_url: str) -> None:
    async with a_database(database_url) as database:

        async def statement_by_statement(id: str) -> None:
            async with database.write() as connection:
                await connection.run_sync(insert(id))

        await asyncio.gather(
            *(database.write_at_once(insert(f"piece {n}")) for n in range(9)),
            *(statement_by_statement(f"awaited {n}") for n in range(9)),
        )

        assert len(await database.read_at_once(names)) == 18


async def test_after_sqlite_has_rolled_back_by_itself_pieces_are_whole_again(
    tmp_path: Path,
) -> None:
    def struck(connection: Connection) -> None:
        insert("a")(connection)
        connection.connection.rollback()  # behind the back of who counts transactions
        raise OSError("the disk is full")

    def half(connection: Connection) -> None:
        insert("b")(connection)
        raise RuntimeError("in the middle")

    async with a_database(f"sqlite:///{tmp_path / 'day.db'}") as database:
        with pytest.raises(OSError):
            await database.write_at_once(struck)
        with pytest.raises(RuntimeError):
            await database.write_at_once(half)

        assert await database.read_at_once(names) == []


def impatient(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA busy_timeout = 50").close()


async def test_who_cannot_begin_hears_of_it_and_can_later(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    async with a_database(url) as database, a_database(url) as other:
        await database.write_at_once(impatient)
        async with other.writing() as run:
            await run(names)
            with pytest.raises(OperationalError, match="locked"):
                await database.write_at_once(insert("a"))
        await database.write_at_once(insert("a"))

        assert await database.read_at_once(names) == ["a"]


async def test_who_is_cancelled_waits_for_the_work_and_hears_of_it_after(tmp_path: Path) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def held_up(connection: Connection) -> None:
        insert("a")(connection)
        begun.set()
        assert may_go_on.wait(20)

    known: list[str] = []

    async def write(database: Database) -> None:
        await database.write_at_once(held_up)
        known.append("committed")
        await asyncio.Event().wait()

    async with a_database(f"sqlite:///{tmp_path / 'day.db'}") as database:
        writing = asyncio.create_task(write(database))
        await asyncio.to_thread(begun.wait, 20)
        for _ in range(2):
            writing.cancel()
            await asyncio.sleep(0)
        assert not writing.done()
        may_go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await writing

        assert known == ["committed"]
        assert await database.read_at_once(names) == ["a"]


async def test_a_time_limit_still_says_that_it_was_one(tmp_path: Path) -> None:
    may_go_on = threading.Event()

    async def write(database: Database) -> None:
        async with asyncio.timeout(0.01):
            await database.write_at_once(lambda _: may_go_on.wait(20))
            await asyncio.Event().wait()

    async with a_database(f"sqlite:///{tmp_path / 'day.db'}") as database:
        writing = asyncio.create_task(write(database))
        await asyncio.sleep(0.05)
        may_go_on.set()
        with pytest.raises(TimeoutError):
            await writing


async def test_a_message_is_two_hops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hops: list[object] = []
    take = OwnThread._hop

    async def counted(self: OwnThread, work: Callable[[], object]) -> object:
        hops.append(work)
        return await take(self, work)

    async def refused(self: OwnThread, *_: object) -> object:
        raise AssertionError("expected nothing to be awaited call by call")

    async with a_library(f"sqlite:///{tmp_path / 'day.db'}") as library:
        await library.post("en")
        with monkeypatch.context() as watched:
            watched.setattr(OwnThread, "_hop", counted)
            watched.setattr(OwnThread, "_execute", refused)
            await library.post("to")
            await library.dispatch.idle()

    assert len(hops) == 2, "what it is decided on, and what it comes to with its commit"


@asynccontextmanager
async def a_dispatch(database: Database) -> AsyncIterator[tuple[Dispatch, asyncio.Task[None]]]:
    """One that runs until it is cancelled; what it hands out is with it."""
    clock = VirtualClock(NOON)
    edition = new_edition("e", "Test", clock.show_map, epoch="a1")
    journal = await open_journal(database, edition)
    dispatch = Dispatch(journal, book_kinds(), clock, RecordingFanout())
    running = asyncio.create_task(dispatch.run())
    yield dispatch, running
    running.cancel()
    await asyncio.wait([running])


def post(dispatch: Dispatch, text: str) -> asyncio.Task[Done]:
    data = {"text": text}
    return asyncio.create_task(dispatch.do(ANNA, text, ROOM, "post_message", data))


def handed_out(dispatch: Dispatch) -> list[int]:
    assert isinstance(dispatch.fanout, RecordingFanout)
    return dispatch.fanout.seqs(ROOM)


async def test_what_a_cancelled_dispatch_commits_it_hands_out_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on, last_step = threading.Event(), threading.Event(), Transaction.last_step

    async def held_up(self: Transaction, work: Callable[[Writing], Any]) -> Any:
        def working(writing: Writing) -> Any:
            found = work(writing)
            begun.set()
            assert may_go_on.wait(20)
            return found

        return await last_step(self, working)

    async with (
        a_database(f"sqlite:///{tmp_path / 'day.db'}") as database,
        a_dispatch(database) as (dispatch, running),
    ):
        await post(dispatch, "en")
        monkeypatch.setattr(Transaction, "last_step", held_up)
        posting = post(dispatch, "to")
        await asyncio.to_thread(begun.wait, 20)
        running.cancel()
        await asyncio.sleep(0)
        may_go_on.set()

        assert await posting == Done(ROOM, 2)
        await asyncio.wait([running])
        assert running.cancelled()
        assert handed_out(dispatch) == [1, 2]


async def test_what_is_asked_again_after_a_cancelled_dispatch_is_there_once(
    database_url: str,
) -> None:
    async with a_database(database_url) as database:
        for turns in range(40):
            async with a_dispatch(database) as (dispatch, running):
                posting = post(dispatch, f"message {turns}")
                for _ in range(turns):
                    await asyncio.sleep(0)
                running.cancel()
                await asyncio.wait([running])
                posting.cancel()
            async with a_dispatch(database) as (dispatch, _):
                assert await post(dispatch, f"message {turns}") == Done(ROOM, turns + 1)
                rows = await dispatch.journal.entries(ROOM, 0, turns + 9)
                assert len(rows) == turns + 1
