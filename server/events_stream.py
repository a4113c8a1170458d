"""`GET /rt/events`: the same objects as server-sent events, for networks that break websockets.

A stream is a session that never says anything after hello: what a websocket client puts into
`hello` stands in the address, `?topic=show@a1.812&topic=room:aalborg`, or after a break in
`Last-Event-ID`, which goes before it. Commands then go to `POST /api/commands/{name}`.

A stream that is ended for a reason says so in an event named `close` with the socket's code; who
comes back and may not come in is answered with a problem body, at which a browser stops by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from server import problems
from server.client_frames import MAX_INTEGER, MAX_TOPIC, Join
from server.clients import EventClient
from server.connection import Close
from server.errors import Refused
from server.gateway import Gateway

HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventStreams:
    """The endpoint, beside the socket's and with the same gateway behind it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def endpoint(self, request: Request) -> Response:
        """Serve `GET /rt/events`."""
        gateway = self._gateway
        if not gateway.origins.allow_request(request.headers):
            return problems.problem(
                Refused("foreign_origin", "expected the origin of one of our own pages")
            )
        if (closed := await gateway.wait_for_a_turn()) is not None:
            return _come_back(gateway, closed)
        actor = await gateway.authenticate(request.scope)
        if actor is None:
            return problems.problem(problems.not_signed_in())
        if (closed := gateway.turn_away(actor)) is not None:
            return _come_back(gateway, closed)
        try:
            joins = _joins(
                request.query_params.getlist("topic"), request.headers.get("last-event-id", "")
            )
        except Refused as refused:
            return problems.problem(refused)
        client = EventClient(*gateway.new_session(actor))
        return EventResponse(client, self._stream(client, joins))

    async def _stream(self, client: EventClient, joins: tuple[Join, ...]) -> AsyncIterator[bytes]:
        gateway = self._gateway
        gateway.enter(client)
        try:
            await gateway.act(client, client.session.receive_hello(joins))
            async for chunk in client.chunks():
                yield chunk
        finally:
            gateway.leave(client)


class EventResponse(StreamingResponse):
    """A stream that ends by itself when nobody is left to read it.

    Starlette's would be cancelled then, and exceptions hold what they went through in a circle,
    which stays for ever once it is frozen (`ramps`).
    """

    def __init__(self, client: EventClient, events: AsyncIterator[bytes]) -> None:
        super().__init__(events, media_type="text/event-stream", headers=HEADERS)
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._abort_when_gone(receive))
            await self.stream_response(send)
            watching.cancel()

    async def _abort_when_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._client.abort()


def _come_back(gateway: Gateway, closed: Close) -> Response:
    gateway.counts.turned_away += 1
    return problems.problem(
        Refused("not_ready", f"expected room, got: {closed.reason}", retry_ms=5000)
    )


def _joins(topics: Iterable[str], last_event_id: str) -> tuple[Join, ...]:
    """What to join: the topics of the address, from the positions of the last event.

    Raises:
        Refused: `malformed`, when a topic cannot be read.
    """
    reached = {join.topic: join for join in map(_read, filter(None, last_event_id.split(",")))}
    wanted = [_read(topic) for topic in topics]
    if not wanted:
        raise Refused("malformed", "expected ?topic=…, got none")
    return tuple(reached.get(join.topic, join) for join in wanted)


def _read(text: str) -> Join:
    """Read `topic@epoch.seq`, or a topic alone."""
    topic, at, position = text.partition("@")
    epoch, dot, seq = position.rpartition(".")
    if not topic or len(topic) > MAX_TOPIC:
        raise _malformed(text)
    if not at:
        return Join(topic)
    if not dot or not epoch or not (seq.isascii() and seq.isdigit()) or len(seq) > 16:
        raise _malformed(text)
    return Join(topic, epoch, min(int(seq), MAX_INTEGER))


def _malformed(text: str) -> Refused:
    return Refused("malformed", f"expected topic@epoch.seq, got {text!r:.80}")
