"""A web server for tests that answers as it is told: late, endless, with lies, or not at all."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Origin:
    """One server; `answers` says what stands at a path, `asked` counts."""

    port: int = 0
    answers: dict[str, bytes | Answering] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    headers: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        return f"http://{self.place}"

    def put(self, path: str, body: bytes | str, type: str = "application/octet-stream") -> None:
        """An ordinary answer at a path."""
        self.answers[path] = answer(body, type=type)

    def send_to(self, path: str, url: str, status: str = "302 Found") -> None:
        """A redirect at a path."""
        self.answers[path] = answer(b"", status, Location=url)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) and head:
                path = head.split(b" ", 2)[1].decode()
                self.asked[path] += 1
                self.headers.append(head)
                told = self.answers.get(path, answer(b"none", "404 Not Found"))
                if isinstance(told, bytes):
                    writer.write(told)
                    await writer.drain()
                else:
                    await told(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def answer(
    body: bytes | str, status: str = "200 OK", type: str = "text/plain", **headers: str
) -> bytes:
    """A whole answer."""
    body = body.encode() if isinstance(body, str) else body
    named = {"Content-Type": type, "Content-Length": str(len(body))} | headers
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {v}" for name, v in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def endless(head: bytes, piece: bytes, every_s: float = 0.0) -> Answering:
    """An answer whose body does not end."""

    async def go_on(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every_s)

    return go_on


@asynccontextmanager
async def an_origin(tls: ssl.SSLContext | None = None) -> AsyncIterator[Origin]:
    """A server on a free port of loopback."""
    origin = Origin()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await origin.serve(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            running.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        await server.wait_closed()
        await asyncio.gather(*running, return_exceptions=True)
