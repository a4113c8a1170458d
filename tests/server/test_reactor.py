from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from server.errors import Refused
from server.reactor import TRIES, Asked, Reaction, Reactor
from tests.server.guestbook import (
    ANNA,
    Library,
    MessagePosted,
    PostMessage,
    a_library,
)

ROOM, OTHER = "room:aalborg", "room:aarhus"


@pytest.fixture(autouse=True)
def _let_the_system_write(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = "server.permissions.may_do"
    monkeypatch.setattr(allowed, lambda actor, noun, id, name: True)


def echo(event: MessagePosted, book: Any) -> Asked | None:
    return (OTHER, PostMessage(f"{event.text}, {len(book.texts)}")) if event.text else None


def a_reactor(library: Library, rule: Callable[..., Asked | None] = echo) -> Reactor:
    table = [Reaction("echo", ROOM, MessagePosted, rule)]
    return Reactor(library.journal, library.dispatch, library.clock, table)


async def echoed(library: Library) -> list[str]:
    rows = await library.journal.entries(OTHER, 0, 1000)
    return [row.full_data["text"] for row in rows]


async def test_an_event_asks_for_something_elsewhere_in_order() -> None:
    async with a_library() as library:
        reactor = a_reactor(library)
        for text in ("en", "to", "tre"):
            await library.post(text)
        await reactor.catch_up()

        assert await echoed(library) == ["en, 3", "to, 3", "tre, 3"]
        assert await library.journal.cursors() == {ROOM: 3}


async def test_the_command_carries_the_reactions_name_and_the_events_place() -> None:
    async with a_library() as library:
        await library.post("en")
        await a_reactor(library).catch_up()
        (row,) = await library.journal.entries(OTHER, 0, 1)

        assert row.envelope.cause == f"echo:{ROOM}:1"


async def test_a_reactor_that_lost_its_cursor_does_nothing_twice() -> None:
    async with a_library() as library:
        await library.post("en")
        await a_reactor(library).catch_up()
        await library.journal.move_cursor(ROOM, 0)
        await library.post("to")
        await a_reactor(library).catch_up()

        assert await echoed(library) == ["en, 1", "to, 2"]


async def test_two_reactors_at_once_do_each_thing_once() -> None:
    async with a_library() as library:
        one, two = a_reactor(library), a_reactor(library)
        for n in range(20):
            await library.post(f"{n}")
        await asyncio.gather(one.catch_up(), two.catch_up())

        assert await echoed(library) == [f"{n}, 20" for n in range(20)]


async def test_a_new_reactor_goes_on_where_the_last_one_stopped() -> None:
    async with a_library() as library:
        await library.post("en")
        await a_reactor(library).catch_up()
        seen: list[str] = []

        def watch(event: MessagePosted, book: Any) -> None:
            seen.append(event.text)

        await library.post("to")
        await a_reactor(library, watch).catch_up()

        assert seen == ["to"]


async def test_a_refusal_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    def refused(event: MessagePosted, book: Any) -> Asked:
        return OTHER, PostMessage("" if event.text == "en" else event.text)

    async with a_library() as library:
        await library.post("en")
        await library.post("to")
        with caplog.at_level(logging.WARNING, "topmoede"):
            await a_reactor(library, refused).catch_up()

        assert await echoed(library) == ["to"]
        assert [record.__dict__["code"] for record in caplog.records] == ["empty"]


async def advance_until(library: Library, task: asyncio.Task[None]) -> None:
    while not task.done():
        await asyncio.sleep(0.001)
        library.clock.advance(30)


async def test_a_full_storage_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_library() as library:
        await library.post("en")
        full = [Refused("storage_full", "expected room")] * (TRIES + 5)
        asked = library.dispatch.command

        async def command(*arguments: Any) -> Any:
            if full:
                raise full.pop()
            return await asked(*arguments)

        monkeypatch.setattr(library.dispatch, "command", command)
        catching_up = asyncio.create_task(a_reactor(library).catch_up())
        await advance_until(library, catching_up)

        assert await echoed(library) == ["en, 1"]


async def test_a_fault_that_stays_is_passed_over_and_never_undoes_its_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(event: MessagePosted, book: Any) -> Asked:
        if event.text == "en":
            raise ValueError("a fault in a rule")
        return OTHER, PostMessage(event.text)

    async with a_library() as library:
        await library.post("en")
        await library.post("to")
        catching_up = asyncio.create_task(a_reactor(library, broken).catch_up())
        await advance_until(library, catching_up)

        assert await echoed(library) == ["to"]
        assert "was passed over" in caplog.text
        assert len(await library.journal.entries(ROOM, 0, 9)) == 2


async def test_it_wakes_when_something_is_stored() -> None:
    async with a_library() as library, asyncio.TaskGroup() as tasks:
        reacting = tasks.create_task(a_reactor(library).run())
        heard = asyncio.Event()
        library.dispatch.on_rows.append(
            lambda rows: heard.set() if rows[0].envelope.topic == OTHER else None
        )
        await library.post("en")
        await heard.wait()
        reacting.cancel()


async def test_events_without_a_reaction_only_move_the_cursor() -> None:
    async with a_library() as library:
        await library.post("en")
        await library.dispatch.do(ANNA, "d", ROOM, "delete_message", {"message": "m1"})
        await a_reactor(library, lambda event, book: None).catch_up()

        assert await echoed(library) == []
        assert await library.journal.cursors() == {ROOM: 2}
