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
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

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
from streams.films.filmrung import rung_of
from streams.listing import Listing, Rendition, film_playlist, item_playlist
from streams.playlist import MEDIA_TYPE
from streams.rendition import LOW
from streams.segments import Lane
from streams.shelf import Generation
from streams.window import Entry, NextPlace, Window

IMMUTABLE = "public, max-age=31536000, immutable"
RECENT = 64
PACKED_LEVEL = 5
FILM = "film-"
FIRST_CUT = 1

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


class Text:
    """A playlist as bytes; compressed when the first one asks for it."""

    def __init__(self, text: str) -> None:
        self.plain = text.encode()

    @cached_property
    def packed(self) -> bytes:
        return gzip.compress(self.plain, PACKED_LEVEL, mtime=0)


@dataclass(frozen=True, slots=True)
class Shown:
    """What was on air of an item, and on which channel; in its lower rendition too, if any."""

    window: Window
    entries: Sequence[Entry]
    lower: Window | None = None

    @property
    def cut(self) -> int:
        """Which version of its replay is the newest: one for each run."""
        return max(FIRST_CUT, self.entries[-1].run)

    def of_cut(self, item: str, cut: int, *, low: bool = False) -> Sequence[Entry]:
        """What belongs to a version."""
        entries = self.lower.of_item(item) if low and self.lower else self.entries
        return [each for each in entries if each.run <= cut]

    def has_all_low(self, item: str, cut: int) -> bool:
        """Whether the lower rendition lists all that the channel does, to its end."""
        low = self.of_cut(item, cut, low=True)
        last = low[-1].lane(Lane.VIDEO) if low else None
        return len(low) == len(self.of_cut(item, cut)) and last is not None and last.ended

    def is_over(self, item: str) -> bool:
        """Whether the channel has gone on to something else."""
        return self.window.ended or self.window.entries[-1] is not self.entries[-1]


