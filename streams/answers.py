"""What players get: playlists held until they say something new, and the bytes they name.

Playlists are the same for everybody, so each is written and compressed once for each change,
however many ask. A request that names a part is held until that part is there; nothing is polled.
Whether somebody may read a channel or an item is decided before they come here; that a segment
belongs to what it is read through is decided here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from streams.generations import Generation
from streams.listing import Listing, Rendition
from streams.playlist import MEDIA_TYPE
from streams.recordings.day import Days
from streams.recordings.replays import ALL, Replays, Wanted
from streams.recordings.subtitling import Subtitling
from streams.rendition import LOW
from streams.segments import Lane
from streams.texts import Text, Texts
from streams.window import NextPlace, Window

IMMUTABLE = "public, max-age=31536000, immutable"

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, headers, body."""

    status: int
    headers: Headers
    body: bytes = b""


LANES: Mapping[str, Lane] = {lane.value: lane for lane in Lane}
SOUND = "sound"
"""`/hls/{channel}/sound.m3u8`: the channel without its picture, for a line that carries no more."""
PLAYLIST_HEADERS = {
    "content-type": MEDIA_TYPE,
    "cache-control": "no-cache",
    "vary": "accept-encoding",
}
PACKED_HEADERS = PLAYLIST_HEADERS | {"content-encoding": "gzip"}
MEDIA_HEADERS = {"content-type": "video/mp4", "cache-control": IMMUTABLE}
NOT_FOUND = Answer(404, {"cache-control": "no-store"})


