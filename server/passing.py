"""What the front process hands on to the media process, when no nginx stands before it.

A request goes on as it came, over a Unix socket, and the answer comes back as it is: neither is
held in memory. A held playlist is held by the media process; a viewer who leaves is noticed here
and the request is given up there. Who may fetch is judged by the media process alone.

    no media process                  503 `media_down`     it is being started again
    it died before it answered        502 `media_lost`     the same request may be sent again
    it has not answered in time       504 `media_slow`
    too many are under way            503 `busy`

Each is a problem body with Retry-After. Where the media process dies in the middle of an answer,
the connection is cut: nobody takes half a segment for a whole one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

from server.errors import Refused
from server.problems import problem

log = logging.getLogger("topmoede.passing")

AT_MOST = 4_000
CONNECT_WITHIN_S = 2.0
SILENT_AT_MOST_S = 30.0
SILENT_WHILE_SENDING_S = 600.0
ASKED_WITHIN_S = 2.0
KEPT_ALIVE_S = 30.0
CHUNKS_AHEAD = 4
# RFC 9110, 7.6.1; and what only nginx may say.
NOT_PASSED_ON = frozenset(
    b"connection keep-alive proxy-connection te trailer transfer-encoding upgrade expect"
    b" x-accel-files".split()
)
NOT_PASSED_BACK = frozenset(b"connection keep-alive transfer-encoding date server".split())
ANY_ORIGIN = {"access-control-allow-origin": "*"}
SAID_BY_US = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")

Headers = list[tuple[bytes, bytes]]


class Passing:
    """An ASGI application: the media process, seen from the front."""

    def __init__(self, http: aiohttp.ClientSession, at_most: int) -> None:
        self._http = http
        self._at_most = at_most
        self._under_way = 0
        self._refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._under_way >= self._at_most:
            wait_ms = 1_000
            busy = Refused(
                "busy", "expected room for one more request; came none", retry_ms=wait_ms
            )
            await _refuse(busy, scope, receive, send)
            return
        self._under_way += 1
        incoming = _Incoming(receive)
        try:
            async with asyncio.TaskGroup() as tasks:
                answering = tasks.create_task(self._answer(scope, incoming, receive, send))
                listening = tasks.create_task(incoming.listen())
                listening.add_done_callback(lambda _: answering.cancel())
                answering.add_done_callback(lambda _: listening.cancel())
        finally:
            self._under_way -= 1

    async def ask(self, path: str) -> bytes | None:
        """What the media process says about itself; None when it does not."""
        try:
            async with asyncio.timeout(ASKED_WITHIN_S):
                async with self._http.get(f"http://media{path}") as answer:
                    return await answer.read() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def _answer(
        self, scope: Scope, incoming: _Incoming, receive: Receive, send: Send
    ) -> None:
        begun = False
        try:
            async with self._asked(scope, incoming) as answer:
                begun = True
                self._note_answer()
                await _pass_back(answer, send)
        except (aiohttp.ClientError, TimeoutError) as error:
            self._note_failure(error)
            # An answer that stops in the middle is ended by the server: it cuts the connection.
            if not begun:
                await _refuse(_refusal(error), scope, receive, send)

    def _note_failure(self, error: Exception) -> None:
        """One line an outage: every viewer asks again each second."""
        self._refused += 1
        if self._refused == 1:
            log.warning("the media process does not answer: %s", type(error).__name__)

    def _note_answer(self) -> None:
        if self._refused:
            log.info("the media process answers again", extra={"count": self._refused})
            self._refused = 0

    @asynccontextmanager
    async def _asked(
        self, scope: Scope, incoming: _Incoming
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        has_body = _has_body(scope["headers"])
        silent_s = SILENT_WHILE_SENDING_S if has_body else SILENT_AT_MOST_S
        async with self._http.request(
            scope["method"],
            _url(scope),
            headers=[(n.decode("latin-1"), v.decode("latin-1")) for n, v in _onward(scope)],
            data=incoming.body() if has_body else None,
            timeout=aiohttp.ClientTimeout(sock_connect=CONNECT_WITHIN_S, sock_read=silent_s),
            allow_redirects=False,
        ) as answer:
            yield answer


class _Incoming:
    """A request's body, read ahead by a few chunks, and the leaving of who sent it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(CHUNKS_AHEAD)

    async def listen(self) -> None:
        """Returns when the client has left."""
        more = True
        while (message := await self._receive())["type"] != "http.disconnect":
            if more:
                more = message.get("more_body", False)
                await self._chunks.put(message.get("body", b""))
                if not more:
                    await self._chunks.put(None)

    async def body(self) -> AsyncIterator[bytes]:
        while (chunk := await self._chunks.get()) is not None:
            yield chunk


@asynccontextmanager
async def passing_to(socket: Path, at_most: int = AT_MOST) -> AsyncIterator[Passing]:
    """Passes on to the media process behind a Unix socket."""
    connector = aiohttp.UnixConnector(str(socket), limit=0, keepalive_timeout=KEPT_ALIVE_S)
    async with aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=SAID_BY_US,
    ) as http:
        yield Passing(http, at_most)


async def _pass_back(answer: aiohttp.ClientResponse, send: Send) -> None:
    headers = [pair for pair in answer.raw_headers if pair[0].lower() not in NOT_PASSED_BACK]
    start: Message = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(start)
    async for chunk in answer.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(refused: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    response = problem(refused)
    response.headers.update(ANY_ORIGIN)
    await response(scope, receive, send)


def _refusal(error: Exception) -> Refused:
    match error:
        case aiohttp.ClientConnectorError():
            return Refused("media_down", "expected the media process; came none", retry_ms=1_000)
        case TimeoutError():
            return Refused("media_slow", "expected an answer in time; came none", retry_ms=1_000)
        case _:
            return Refused("media_lost", "expected a whole answer; came less", retry_ms=1_000)


def _url(scope: Scope) -> URL:
    path, query = scope["raw_path"].decode("ascii"), scope["query_string"].decode("ascii")
    return URL(f"http://media{path}{'?' if query else ''}{query}", encoded=True)


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


def _onward(scope: Scope) -> Headers:
    """The request's headers, and who asked."""
    client = scope.get("client")
    headers = [pair for pair in scope["headers"] if pair[0] not in NOT_PASSED_ON]
    if client is not None:
        headers.append((b"x-forwarded-for", str(client[0]).encode()))
    return headers
