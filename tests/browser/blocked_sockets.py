"""A proxy as some municipalities have one: it passes requests on, and gives nobody a tunnel.

A browser asks its proxy for a tunnel (CONNECT) when a page opens a WebSocket, also without TLS.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal

Manner = Literal["refuses", "swallows"]

_REQUEST = re.compile(rb"([A-Z]+) (?:http://[^/ ]+)?(\S+) HTTP/1\.1\r\n")


@dataclass
class Proxy:
    """Passes requests on to one server.

    Args:
        target: the server's port.
        manner: `refuses` answers who wants a tunnel 403; `swallows` never says a word.
        asked_at_s: when each path was first asked for, and `CONNECT`, on the loop's clock.
    """

    target: int
    manner: Manner
    port: int = 0
    asked_at_s: dict[str, float] = field(default_factory=dict)
    is_cut: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def cut(self) -> None:
        """The line is gone: every connection breaks, and no new one gets through."""
        self.is_cut = True
        for task in self._tasks:
            task.cancel()

    def mend(self) -> None:
        self.is_cut = False

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if not self.is_cut:
                await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # one side has gone, or the line is cut
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(65536)
        if not first.startswith(b"CONNECT "):
            await self._pass_on(first, reader, writer)
            return
        self._note("CONNECT")
        if self.manner == "refuses":
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        else:
            await reader.read()

    async def _pass_on(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        ways = {
            asyncio.create_task(self._ask(first, reader, back)),
            asyncio.create_task(_pour(there, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            back.transport.abort()

    async def _ask(
        self, data: bytes, reader: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while data:
                back.write(self._for_the_server(data))
                await back.drain()
                data = await reader.read(65536)

    def _for_the_server(self, data: bytes) -> bytes:
        """A request's head without the server's address in it; a browser never pipelines."""
        request = _REQUEST.match(data)
        if request is None:
            return data
        method, path = request.groups()
        self._note(path.split(b"?")[0].decode())
        return b"%b %b HTTP/1.1\r\n%b" % (method, path, data[request.end() :])

    def _note(self, asked: str) -> None:
        self.asked_at_s.setdefault(asked, asyncio.get_running_loop().time())


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def a_proxy(target: int, manner: Manner) -> AsyncIterator[Proxy]:
    """A proxy before a server's port."""
    proxy = Proxy(target, manner)
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
