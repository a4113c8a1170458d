"""The captions of every item as they are given out, whatever made its recording.

A film's lie beside the film, and count from the film's first picture. Those of the recording of
what was live lie in a folder for each kind, named by the item, and count from a picture of that
recording. Beside each text lies its *origin*, when that picture was on the event clock.

Each text is given out along what the newest cut shows of its own time (`stretches`): so is a film's
with the recording of the channel that showed it, and with the film itself as it is. The media
process knows what a recording shows, and leaves it in a file for those that do not (`left`).

What a recording has may be of three kinds:

    made        written or corrected by somebody
    typed       written by hand while it was said (skrivetolkning)
    automatic   heard by a machine, read by nobody yet

The last is shown to who wants it, and counts for nothing: a text that nobody has read meets no
duty, and is no part of the lasting record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol, get_args

from schedule.show import ShowItem
from streams.films.captionfiles import LARGEST_WRITTEN_BYTES, CaptionFiles
from streams.films.captionreader import Track, read_captions
from streams.films.captions import CaptionFaults, Cue, write_webvtt
from streams.films.stretches import Stretch, given_out
from streams.recordings.showing import Showing, read_showing

TrackKind = Literal["made", "typed", "automatic"]
KINDS: tuple[TrackKind, ...] = get_args(TrackKind)
"""The best first."""
MEETS_THE_DUTY: tuple[TrackKind, ...] = ("made", "typed")
REMEMBERED = 16
"""Texts whose cues are held ready; each piece of a subtitle rendition is cut from one."""


@dataclass(frozen=True, slots=True)
class ItemTrack:
    """Captions of an item, one language of one kind.

    Args:
        end_s: when the last of them ends, from the first picture.
        version: which text it is, for who changes it.
    """

    language: str
    kind: TrackKind
    cues: int
    end_s: float
    version: str


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it lies there; another one, or another cut, and none of this is equal.

    Args:
        stretches: what the recording shows of its own time; None: it is given out as it is.
    """

    language: str
    kind: TrackKind
    path: Path
    changed_ns: int
    size: int
    stretches: tuple[Stretch, ...] | None


class Showings(Protocol):
    """What the newest cuts of recordings show."""

    def showing(self, item: str, film: str | None) -> Showing | None:
        """For an item's text: its film's, or the recording's own. None where it has none."""


