"""The replays of items: which versions there are, what each lists, what may be fetched through it.

A replay is the runs of an item joined, as its channel showed them, within the newest cut. A version
is a run and a cut, `2` or `2-3` in addresses: its playlist never changes once it is finished, so a
nudge makes another version and nobody's player sees its own change. An older cut is answered for a
while (`OLDER_CUT_S`), so that whoever is watching it sees it to its end; after that what it showed
more than the newest is given to nobody.

`whole` is the version of those who work on the cut: everything that was on air, without limits.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from streams import playlist
from streams.desk import Desk
from streams.films.filmrung import rung_of
from streams.generations import Generation
from streams.listing import film_playlist, item_playlist
from streams.recordings.cutting import WHOLE, Bounds, keeps, parts_kept
from streams.recordings.recordings import Cut, Recordings
from streams.recordings.showing import Showing, of_a_film, of_what_was_live
from streams.recordings.spans import Span, spans_of, spans_of_film
from streams.rendition import LOW
from streams.segments import Lane
from streams.texts import Text, Texts
from streams.window import Entry, Window

FILM = "film-"
FIRST_RUN = 1
OLDER_CUT_S = 3600.0
ALL = "whole"
LANES = {lane.value: lane for lane in Lane}
MOST_REMEMBERED = 256
"""Items of which it is remembered what they show."""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an item's replay, by the newest run and the cut in it."""

    run: int
    cut: int = 0

    @property
    def name(self) -> str:
        return f"{self.run}-{self.cut}" if self.cut else f"{self.run}"


