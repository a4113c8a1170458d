"""A line to a server of this machine that breaks: it stalls, it is slow, it is cut.

What is sent on a stalled line sticks, and nobody is told. A late line carries everything so much
later. Each connection is made by `reach`, so that one line may lead to several servers.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Reach = Callable[[], Awaitable[Streams]]


class StallingLine:
    """Passes on what comes, both ways, as long as it flows.

    Args:
        late_s: how much later everything arrives.
    """

    def __init__(self, reach: Reach, late_s: float = 0.0) -> None:
        self._reach = reach
        self.late_s = late_s
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

    def cut(self, dice: random.Random, share: float = 1.0) -> None:
        """Ends so many of the connections that there are."""
        for task in list(self._under_way):
            if dice.random() < share:
                task.cancel()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                onward_reader, onward = await self._reach()
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._pump(reader, onward))
                    tasks.create_task(self._pump(onward_reader, writer))
        finally:
            await _closed(writer)
            self._under_way.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        loop, data = asyncio.get_running_loop(), b"first"
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._deliver(on_its_way, writer))
                while data:
                    data = await _read(reader)
                    on_its_way.put_nowait((loop.time() + self.late_s, data))
        finally:
            await _closed(writer)

    async def _deliver(
        self, on_its_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        """Until the end, which is told as no bytes."""
        while True:
            due, data = await on_its_way.get()
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await self._flows.wait()
            if not data:
                return
            writer.write(data)

    async def end(self) -> None:
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> bytes:
    """What has come; no bytes at the end, however it ended."""
    with contextlib.suppress(OSError):
        return await reader.read(65536)
    return b""


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def to_port(port: int) -> Reach:
    async def reach() -> Streams:
        return await asyncio.open_connection("127.0.0.1", port)

    return reach


@contextlib.asynccontextmanager
async def a_stalling_line(
    target: int | Reach, *, port: int = 0, late_s: float = 0.0
) -> AsyncIterator[StallingLine]:
    """A line to a port of this machine, or to whatever is reached.

    Args:
        port: where it begins; 0 for any.
    """
    line = StallingLine(to_port(target) if isinstance(target, int) else target, late_s)
    server = await asyncio.start_server(line.carry, "127.0.0.1", port)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        await line.end()
