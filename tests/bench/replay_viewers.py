"""Viewers of replays, many in one process, cheap enough not to be what is measured.

Each opens an item, then plays it in real time, a segment of picture and of sound at a time, and
seeks now and then to a place of its own. Bodies are counted and thrown away as they come; a
playlist is read once for all who open it. From a seek to the picture is the time until the init
and the segment of both lanes are here, one asked for after the other; a decoder adds its own.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import ssl
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvloop

from streams.segments import Lane

PLAYS_S, SEEKS_EVERY_S, SEGMENT_S = 30, 10, 2
LATE_LOOK_S = 0.02
_SCRATCH = memoryview(bytearray(512 * 1024))
"""What comes is put here, whoever's it is: only a playlist is looked at."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_NAMED = re.compile(r'^#EXT-X-MAP:URI="([^"]+)"|^(/[^#\s]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is asked.

    Args:
        certificate: of a server that speaks TLS.
    """

    port: int
    items: Sequence[str]
    cookies: Sequence[str]
    certificate: Path | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What all viewers saw, and what they themselves cost."""

    seeks_s: Sequence[float]
    late: int
    pieces: int
    received_bytes: int
    requests: int
    took_s: float
    own_cpu_s: float
    own_lateness_s: float
    """99th percentile of how late this process's own timers were."""


@dataclass(frozen=True, slots=True)
class Segment:
    init: str
    uri: str


@dataclass(frozen=True, slots=True)
class Known:
    """What one has found out for all: whom to trust, and what the playlists say."""

    tls: ssl.SSLContext | None
    playlists: dict[str, list[Segment]] = field(default_factory=dict)


def watch(place: Place) -> Watched:
    return uvloop.run(_watch(place))


async def _watch(place: Place) -> Watched:
    began_s, used_s = time.monotonic(), time.process_time()
    trusted = place.certificate
    known = Known(ssl.create_default_context(cafile=trusted) if trusted else None)
    viewers = [Viewer(place, number, known) for number in range(len(place.cookies))]
    lateness: list[float] = []
    looking = asyncio.create_task(_look(lateness))
    async with asyncio.TaskGroup() as tasks:
        for viewer in viewers:
            tasks.create_task(viewer.play())
    looking.cancel()
    return Watched(
        [took for viewer in viewers for took in viewer.seeks_s],
        sum(viewer.late for viewer in viewers),
        len(viewers) * (PLAYS_S // SEGMENT_S),
        sum(viewer.received for viewer in viewers),
        sum(viewer.requests for viewer in viewers),
        time.monotonic() - began_s,
        time.process_time() - used_s,
        statistics.quantiles(lateness, n=100)[98],
    )


async def _look(lateness: list[float]) -> None:
    while True:
        before = time.monotonic()
        await asyncio.sleep(LATE_LOOK_S)
        lateness.append(time.monotonic() - before - LATE_LOOK_S)


class Line(asyncio.BufferedProtocol):
    """A connection that asks for one thing at a time."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0
        self._kept: bytearray | None = None
        self._answer: asyncio.Future[int] | None = None
        self._size = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    async def get(self, request: bytes) -> int:
        """Asks and waits for the last byte; returns how many came."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    async def read(self, request: bytes) -> bytes:
        self._kept = bytearray()
        await self.get(request)
        kept, self._kept = self._kept, None
        return bytes(kept)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def get_buffer(self, sizehint: int) -> memoryview:
        return _SCRATCH

    def buffer_updated(self, came: int) -> None:
        begins = 0
        if not self._left:
            self._head += bytes(_SCRATCH[:came])
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, found = self._head[:end], _LENGTH.search(self._head, 0, end + 2)
            if not head.startswith(b"HTTP/1.1 200") or found is None:
                self._fail(head)
                return
            begins = came - (len(self._head) - end - 4)
            self._size = self._left = int(found[1])
            self._head = b""
        if self._kept is not None:
            self._kept += _SCRATCH[begins:came]
        self._left -= came - begins
        if not self._left and self._answer is not None:
            self._answer.set_result(self._size)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._fail(b"the connection ended")

    def _fail(self, why: bytes) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(AssertionError(f"expected 200 with a length; came {why!r}"))


class Viewer:
    """One who replays an item, and seeks in it."""

    def __init__(self, place: Place, number: int, known: Known) -> None:
        self._place = place
        self._chance = random.Random(number)
        self._item = place.items[number % len(place.items)]
        self._cookie = place.cookies[number]
        self._known = known
        self._line = Line()
        self.seeks_s: list[float] = []
        self.late = self.received = self.requests = 0

    async def play(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, SEEKS_EVERY_S))  # they do not come as one
        tls = self._known.tls
        _, self._line = await asyncio.get_running_loop().create_connection(
            Line, "localhost" if tls else "127.0.0.1", self._place.port, ssl=tls
        )
        await self._get(f"/replay/{self._item}/index.m3u8")
        lanes = [await self._text(f"/replay/{self._item}/1/{lane}.m3u8") for lane in Lane]
        place, due = 0, time.monotonic()
        for turn in range(PLAYS_S // SEGMENT_S):
            seeks = turn % (SEEKS_EVERY_S // SEGMENT_S) == 0
            if seeks:
                place, due = self._chance.randrange(len(lanes[0]) - 1), time.monotonic()
            began = time.monotonic()
            for segments in lanes:
                one = segments[min(place, len(segments) - 1)]
                if seeks:
                    await self._get(one.init)
                await self._get(one.uri)
            if seeks:
                self.seeks_s.append(time.monotonic() - began)
            place, due = place + 1, due + SEGMENT_S
            self.late += time.monotonic() > due
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        self._line.close()

    async def _get(self, path: str) -> None:
        self.requests += 1
        self.received += await self._line.get(self._asking(path))

    async def _text(self, path: str) -> list[Segment]:
        self.requests += 1
        playlists = self._known.playlists
        if path in playlists:
            self.received += await self._line.get(self._asking(path))
        else:
            text = await self._line.read(self._asking(path))
            playlists[path] = list(_segments(gzip.decompress(text).decode()))
        return playlists[path]

    def _asking(self, path: str) -> bytes:
        return (
            f"GET {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {self._cookie}\r\n"
            "user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
            "accept: */*\r\naccept-language: da,en;q=0.5\r\naccept-encoding: gzip, deflate, br\r\n"
            "sec-fetch-site: same-origin\r\n\r\n"
        ).encode()


def _segments(playlist: str) -> list[Segment]:
    init, found = "", list[Segment]()
    for named in _NAMED.finditer(playlist):
        if named[1]:
            init = named[1]
        else:
            found.append(Segment(init, named[2]))
    return found