class Answers:
    """Answers over a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._texts = Texts()
        self.replays = Replays(desk, self._texts)
        self.days = Days(self.replays, desk.clock, self._texts)
        self.subtitling = Subtitling(self.replays, desk.clock)
        self._listings: dict[tuple[str, str], Listing] = {}
        self._removals = 0

    @property
    def channels(self) -> Collection[str]:
        """Everything that has been shown somewhere, sources' own pictures too."""
        return self._desk.windows.keys()

    def channel(self, channel: str) -> Answer:
        """`/hls/{channel}/index.m3u8`."""
        if channel not in self._desk.windows:
            return NOT_FOUND
        low = self._lower_of(f"{LOW}.m3u8") if channel in self._desk.lower else None
        return _playlist(Text(playlist.multivariant("video.m3u8", "audio.m3u8", low)), packed=False)

    async def lane(
        self, channel: str, lane: str, query: Mapping[str, str], *, packed: bool
    ) -> Answer:
        """`/hls/{channel}/{lane}.m3u8` with its directives; held as long as they ask."""
        if lane == SOUND and channel in self._desk.windows:
            return _playlist(Text(playlist.only_sound("audio.m3u8")), packed=False)
        rendition = self._renditions(channel).get(lane)
        if rendition is None:
            return NOT_FOUND
        try:
            wanted = directives(query)
            await self._until(rendition.window, rendition.lane, wanted)
        except BadDirective as bad:
            return Answer(400, {"cache-control": "no-store"}, str(bad).encode())
        except TimeoutError:
            return Answer(503, {"cache-control": "no-store", "retry-after": "1"})
        return _playlist(self._live(rendition, channel, wanted.skip), packed=packed)

    def item(self, item: str, subtitles: Sequence[playlist.Subtitles] = ()) -> Answer:
        """`/replay/{item}/index.m3u8`: of what was on air, or of a film on demand."""
        text = self.replays.index(item, subtitles)
        return NOT_FOUND if text is None else _playlist(Text(text), packed=False)

    def item_lane(self, item: str, cut: str, lane: str, *, finished: bool, packed: bool) -> Answer:
        """`/replay/{item}/{cut}/{lane}.m3u8`.

        Args:
            finished: whether the show says that the item is over; it ends once that was shown.
        """
        if (cut, lane) == (ALL, "index"):
            index = self.replays.whole_index(item)
            return NOT_FOUND if index is None else _playlist(Text(index), packed=False)
        text = self.replays.lane(item, cut, lane, finished=finished)
        return NOT_FOUND if text is None else _playlist(text, packed=packed)

    def day(self, name: str) -> Answer:
        """`/day/index.m3u8`, of a day that was named."""
        text = playlist.multivariant(f"/day/{name}/video.m3u8", f"/day/{name}/audio.m3u8")
        return _playlist(Text(text), packed=False)

    async def day_lane(self, name: str, lane: str, *, packed: bool) -> Answer:
        """`/day/{name}/{lane}.m3u8`."""
        text = await self.days.lane(name, lane)
        return NOT_FOUND if text is None else _playlist(text, packed=packed)

    async def media(
        self, via: str, source: str, generation: str, lane: str, name: str, *, whole: bool = False
    ) -> Answer:
        """`/media/{via}/{source}/{generation}/{lane}/{name}`: an init, a part or a segment.

        A part that a playlist hinted at is held until it is there; 404 when it will not come.

        Args:
            whole: asked by somebody who may see what a cut leaves out.
        """
        number = _number(generation)
        found = self._desk.shelf.find(source, number) if number is not None else None
        if found is None or lane not in LANES:
            return NOT_FOUND
        if name == "init.mp4":
            data = self._init(via, found, LANES[lane])
        else:
            data = await self._segment(via, found, LANES[lane], wanted_of(name), whole=whole)
        return NOT_FOUND if data is None else Answer(200, MEDIA_HEADERS, data)

    def file(
        self, via: str, source: str, generation: str, lane: str, name: str, *, whole: bool = False
    ) -> str | None:
        """The storage's path of a whole segment that may be fetched; None for anything else."""
        number, wanted = _number(generation), wanted_of(name)
        found = self._desk.shelf.find(source, number) if number is not None else None
        if found is None or lane not in LANES or wanted is None or wanted.first is not None:
            return None
        through = any(window.may_fetch(found, wanted.segment) for window in self._windows(via))
        if not through and not self.replays.may_fetch(via, found, LANES[lane], wanted, whole=whole):
            return None
        return self._desk.shelf.file(found, LANES[lane], wanted.segment)

    # Playlists.

    async def _until(self, window: Window, lane: Lane, wanted: Directives) -> None:
        """Holds until it stands in the playlist. Raises BadDirective, TimeoutError."""
        if self._satisfies(window, lane, wanted):
            return
        async with asyncio.timeout(HELD_AT_MOST_S):
            await window.changed(lane)
            while not self._satisfies(window, lane, wanted):
                await window.changed(lane)

    def _satisfies(self, window: Window, lane: Lane, wanted: Directives) -> bool:
        """Never before there is a whole segment: plain players want one."""
        if window.ended:
            return True
        newest, ended = window.position(lane), window.newest_ended(lane)
        check_ahead(wanted, newest, max(3, round(3 / self._desk.constants.part_target_s)))
        whole = ended or len(window.entries) > 1
        return whole and is_there(wanted, newest, newest_ended=ended)

    def _renditions(self, channel: str) -> Mapping[str, Rendition]:
        """A channel's playlists by their names."""
        window, lower = self._desk.windows.get(channel), self._desk.lower.get(channel)
        if window is None:
            return {}
        found = {name: Rendition(name, window, lane) for name, lane in LANES.items()}
        return found | ({LOW: Rendition(LOW, lower, Lane.VIDEO)} if lower else {})

    def _lower_of(self, uri: str) -> playlist.Lower:
        return playlist.Lower(uri, self._desk.constants.rung_height_px)

    def _live(self, rendition: Rendition, channel: str, skip: bool) -> Text:
        return self._texts.kept(
            ("live", channel, rendition.name, skip),
            tuple(window.version for window in self._windows(channel)),
            lambda: self._write_live(rendition, channel, skip),
        )

    def _write_live(self, rendition: Rendition, channel: str, skip: bool) -> str:
        if self._removals != self._desk.shelf.removals:
            self._removals = self._desk.shelf.removals
            self._listings.clear()  # what they remember of it is not so any more
        listing = self._listings.get((channel, rendition.name))
        if listing is None:
            desk = self._desk
            target_s = desk.constants.part_target_s
            others = [
                each for name, each in self._renditions(channel).items() if name != rendition.name
            ]
            listing = Listing(rendition, channel, others, desk.clock, target_s)
            self._listings[channel, rendition.name] = listing
        now = listing.playlist()
        return (playlist.delta(now) if skip else None) or playlist.full(now)

    # Media.

    def _init(self, via: str, generation: Generation, lane: Lane) -> bytes | None:
        if any(window.shows(generation) for window in self._windows(via)):
            return generation.init(lane)
        return generation.init(lane) if self.replays.shows(via, generation) else None

    async def _segment(
        self, via: str, generation: Generation, lane: Lane, wanted: Wanted | None, *, whole: bool
    ) -> bytes | None:
        if wanted is None:
            return None
        number, first, last = wanted.segment, wanted.first, wanted.last
        through = [each for each in self._windows(via) if each.may_fetch(generation, number)]
        if not through and not self.replays.may_fetch(via, generation, lane, wanted, whole=whole):
            return None
        try:
            if first is not None and first == last:
                await _until_come(through, lane, NextPlace(generation, number, first))
            shelf = self._desk.shelf
            if shelf.remembers(generation, lane, number, first, last):
                return shelf.read(generation, lane, number, first, last)
            return await asyncio.to_thread(shelf.read, generation, lane, number, first, last)
        except (KeyError, OSError, TimeoutError):
            return None

    def _windows(self, via: str) -> Iterator[Window]:
        """Everything that a channel lists segments in."""
        for windows in (self._desk.windows, self._desk.lower):
            if via in windows:
                yield windows[via]


async def _until_come(windows: Sequence[Window], lane: Lane, place: NextPlace) -> None:
    """Holds as long as it is the next to come in one of them. Raises TimeoutError."""
    for window in windows:
        if window.next_place(lane) != place:
            continue
        async with asyncio.timeout(HELD_AT_MOST_S):
            while window.next_place(lane) == place:
                await window.changed(lane)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def wanted_of(name: str) -> Wanted | None:
    """What `12.m4s`, `12.3.m4s` and `12.0-1.m4s` ask for; None for anything else."""
    match name.split("."):
        case [segment, "m4s"]:
            number = _number(segment)
            return None if number is None else Wanted(number)
        case [segment, parts, "m4s"]:
            begin, dash, end = parts.partition("-")
            number, first, last = _number(segment), _number(begin), _number(end if dash else begin)
            if number is None or first is None or last is None or last < first:
                return None
            return Wanted(number, first, last)
    return None


def _playlist(text: Text, *, packed: bool) -> Answer:
    if packed:
        return Answer(200, PACKED_HEADERS, text.packed)
    return Answer(200, PLAYLIST_HEADERS, text.plain)
