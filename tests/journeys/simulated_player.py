"""A player of low-latency HLS without a decoder, and the line it speaks over.

It follows both lanes as hls.js does: the whole playlist once, then the next part, held by the
server and as a delta; every part is fetched when it is listed. Its playhead starts PART-HOLD-BACK
behind the edge that it saw first and runs in real time. A part that comes later than its turn makes
it wait, and stay so much further behind. Times of pictures are PROGRAM-DATE-TIMEs; all are seconds
since the epoch.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from streams.segments import Lane
from tests.browser.watched_playlists import joined
from tests.streams.parsed_playlist import ReadPart, ReadPlaylist, parse

ANSWERED_WITHIN_S = 60.0
_ROUNDING_S = 0.05


@dataclass(slots=True)
class Line:
    """One connection that is kept; one question at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    headers: str

    async def ask(self, path: str) -> None:
        self.writer.write(f"GET {path} HTTP/1.1\r\n{self.headers}\r\n".encode())
        await self.writer.drain()

    async def get(self, path: str) -> bytes:
        """The body of a 200, unpacked."""
        await self.ask(path)
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            size = int(head.partition("content-length:")[2].split()[0])
            body = await self.reader.readexactly(size)
        assert head.startswith("http/1.1 200"), f"{path}: {head}{body[:200]!r}"
        return gzip.decompress(body) if "content-encoding: gzip" in head else body


@contextlib.asynccontextmanager
async def a_line(port: int, cookie: str) -> AsyncIterator[Line]:
    """A connection as a person who is signed in by this cookie; cut with the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    headers = f"Host: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\nCookie: {cookie}\r\n"
    try:
        yield Line(reader, writer, headers)
    finally:
        writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A part: when its first picture was made, how long it is, when it was here."""

    began_s: float
    duration_s: float
    here_s: float


@dataclass(slots=True)
class SimulatedPlayer:
    """Plays a channel until it is cancelled.

    Args:
        behind_s: how far its playhead is behind the event clock; None before it plays.
    """

    port: int
    cookie: str
    channel: str = "main"
    behind_s: float | None = None
    stalls: int = 0
    fetched: dict[Lane, list[Fetched]] = field(default_factory=lambda: {lane: [] for lane in Lane})
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self) -> None:
        async with asyncio.TaskGroup() as lanes:
            for lane in Lane:
                lanes.create_task(self._follow(lane))

    async def until_shown(self, instant: datetime) -> float:
        """When the first picture made at this instant or later stands on its glass."""
        while (shown := self._shown(instant.timestamp())) is None:
            self._news.clear()
            await self._news.wait()
        return shown

    async def until_fetched(self, parts: int) -> None:
        while any(len(fetched) < parts for fetched in self.fetched.values()):
            self._news.clear()
            await self._news.wait()

    def _shown(self, since_s: float) -> float | None:
        found = []
        for fetched in self.fetched.values():
            part = next((p for p in fetched if p.began_s > since_s - _ROUNDING_S), None)
            if part is None:
                return None
            found.append(part)
        assert self.behind_s is not None
        due_s = max(since_s, found[0].began_s) + self.behind_s
        return max(due_s, *(part.here_s for part in found))

    async def _follow(self, lane: Lane) -> None:
        address = f"/hls/{self.channel}/{lane}.m3u8"
        async with a_line(self.port, self.cookie) as line:
            text = (await line.get(address)).decode()
            playlist = parse(text)
            if lane is Lane.VIDEO:
                hold_back_s = float(playlist.control["PART-HOLD-BACK"])
                self.behind_s = time.time() - (edge_s(playlist) - hold_back_s)
            place = next_place(playlist)
            while True:
                query = f"?_HLS_msn={place[0]}&_HLS_part={place[1]}&_HLS_skip=YES"
                answer = (await line.get(address + query)).decode()
                text = joined(text, answer) if "#EXT-X-SKIP" in answer else answer
                playlist = parse(text)
                await self._fetch(line, lane, playlist, place)
                place = next_place(playlist)

    async def _fetch(
        self, line: Line, lane: Lane, playlist: ReadPlaylist, since: tuple[int, int]
    ) -> None:
        for part, began_s in _listed_since(playlist, since):
            await line.get(part.uri)
            self._receive(lane, Fetched(began_s, part.duration_s, time.time()))

    def _receive(self, lane: Lane, part: Fetched) -> None:
        self.fetched[lane].append(part)
        if self.behind_s is not None and part.here_s > part.began_s + self.behind_s:
            self.behind_s = part.here_s - part.began_s
            self.stalls += 1
        self._news.set()


def edge_s(playlist: ReadPlaylist) -> float:
    """Where the newest part ends."""
    newest = playlist.segments[-1]
    assert newest.began is not None
    return newest.began.timestamp() + newest.lasts_s


def next_place(playlist: ReadPlaylist) -> tuple[int, int]:
    """Number and part of what is not listed yet."""
    newest = playlist.segments[-1]
    return (newest.number, len(newest.parts)) if newest.uri is None else (newest.number + 1, 0)


def _listed_since(playlist: ReadPlaylist, since: tuple[int, int]) -> list[tuple[ReadPart, float]]:
    found: list[tuple[ReadPart, float]] = []
    for segment in playlist.segments:
        began = segment.began.timestamp() if segment.began else 0.0
        for index, part in enumerate(segment.parts):
            if (segment.number, index) >= since:
                found.append((part, began))
            began += part.duration_s
    return found