class ItemCaptions:
    """Captions by item. Everything here reads files: in a thread.

    Args:
        films: those beside the films.
        folder: where those of recordings lie.
        replays: know what the newest cut of an item shows; as the media process has left it
            there unless given.
    """

    def __init__(self, films: CaptionFiles, folder: Path, replays: Showings | None = None) -> None:
        self._films = films
        self._folder = folder
        self._replays = replays
        self._recorded: dict[TrackKind, CaptionFiles] = {}
        for kind in KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)
            self._recorded[kind] = CaptionFiles(folder / kind)

    def places(self, entry: ShowItem) -> Mapping[TrackKind, tuple[CaptionFiles, str]]:
        """Where an item's captions lie, and under which name, by kind; the best first."""
        if entry.item.film:
            return {"made": (self._films, entry.item.film)}
        return {kind: (files, f"item-{entry.id}") for kind, files in self._recorded.items()}

    def tracks(self, entry: ShowItem) -> list[ItemTrack]:
        """What there is of an item, by language, the best kind of each first."""
        return [self._item_track(entry, *found) for found in self._found(entry)]

    def _item_track(
        self, entry: ShowItem, language: str, kind: TrackKind, track: Track
    ) -> ItemTrack:
        files, name = self.places(entry)[kind]
        version = files.version(name, language) + self.moved(entry, language, kind)
        written = self.track(entry, language, kind)
        if written is not None and written.stretches is not None:
            cues = _readable(written) or ()
            end_s = max((cue.end_s for cue in cues), default=0.0)
            return ItemTrack(language, kind, len(cues), end_s, version)
        return ItemTrack(language, kind, track.cues, track.end_s, version)

    def names(self, entry: ShowItem) -> list[tuple[str, TrackKind]]:
        """The language and the kind of each of an item's tracks, in the same order."""
        return [(language, kind) for language, kind, _ in self._found(entry)]

    def text(self, entry: ShowItem, language: str, kind: TrackKind | None = None) -> str | None:
        """A track as WebVTT; of the best kind unless one is named. None where there is none."""
        for each in self.places(entry) if kind is None else (kind,):
            written = self.track(entry, language, each)
            cues = _readable(written) if written is not None else None
            if cues is not None:
                return write_webvtt(cues)
        return None

    def written(self, entry: ShowItem, kinds: Collection[TrackKind] = KINDS) -> Iterator[Written]:
        """The best text of each language, of some kinds only; without a look into it."""
        known: set[str] = set()
        for kind, (files, name) in self.places(entry).items():
            for language in files.languages(name) if kind in kinds else ():
                path = files.file(name, language) if language not in known else None
                if path is not None and (found := self._written(entry, language, kind, path)):
                    known.add(language)
                    yield found

    def track(self, entry: ShowItem, language: str, kind: TrackKind) -> Written | None:
        """One text; None where there is none."""
        place = self.places(entry).get(kind)
        path = place[0].file(place[1], language) if place else None
        return self._written(entry, language, kind, path) if path is not None else None

    def transcripts(
        self, entry: ShowItem, kinds: Collection[TrackKind] = KINDS
    ) -> dict[str, tuple[Cue, ...]]:
        """The cues of the best text of each language, of some kinds only."""
        found = ((one.language, _readable(one)) for one in self.written(entry, kinds))
        return {language: cues for language, cues in sorted(found) if cues}

    def moved(self, entry: ShowItem, language: str, kind: TrackKind) -> str:
        """What a version says of a recording in which its cues stand elsewhere.

        Where it ends is no part of it: who is writing when an item ends has nothing to write anew.
        """
        stretches = self.stretches(entry, language, kind)
        places = [(each.at_ticks, each.from_ticks) for each in stretches or ()]
        if stretches is None or places == [(0, 0)]:
            return ""
        return f"+{hashlib.sha256(repr(places).encode()).hexdigest()[:8]}"

    def stretches(
        self, entry: ShowItem, language: str, kind: TrackKind
    ) -> tuple[Stretch, ...] | None:
        """What the newest cut shows of a text's own time; None where it has all of it."""
        showing = self.showing(entry)
        if showing is None:
            return None
        if entry.item.film:
            return showing.cut
        origin = self.origin_ticks(entry, language, kind)
        # It may have been written before there was a picture.
        counts_from = showing.begins_ticks if origin is None else origin
        return None if counts_from is None else showing.of_text(counts_from)

    def showing(self, entry: ShowItem) -> Showing | None:
        """What the newest cut of an item shows."""
        if self._replays is not None:
            return self._replays.showing(entry.id, entry.item.film)
        try:
            return read_showing(json.loads(self.left(entry.id).read_text("ascii")))
        except (OSError, TypeError, ValueError):
            return None

    def left(self, item: str) -> Path:
        """The file that says what an item's newest cut shows."""
        return self._folder / f"item-{item}.shown"

    def origin_ticks(self, entry: ShowItem, language: str, kind: TrackKind) -> int | None:
        """When the picture was from which a text counts; None where nobody knew."""
        try:
            return int(self.origin(entry, language, kind).read_text("ascii"))
        except (OSError, ValueError):
            return None

    def origin(self, entry: ShowItem, language: str, kind: TrackKind) -> Path:
        """The file that says when the picture was from which a text counts."""
        return self._folder / kind / f"item-{entry.id}.{language}.origin"

    def _found(self, entry: ShowItem) -> list[tuple[str, TrackKind, Track]]:
        found = [
            (language, kind, track)
            for kind, (files, name) in self.places(entry).items()
            for language, track in files.tracks(name).items()
        ]
        return sorted(found, key=lambda each: (each[0], KINDS.index(each[1])))

    def _written(
        self, entry: ShowItem, language: str, kind: TrackKind, path: Path
    ) -> Written | None:
        try:
            status = path.stat()
        except FileNotFoundError:
            return None  # taken away meanwhile
        if status.st_size > LARGEST_WRITTEN_BYTES:
            return None
        stretches = self.stretches(entry, language, kind)
        return Written(language, kind, path, status.st_mtime_ns, status.st_size, stretches)


@lru_cache(REMEMBERED)
def cues_of(written: Written) -> tuple[Cue, ...]:
    """A text's cues as they are given out. Raises OSError, CaptionFaults."""
    cues = read_captions(written.path.read_bytes())
    return cues if written.stretches is None else given_out(cues, written.stretches)


def _readable(written: Written) -> tuple[Cue, ...] | None:
    """The same; None for what is none of ours to show."""
    try:
        return cues_of(written)
    except (OSError, CaptionFaults):
        return None
