"""Python's websockets on uvloop, with its own `broadcast`, which waits for nobody."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

READERS: set[ServerConnection] = set()


async def attend(line: ServerConnection) -> None:
    assert line.request is not None
    if line.request.path == "/sub":
        READERS.add(line)
        try:
            await line.wait_closed()
        finally:
            READERS.discard(line)
        return
    async for text in line:
        broadcast(READERS, text)


async def main(port: int) -> None:
    async with serve(attend, "127.0.0.1", port, compression=None, ping_interval=None, backlog=2048):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
