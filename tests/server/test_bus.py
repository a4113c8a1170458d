"""Three buses, one suite: within a process, between processes over a socket, and over Redis."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from server import wire
from server.bus import (
    MOST_STATES,
    WAITING,
    Arrived,
    Bus,
    Ended,
    Here,
    Hint,
    LocalBus,
    Message,
    State,
    read,
    written,
)
from server.clock import Clock
from server.errors import Unusable
from server.redis_bus import RedisBus
from server.socket_bus import Line, SocketBus
from tests.running_redis import RedisServer, a_redis, the_redis

WITHIN_S = 60.0
HERE = State("here", {"told": "to whoever joins"})
MESSAGES: list[Message] = [
    Hint("room:å", 12),
    State("sources", {"films": {"å": 1}}),
    Here("w1", {"aalborg": ("p1", "p2"), "": ("p3",)}),
    Ended("s1"),
    Arrived("p1", "s1"),
]

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


@contextlib.asynccontextmanager
async def a_redis_bus(server: RedisServer) -> AsyncIterator[Join]:
    """A channel that nobody else has."""
    running: list[asyncio.Task[None]] = []
    channel = secrets.token_hex(8)

    async def join() -> RedisBus:
        end = RedisBus(server.url, channel, Clock().sleep)
        running.append(asyncio.create_task(end.run()))
        async with asyncio.timeout(WITHIN_S):
            await end.joined.wait()
        return end

    try:
        yield join
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture(params=["local", "socket", "redis"])
async def join(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Join]:
    match request.param:
        case "local":
            bus = a_local_bus()
        case "socket":
            bus = a_socket_bus(tmp_path / "bus.sock")
        case _:
            bus = a_redis_bus(the_redis())
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

    lacking = {"the end", WAITING - 1}
    told = []
    while lacking:
        told.append(message := await heard(deaf))
        lacking.discard("the end" if isinstance(message, State) else message.head)
    hints = [message for message in told if isinstance(message, Hint)]
    assert hints == [Hint("show", head) for head in range(WAITING)]


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


async def test_a_state_that_is_told_again_is_heard_again(join: Join) -> None:
    one, two = await join(), await join()
    for _ in range(3):
        one.publish(State("cheers", {"sums": {"heart": 1}}))
        assert await heard(two) == State("cheers", {"sums": {"heart": 1}})


async def test_every_message_arrives_as_it_was_sent(join: Join) -> None:
    one, two = await join(), await join()
    for message in MESSAGES:
        one.publish(message)
        assert await heard(two) == message
    assert one.carries
    assert two.carries


async def test_of_whom_a_worker_has_the_newest_arrives_alone(join: Join) -> None:
    one, two = await join(), await join()
    for number in range(50):
        one.publish(Here("w1", {"aalborg": (f"p{number}",)}))

    while (message := await heard(two)) != Here("w1", {"aalborg": ("p49",)}):
        assert isinstance(message, Here)


async def test_what_has_come_already_can_be_taken_without_waiting(join: Join) -> None:
    one, two = await join(), await join()
    for head in range(3):
        one.publish(Hint("show", head))
    told = [await heard(two)]
    while len(told) < 3:
        if (message := two.receive_now()) is not None:
            told.append(message)
        await asyncio.sleep(0)

    assert told == [Hint("show", 0), Hint("show", 1), Hint("show", 2)]
    assert two.receive_now() is None


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
    assert len({message.topic for message in told}) <= MOST_STATES + 1


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


def test_what_is_said_when_the_line_is_closed_is_nobodys_and_no_fault(tmp_path: Path) -> None:
    async def speak_at_the_end() -> None:
        async with a_socket_bus(tmp_path / "bus.sock") as join:
            await join()
            await join()
            _, writer = await asyncio.open_unix_connection(tmp_path / "bus.sock")
            line = Line(writer)
            line.close()
            await writer.wait_closed()
            line.outbox.put(Here("w1", {}))
            async with asyncio.timeout(WITHIN_S):
                await line.write()

    # The loop that we serve with is the one that minds.
    uvloop.run(speak_at_the_end())


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
    for message in MESSAGES:
        assert read(wire.to_json(written(message))) == message


# What only Redis can do.


async def hears(end: Bus, wanted: Message) -> None:
    while await heard(end) != wanted:
        pass


async def hears_in_time(speaker: Bus, listener: Bus, wanted: Message) -> None:
    """What is said while the bus does not carry may be lost; so it is said until it is heard."""
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
        hearing = tasks.create_task(hears(listener, wanted))
        while not hearing.done():
            speaker.publish(wanted)
            await asyncio.sleep(0.1)  # another process's state: nothing to wait on


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # another process's state: nothing to wait on


async def test_a_redis_that_is_killed_and_comes_back_empty_carries_again_and_knows_the_states(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with a_redis() as server:
        async with a_redis_bus(server) as join:
            one, two = await join(), await join()
            one.publish(State("sources", {"number": 1}))
            await hears(two, State("sources", {"number": 1}))
            server.kill()
            await until(lambda: not one.carries and not two.carries)
            for number in range(2, 2000):
                one.publish(State("sources", {"number": number}))
                one.publish(Hint("show", number))
            server.start()
            await hears(two, State("sources", {"number": 1999}))
            await hears_in_time(two, one, Hint("show", 3000))
            assert one.carries
            assert two.carries
    assert caplog.text.count("Redis is away") == 2


async def test_a_frozen_redis_is_noticed_and_carries_again_when_it_wakes() -> None:
    with a_redis() as server:
        async with a_redis_bus(server) as join:
            one, two = await join(), await join()
            with server.frozen():
                one.publish(State("sources", {"number": 1}))
                await until(lambda: not one.carries and not two.carries)
            await hears(two, State("sources", {"number": 1}))
            await hears_in_time(two, one, Hint("show", 1))


async def test_a_line_that_redis_cuts_is_joined_again() -> None:
    with a_redis() as server:
        async with a_redis_bus(server) as join:
            one, two = await join(), await join()
            server.say("CLIENT", "KILL", "TYPE", "pubsub")
            server.say("CLIENT", "KILL", "TYPE", "normal")
            one.publish(State("sources", {"number": 1}))
            await hears(two, State("sources", {"number": 1}))


async def test_what_cannot_be_read_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    server, channel = the_redis(), secrets.token_hex(8)
    end = RedisBus(server.url, channel, Clock().sleep)
    running = asyncio.create_task(end.run())
    await end.joined.wait()
    for nonsense in ("", "nonsense", "[]", '{"topic":1}', "\xff", "x" * 2_000_000):
        await asyncio.to_thread(server.say, "PUBLISH", channel, nonsense)
    await asyncio.to_thread(server.say, "PUBLISH", channel, '{"topic":"show","head":1}')
    assert await heard(end) == Hint("show", 1)
    assert caplog.text.count("cannot be read") == 6
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
