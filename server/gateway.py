"""The socket edge: who may come in, who is here, who must go.

The rules of a session are in `connection`, what it asks for is done in `carrying_out`, what is
written in `fanout`. A client's next message is read when the last one has been answered and most of
the answer has left: who asks faster than they read waits for themselves.

*Who must go goes at once.* A revoked session is taken out of the fan-out before its socket is
closed, so that nothing more is written to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from server import server_frames
from server.access.actor import Actor
from server.admission import Admission, Capacity
from server.asgi_sink import AsgiSink
from server.board import Board
from server.bus import Arrived
from server.carrying_out import CarryingOut
from server.clients import Client, SocketClient
from server.clock import Clock
from server.connection import (
    DRAINING,
    ELSEWHERE,
    FULL,
    NOT_SIGNED_IN,
    REMOVED,
    TOO_SLOW,
    Close,
    Limits,
    Session,
)
from server.departed import Departed
from server.errors import Refused
from server.fanout import PAUSED_AT_MOST_S, Fanout
from server.joining import Joining
from server.lateness import Lateness
from server.origins import Origins
from server.problems import problem
from server.sink import EXTENSION, Sink

SUBPROTOCOL = "topmoede.v1"
SWEEP_S = 1.0
SEEN_ONCE = "individual"
"""The role that may watch at one place at a time."""
SLICE = 512

Scope = MutableMapping[str, Any]
Authenticate = Callable[[Scope], Awaitable[Actor | None]]


class Attendance(Protocol):
    """Who wants to know that somebody came or went."""

    def enter(self, actor: Actor) -> None: ...

    def leave(self, actor: Actor) -> None: ...


@dataclass(slots=True)
class Counts:
    """What the gateway has seen since it was made."""

    opened: int = 0
    turned_away: int = 0
    waited: int = 0
    closes: Counter[int] = field(default_factory=Counter)


class Gateway:
    """Every client of this process.

    Args:
        authenticate: says who a handshake is signed in as, by its scope; None for nobody.
        attendance: told of every client that says hello, and of its end.
        tell: tells the other workers.
        jitter: random numbers for spreading closes.
    """

    def __init__(
        self,
        board: Board,
        fanout: Fanout,
        authenticate: Authenticate,
        origins: Origins,
        clock: Clock,
        *,
        attendance: Attendance | None = None,
        tell: Callable[[Arrived], None] = lambda arrived: None,
        limits: Limits | None = None,
        capacity: Capacity | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        self._board = board
        self._fanout = fanout
        self.authenticate = authenticate
        self._clock = clock
        self._attendance = attendance
        self._tell = tell
        self._limits = limits or Limits()
        self._capacity = capacity or Capacity()
        self._admission = Admission(
            self._capacity.arrivals_per_s,
            self._capacity.arrivals_at_once,
            self._capacity.patience_s,
        )
        self._jitter = jitter or random.Random()
        self._ids = itertools.count(1)
        self._draining = False
        self._lines: Counter[str] = Counter()
        self.origins = origins
        self.clients: set[Client] = set()
        self._departed = Departed(clock.monotonic, self._capacity.clients)
        self._revoked = Departed(clock.monotonic, self._capacity.clients)
        self.counts = Counts()
        self.lateness = Lateness(clock)
        self.joining = Joining(board, fanout)
        self.carrying_out = CarryingOut(
            board, self.joining, clock, self._limits, self._end, self._drop
        )
        self.act = self.carrying_out.act
        fanout.read = board.frames

    # Coming in.

    async def rt_endpoint(self, websocket: WebSocket) -> None:
        """Serve `GET /rt`."""
        if not self.origins.allow(websocket.headers):
            self.counts.turned_away += 1
            await _forbid(websocket)
            return
        refusal = await self.wait_for_a_turn()
        actor = await self.authenticate(websocket.scope) if refusal is None else None
        offered = websocket.scope.get("subprotocols", ())
        await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
        refusal = refusal or self.turn_away(actor)
        if refusal is not None:
            self.counts.turned_away += 1
            with contextlib.suppress(WebSocketDisconnect):
                await websocket.close(refusal.code, refusal.reason)
            return
        assert actor is not None
        direct: Sink | None = websocket.scope.get("extensions", {}).get(EXTENSION)
        if direct is not None:
            await self._serve(websocket, actor, direct)
            return
        sink = AsgiSink(websocket.send)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sink.run())
            await self._serve(websocket, actor, sink)
            sink.close(1000, "")

    async def wait_for_a_turn(self) -> Close | None:
        """Wait to be let in, before anybody is asked who this is; None when the turn has come."""
        wait_s = self._admission.take(self._clock.monotonic(), self.lateness.now_s)
        if wait_s is None:
            return Close(FULL, "many come at once; come back in a while")
        if wait_s:
            self.counts.waited += 1
            await self._clock.sleep(wait_s)
        return None

    def turn_away(self, actor: Actor | None) -> Close | None:
        """Say why this handshake gets no session; None when it does."""
        if actor is None or actor.session in self._revoked.expected():
            return Close(NOT_SIGNED_IN, "not signed in")
        if self._draining:
            return Close(DRAINING, "draining")
        if len(self.clients) >= self._capacity.clients:
            return Close(FULL, "full")
        if self._lines[actor.id] >= self._capacity.per_person:
            return Close(FULL, "too many connections of one person")
        return None

    def new_session(self, actor: Actor) -> tuple[str, Actor, Session]:
        """What a client is made of: its connection id, who it is, its session."""
        session = Session(f"person:{actor.id}", self._clock.monotonic(), self._limits)
        return f"c{next(self._ids):x}", actor, session

    def sessions(self) -> set[str]:
        """The sessions of those who are here, and of those who may be on their way back."""
        return {client.actor.session for client in self.clients} | self._departed.expected()

    def enter(self, client: Client) -> None:
        self.counts.opened += 1
        self.clients.add(client)
        self._lines[client.actor.id] += 1
        client.on_drained = lambda: self._fanout.resume(client.subscriber)
        if client.actor.role == SEEN_ONCE:
            arrived = Arrived(client.actor.id, client.actor.session)
            self.end_elsewhere(arrived)
            self._tell(arrived)
        if self._attendance is not None:
            self._attendance.enter(client.actor)

    def end_elsewhere(self, arrived: Arrived) -> None:
        """One registration, one viewer: the newest session wins; a second tab is the same one."""
        if not self._lines[arrived.person]:
            return
        elsewhere = [
            each
            for each in self.clients
            if each.actor.id == arrived.person and each.actor.session != arrived.session
        ]
        self._end_all(elsewhere, ELSEWHERE, "watching elsewhere")

    def leave(self, client: Client) -> None:
        client.session.receive_end()
        client.on_drained = None
        self._fanout.remove(client.subscriber)
        client.subscriber.let_go()
        self.clients.discard(client)
        self._departed.add(client.actor.session)
        self._lines[client.actor.id] -= 1
        if not self._lines[client.actor.id]:
            del self._lines[client.actor.id]
        if self._attendance is not None:
            self._attendance.leave(client.actor)

    async def _serve(self, websocket: WebSocket, actor: Actor, sink: Sink) -> None:
        client = SocketClient(*self.new_session(actor), sink)
        sink.on_drained = client.drained
        self.enter(client)
        try:
            await self._converse(websocket, client)
        finally:
            self.leave(client)

    async def _converse(self, websocket: WebSocket, client: Client) -> None:
        while (message := await websocket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            said = text if text is not None else message["bytes"]
            await self.act(client, client.session.receive_message(said, self._clock.monotonic()))
            await self._room(client)

    async def _room(self, client: Client) -> None:
        try:
            async with asyncio.timeout(PAUSED_AT_MOST_S):
                await client.room()
        except TimeoutError:
            self._end(client, TOO_SLOW, "too slow")

    # Going.

    def _drop(self, client: Client) -> None:
        self.counts.closes[1006] += 1
        client.abort()

    def _end(self, client: Client, code: int, reason: str) -> None:
        self.counts.closes[code] += 1
        self._fanout.remove(client.subscriber)
        client.end(code, reason)

    # Long tasks and what others call.

    async def run_beats(self) -> None:
        """Beat, drop the silent and cut the slow, for as long as the process lives."""
        while True:
            await self._clock.sleep(SWEEP_S)
            await self.sweep()

    async def sweep(self) -> None:
        """Give every session the time once."""
        now = self._clock.monotonic()
        for number, client in enumerate(list(self.clients), 1):
            heard, wrote = client.take_signs()
            for effect in client.session.receive_time(now, heard=heard, wrote=wrote):
                self.carrying_out.act_now(client, effect)
            if number % SLICE == 0:
                await asyncio.sleep(0)
        self._fanout.cut_slow()

    def revoke(self, session_id: str, code: int = REMOVED, reason: str = "signed out") -> int:
        """End every transport of a session; returns how many there were. Who was asked for before
        and has not come in yet does not any more."""
        self._revoked.add(session_id)
        return self._end_all(
            [each for each in self.clients if each.actor.session == session_id], code, reason
        )

    def revoke_person(self, person_id: str, code: int = REMOVED, reason: str = "removed") -> int:
        """End every transport of a person."""
        return self._end_all(
            [each for each in self.clients if each.actor.id == person_id], code, reason
        )

    def end_all(self, code: int, reason: str) -> int:
        """End every transport: the event is over (4504), the process restarts (1012)."""
        return self._end_all(list(self.clients), code, reason)

    async def review(self, people: Mapping[str, Actor]) -> None:
        """Say who somebody is by now, by their sessions: what they may not read any more closes."""
        for number, client in enumerate(list(self.clients), 1):
            actor = people.get(client.actor.session)
            if actor is not None and actor != client.actor:
                self._change(client, actor)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    def _change(self, client: Client, actor: Actor) -> None:
        before, client.actor = client.actor, actor
        if (before.role, before.municipality) == (actor.role, actor.municipality):
            return
        if self._attendance is not None:
            self._attendance.leave(before)
            self._attendance.enter(actor)
        for topic in list(client.subscriber.subscriptions):
            self.joining.review(client, topic)

    def review_topic(self, topic: str) -> None:
        """Who may read this topic has changed: close it for those who may not any more."""
        readers = {id(each) for each in self._fanout.subscribers(topic)}
        if not readers:
            return
        for client in [each for each in self.clients if id(each.subscriber) in readers]:
            self.joining.review(client, topic)

    def review_topics(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self.review_topic(topic)

    async def drain(self, within_ms: int, over_s: float = 0.0) -> None:
        """Ask everybody to come back within a window, and close them spread over a while.

        Args:
            within_ms: the window that clients draw their delay from.
            over_s: how long the closes are spread over; none comes in meanwhile.
        """
        self._draining = True
        leaving = list(self.clients)
        for client in leaving:
            client.say(server_frames.drain(within_ms))
        self._jitter.shuffle(leaving)
        begun = self._clock.monotonic()
        for number, client in enumerate(leaving, 1):
            self._end(client, DRAINING, "draining")
            # Timers are coarser than the time between two of thousands.
            early_s = begun + over_s * number / len(leaving) - self._clock.monotonic()
            if early_s > 0:
                await self._clock.sleep(early_s)

    def _end_all(self, clients: list[Client], code: int, reason: str) -> int:
        for client in clients:
            in_transit = client.buffered() > 0
            self._end(client, code, reason)
            if in_transit and code == REMOVED:
                # What has not left yet must not arrive any more.
                client.abort()
        return len(clients)


async def _forbid(websocket: WebSocket) -> None:
    """Answer 403 before the upgrade, with a problem body where the server can."""
    if "websocket.http.response" not in websocket.scope.get("extensions", {}):
        await websocket.close()
        return
    refused = Refused("foreign_origin", "expected the origin of one of our own pages")
    await websocket.send_denial_response(problem(refused))
