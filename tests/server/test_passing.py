"""What the front hands on, against a real server behind a Unix socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from server.passing import passing_to

WITHIN_S = 60.0


@dataclass
class Media:
    """A media process of the tests: it tells what it was asked, and answers when it may."""

    scopes: list[Scope] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        match scope["path"]:
            case "/held":
                await self._hold(receive)
            case "/torn":
                await send(_start(200, (b"content-length", b"10")))
                await send({"type": "http.response.body", "body": b"half", "more_body": True})
                return
            case "/echo":
                await self._echo(receive, send)
                return
        await send(_start(207, (b"x-told", b"1"), (b"x-told", b"2"), (b"content-length", b"2")))
        await send({"type": "http.response.body", "body": b"ok"})

    async def _hold(self, receive: Receive) -> None:
        self.asked.set()
        await receive()

        async def leave() -> None:
            await receive()
            self.left.set()

        async with asyncio.TaskGroup() as tasks:
            leaving = tasks.create_task(leave())
            answering = tasks.create_task(self.may_answer.wait())
            await asyncio.wait({leaving, answering}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            answering.cancel()

    async def _echo(self, receive: Receive, send: Send) -> None:
        """Each chunk comes back before the next is read."""
        await send(_start(200))
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            body = message.get("body", b"")
            self.bodies.append(body)
            await send({"type": "http.response.body", "body": body, "more_body": more})


def _start(status: int, *headers: tuple[bytes, bytes]) -> dict[str, object]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(app, lifespan="off", log_config=None, http="httptools", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        server.force_exit = True
        await task


@asynccontextmanager
async def a_media(path: Path, media: Media) -> AsyncIterator[None]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        async with serving(media, listener):
            yield


@asynccontextmanager
async def a_front(path: Path, at_most: int = 100) -> AsyncIterator[httpx.AsyncClient]:
    """A browser's view of a front that passes everything on."""
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with (
        passing_to(path, at_most) as passing,
        serving(passing, listener),
        httpx.AsyncClient(base_url=base, timeout=WITHIN_S) as http,
    ):
        yield http


async def within(event: asyncio.Event) -> None:
    async with asyncio.timeout(WITHIN_S):
        await event.wait()


async def test_a_request_goes_on_as_it_came_and_the_answer_comes_back_as_it_is(
    tmp_path: Path,
) -> None:
    path, media = tmp_path / "media.sock", Media()
    async with a_media(path, media), a_front(path) as http:
        told = {"cookie": "topmoede=abc", "x-accel-files": "/-stored", "range": "bytes=1-2"}
        answer = await http.get("/a%2Fb/c%C3%A5?x=%26&y=ø", headers=told)

    [scope] = media.scopes
    headers = dict(scope["headers"])
    assert (scope["method"], scope["raw_path"]) == ("GET", b"/a%2Fb/c%C3%A5")
    assert scope["query_string"] == b"x=%26&y=%C3%B8"
    assert headers[b"cookie"] == b"topmoede=abc"
    assert headers[b"range"] == b"bytes=1-2"
    assert headers[b"x-forwarded-for"] == b"127.0.0.1"
    assert headers[b"host"].startswith(b"127.0.0.1:")
    assert b"x-accel-files" not in headers
    assert (answer.status_code, answer.content) == (207, b"ok")
    assert answer.headers.get_list("x-told") == ["1", "2"]
    assert len(answer.headers.get_list("date")) == 1


async def test_bodies_stream_both_ways(tmp_path: Path) -> None:
    """Each chunk has come back before the next is sent: nobody waits for the whole of either."""
    path, media = tmp_path / "media.sock", Media()
    async with a_media(path, media), a_front(path) as http:
        reader, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        writer.write(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        async with asyncio.timeout(WITHIN_S):
            for chunk in (b"first", b"second", b"third"):
                writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                await reader.readuntil(chunk + b"\r\n")
            writer.write(b"0\r\n\r\n")
            await reader.readuntil(b"0\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    assert b"".join(media.bodies) == b"firstsecondthird"


async def test_what_is_held_is_given_up_when_the_viewer_leaves(tmp_path: Path) -> None:
    path, media = tmp_path / "media.sock", Media()
    async with a_media(path, media), a_front(path, at_most=1) as http:
        asking = asyncio.create_task(http.get("/held"))
        await within(media.asked)
        assert (await http.get("/")).json()["code"] == "busy"
        asking.cancel()
        await within(media.left)
        await asyncio.gather(asking, return_exceptions=True)
        async with asyncio.timeout(WITHIN_S):
            while (await http.get("/")).status_code == 503:
                pass


async def test_what_is_held_is_released_when_it_is_answered(tmp_path: Path) -> None:
    path, media = tmp_path / "media.sock", Media()
    async with a_media(path, media), a_front(path) as http:
        asking = asyncio.create_task(http.get("/held"))
        await within(media.asked)
        assert not asking.done()
        media.may_answer.set()
        assert (await asking).status_code == 207


async def test_without_a_media_process_the_answer_says_so_and_when_to_ask_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "media.sock"
    async with a_front(path) as http:
        for _ in range(2):
            answer = await http.get("/")
            assert (answer.status_code, answer.json()["code"]) == (503, "media_down")
            assert answer.headers["retry-after"] == "1"
            assert answer.headers["access-control-allow-origin"] == "*"
        async with a_media(path, Media()):
            assert (await http.get("/")).status_code == 207
        assert (await http.get("/")).json()["code"] == "media_down"


async def test_a_server_that_hangs_up_is_a_lost_answer(tmp_path: Path) -> None:
    path = tmp_path / "media.sock"

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_unix_server(hang_up, path)
    async with server, a_front(path) as http:
        answer = await http.post("/")
        assert (answer.status_code, answer.json()["code"]) == (502, "media_lost")
        assert answer.headers["retry-after"] == "1"


async def test_half_an_answer_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "media.sock"
    async with a_media(path, Media()), a_front(path) as http:
        try:
            answer = await http.get("/torn")
        except httpx.RemoteProtocolError:
            return
    raise AssertionError(f"expected a cut connection, got {answer.content!r}")
