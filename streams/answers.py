"""What players get: playlists held until they say something new, and the bytes they name.

Playlists are the same for everybody, so each is written and compressed once for each change,
however many ask. A request that names a part is held until that part is there; nothing is polled.
Whether somebody may read a channel or an item is decided before they come here; that a segment
belongs to what it is read through is decided here.
"""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from streams import playlist
from streams.desk import Desk
from streams.directives import (
    HELD_AT_MOST_S,
    BadDirective,
    Directives,
    check_ahead,
    directives,
    is_there,
)
from streams.listing import film_playlist, item_playlist, live_playlist
from streams.playlist import MEDIA_TYPE
from streams.segments import Lane
from streams.shelf import Generation
from streams.window import Window

IMMUTABLE = "public, max-age=31536000, immutable"
RECENT = 64
FILM = "film-"
CUT = "1"

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, headers, body."""

    status: int
    headers: Headers
    body: bytes = b""


NOT_FOUND = Answer(404, {"cache-control": "no-store"})


@dataclass(frozen=True, slots=True)
class Text:
    """A playlist as bytes, plain and compressed."""

    plain: bytes
    packed: bytes


class Answers:
    """Answers over a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._texts: OrderedDict[tuple[str, str, bool], tuple[int, Text]] = OrderedDict()

    @property
    def channels(self) -> Collection[str]:
        """Everything that has been shown somewhere, sources' own pictures too."""
        return self._desk.windows.keys()

    def channel(self, channel: str) -> Answer:
        """`/hls/{channel}/index.m3u8`."""
        if channel not in self._desk.windows:
            return NOT_FOUND
        return _playlist(_text(playlist.multivariant("video.m3u8", "audio.m3u8")), packed=False)

    async def lane(
        self, channel: str, lane: str, query: Mapping[str, str], *, packed: bool
    ) -> Answer:
        """`/hls/{channel}/{lane}.m3u8` with its directives; held as long as they ask."""
        window = self._desk.windows.get(channel)
        if window is None or lane not in list(Lane):
            return NOT_FOUND
        try:
            wanted = directives(query)
            async with asyncio.timeout(HELD_AT_MOST_S):
                await self._until(window, Lane(lane), wanted)
        except BadDirective as bad:
            return Answer(400, {"cache-control": "no-store"}, str(bad).encode())
        except TimeoutError:
            return Answer(503, {"cache-control": "no-store", "retry-after": "1"})
        return _playlist(self._live(window, channel, Lane(lane), skip=wanted.skip), packed=packed)

    def item(self, item: str) -> Answer:
        """`/replay/{item}/index.m3u8`: of a film on demand, or of what was on air."""
        if self._film(item) is None and not self._shown(item):
            return NOT_FOUND
        video, audio = f"{CUT}/video.m3u8", f"{CUT}/audio.m3u8"
        return _playlist(_text(playlist.multivariant(video, audio)), packed=False)

    def item_lane(self, item: str, cut: str, lane: str, *, finished: bool, packed: bool) -> Answer:
        """`/replay/{item}/{cut}/{lane}.m3u8`."""
        if cut != CUT or lane not in list(Lane):
            return NOT_FOUND
        shown, film = self._shown(item), self._film(item)
        if shown:
            listed = item_playlist(shown[1], item, Lane(lane), self._desk.clock, finished=finished)
        elif film is not None:
            listed = film_playlist(film, item, Lane(lane))
        else:
            return NOT_FOUND
        return _playlist(_text(playlist.full(listed)), packed=packed)

    async def media(self, via: str, source: str, generation: str, lane: str, name: str) -> Answer:
        """`/media/{via}/{source}/{generation}/{lane}/{name}`: an init, a part or a segment.

        A part that a playlist hinted at is held until it is there; 404 when it will not come.
        """
        found = self._desk.shelf.find(source, int(generation)) if generation.isdecimal() else None
        if found is None or lane not in list(Lane):
            return NOT_FOUND
        if name == "init.mp4":
            return self._init(via, found, Lane(lane))
        number, part = _numbers(name)
        if number is None or not self._lists(via, found, number):
            return NOT_FOUND
        try:
            async with asyncio.timeout(HELD_AT_MOST_S):
                data = await self._bytes(via, found, Lane(lane), number, part)
        except (KeyError, FileNotFoundError, TimeoutError):
            return NOT_FOUND
        return Answer(200, {"content-type": "video/mp4", "cache-control": IMMUTABLE}, data)

    def _init(self, via: str, generation: Generation, lane: Lane) -> Answer:
        window = self._desk.windows.get(via)
        listed = window is not None and any(
            entry.generation is generation for entry in reversed(window.entries)
        )
        if not listed and not self._of_item(via, generation, None):
            return NOT_FOUND
        headers = {"content-type": "video/mp4", "cache-control": IMMUTABLE}
        return Answer(200, headers, generation.init(lane))

    async def _until(self, window: Window, lane: Lane, wanted: Directives) -> None:
        parts_ahead = max(3, round(3 / self._desk.constants.part_target_s))
        while not window.ended:
            newest = window.position(lane)
            check_ahead(wanted, newest, parts_ahead)
            ended = _ended(window, lane)
            if (newest[0] > 0 or ended) and is_there(wanted, newest, newest_ended=ended):
                return  # and never a playlist without one whole segment: plain players want one
            await window.changed()

    def _live(self, window: Window, channel: str, lane: Lane, *, skip: bool) -> Text:
        key = (channel, lane.value, skip)
        known = self._texts.get(key)
        if known is not None and known[0] == window.version:
            return known[1]
        constants = self._desk.constants
        listed = live_playlist(
            window, channel, lane, self._desk.clock, constants.part_target_s, constants.window_s
        )
        text = _text((playlist.delta(listed) if skip else None) or playlist.full(listed))
        self._texts[key] = (window.version, text)
        self._texts.move_to_end(key)
        if len(self._texts) > RECENT:
            self._texts.popitem(last=False)
        return text

    async def _bytes(
        self, via: str, generation: Generation, lane: Lane, number: int, part: int | None
    ) -> bytes:
        segment = generation.lanes[lane].get(number)
        while part is not None and segment is not None and part == len(segment.parts):
            window = self._desk.windows.get(via)
            if window is None or segment.ended:
                raise KeyError(part)
            await window.changed()
        return self._desk.shelf.read(generation, lane, number, part)

    def _lists(self, via: str, generation: Generation, number: int) -> bool:
        window = self._desk.windows.get(via)
        if window is not None and window.lists(generation, number):
            return True
        return self._of_item(via, generation, number)

    def _of_item(self, item: str, generation: Generation, number: int | None) -> bool:
        """Whether a generation, or a segment of it, is part of an item's replay."""
        if self._film(item) is generation:
            return True
        shown = self._shown(item)
        return shown is not None and any(
            entry.generation is generation and number in (None, entry.segment) for entry in shown[1]
        )

    def _film(self, item: str) -> Generation | None:
        return self._desk.shelf.newest(FILM + item)

    def _shown(self, item: str):  # type: ignore[no-untyped-def]
        """The channel that showed an item, and its entries there."""
        for channel, window in self._desk.windows.items():
            if entries := window.of_item(item):
                return channel, entries
        return None


def _ended(window: Window, lane: Lane) -> bool:
    number, _ = window.position(lane)
    segment = window.entries[number].lane(lane) if number >= 0 else None
    return segment is not None and segment.ended


def _numbers(name: str) -> tuple[int | None, int | None]:
    """Segment and part of `12.m4s` and `12.3.m4s`; (None, None) for anything else."""
    stem, dot, ending = name.rpartition(".m4s")
    pieces = stem.split(".")
    if not dot or ending or len(pieces) > 2:
        return None, None
    if not all(each.isascii() and each.isdecimal() and len(each) < 10 for each in pieces):
        return None, None
    return int(pieces[0]), int(pieces[1]) if len(pieces) == 2 else None


def _text(text: str) -> Text:
    plain = text.encode()
    return Text(plain, gzip.compress(plain, 6, mtime=0))


def _playlist(text: Text, *, packed: bool) -> Answer:
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-cache", "vary": "accept-encoding"}
    if packed:
        return Answer(200, headers | {"content-encoding": "gzip"}, text.packed)
    return Answer(200, headers, text.plain)
