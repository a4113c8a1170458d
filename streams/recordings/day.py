"""The day as one long replay: the replays of its items one after another, with chapters.

Everybody gets the items that are open to them, so there are as many days as there are such sets; a
day's name follows from its items and their versions. Each segment is fetched through its own item,
where who may is asked again. The playlists are finished: an item joins when it is over.

A chapter is a DATERANGE in the picture's playlist, and a row of `chapters.json`. Between two items
the event clock jumps, also where one followed on the other: their cuts may say so.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from streams import playlist
from streams.listing import kept_segments
from streams.playlist import Kind, ListedSegment, MediaPlaylist
from streams.recordings.replays import LANES, Replays, Version
from streams.segments import Lane
from streams.texts import Text, Texts
from streams.timeline import VIDEO_HZ, EventClock

MOST_DAYS = 64


@dataclass(frozen=True, slots=True)
class Chapter:
    """An item of a day.

    Args:
        at_s, duration_s: in the day's own time.
    """

    item: str
    title: str
    at_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An item whose replay is open to whoever asks."""

    item: str
    title: str


Part = tuple[OpenItem, Version]
Told = tuple[Hashable, list[Chapter]]


class Days:
    """The days that were asked for last."""

    def __init__(self, replays: Replays, clock: EventClock, texts: Texts) -> None:
        self._replays = replays
        self._clock = clock
        self._texts = texts
        self._days: OrderedDict[str, tuple[Part, ...]] = OrderedDict()
        self._chapters: dict[str, Told] = {}
        self._writing = asyncio.Lock()

    def name(self, items: Sequence[OpenItem]) -> str | None:
        """The name of the day that these items make, in their order; None: nothing was on air."""
        parts = tuple(
            (each, version)
            for each in items
            if self._replays.shown(each.item) and (version := self._replays.newest(each.item))
        )
        if not parts:
            return None
        told = ",".join(f"{each.item}/{version.name}" for each, version in parts)
        name = hashlib.sha256(told.encode()).hexdigest()[:16]
        self._days[name] = parts
        self._days.move_to_end(name)
        while len(self._days) > MOST_DAYS:
            self._days.popitem(last=False)
        return name

    def items(self, name: str) -> Sequence[str]:
        """The items of a day; none where nobody has asked for it lately."""
        return [each.item for each, _ in self._days.get(name, ())]

    async def lane(self, name: str, lane: str) -> Text | None:
        """One of a day's two playlists, compressed; the first who asks has it written."""
        parts = self._days.get(name)
        if parts is None or lane not in LANES:
            return None
        key = ("day", name, lane)
        async with self._writing:
            now = (self._replays.removals, *self._versions(name))
            known = self._texts.known(key, now)
            if known is None:
                known = self._texts.keep(key, now, await self._write(parts, LANES[lane]))
            return known

    async def chapters(self, name: str) -> list[Chapter]:
        """What stands where; reckoned once for as long as nothing of it changes."""
        async with self._writing:
            now = (self._replays.removals, *self._versions(name))
            known = self._chapters.get(name)
            if known is None or known[0] != now:
                known = now, await self._reckoned(name)
                self._chapters = {**self._recent(self._chapters), name: known}
            return known[1]

    async def _reckoned(self, name: str) -> list[Chapter]:
        chapters: list[Chapter] = []
        at_s = 0.0
        for part, _ in self._days.get(name, ()):
            await asyncio.sleep(0)  # others have their turn in between
            spans = self._replays.spans(part.item)
            lasts_s = sum(span.duration_ticks for span in spans) / VIDEO_HZ
            if lasts_s:
                chapters.append(Chapter(part.item, part.title, round(at_s, 3), round(lasts_s, 3)))
            at_s += lasts_s
        return chapters

    def _versions(self, name: str) -> list[Version | None]:
        return [self._replays.newest(each.item) for each, _ in self._days.get(name, ())]

    def _recent(self, told: dict[str, Told]) -> dict[str, Told]:
        """Of the days that are still remembered."""
        return {name: each for name, each in told.items() if name in self._days}

    async def _segments(self, item: str, lane: Lane) -> list[ListedSegment]:
        """An item's; in a thread, for what is over grows no more."""
        return await asyncio.to_thread(
            kept_segments,
            self._replays.entries(item),
            item,
            lane,
            self._clock,
            bounds=lambda entry: self._replays.bounds(item, entry),
        )

    async def _write(self, parts: Sequence[Part], lane: Lane) -> Text:
        """Item by item, so that others have their turn in between."""
        listed: list[ListedSegment] = []
        ranges: list[str] = []
        discontinuity = 0
        for part, _ in parts:
            segments = await self._segments(part.item, lane)
            if not segments:
                continue
            lasts_s = sum(each.duration_s for each in segments)
            ranges.append(playlist.chapter(part.item, part.title, segments[0].began or "", lasts_s))
            first = len(listed)
            listed += [
                replace(
                    each,
                    number=first + each.number,
                    discontinuity=discontinuity + each.discontinuity,
                )
                for each in segments
            ]
            discontinuity = listed[-1].discontinuity + 1
        told = tuple(ranges) if lane is Lane.VIDEO else ()
        day = MediaPlaylist(Kind.VOD, listed, finished=True, ranges=told)
        return await asyncio.to_thread(_packed, day)


def _packed(day: MediaPlaylist) -> Text:
    """The text, compressed too."""
    text = Text(playlist.full(day))
    assert text.packed
    return text