@dataclass(frozen=True, slots=True)
class Shown:
    """What was on air of an item, and on which channel; in its lower rendition too, if any."""

    window: Window
    entries: Sequence[Entry]
    lower: Window | None = None

    @property
    def run(self) -> int:
        return max(FIRST_RUN, self.entries[-1].run)

    def of(self, item: str, *, low: bool = False) -> Sequence[Entry]:
        return self.lower.of_item(item) if low and self.lower else self.entries

    def is_over(self) -> bool:
        """Whether the channel has gone on to something else."""
        return self.window.ended or self.window.entries[-1] is not self.entries[-1]

    def is_complete(self) -> bool:
        """Whether the last of its sound has come, too."""
        lanes = [self.entries[-1].lane(lane) for lane in Lane]
        return self.is_over() and all(each is not None and each.ended for each in lanes)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Parts of a segment, first and last; both None: the whole of it."""

    segment: int
    first: int | None = None
    last: int | None = None


class Replays:
    """Every item's replay, over a desk."""

    def __init__(self, desk: Desk, texts: Texts) -> None:
        self._desk = desk
        self._texts = texts
        self._reckoned = lru_cache(MOST_REMEMBERED)(self._showing)
        self.recordings = Recordings()
        """What the topic says now; given by whoever follows it."""

    @property
    def removals(self) -> int:
        return self._desk.shelf.removals

    def is_there(self, item: str) -> bool:
        return self.shown(item) is not None or self.film(item) is not None

    def newest(self, item: str) -> Version | None:
        """The version that is told to whoever comes now; None where there is no replay."""
        shown = self.shown(item)
        if shown is None:
            return Version(FIRST_RUN) if self.film(item) is not None else None
        return Version(shown.run, self._cuts(item)[-1].number if self._cuts(item) else 0)

    def index(self, item: str, subtitles: Sequence[playlist.Subtitles] = ()) -> str | None:
        """`/replay/{item}/index.m3u8`; the subtitles' addresses are taken from the version's."""
        version = self.newest(item)
        return None if version is None else self._index(item, f"{version.name}/", subtitles)

    def whole_index(self, item: str) -> str | None:
        """`/replay/{item}/whole/index.m3u8`: its children lie beside it."""
        return self._index(item, "") if self.shown(item) is not None else None

    def lane(self, item: str, version: str, name: str, *, finished: bool) -> Text | None:
        """`/replay/{item}/{version}/{name}.m3u8`; None where there is none.

        Args:
            finished: whether the show says that the item is over; it ends once that was shown.
        """
        shown, film = self.shown(item), self.film(item)
        has_low = shown.lower if shown else self._film_low(item)
        known = name in LANES or (name == LOW and has_low)
        asked = _version(version, shown.run if shown else FIRST_RUN)
        if asked is None or not known:
            return None
        if shown is not None:
            cut = self._cut(item, asked) if version != ALL else None
            if not FIRST_RUN <= asked.run <= shown.run or (cut is None and version != ALL):
                return None
            return self._replay(item, shown, version, asked, cut, name, finished)
        if film is not None and asked == Version(FIRST_RUN):
            low = self._film_low(item) if name == LOW else None
            return self._of_film(low or film, item, LANES.get(name, Lane.VIDEO))
        return None

    def may_fetch(
        self, item: str, generation: Generation, lane: Lane, wanted: Wanted, *, whole: bool
    ) -> bool:
        """Whether parts of a segment belong to a replay as it is, or was a while ago.

        Args:
            whole: for those who see what was cut away, too.
        """
        if self._is_film(item, generation):
            return True
        shown = self.shown(item)
        for window in (shown.window, shown.lower) if shown else ():
            entry = window.entry_of(generation, wanted.segment) if window else None
            if entry is not None and entry.item == item and entry.run > self._deleted(item):
                return any(
                    keeps(entry, lane, bounds, wanted.first, wanted.last)
                    for bounds in self._answered(item, entry, whole=whole)
                )
        return False

    def shows(self, item: str, generation: Generation) -> bool:
        """Whether anything of a generation is part of an item's replay."""
        if self._is_film(item, generation):
            return True
        shown = self.shown(item)
        windows = (shown.window, shown.lower) if shown else ()
        return any(each.is_of(item, generation) for each in windows if each)

    def entries(self, item: str, *, low: bool = False, whole: bool = False) -> Sequence[Entry]:
        """What the newest version lists, or everything there is."""
        shown = self.shown(item)
        if shown is None:
            return ()
        cut = None if whole else self._newest_cut(item)
        return [
            each
            for each in shown.of(item, low=low)
            if each.run > self._deleted(item) and parts_kept(each, Lane.VIDEO, bounds(cut, each))
        ]

    def showing(self, item: str, film: str | None) -> Showing | None:
        """What the newest version shows, for its text; None where nothing was on a channel.

        Args:
            film: whose text it is; None: the recording's own.
        """
        shown = self.shown(item)
        if shown is None:
            return None
        recorded = self.recordings.items.get(item)
        version = None if shown.is_complete() else shown.window.version
        return self._reckoned(item, film, (version, self.removals, recorded))

    def _showing(self, item: str, film: str | None, _: Hashable) -> Showing:
        goes_on = not self.is_over(item)
        if film is not None:
            return of_a_film(film, self.spans(item), goes_on=goes_on)
        return of_what_was_live(self.spans(item), self.spans(item, whole=True), goes_on=goes_on)

    def spans(self, item: str, *, whole: bool = False) -> list[Span]:
        """What the newest version lists, or everything there is, on its own time."""
        shown, film = self.shown(item), self.film(item)
        if shown is None:
            return list(spans_of_film(film)) if film is not None else []
        slate = f"{self._channel_of(shown)}-slate"
        cut = None if whole else self._newest_cut(item)
        return spans_of(self.entries(item, whole=whole), lambda entry: bounds(cut, entry), slate)

    def bounds(self, item: str, entry: Entry) -> Bounds:
        """Of the newest cut, for one of its entries."""
        return bounds(self._newest_cut(item), entry)

    def is_over(self, item: str) -> bool:
        """Whether nothing more comes of an item as things stand."""
        shown = self.shown(item)
        return self.film(item) is not None if shown is None else shown.is_over()

    def film(self, item: str) -> Generation | None:
        return self._desk.shelf.newest(FILM + item)

    def _is_film(self, item: str, generation: Generation) -> bool:
        if self.film(item) is generation:
            return True
        return generation.rung_of is not None and self._film_low(item) is generation

    def _film_low(self, item: str) -> Generation | None:
        desk = self._desk
        return rung_of(desk.shelf, self.film(item), desk.constants.rung_height_px)

    def shown(self, item: str) -> Shown | None:
        """What was on air of an item and is not deleted."""
        for channel, window in self._desk.windows.items():
            entries = window.of_item(item)
            if entries and entries[-1].run > self._deleted(item):
                return Shown(window, entries, self._desk.lower.get(channel))
        return None

    # Inside.

    def _channel_of(self, shown: Shown) -> str:
        return next(name for name, window in self._desk.windows.items() if window is shown.window)

    def _index(self, item: str, folder: str, subtitles: Sequence[playlist.Subtitles] = ()) -> str:
        shown, height_px = self.shown(item), self._desk.constants.rung_height_px
        has_low = shown.lower if shown else self._film_low(item)
        low = playlist.Lower(f"{folder}{LOW}.m3u8", height_px) if has_low else None
        texts = [replace(each, uri=f"{folder}{each.uri}") for each in subtitles]
        return playlist.multivariant(f"{folder}video.m3u8", f"{folder}audio.m3u8", low, texts)

    def _replay(
        self,
        item: str,
        shown: Shown,
        version: str,
        asked: Version,
        cut: Cut | None,
        name: str,
        finished: bool,
    ) -> Text:
        low, deleted = name == LOW, self._deleted(item)
        entries = [each for each in shown.of(item, low=low) if deleted < each.run <= asked.run]
        over = asked.run < shown.run or (finished and shown.is_over())
        window = shown.lower if low and shown.lower is not None else shown.window
        if low:
            over = over and self._has_all_low(shown, entries, asked.run, deleted)
        lane = Lane.VIDEO if low else LANES[name]
        needed = (Lane.VIDEO,) if low else tuple(Lane)

        def write() -> str:
            return playlist.full(
                item_playlist(
                    entries,
                    item,
                    lane,
                    self._desk.clock,
                    finished=over,
                    needed=needed,
                    bounds=lambda entry: bounds(cut, entry),
                )
            )

        now = (over, self._desk.shelf.removals, deleted, over or window.version)
        return self._texts.kept(("item", item, version, name), now, write)

    def _has_all_low(self, shown: Shown, low: Sequence[Entry], run: int, deleted: int) -> bool:
        """Whether the lower rendition lists all that the channel does, to its end."""
        main = sum(deleted < each.run <= run for each in shown.entries)
        last = low[-1].lane(Lane.VIDEO) if low else None
        return len(low) == main and last is not None and last.ended

    def _of_film(self, film: Generation, item: str, lane: Lane) -> Text:
        return self._texts.kept(
            ("film", film.source, lane),
            (film.number, len(film.lanes[lane])),
            lambda: playlist.full(film_playlist(film, item, lane)),
        )

    def _deleted(self, item: str) -> int:
        known = self.recordings.items.get(item)
        return known.deleted_run if known else 0

    def _cuts(self, item: str) -> Sequence[Cut]:
        known = self.recordings.items.get(item)
        return known.cuts if known and known.state != "deleted" else ()

    def _newest_cut(self, item: str) -> Cut | None:
        cuts = self._cuts(item)
        return cuts[-1] if cuts else None

    def _cut(self, item: str, asked: Version) -> Cut | None:
        """The cut of a version that is answered; the whole, where nobody has made one."""
        if not self._cuts(item):
            return None if asked.cut else Cut(0, asked.run, self._desk.wall())
        return next((each for each in self._answered_cuts(item) if each.number == asked.cut), None)

    def _answered_cuts(self, item: str) -> Iterator[Cut]:
        """The newest cut, and those that were so a while ago."""
        cuts, now = self._cuts(item), self._desk.wall()
        for index, cut in enumerate(cuts):
            followed = cuts[index + 1 : index + 2]
            if not followed or (now - followed[0].since).total_seconds() < OLDER_CUT_S:
                yield cut

    def _answered(self, item: str, entry: Entry, *, whole: bool) -> Iterator[Bounds]:
        if whole or not self._cuts(item):
            yield WHOLE
            return
        for cut in self._answered_cuts(item):
            yield bounds(cut, entry)


def bounds(cut: Cut | None, entry: Entry) -> Bounds:
    """What a cut says of one entry: its end counts for the runs there were when it was made."""
    if cut is None:
        return WHOLE
    return Bounds(cut.start_ticks, cut.end_ticks if entry.run <= cut.run else None)


def _version(name: str, newest_run: int) -> Version | None:
    """The version that a name in an address means; None for what is no name."""
    if name == ALL:
        return Version(newest_run)
    numbers = name.split("-")
    if not all(each.isascii() and each.isdecimal() and len(each) < 10 for each in numbers):
        return None
    match [int(each) for each in numbers]:
        case [run]:
            return Version(run)
        case [run, cut] if cut > 0:
            return Version(run, cut)
    return None
