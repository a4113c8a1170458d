"""A line to a server of this machine that can stall: what is sent sticks, and nobody is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator


class StallingLine:
    """Passes on what comes, both ways, as long as it flows."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._flows = asyncio.Event()
        self._flows.set()
        self._under_way: set[asyncio.Task[None]] = set()
        self.port = 0

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Lines are opened and stay open, and nothing arrives."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                onward_reader, onward = await asyncio.open_connection("127.0.0.1", self._target)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._pump(reader, onward))
                    tasks.create_task(self._pump(onward_reader, writer))
        finally:
            await _closed(writer)
            self._under_way.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(65536):
                    await self._flows.wait()
                    writer.write(data)
        finally:
            await _closed(writer)

    async def end(self) -> None:
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def a_stalling_line(target: int) -> AsyncIterator[StallingLine]:
    """A line to a port of this machine."""
    line = StallingLine(target)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        await line.end()
