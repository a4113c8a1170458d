"""Doubles of the socket edge's neighbours, and the edge itself on a real server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import Route
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.access.actor import Actor
from server.admission import Capacity
from server.board import Done, Position
from server.clock import Clock
from server.connection import Limits
from server.errors import Refused, not_found
from server.events_stream import EventStreams
from server.fanout import Fanout
from server.front_door import FrontDoor
from server.gateway import Gateway
from server.origins import Origins
from server.paced_http import PacedHttp
from server.transport import DirectWebSocket

Json = dict[str, Any]


@dataclass
class Log:
    """One topic: its events as frames, and a snapshot that lists them."""

    epoch: str = "a1"
    frames: list[bytes] = field(default_factory=list)

    @property
    def head(self) -> int:
        return len(self.frames)


class MemoryBoard:
    """A board in memory: whoever posts adds a number to a log; `post` publishes like dispatch."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self.logs: dict[str, Log] = {}
        self.states: dict[str, bytes] = {}
        self.private: dict[str, set[str]] = {}
        self.answers: dict[str, Done] = {}
        self.reads: list[tuple[str, int, int]] = []
        self.on_open: Callable[[str], None] = lambda topic: None

    def add(self, topic: str, events: int = 0, readers: set[str] | None = None) -> Log:
        log = self.logs[topic] = Log()
        for _ in range(events):
            log.frames.append(event(topic, log.head + 1))
        if readers is not None:
            self.private[topic] = readers
        return log

    def post(self, topic: str, text: str = "") -> int:
        """Commit one event and hand it out."""
        seq = self.store(topic, text)
        self._fanout.publish(topic, seq, self.logs[topic].frames[-1])
        return seq

    def store(self, topic: str, text: str = "") -> int:
        """Commit one event of which this worker is not told."""
        log = self.logs[topic]
        log.frames.append(event(topic, log.head + 1, text))
        return log.head

    def may_read(self, actor: Actor, topic: str) -> bool:
        if topic in self.states:
            return True
        return topic in self.logs and (topic not in self.private or actor.id in self.private[topic])

    async def open(self, topic: str) -> None:
        await asyncio.sleep(0)
        if topic not in self.logs:
            raise KeyError(topic)
        self.on_open(topic)

    def position(self, topic: str) -> Position:
        return Position(self.logs[topic].epoch, self.logs[topic].head)

    def snapshot(self, topic: str) -> bytes:
        return orjson.dumps({"events": self.logs[topic].head})

    def state(self, topic: str) -> bytes | None:
        return self.states.get(topic)

    async def frames(self, topic: str, after: int, upto: int) -> list[bytes]:
        self.reads.append((topic, after, upto))
        await asyncio.sleep(0)
        return self.logs[topic].frames[after:upto]

    async def history(
        self, topic: str, before: int, limit: int, *, of: str | None = None
    ) -> tuple[list[dict[str, Any]], bool]:
        first = max(0, before - 1 - limit)
        items = [orjson.loads(frame) for frame in self.logs[topic].frames[first : before - 1]]
        return items, first > 0

    async def do(
        self,
        actor: Actor,
        id: str,
        topic: str,
        name: str,
        data: Mapping[str, Any],
        *,
        unless_done: Refused | None = None,
    ) -> Done:
        if unless_done is not None and id not in self.answers:
            raise unless_done
        if topic not in self.logs or not self.may_read(actor, topic):
            raise not_found(topic)
        if name == "fail":
            raise RuntimeError("as asked")
        if name != "post":
            raise Refused("slow_mode", "expected a pause", retry_ms=4200)
        if id not in self.answers:
            self.answers[id] = Done(topic, self.post(topic, str(data.get("text", ""))))
        return self.answers[id]


def event(topic: str, seq: int, text: str = "") -> bytes:
    return orjson.dumps(
        {"op": "event", "topic": topic, "seq": seq, "name": "posted", "data": {"text": text}}
    )


def an_actor(id: str = "anna", session: str = "") -> Actor:
    session = session or f"session-{id}"
    if id == "niels":
        return Actor(id, "Niels", "individual", None, session)
    return Actor(id, id.title(), "member", "aalborg", session)


class Doorkeeper:
    """Notes who comes and goes; `empty` is set while nobody is here."""

    def __init__(self) -> None:
        self.here: list[str] = []
        self.empty = asyncio.Event()
        self.empty.set()

    def enter(self, actor: Actor) -> None:
        self.here.append(actor.id)
        self.empty.clear()

    def leave(self, actor: Actor) -> None:
        self.here.remove(actor.id)
        if not self.here:
            self.empty.set()


