"""What players cost: a playlist that many wait for, and media from memory and disk.

The server and its waiting clients are two processes; only the server's CPU is counted. A part is
added once a second as a live channel does; every client then asks for the next one.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop

from streams.commands import Content
from streams.listing import Listing, Rendition
from streams.nalunits import join_lengths
from streams.playlist import delta, full
from streams.segments import AccessUnit, Lane
from streams.window import Entry
from tests.streams.broadcast import EPOCH, Look, Studio, TestClip, a_studio
from tests.streams.hls_server import a_server
from tests.streams.parsed_playlist import parse

CLIENTS = 300
ROUNDS = 15
MEDIA_ROUNDS = 1500


class Heavy(TestClip):
    """Pictures blown up with filler to three megabits a second."""

    def access_units(self, start_ticks: int, offset_s: float = 0.0) -> Iterator[AccessUnit]:
        filler = join_lengths([bytes([12]) + b"\xff" * 15_000])
        for unit in super().access_units(start_ticks, offset_s):
            yield replace(unit, data=unit.data + filler) if unit.lane is Lane.VIDEO else unit


async def measure(folder: Path) -> None:
    async with a_studio(folder, begins=EPOCH + timedelta(hours=1)) as studio:
        studio.library.films["day"] = Heavy(Look())
        studio.put(Content("film", film="day", title="En dag"))
        await studio.clock.turn(1860)
        _write(studio)
        async with a_server(studio.answers) as base:
            port = int(base.rpartition(":")[2])
            await _wait(studio, port)
            await _fetch_media("disk", studio.desk.windows["main"].listed()[0], port)
            await _fetch_media("memory", studio.desk.windows["main"].entries[-9], port)


def _write(studio: Studio) -> None:
    """What one change costs, however many wait for it."""
    window = studio.desk.windows["main"]
    video, audio = (Rendition(lane.value, window, lane) for lane in Lane)
    listing = Listing(video, "main", (audio,), studio.desk.clock, 1.02)
    listing.playlist()
    began = time.process_time()
    for _ in range(200):
        delta(listing.playlist())
    short = time.process_time() - began
    began = time.process_time()
    for _ in range(200):
        full(listing.playlist())
    whole = time.process_time() - began
    print(f"a window of {len(window.listed())} segments, written at each part")
    print(f"  a delta        {1e3 * short / 200:6.2f} ms")
    print(f"  the whole      {1e3 * whole / 200:6.2f} ms")


async def _wait(studio: Studio, port: int) -> None:
    here, there = multiprocessing.Pipe()
    clients = multiprocessing.get_context("spawn").Process(target=_clients, args=(port, there))
    clients.start()
    loop = asyncio.get_running_loop()
    used, spread = 0.0, []
    try:
        for round_ in range(ROUNDS + 1):
            last = parse(await studio.playlist()).segments[-1]
            number, part = last.number, len(last.parts)
            cpu = time.process_time()
            here.send((number, part))
            await loop.run_in_executor(None, here.recv)
            await asyncio.sleep(0.25)
            while studio.desk.windows["main"].position(Lane.VIDEO) < (number, part):
                await studio.clock.turn(0.1)
            took = await loop.run_in_executor(None, here.recv)
            if round_:
                used += time.process_time() - cpu
                spread.append(took)
        here.send(None)
    finally:
        clients.join(10)
        clients.kill()
    each = used / ROUNDS / CLIENTS
    print(f"{CLIENTS} players wait for the next part")
    print(f"  CPU            {1e3 * each:6.3f} ms for each answer, request and all")
    print(f"  all answered   {1e3 * max(spread):6.0f} ms after the first, at most")


def _clients(port: int, pipe: Any) -> None:
    asyncio.run(_play(port, pipe))


async def _play(port: int, pipe: Any) -> None:
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)]
    while (place := pipe.recv()) is not None:
        query = f"_HLS_msn={place[0]}&_HLS_part={place[1]}&_HLS_skip=YES"
        request = (
            f"GET /hls/main/video.m3u8?{query} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n"
        ).encode()
        for _, writer in lines:
            writer.write(request)
        pipe.send("asked")
        times = await asyncio.gather(*(_answer(reader) for reader, _ in lines))
        pipe.send(max(times) - min(times))


async def _answer(reader: asyncio.StreamReader) -> float:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    size = int(head.lower().partition(b"content-length:")[2].split()[0])
    await reader.readexactly(size)
    return time.monotonic()


async def _fetch_media(where: str, entry: Entry, port: int) -> None:
    generation, segment = entry.generation, entry.lane(Lane.VIDEO)
    assert segment is not None
    path = f"/media/main/{generation.source}/{generation.number}/video/{entry.segment}.m4s"
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    client = context.Process(target=_fetch, args=(port, path, there))
    client.start()
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, here.recv)
    cpu = time.process_time()
    await loop.run_in_executor(None, here.recv)
    used = time.process_time() - cpu
    client.join(10)
    print(f"segments of {segment.size // 1000} kB from {where}")
    print(f"  per core       {MEDIA_ROUNDS * segment.size / used / 1e6:6.0f} MB/s")


def _fetch(port: int, path: str, pipe: Any) -> None:
    async def fetch() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        pipe.send("ready")
        for _ in range(MEDIA_ROUNDS):
            writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            await _answer(reader)
        pipe.send("done")

    asyncio.run(fetch())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(measure(Path(folder)))
