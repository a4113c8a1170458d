"""One server of a comparison: how its clients greet it, how something is published there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.05
_HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n{more}\r\n"
)

Publish = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that runs.

    Args:
        first: the request of a client's handshake; %s is a line of `words`.
        second: what a client says then; "" for nothing.
        servers: the processes that are measured, with all they have started.
        beside: processes they lean on (Redis, PostgreSQL), counted apart.
        pong_s: how often a client has to give a sign of life; 0 for never.
    """

    port: int
    first: str
    publish: Publish
    servers: Sequence[psutil.Process]
    second: str = ""
    words: Path | None = None
    beside: Sequence[psutil.Process] = ()
    pong_s: int = 0


def handshake(port: int, path: str, more: str = "") -> str:
    """A request to be a websocket.

    Args:
        more: header lines, each with its end.
    """
    return _HANDSHAKE.format(path=path, port=port, more=more)


def cpu_s(processes: Sequence[psutil.Process]) -> float:
    """CPU seconds of processes and of all they have started; in steps of 10 ms."""
    return sum(sum(each.cpu_times()[:4]) for each in _with_children(processes))


def own_bytes(processes: Sequence[psutil.Process]) -> int:
    """The memory that processes and their children hold, a shared page by its share (PSS)."""
    return sum(int(each.memory_full_info().pss) for each in _with_children(processes))


def _with_children(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    return [*processes, *(child for each in processes for child in each.children(recursive=True))]


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str | Path], port: int, log: Path, more: Mapping[str, str] | None = None
) -> AsyncIterator[psutil.Process]:
    """A program that listens at a port; ended in the end.

    Args:
        more: beside our environment.
    """
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=said, stderr=said, env={**os.environ, **(more or {})}
        )
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while not _listens(port):
                assert process.returncode is None, f"it ended; {log} says why"
                await asyncio.sleep(LOOK_EVERY_S)  # another process: there is nothing to wait on
        yield psutil.Process(process.pid)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


@contextlib.asynccontextmanager
async def spoken_to(
    url: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[ClientConnection]:
    """A line to publish by; what comes back is thrown away."""
    async with connect(
        url,
        additional_headers=headers,
        compression=None,
        ping_interval=None,
        close_timeout=0.2,
        open_timeout=20,
    ) as line:
        reading = asyncio.create_task(_throw_away(line))
        try:
            yield line
        finally:
            reading.cancel()
            await asyncio.wait([reading])


async def _throw_away(line: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for _ in line:
            pass