@dataclass
class Edge:
    """The socket edge on a port of its own."""

    board: MemoryBoard
    fanout: Fanout
    gateway: Gateway
    doorkeeper: Doorkeeper
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/rt"

    @contextlib.asynccontextmanager
    async def client(self, person: str = "anna", **options: Any) -> AsyncIterator[Talker]:
        """A client that has connected and said nothing yet."""
        headers = {"Authorization": f"Bearer {person}"}
        async with connect(
            self.url,
            additional_headers=headers,
            subprotocols=["topmoede.v1"],  # type: ignore[list-item]
            **options,
        ) as socket:
            yield Talker(socket)

    @contextlib.asynccontextmanager
    async def reader(self, *topics: str, person: str = "anna") -> AsyncIterator[Talker]:
        """A client that has said hello and joined from snapshots."""
        async with self.client(person) as talker:
            await talker.hello(*topics)
            yield talker


class Talker:
    """A websocket client that speaks in objects."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._ahead: list[Json] = []

    async def say(self, *objects: Json) -> None:
        await self.socket.send("\n".join(orjson.dumps(each).decode() for each in objects))

    async def hear(self) -> Json:
        if not self._ahead:
            message = await self.socket.recv()
            self._ahead = [orjson.loads(line) for line in message.split("\n")]  # type: ignore[arg-type]
        return self._ahead.pop(0)

    async def hear_op(self, op: str) -> Json:
        """The next object of a kind; others before it are passed over."""
        while (heard := await self.hear())["op"] != op:
            pass
        return heard

    async def hear_events(self, count: int) -> list[int]:
        return [(await self.hear_op("event"))["seq"] for _ in range(count)]

    async def hello(self, *topics: str | Json) -> list[Json]:
        """Say hello; returns the answers to the joins."""
        wanted = [{"topic": each} if isinstance(each, str) else each for each in topics]
        await self.say({"op": "hello", "v": 1, "topics": wanted})
        assert (await self.hear())["op"] == "welcome"
        return [await self.hear() for _ in topics]

    async def end(self) -> int:
        """Read on until the server closes; returns the code."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code


def on_both_loops(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[str], None]:
    """Run a test on asyncio's own loop and on uvloop, which buffer and pause differently."""

    @pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
    def run(loop: str) -> None:
        # Not asyncio.Runner: it takes away the current loop, which the plugin keeps for others.
        own = uvloop.new_event_loop() if loop == "uvloop" else asyncio.new_event_loop()
        try:
            own.run_until_complete(test())
        finally:
            own.run_until_complete(own.shutdown_asyncgens())
            own.close()

    run.__doc__ = test.__doc__
    return run


async def bearer(scope: Any) -> Actor | None:
    """Whoever says a name is that person; "nobody" is nobody, `name/s` has session s."""
    headers = dict(scope["headers"])
    name = headers.get(b"authorization", b"").removeprefix(b"Bearer ").decode()
    id, _, session = name.partition("/")
    return an_actor(id, session) if id and id != "nobody" else None


@contextlib.asynccontextmanager
async def no_complaints() -> AsyncIterator[None]:
    """Fail when the server logs that something broke: it would go on, and nobody would see."""
    complaints: list[logging.LogRecord] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = complaints.append  # type: ignore[method-assign, assignment]
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    assert not complaints, [record.getMessage() for record in complaints]


class AnnouncedServer(uvicorn.Server):
    """A server that says when it takes connections, and ends when it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.end = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.end.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextlib.asynccontextmanager
async def an_edge(
    *,
    direct: bool = True,
    clock: Clock | None = None,
    limits: Limits | None = None,
    capacity: Capacity | None = None,
    loop_tasks: bool = True,
    port: int = 0,
) -> AsyncIterator[Edge]:
    """Run the socket edge on a real uvicorn.

    Args:
        direct: with our websocket class; else uvicorn's own, and frames go over `send`.
        loop_tasks: run pump and beats; without them a test moves the time itself.
        port: 0 for any.
    """
    clock = clock or Clock()
    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    fanout = Fanout(clock.monotonic)
    board = MemoryBoard(fanout)
    origins = Origins([f"http://127.0.0.1:{port}", f"http://*.localhost:{port}"])
    doorkeeper = Doorkeeper()
    gateway = Gateway(
        board,
        fanout,
        bearer,
        origins,
        clock,
        attendance=doorkeeper,
        limits=limits,
        capacity=capacity,
    )
    events = Starlette(routes=[Route("/rt/events", EventStreams(gateway).endpoint)])
    app = FrontDoor(events, gateway.rt_endpoint)
    server = AnnouncedServer(
        uvicorn.Config(
            app,
            ws=DirectWebSocket if direct else "websockets-sansio",
            http=PacedHttp if direct else "auto",
            log_config=None,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=3,
        )
    )
    async with no_complaints(), asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(fanout.run())]
        if loop_tasks:
            running.append(tasks.create_task(gateway.run_beats()))
        serving = tasks.create_task(server._serve([listener]))
        await server.up.wait()
        try:
            yield Edge(board, fanout, gateway, doorkeeper, port)
        finally:
            server.end.set()
            await serving
            for task in running:
                task.cancel()
