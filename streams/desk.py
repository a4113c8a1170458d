"""The media side, assembled: sources in, channels on air, answers to players.

The rest of the program speaks with it through three calls and one callback. `follow` is given what
the channels' topics say; `attach` and `detach` are given publishers; `answers` tells
players what they may fetch; `tell` reports what was really shown. Nothing here touches the
journal, so that it can stand in a process of its own.

All short tasks (clips that play, patience that ends, reports) live in the TaskGroup of `run`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from streams.changeover import DEFAULT_INPUTS
from streams.channel import Channel, Put
from streams.commands import ReportOnAir
from streams.filling import HZ, Part
from streams.generations import Filmed, Generation
from streams.inputs import Choice, Places
from streams.ladder import Rung
from streams.livesource import Ear, LiveSource, Publisher
from streams.mending import mend
from streams.onair import Clips, OnAir, Shown
from streams.packaging import Packaging
from streams.playout import Ticks
from streams.recordings.recordings import Recordings
from streams.recordings.removal import removable, sieve
from streams.rendition import LowerWindow
from streams.segmenter import Output, SegmentStarted
from streams.segments import Lane
from streams.shelf import Shelf
from streams.storage import Row, Storage
from streams.timeline import VIDEO_HZ, EventClock, rescale
from streams.window import Entry, Window

log = logging.getLogger("topmoede.desk")

LOOK_EVERY_S = 0.1
LATE_S = 2.0
SOURCE = "source:"
SHORTEST_PAUSE_TICKS = VIDEO_HZ
"""What a film shows from its put on begins a little earlier: playing out lags the wall."""


class Clock(Protocol):
    """The server's clock."""

    def wall(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, wall_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Constants:
    """What never changes while an edition lives.

    Args:
        epoch: the media epoch.
        silence: one AAC frame of silence.
        part_target_ms: no part is longer.
        window_s: how far back a live playlist reaches.
        rung_height_px: of the lower rendition; 0 for none.
    """

    epoch: datetime
    silence: bytes
    part_target_ms: int = 1020
    window_s: float = 1800.0
    rung_height_px: int = 0

    @property
    def part_ticks(self) -> int:
        return self.part_target_ms * VIDEO_HZ // 1000

    @property
    def part_target_s(self) -> float:
        return self.part_target_ms / 1000


Tell = Callable[[str, ReportOnAir], Awaitable[None]]
Follow = Callable[[Packaging | None], None]


class EventTicks:
    """The event clock now: a monotonic count from one reading of the wall."""

    def __init__(self, epoch: EventClock, clock: Clock) -> None:
        self._clock = clock
        self._anchor_ticks = epoch.ticks(clock.wall())
        self._anchor_s = clock.monotonic()

    def now_ticks(self) -> int:
        elapsed_us = round((self._clock.monotonic() - self._anchor_s) * 1_000_000)
        return self._anchor_ticks + rescale(elapsed_us, 1_000_000, VIDEO_HZ)

    async def sleep(self, wall_s: float) -> None:
        await self._clock.sleep(wall_s)


class Desk:
    """Every source and channel of an edition.

    Args:
        clips: films and slates.
        tell: called with a channel's id and what was really shown on it.
        places: the inputs that each source has, best first.
        ear: makes what hears an input; None: nobody listens.
    """

    def __init__(
        self,
        storage: Storage,
        clips: Clips,
        clock: Clock,
        constants: Constants,
        tell: Tell,
        *,
        places: Places | None = None,
        ear: Callable[[], Ear] | None = None,
    ) -> None:
        self.clips = clips
        self.constants = constants
        self.clock = EventClock(constants.epoch)
        self.ticks: Ticks = EventTicks(self.clock, clock)
        self.windows: dict[str, Window] = {}
        self.lower: dict[str, LowerWindow] = {}
        self.sources: dict[str, LiveSource] = {}
        self._rungs: dict[str, Rung] = {}
        self._channels: dict[str, OnAir] = {}
        self._puts: dict[str, Put] = {}
        self._monotonic = clock.monotonic
        self.wall = clock.wall
        self._storage = storage
        self._tell = tell
        self._places = places or {}
        self._ear = ear
        self._group: asyncio.TaskGroup | None = None
        self.ready = asyncio.Event()
        self.shelf = Shelf(storage)
        self.shelf.read_back(self._read_row)
        mend(self.shelf, constants.part_ticks, constants.silence)

    async def run(self) -> None:
        """Plays and looks after the sources for as long as the process lives."""
        try:
            async with asyncio.TaskGroup() as self._group:
                for rung in self._rungs.values():
                    self.start(rung.run(self.ticks.sleep), f"{rung.source} is coded")
                self.ready.set()
                while True:
                    for source in self.sources.values():
                        source.look()
                    await self.ticks.sleep(LOOK_EVERY_S)
        finally:
            self._group = None
            self.ready.clear()

    def close(self) -> None:
        """Ends what is on air, then every source, and closes the files."""
        channels, self._channels = self._channels, {}
        for channel in channels.values():
            channel.close()
        for source in self.sources.values():
            source.close()
        self._storage.close()

    # What the show wants.

    def follow(self, channel: str, state: Channel) -> None:
        """Carries out what a channel's topic says now; saying it twice does nothing.

        After a start this takes up what should be on air, a film where it would be by now.
        """
        put, last = state.put, self._puts.get(channel)
        if put is None or put == last or self.window(channel).ended:
            return
        self._puts[channel] = put
        if last is not None and put.since == last.since:
            self._on_air(channel).reword(put.content)
            return
        passed = (self.wall() - put.since).total_seconds()
        offset_s = self._left_off_s(channel, put) + (passed if passed > LATE_S else 0.0)
        self._on_air(channel).put(Shown(put.content, put.item, put.run, offset_s))

    def end(self, channel: str) -> None:
        """Nothing more comes on a channel; its playlist says so, and stays."""
        if not self.window(channel).ended:
            self._on_air(channel).close()
            self.window(channel).end()
            self.shelf.note({"k": "channel_ended", "channel": channel})

    def window(self, channel: str) -> Window:
        """What a channel has shown."""
        if channel not in self.windows:
            self.windows[channel] = window = Window(self.constants.window_s)
            if self.constants.rung_height_px and not channel.startswith(SOURCE):
                self.lower[channel] = self._lower_window(channel, window)
        return self.windows[channel]

    async def remove(self, recordings: Recordings) -> int:
        """Removes what is left of deleted recordings and nobody needs; how many segments.

        Raises:
            OSError: when storage does not let go; to be tried again.
        """
        windows = (*self.windows.values(), *self.lower.values())
        places = removable(windows, recordings)
        if places:
            keep = sieve(places)
            await self.shelf.remove(places)
            await self.shelf.rewrite(keep)
            for window in windows:
                window.ring()
        return len(places)

    # Who delivers pictures.

    def attach(self, source: str, name: str, publisher: Publisher) -> None:
        """A publisher begins on an input of a source."""
        self._live_source(source).attach(name, publisher)

    def detach(self, source: str, name: str, publisher: Publisher) -> None:
        """A publisher is gone; nothing happens where another has taken its place."""
        self._live_source(source).detach(name, publisher)

    # Who watches without playlists (whep.Programme).

    def shown(self, channel: str) -> Packaging | None:
        """What a channel, or `source:{id}`, shows now; None: nothing is on air."""
        if channel.startswith(SOURCE):
            source = self.sources.get(channel.removeprefix(SOURCE))
            return source.packaging if source is not None and source.live else None
        on_air = self._channels.get(channel)
        return on_air.shown if on_air is not None else None

    def watch(self, channel: str, follow: Follow) -> None:
        """Tells of every cut on a channel, with None when it has ended."""
        if channel in self._channels:
            self._channels[channel].followers.append(follow)

    def unwatch(self, channel: str, follow: Follow) -> None:
        """Tells no more."""
        if channel in self._channels and follow in self._channels[channel].followers:
            self._channels[channel].followers.remove(follow)

    def request_keyframe(self, packaging: Packaging) -> None:
        """Asks the source of a packaging for an IDR; a clip has its own and is not asked."""
        for source in self.sources.values():
            if source.packaging is packaging:
                source.request_keyframe()

    def choose(self, chosen: Mapping[str, Choice]) -> None:
        """Carries out what the topic `inputs` says now; saying it twice does nothing.

        A source that nobody has heard of begins to be one here: a choice waits for its input.
        """
        for id in {*self.sources, *chosen}:
            held, source = chosen.get(id), self._live_source(id)
            if source.changeover.chosen != (held and held.input):
                source.choose(held.input if held else None)

    # What channels need (onair.Surroundings).

    def source(self, id: str) -> LiveSource | None:
        return self._live_source(id) if id else None

    def awaits(self, source: str) -> bool:
        """Whether any channel waits for a source, and shows something else meanwhile."""
        return any(each.awaits(self.sources[source]) for each in self._channels.values())

    def packaging(self, source: str, filmed: Filmed | None = None) -> Packaging:
        part_ticks, silence = self.constants.part_ticks, self.constants.silence
        return Packaging(self.shelf, source, part_ticks, silence, filmed)

    def climb(self, packaging: Packaging) -> None:
        """Its pictures get a lower rendition, where the edition has one."""
        if self.constants.rung_height_px:
            rung = self._rung(packaging.source)
            rung.packaging = packaging
            packaging.climb(rung)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        if self._group is None:
            work.close()
            raise RuntimeError("expected a running desk to play on; it is not")
        task = self._group.create_task(_guarded(work, name), name=name)
        # One that is cancelled before its first step never awaits its work.
        task.add_done_callback(lambda _: work.close())
        return task

    # Inside.

    def _left_off_s(self, channel: str, put: Put) -> float:
        """Where this run has come to in its film: a slate within an item pauses it."""
        if put.content.kind != "film" or put.item is None:
            return 0.0
        until_ticks = self.clock.ticks(put.since) - SHORTEST_PAUSE_TICKS
        for entry in reversed(self.window(channel).of_item(put.item)):
            filmed, shown = entry.generation.filmed, entry.lane(Lane.VIDEO)
            if entry.run != put.run or filmed is None or filmed.film != put.content.film:
                continue
            if shown is not None and shown.start_ticks < until_ticks:
                return filmed.place_ticks(shown.end_ticks) / VIDEO_HZ
        return 0.0

    def _on_air(self, channel: str) -> OnAir:
        if channel not in self._channels:
            self._channels[channel] = OnAir(
                channel,
                self.window(channel),
                self,
                lambda entry, kind: self._note(channel, entry, kind),
                self.constants.part_target_s,
            )
        return self._channels[channel]

    def _live_source(self, id: str) -> LiveSource:
        if id not in self.sources:
            packaging = self.packaging(id)
            self.climb(packaging)
            channel = SOURCE + id
            window = self.window(channel)
            packaging.listeners.append(
                lambda _, generation, output: self._follow_source(
                    window, channel, generation, output
                )
            )
            source = LiveSource(
                packaging,
                self._monotonic,
                self.ticks.now_ticks,
                lambda state: self._source_changed(id, state),
                self._places.get(id, DEFAULT_INPUTS),
                self._ear,
            )
            self.sources[id] = source
        return self.sources[id]

    def _rung(self, source: str) -> Rung:
        if source not in self._rungs:
            height_px, part_ticks = self.constants.rung_height_px, self.constants.part_ticks
            rung = Rung(self.shelf, source, height_px, part_ticks, self._follow_rungs)
            self._rungs[source] = rung
            if self._group is not None:
                self.start(rung.run(self.ticks.sleep), f"{rung.source} is coded")
        return self._rungs[source]

    def _follow_rungs(self) -> None:
        for lower in self.lower.values():
            lower.follow()

    def _lower_window(self, channel: str, window: Window) -> LowerWindow:
        lower = LowerWindow(
            window,
            self.constants.window_s,
            lambda entry: self._note_lower(channel, entry),
        )
        window.on_ring = lower.follow
        return lower

    def _note_lower(self, channel: str, entry: Entry) -> None:
        self.shelf.note(entry.row(channel) | {"k": "lower"})

    def _follow_source(
        self, window: Window, channel: str, generation: Generation, output: Output
    ) -> None:
        match output:
            case SegmentStarted(segment, _, _, joint):
                window.expect(generation, segment, None, 0, joint=joint)
            case Part():
                entry = window.receive(generation, output)
                if entry is not None:
                    self.shelf.note(entry.row(channel))

    def _source_changed(self, id: str, state: str) -> None:
        log.info("source is %s", state, extra={"source": id})
        for channel in tuple(self._channels.values()):
            channel.source_changed(self.sources[id], state)

    def _note(self, channel: str, entry: Entry, kind: str) -> None:
        self.shelf.note(entry.row(channel))
        if kind and self._group is not None:
            self.start(self._report(channel, entry, kind), f"{channel} reports")

    async def _report(self, channel: str, entry: Entry, kind: str) -> None:
        generation = entry.generation
        segment = entry.lane(Lane.VIDEO)
        assert segment is not None
        await self._tell(
            channel,
            ReportOnAir(
                entry.item,
                entry.run,
                kind,
                generation.source,
                generation.number,
                entry.number,
                self.clock.instant(segment.start_ticks, HZ[Lane.VIDEO]),
            ),
        )

    def _read_row(self, row: Row) -> None:
        """A row of the index that tells of a channel. Raises KeyError, ValueError."""
        window = self.window(row["channel"])
        if row["k"] == "channel_ended":
            window.ended = True
            return
        number, discontinuity, segment = row["at"]
        generation = self.shelf.find(row["source"], row["generation"])
        if generation is None:
            raise KeyError(row["source"])
        item, run, gap = row["item"], row["run"], row.get("gap", False)
        entry = Entry(number, discontinuity, generation, segment, item, run, gap)
        if row["k"] == "entry":
            window.take_back(entry)
        elif lower := self.lower.get(row["channel"]):
            lower.take_back(entry)


async def _guarded(work: Coroutine[Any, Any, None], name: str) -> None:
    """A task that fails is logged; it must not take the others of the group with it."""
    try:
        await work
    except Exception:
        log.exception("%s: failed", name)
