"""The captions of every item as they are given out, whatever made its recording.

A film's lie beside the film, and count from the film's first picture. Those of the recording of
what was live lie in a folder for each kind, named by the item, and count from the first picture of
the cut that they were written for. Beside each text lies its *origin*, when that picture was on the
event clock.

Where the newest cut begins elsewhere the text is given out moved by as much; so is a film's with
the recording of the channel that showed it, and with the film itself never. The media process knows
where that is, and leaves it in a file for those that do not (`begins`): on the event clock, and of
a film in the film's own time.

What a recording has may be of three kinds:

    made        written or corrected by somebody
    typed       written by hand while it was said (skrivetolkning)
    automatic   heard by a machine, read by nobody yet

The last is shown to who wants it, and counts for nothing: a text that nobody has read meets no
duty, and is no part of the lasting record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol, get_args

from schedule.show import ShowItem
from streams.films.captionfiles import LARGEST_WRITTEN_BYTES, CaptionFiles
from streams.films.captionreader import Track, read_captions
from streams.films.captions import CaptionFaults, Cue, write_webvtt
from streams.timeline import VIDEO_HZ

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
        later_s: how much later it is given out than it is written.
    """

    language: str
    kind: TrackKind
    path: Path
    changed_ns: int
    size: int
    later_s: float


class Beginnings(Protocol):
    """Where the newest cut of an item's recording begins; None where there is none."""

    def begins_ticks(self, item: str) -> int | None:
        """On the event clock."""

    def film_begins_ticks(self, item: str) -> int | None:
        """In the film that was shown."""


class ItemCaptions:
    """Captions by item. Everything here reads files: in a thread.

    Args:
        films: those beside the films.
        folder: where those of recordings lie.
        replays: know where the newest cut of an item begins; as the media process has left it
            there unless given.
    """

    def __init__(
        self, films: CaptionFiles, folder: Path, replays: Beginnings | None = None
    ) -> None:
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
        found = []
        for language, kind, track in self._found(entry):
            files, name = self.places(entry)[kind]
            version = files.version(name, language) + self.moved(entry, language, kind)
            found.append(ItemTrack(language, kind, track.cues, track.end_s, version))
        return found

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
        """What a version says of a cut that was moved since."""
        later_s = self.later_s(entry, language, kind)
        return f"+{later_s:.3f}" if later_s else ""

    def later_s(self, entry: ShowItem, language: str, kind: TrackKind) -> float:
        """How much later a text is given out than it was written, for the cut was moved since."""
        begins = self.begins_ticks(entry)
        origin = 0 if entry.item.film else _number(self.origin(entry, language, kind))
        # It may have been written before there was a picture.
        return 0.0 if begins is None or origin is None else (origin - begins) / VIDEO_HZ

    def begins_ticks(self, entry: ShowItem) -> int | None:
        """Where the newest cut of an item begins: on the event clock, of a film in the film."""
        if self._replays is None:
            return _number(self.begins(entry.id))
        ask = self._replays.film_begins_ticks if entry.item.film else self._replays.begins_ticks
        return ask(entry.id)

    def begins(self, item: str) -> Path:
        """The file that says when the first picture of an item's newest cut was."""
        return self._folder / f"item-{item}.begins"

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
        later_s = self.later_s(entry, language, kind)
        return Written(language, kind, path, status.st_mtime_ns, status.st_size, later_s)


@lru_cache(REMEMBERED)
def cues_of(written: Written) -> tuple[Cue, ...]:
    """A text's cues as they are given out. Raises OSError, CaptionFaults."""
    return tuple(_later(read_captions(written.path.read_bytes()), written.later_s))


def _readable(written: Written) -> tuple[Cue, ...] | None:
    """The same; None for what is none of ours to show."""
    try:
        return cues_of(written)
    except (OSError, CaptionFaults):
        return None


def _later(cues: Iterable[Cue], by_s: float) -> list[Cue]:
    """Cues later by so much; those that would end before the first picture are left out."""
    later = (Cue(max(0.0, cue.start_s + by_s), cue.end_s + by_s, cue.text) for cue in cues)
    return [cue for cue in later if cue.end_s > cue.start_s]


def _number(file: Path) -> int | None:
    """What a file of one number says; None where there is none."""
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None
