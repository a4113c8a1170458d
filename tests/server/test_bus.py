"""Both buses, one suite: within a process, and between processes over a socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from server.bus import MOST_STATES, WAITING, Bus, Hint, LocalBus, State
from server.clock import Clock
from server.errors import Unusable
from server.socket_bus import SocketBus, read, written

WITHIN_S = 20.0
HERE = State("here", {"told": "to whoever joins"})

Join = Callable[[], Awaitable[Bus]]


async def heard(end: Bus) -> Any:
    async with asyncio.timeout(WITHIN_S):
        return await end.receive()


@contextlib.asynccontextmanager
async def a_local_bus() -> AsyncIterator[Join]:
    bus = LocalBus()

    async def join() -> Bus:
        return bus.join()

    yield join


@contextlib.asynccontextmanager
async def a_socket_bus(path: Path) -> AsyncIterator[Join]:
    """The first to join holds the socket; the others have joined once they heard from it."""
    running: list[asyncio.Task[None]] = []

    async def join() -> Bus:
        end = SocketBus(path, Clock().sleep, holds=not running)
        first = not running
        running.append(asyncio.create_task(end.run()))
        if first:
            end.publish(HERE)
        else:
            assert await heard(end) == HERE
        return end

    try:
        yield join
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture(params=["local", "socket"])
async def join(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Join]:
    bus = a_local_bus() if request.param == "local" else a_socket_bus(tmp_path / "bus.sock")
    async with bus as joining:
        yield joining


async def test_a_hint_reaches_the_other_workers_and_not_its_sender(join: Join) -> None:
    one, two, three = await join(), await join(), await join()
    one.publish(Hint("show", 1))
    assert await heard(two) == Hint("show", 1)
    assert await heard(three) == Hint("show", 1)

    two.publish(Hint("show", 2))
    three.publish(Hint("room:aalborg", 3))
    assert await heard(three) == Hint("show", 2)
    assert await heard(two) == Hint("room:aalborg", 3)
    assert {await heard(one), await heard(one)} == {Hint("show", 2), Hint("room:aalborg", 3)}


async def test_hints_of_one_sender_come_in_order(join: Join) -> None:
    one, two = await join(), await join()
    for head in range(200):
        one.publish(Hint("show", head))

    assert [await heard(two) for _ in range(200)] == [Hint("show", head) for head in range(200)]


async def test_who_does_not_listen_loses_hints_and_stops_nobody(join: Join) -> None:
    one, deaf = await join(), await join()
    for head in range(WAITING + 10):
        one.publish(Hint("show", head))
    one.publish(State("sources", {"the": "end"}))

    told = [await heard(deaf)]
    while told[-1] != State("sources", {"the": "end"}):
        told.append(await heard(deaf))
    assert told[0] == Hint("show", 0)
    assert len(told) == WAITING + 1


async def test_of_a_state_the_newest_arrives_in_the_end(join: Join) -> None:
    one, two = await join(), await join()
    for number in range(1, 50):
        one.publish(State("sources", {"number": number}))

    while (state := await heard(two)) != State("sources", {"number": 49}):
        assert isinstance(state, State)


async def test_who_joins_later_hears_the_newest_states_and_no_old_hints(join: Join) -> None:
    one, two = await join(), await join()
    two.publish(State("sources", {"number": 1}))
    two.publish(Hint("show", 1))
    two.publish(State("sources", {"number": 2}))
    told = [await heard(one)]
    while told[-1] != State("sources", {"number": 2}):
        told.append(await heard(one))

    three = await join()
    assert await heard(three) == State("sources", {"number": 2})
    one.publish(Hint("show", 2))
    assert await heard(three) == Hint("show", 2)


async def test_states_are_bounded_in_number(join: Join) -> None:
    one = await join()
    for number in range(MOST_STATES + 10):
        one.publish(State(f"state:{number}", {}))
    one.publish(State("state:0", {"newer": True}))

    two = await join()
    one.publish(Hint("show", 1))
    told = []
    while Hint("show", 1) not in told or State("state:0", {"newer": True}) not in told:
        told.append(await heard(two))
    assert len(told) <= MOST_STATES + 2


async def test_who_has_left_is_sent_nothing() -> None:
    bus = LocalBus()
    one, two = bus.join(), bus.join()
    bus.leave(two)
    one.publish(Hint("show", 1))
    receiving = asyncio.ensure_future(two.receive())
    await asyncio.sleep(0)

    assert not receiving.done()
    receiving.cancel()


# What only a socket can do.


async def test_an_end_joins_again_when_the_holder_was_away(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    joined = SocketBus(path, Clock().sleep, holds=False)
    joined.publish(State("sources", {"number": 1}))
    running = asyncio.create_task(joined.run())
    for number in (1, 2):
        async with a_socket_bus(path) as join:
            holder = await join()
            assert await heard(holder) == State("sources", {"number": 1})
            assert await heard(joined) == HERE
            holder.publish(Hint("show", number))
            assert await heard(joined) == Hint("show", number)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_who_says_what_cannot_be_read_loses_the_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    async with a_socket_bus(path) as join:
        holder, joined = await join(), await join()
        for nonsense in (b"nonsense\n", b'{"topic":1}\n', b"[]\n", b"\xff\n"):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(nonsense)
            async with asyncio.timeout(WITHIN_S):
                assert (await reader.read()).startswith(b'{"topic":"here"')
            writer.close()
            await writer.wait_closed()
        joined.publish(Hint("show", 1))
        assert await heard(holder) == Hint("show", 1)


async def test_the_socket_is_for_its_own_user_and_goes_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    path.write_text("what a killed process left behind")
    async with a_socket_bus(path) as join:
        await join()
        await join()
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()


def test_a_path_too_long_for_a_socket_is_refused_in_words() -> None:
    with pytest.raises(Unusable, match="107 bytes"):
        SocketBus(Path("/" + "x" * 120), Clock().sleep, holds=True)


def test_messages_are_read_as_they_were_written() -> None:
    for message in (Hint("room:å", 12), State("sources", {"films": {"å": 1}})):
        assert read(written(message)) == message