class Answers:
    """Answers over a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._texts: OrderedDict[Hashable, tuple[Hashable, Text]] = OrderedDict()
        self._listings: dict[tuple[str, str], Listing] = {}

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

    def item(self, item: str) -> Answer:
        """`/replay/{item}/index.m3u8`: of what was on air, or of a film on demand."""
        shown = self._shown(item)
        if shown is None and self._film(item) is None:
            return NOT_FOUND
        cut = shown.cut if shown else FIRST_CUT
        has_low = shown.lower if shown else self._film_low(item)
        low = self._lower_of(f"{cut}/{LOW}.m3u8") if has_low else None
        text = Text(playlist.multivariant(f"{cut}/video.m3u8", f"{cut}/audio.m3u8", low))
        return _playlist(text, packed=False)

    def item_lane(self, item: str, cut: str, lane: str, *, finished: bool, packed: bool) -> Answer:
        """`/replay/{item}/{cut}/{lane}.m3u8`.

        Args:
            finished: whether the show says that the item is over; it ends once that was shown.
        """
        number = _number(cut)
        shown, film = self._shown(item), self._film(item)
        has_low = shown.lower if shown else self._film_low(item)
        if number is None or not (lane in LANES or (lane == LOW and has_low)):
            return NOT_FOUND
        if shown is not None:
            if not FIRST_CUT <= number <= shown.cut:
                return NOT_FOUND
            text = self._replay(item, shown, number, lane, finished)
        elif film is not None and number == FIRST_CUT:
            low = self._film_low(item) if lane == LOW else None
            text = self._of_film(low or film, item, LANES.get(lane, Lane.VIDEO))
        else:
            return NOT_FOUND
        return _playlist(text, packed=packed)

    async def media(self, via: str, source: str, generation: str, lane: str, name: str) -> Answer:
        """`/media/{via}/{source}/{generation}/{lane}/{name}`: an init, a part or a segment.

        A part that a playlist hinted at is held until it is there; 404 when it will not come.
        """
        number = _number(generation)
        found = self._desk.shelf.find(source, number) if number is not None else None
        if found is None or lane not in LANES:
            return NOT_FOUND
        if name == "init.mp4":
            data = self._init(via, found, LANES[lane])
        else:
            data = await self._segment(via, found, LANES[lane], name)
        return NOT_FOUND if data is None else Answer(200, MEDIA_HEADERS, data)

    def file(self, via: str, source: str, generation: str, lane: str, name: str) -> str | None:
        """The storage's path of a whole segment that may be fetched; None for anything else."""
        number, (segment, part) = _number(generation), _numbers(name)
        found = self._desk.shelf.find(source, number) if number is not None else None
        if found is None or lane not in LANES or segment < 0 or part is not None:
            return None
        through = any(window.may_fetch(found, segment) for window in self._windows(via))
        if not through and not self._of_item(via, found, segment):
            return None
        return self._desk.shelf.file(found, LANES[lane], segment)

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
        return self._kept(
            ("live", channel, rendition.name, skip),
            tuple(window.version for window in self._windows(channel)),
            lambda: self._write_live(rendition, channel, skip),
        )

    def _write_live(self, rendition: Rendition, channel: str, skip: bool) -> str:
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

    def _replay(self, item: str, shown: Shown, cut: int, name: str, finished: bool) -> Text:
        over = cut < shown.cut or (finished and shown.is_over(item))
        low, window = name == LOW, shown.window
        if low and shown.lower is not None:
            window = shown.lower
            over = over and shown.has_all_low(item, cut)
        lane = Lane.VIDEO if low else LANES[name]
        needed = (Lane.VIDEO,) if low else tuple(Lane)

        def write() -> str:
            entries = shown.of_cut(item, cut, low=low)
            clock = self._desk.clock
            return playlist.full(
                item_playlist(entries, item, lane, clock, finished=over, needed=needed)
            )

        return self._kept(("item", item, cut, name), (over, over or window.version), write)

    def _of_film(self, film: Generation, item: str, lane: Lane) -> Text:
        return self._kept(
            ("film", film.source, lane),
            (film.number, len(film.lanes[lane])),
            lambda: playlist.full(film_playlist(film, item, lane)),
        )

    def _kept(self, key: Hashable, version: Hashable, write: Callable[[], str]) -> Text:
        """A text as it was written at this version; written now where it is older."""
        known = self._texts.get(key)
        if known is not None and known[0] == version:
            return known[1]
        text = Text(write())
        self._texts[key] = (version, text)
        self._texts.move_to_end(key)
        if len(self._texts) > RECENT:
            self._texts.popitem(last=False)
        return text

    # Media.

    def _init(self, via: str, generation: Generation, lane: Lane) -> bytes | None:
        if any(window.shows(generation) for window in self._windows(via)):
            return generation.init(lane)
        return generation.init(lane) if self._of_item(via, generation, None) else None

    async def _segment(
        self, via: str, generation: Generation, lane: Lane, name: str
    ) -> bytes | None:
        number, part = _numbers(name)
        through = [each for each in self._windows(via) if each.may_fetch(generation, number)]
        if not through and not self._of_item(via, generation, number):
            return None
        try:
            if part is not None:
                await _until_come(through, lane, NextPlace(generation, number, part))
            shelf = self._desk.shelf
            if shelf.remembers(generation, lane, number, part):
                return shelf.read(generation, lane, number, part)
            return await asyncio.to_thread(shelf.read, generation, lane, number, part)
        except (KeyError, OSError, TimeoutError):
            return None

    def _windows(self, via: str) -> Iterator[Window]:
        """Everything that a channel lists segments in."""
        for windows in (self._desk.windows, self._desk.lower):
            if via in windows:
                yield windows[via]

    def _of_item(self, item: str, generation: Generation, number: int | None) -> bool:
        """Whether a generation, or a segment of it, is part of an item's replay."""
        if self._film(item) is generation:
            return True
        if generation.rung_of is not None and self._film_low(item) is generation:
            return True
        shown = self._shown(item)
        windows = (shown.window, shown.lower) if shown else ()
        return any(each.is_of(item, generation, number) for each in windows if each)

    def _film(self, item: str) -> Generation | None:
        return self._desk.shelf.newest(FILM + item)

    def _film_low(self, item: str) -> Generation | None:
        desk = self._desk
        return rung_of(desk.shelf, self._film(item), desk.constants.rung_height_px)

    def _shown(self, item: str) -> Shown | None:
        for channel, window in self._desk.windows.items():
            if entries := window.of_item(item):
                return Shown(window, entries, self._desk.lower.get(channel))
        return None


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


def _numbers(name: str) -> tuple[int, int | None]:
    """Segment and part of `12.m4s` and `12.3.m4s`; -1 for anything else, which is no segment."""
    pieces = name.split(".")
    numbers = [_number(each) for each in pieces[:-1]]
    match pieces[-1], numbers:
        case "m4s", [int(segment)]:
            return segment, None
        case "m4s", [int(segment), int(part)]:
            return segment, part
    return -1, None


def _playlist(text: Text, *, packed: bool) -> Answer:
    if packed:
        return Answer(200, PACKED_HEADERS, text.packed)
    return Answer(200, PLAYLIST_HEADERS, text.plain)
