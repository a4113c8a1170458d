"""500 viewers replay different items from one server: CPU, and from a seek to the picture.

The server has the real routes over a desk with items from the disk; only the session is looked up
in memory. Viewers are simulated in a process of their own: each opens an item, then plays it in
real time, two seconds of picture and of sound at a time, and seeks every ten seconds to a place of
its own. From a seek to the picture is the time until init and segment of both lanes are here; a
decoder adds its own. Then the same with nginx in front, which sends the segments itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import random
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import uvicorn
import uvloop
from starlette.applications import Starlette

from schedule.library.library import Library
from schedule.library.library import initial as initial_library
from schedule.library.unlocking import CaptionRule
from schedule.programme_file import builtin
from schedule.runofshow import initial
from schedule.show import Show
from server.access.actor import Actor
from server.clock import Clock
from server.item_captions import ItemCaptions
from server.routes.media import MediaRoutes
from server.subtitles import SubtitleTracks
from server.unlocking import Unlocking
from server.viewers import Viewers
from streams.commands import Content
from streams.films.captionfiles import CaptionFiles
from streams.nalunits import join_lengths
from streams.segments import AccessUnit, Lane
from tests.bench.debian_nginx import a_proxy, free_port, lacking
from tests.streams.broadcast import Look, TestClip, a_studio
from tests.streams.parsed_playlist import parse

VIEWERS = 500
ITEMS = 12
ITEM_S = 60
PLAYS_S = 30
SEEKS_EVERY_S = 10
SEGMENT_S = 2
BITS_PER_S = 1_000_000


class Heavy(TestClip):
    """Pictures blown up with filler to a megabit a second."""

    def access_units(self, start_ticks: int, offset_s: float = 0.0) -> Iterator[AccessUnit]:
        filler = join_lengths([bytes([12]) + b"\xff" * (BITS_PER_S // 8 // 25)])
        for unit in super().access_units(start_ticks, offset_s):
            yield replace(unit, data=unit.data + filler) if unit.lane is Lane.VIDEO else unit


class Everybody:
    """Knows everybody at once."""

    async def who(self, scope: object) -> Actor:
        return Actor("mo", "Mo", "moderator")


def items() -> list[str]:
    return [item.id for item in builtin("topmoede_2021").items[:ITEMS]]


def serve(folder: str, port: int, pipe: Any) -> None:
    uvloop.run(_serve(Path(folder), port, pipe))


async def _serve(folder: Path, port: int, pipe: Any) -> None:
    show: Show = initial(builtin("topmoede_2021"))

    async def now() -> Show:
        return show

    async def library() -> Library:
        return initial_library(builtin("topmoede_2021"))

    async with a_studio(folder) as studio:
        studio.library.films["heavy"] = Heavy(Look())
        for item in items():
            studio.put(Content("film", film="heavy", title="Film"), item, 1)
            await studio.clock.turn(ITEM_S)
        studio.put(Content("slate", title="Slut"))
        await studio.clock.turn(2)
        everybody: Any = Everybody()
        nothing: Any = None
        rule = Unlocking(now, library, Clock(), CaptionRule())
        viewers = Viewers(everybody, nothing, rule, nothing)
        captions = ItemCaptions(CaptionFiles(folder), folder / "captions")
        subtitles = SubtitleTracks(captions, studio.answers.subtitling)
        media = MediaRoutes(studio.answers, everybody, nothing, nothing, {}, viewers, subtitles)
        config = uvicorn.Config(
            Starlette(routes=media.routes()), loop="none", http="httptools", lifespan="off",
            log_config=None, access_log=False,
        )  # fmt: skip
        listener = socket.create_server(("127.0.0.1", port), backlog=2048)
        pipe.send("ready")
        await uvicorn.Server(config)._serve([listener])


def watch(port: int, pipe: Any) -> None:
    pipe.send(uvloop.run(_watch(port)))


async def _watch(port: int) -> tuple[list[float], int, int]:
    viewers = [Viewer(port, number) for number in range(VIEWERS)]
    async with asyncio.TaskGroup() as tasks:
        for viewer in viewers:
            tasks.create_task(viewer.play())
    seeks = [took for viewer in viewers for took in viewer.seeks_s]
    return seeks, sum(v.late for v in viewers), sum(v.received for v in viewers)


class Viewer:
    """One who replays an item, and seeks in it."""

    def __init__(self, port: int, number: int) -> None:
        self._port = port
        self._chance = random.Random(number)
        self._item = items()[number % ITEMS]
        self.seeks_s: list[float] = []
        self.late = self.received = 0

    async def play(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, SEEKS_EVERY_S))  # they do not come as one
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        await self._get(reader, writer, f"/replay/{self._item}/index.m3u8")
        lanes = []
        for lane in Lane:
            text = await self._get(reader, writer, f"/replay/{self._item}/1/{lane}.m3u8")
            lanes.append(parse(text.decode()).segments)
        place, due = 0, time.monotonic()
        for turn in range(PLAYS_S // SEGMENT_S):
            seeks = turn % (SEEKS_EVERY_S // SEGMENT_S) == 0
            if seeks:
                place, due = self._chance.randrange(len(lanes[0]) - 1), time.monotonic()
            began = time.monotonic()
            for segments in lanes:
                one = segments[min(place, len(segments) - 1)]
                if seeks and one.map_uri:
                    self.received += len(await self._get(reader, writer, one.map_uri))
                assert one.uri
                self.received += len(await self._get(reader, writer, one.uri))
            if seeks:
                self.seeks_s.append(time.monotonic() - began)
            place, due = place + 1, due + SEGMENT_S
            self.late += time.monotonic() > due
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        writer.close()

    async def _get(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
    ) -> bytes:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), (path, head)
        size = int(head.lower().partition(b"content-length:")[2].split()[0])
        return await reader.readexactly(size)


async def measure(name: str, port: int, processes: list[int]) -> None:
    here, there = multiprocessing.Pipe()
    viewers = multiprocessing.get_context("spawn").Process(target=watch, args=(port, there))
    before = _cpu_s(processes)
    viewers.start()
    began = time.monotonic()
    seeks, late, received = await asyncio.to_thread(here.recv)
    took_s, used_s = time.monotonic() - began, _cpu_s(processes) - before
    viewers.join()
    seeks.sort()
    p50_ms, p95_ms = 1000 * statistics.median(seeks), 1000 * seeks[int(len(seeks) * 0.95)]
    print(f"{VIEWERS} viewers of {ITEMS} items, {name}: {received / took_s / 1e6:.0f} MB/s")
    print(f"  seek to picture  p50 {p50_ms:6.0f} ms, p95 {p95_ms:6.0f} ms")
    print(f"  came too late    {late} of {VIEWERS * PLAYS_S // SEGMENT_S} pieces")
    print(f"  CPU              {100 * used_s / took_s:6.0f} % of a core: " + ", ".join(
        f"{psutil.Process(each).name()}" for each in processes))  # fmt: skip


def _cpu_s(processes: list[int]) -> float:
    times = [psutil.Process(each).cpu_times() for each in processes]
    return sum(each.user + each.system for each in times)


@contextlib.asynccontextmanager
async def a_server(folder: Path) -> AsyncIterator[tuple[int, int]]:
    port = free_port()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(str(folder), port, there)
    )
    server.start()
    await asyncio.to_thread(here.recv)
    assert server.pid is not None
    try:
        yield port, server.pid
    finally:
        server.kill()
        server.join()


async def run(folder: Path) -> None:
    async with a_server(folder / "media") as (port, pid):
        await measure("without nginx", port, [pid])
        if missing := lacking("nginx"):
            print(f"left out with nginx, for want of {missing}")
            return
        async with a_proxy(folder / "nginx", port, folder / "media") as (proxy, nginx):
            await measure("behind nginx", proxy, [pid, nginx])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(Path(folder)))
