"""What a request costs that the front hands on to the media process, with many of them held.

A server behind a Unix socket holds every request until all have come, then answers 3 kB, as a
playlist would be; a front passes them on. Printed is the CPU of the front's process alone, the
reading and writing of its own clients included.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import tempfile
import time
from pathlib import Path

import aiohttp
import uvicorn
from starlette.types import Receive, Scope, Send

from server.passing import passing_to

HELD = (20, 300)
ROUNDS = 2_000
BODY = b"x" * 3_000


class Holding:
    """Answers when so many requests have come."""

    def __init__(self, count: int) -> None:
        self._count, self._waiting = count, 0
        self._all_here = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._waiting += 1
        mine = self._all_here
        if self._waiting == self._count:
            self._waiting, self._all_here = 0, asyncio.Event()
            mine.set()
        await mine.wait()
        length = (b"content-length", str(len(BODY)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": BODY})


def hold(path: str, count: int) -> None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(2048)
    config = uvicorn.Config(Holding(count), lifespan="off", log_config=None, access_log=False)
    asyncio.run(uvicorn.Server(config)._serve([listener]))


async def ask(base: str, count: int) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(base, connector=connector) as http:

        async def one() -> None:
            async with http.get("/hls/main/video.m3u8") as answer:
                assert len(await answer.read()) == len(BODY)

        for _ in range(ROUNDS // count + 1):
            await asyncio.gather(*(one() for _ in range(count)))


def ask_in_a_process(base: str, count: int) -> None:
    asyncio.run(ask(base, count))


async def front(path: Path, count: int) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with passing_to(path) as passing:
        config = uvicorn.Config(passing, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([listener]))
        asking = multiprocessing.get_context("spawn").Process(
            target=ask_in_a_process, args=(base, count)
        )
        asking.start()
        cpu = time.process_time()
        await asyncio.to_thread(asking.join)
        cpu = time.process_time() - cpu
        server.should_exit = True
        await serving
    asked = (ROUNDS // count + 1) * count
    print(f"{count} held at once: {cpu / asked * 1e6:.0f} µs of the front's CPU for each")


def main() -> None:
    for count in HELD:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "media.sock"
            holding = multiprocessing.get_context("spawn").Process(
                target=hold, args=(str(path), count)
            )
            holding.start()
            while not path.exists():
                time.sleep(0.05)
            time.sleep(0.2)  # it listens a moment after it has its name
            asyncio.run(front(path, count))
            holding.terminate()
            holding.join()
