"""Very many questions on few lines: all are sent before the first answer is read.

On a socket a chunk is as long as what a session may say at once; over HTTP the answers of a
connection come in the order of its requests (RFC 9112, section 9.3.2).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect

Frame = dict[str, Any]
T = TypeVar("T")
SAID_AT_ONCE = 190
WITHIN_S = 120.0
ANSWERS = ('{"op":"joined"', '{"op":"denied"', '{"op":"history"', '{"op":"done"')


@dataclass(frozen=True, slots=True)
class Post:
    """A command as it is posted; `id` is the Idempotency-Key."""

    name: str
    id: str
    body: Frame


@dataclass(frozen=True, slots=True)
class Lines:
    """One person's lines to a server.

    Args:
        http: signed in, or not.
        role: what the server is to say they are, whatever they claim.
        claims: what stands in every frame, address and body beside what is asked, and is nobody's
            to claim.
    """

    port: int
    http: httpx.AsyncClient
    role: str
    claims: Frame

    @property
    def cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    def socket(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/rt",
            additional_headers={"Cookie": self.cookies},
            compression=None,
            max_size=None,
            max_queue=None,
        )

    async def on_sockets(self, questions: Sequence[Sequence[Frame]]) -> list[str]:
        """Asks all; each is some frames of which one is answered. Returns the answers in order."""
        answers: list[str] = []
        for chunk in _chunks(questions, SAID_AT_ONCE // max(map(len, questions))):
            async with self.socket() as socket, asyncio.timeout(WITHIN_S):
                await self._greet(socket)
                for frames in chunk:
                    lines = (json.dumps(frame | self.claims) for frame in frames)
                    await socket.send("\n".join(lines))
                answers += await _heard(socket, len(chunk))
        return answers

    async def _greet(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"op": "hello", "v": 1, "topics": []} | self.claims))
        welcome, *_ = str(await socket.recv()).split("\n")
        assert json.loads(welcome)["person"]["role"] == self.role
        await _heard(socket, 1)  # the person's own topic, which is joined by itself

    async def on_streams(self, topics: Sequence[str], most: int) -> dict[str, str]:
        """Joins all on event streams, so many on each; returns the answer to each join."""
        answers: dict[str, str] = {}
        for some in _chunks(topics, most):
            asked = {"topic": some, **self.claims}
            async with (
                asyncio.timeout(WITHIN_S),
                self.http.stream("GET", "/rt/events", params=asked) as stream,
            ):
                assert stream.status_code == 200
                async for line in stream.aiter_lines():
                    if is_answer(found := line.removeprefix("data: ")):
                        answers.setdefault(json.loads(found)["topic"], found)
                    if answers.keys() >= set(some):
                        break
        return answers

    async def by_post(self, posts: Sequence[Post]) -> list[tuple[int, str]]:
        """Posts all commands on one connection; returns status and body of each, in order."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send(writer, posts))
                return [await _answer(reader) for _ in posts]
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, posts: Sequence[Post]) -> None:
        for post in posts:
            writer.write(self._request(post))
            await writer.drain()

    def _request(self, post: Post) -> bytes:
        body = json.dumps(post.body | self.claims).encode()
        head = (
            f"POST /api/commands/{post.name} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Cookie: {self.cookies}\r\nIdempotency-Key: {post.id}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def is_answer(line: str) -> bool:
    """Whether an object answers a question; others are events, beats and states."""
    return line.startswith(ANSWERS) or '"op":"refused"' in line


def _chunks(sequence: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (sequence[first : first + most] for first in range(0, len(sequence), most))


async def _heard(socket: ClientConnection, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        found += filter(is_answer, str(await socket.recv()).split("\n"))
    assert len(found) == count, found[count:]
    return found


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(
        int(line.removeprefix("content-length:"))
        for line in head.split("\r\n")
        if line.startswith("content-length:")
    )
    return int(head.split(" ", 2)[1]), (await reader.readexactly(length)).decode()
