"""The captions of every item: of its film, or of the recording of what was live.

A film's lie beside the film. A recording's lie in `captions/` under the films, named by the item,
and count from the first picture of its newest cut. Beside each lies its *origin*: when that picture
was, on the event clock, as the text was written. Where somebody moves the cut's beginning the text
stays as it is, and is given out moved by as much; its version says so, and who was writing at the
time is told as if somebody else had saved. A recording that is deleted takes its captions along.

What a recording has may be of three kinds:

    made        written or corrected by somebody
    typed       written by hand while it was said (skrivetolkning)
    automatic   heard by a machine, read by nobody yet

The last is shown to who wants it, and counts for nothing: a text that nobody has read meets no
duty, so an item with automatic captions alone is warned about and closes as one with none.

Whenever a text changes the library is told, and its event says so to every page that shows it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Literal, get_args

from schedule.library.commands import NoteCaptions
from schedule.library.unlocking import SHOWN
from schedule.show import Show, ShowItem
from server.access.actor import SYSTEM
from server.errors import Refused
from server.house import House
from streams.films.captionfiles import LANGUAGE, CaptionFiles
from streams.films.captionreader import Track
from streams.films.captions import Cue, read_webvtt, write_webvtt
from streams.recordings.replays import Replays
from streams.timeline import VIDEO_HZ

TrackKind = Literal["made", "typed", "automatic"]
KINDS: tuple[TrackKind, ...] = get_args(TrackKind)
MEETS_THE_DUTY: tuple[TrackKind, ...] = ("made", "typed")


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


class CaptionOffice:
    """Captions by item, in and out.

    Args:
        films: the captions beside the films.
        replays: what recordings there are, and where they begin.
        folder: where those of recordings lie.
    """

    def __init__(self, house: House, films: CaptionFiles, replays: Replays, folder: Path) -> None:
        self._house = house
        self._films = films
        self._replays = replays
        self._folder = folder
        self._cut = asyncio.Event()
        self._recorded: dict[TrackKind, CaptionFiles] = {}
        for kind in KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)
            self._recorded[kind] = CaptionFiles(folder / kind)

    async def tracks(self, entry: ShowItem) -> list[ItemTrack]:
        """What there is of an item, the best kind of each language first."""
        return await asyncio.to_thread(self._tracks, entry)

    async def text(self, entry: ShowItem, language: str, kind: TrackKind | None) -> str | None:
        """A track as WebVTT; of the best kind unless one is named. None where there is none."""
        if not LANGUAGE.fullmatch(language):
            return None
        return await asyncio.to_thread(self._text, entry, language, kind)

    async def take(
        self, entry: ShowItem, language: str, kind: TrackKind, data: bytes, over: str | None
    ) -> ItemTrack:
        """Takes captions in, in the place of those that were there, and says so.

        Args:
            over: the version that they are made from, empty for none; None for whatever is there.

        Raises:
            CaptionFaults: with every fault.
            Refused: `not_found`, `captions_changed`, and as `CaptionFiles.take`.
        """
        files, name = self._place(entry, kind)
        base = over
        if over is not None:
            base, _, moved = over.partition("+")
            if base and moved != self._moved(entry, language, kind).partition("+")[2]:
                raise Refused("captions_changed", "expected the cut that they were made for")
        track = await files.take(name, language, data, over=base)
        await asyncio.to_thread(self._put_origin, entry, language, kind)
        version = await asyncio.to_thread(files.version, name, language)
        await self.note(entry)
        return ItemTrack(language, kind, track.cues, track.end_s, version)

    async def remove(self, entry: ShowItem, language: str, kind: TrackKind) -> None:
        """Takes captions away and says so. Raises Refused `not_found`, `belongs_to_film`."""
        files, name = self._place(entry, kind)
        if not LANGUAGE.fullmatch(language) or files.file(name, language) is None:
            raise Refused("not_found", "expected a language in which the item has captions")
        if not files.remove(name, language):
            raise Refused("belongs_to_film", "expected captions that were put here by somebody")
        await self.note(entry)

    def long_tasks(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What the app must keep running."""
        return {"captions noted": self._follow_cuts}

    def hear_of_recordings(self) -> None:
        """A recording was cut or deleted."""
        self._cut.set()

    async def _follow_cuts(self) -> None:
        while True:
            await self._cut.wait()
            self._cut.clear()
            await self.note_all()

    async def note_all(self) -> None:
        """Says of every recording what there is: a process may have died before it said so."""
        show: Show = (await self._house.dispatch.unit_of("show")).face("show")
        for entry in show.items:
            if entry.item.kind in SHOWN and not entry.item.film:
                recording = self._replays.recordings.items.get(entry.id)
                if recording is not None and recording.state == "deleted":
                    await asyncio.to_thread(self._forget, entry)
                await self.note(entry)

    async def note(self, entry: ShowItem) -> None:
        """Says which captions an item has now; of a film the film office does."""
        if entry.item.film:
            return
        languages, version = await asyncio.to_thread(self._noted, entry)
        command = NoteCaptions(entry.id, languages, version)
        id = f"captions:{token_hex(8)}"
        await self._house.dispatch.command(SYSTEM, id, "library", command)

    def _noted(self, entry: ShowItem) -> tuple[tuple[str, ...], str]:
        tracks = self._tracks(entry)
        owed = sorted({each.language for each in tracks if each.kind in MEETS_THE_DUTY})
        found = " ".join(f"{each.kind} {each.language} {each.version}" for each in tracks)
        return tuple(owed), hashlib.sha256(found.encode()).hexdigest()[:16] if found else ""

    def _tracks(self, entry: ShowItem) -> list[ItemTrack]:
        found = []
        for kind, (files, name) in self._places(entry).items():
            told: Mapping[str, Track] = files.tracks(name)
            for language, track in told.items():
                version = files.version(name, language) + self._moved(entry, language, kind)
                found.append(ItemTrack(language, kind, track.cues, track.end_s, version))
        return sorted(found, key=lambda each: (each.language, KINDS.index(each.kind)))

    def _text(self, entry: ShowItem, language: str, kind: TrackKind | None) -> str | None:
        for each, (files, name) in self._places(entry).items():
            path = files.file(name, language) if kind in (None, each) else None
            if path is None:
                continue
            text, by_s = path.read_text("utf-8"), self._moved_s(entry, language, each)
            return write_webvtt(_later(read_webvtt(text), by_s)) if by_s else text
        return None

    def _moved(self, entry: ShowItem, language: str, kind: TrackKind) -> str:
        """What a version says of a cut that was moved since."""
        by_s = self._moved_s(entry, language, kind)
        return f"+{by_s:.3f}" if by_s else ""

    def _moved_s(self, entry: ShowItem, language: str, kind: TrackKind) -> float:
        """How much earlier or later a text's first picture is than when it was written."""
        if entry.item.film:
            return 0.0
        begins = self._replays.begins_ticks(entry.id)
        try:
            origin = int(self._origin(entry, language, kind).read_text("ascii"))
        except (OSError, ValueError):
            return 0.0  # written before there was a picture
        return 0.0 if begins is None else (origin - begins) / VIDEO_HZ

    def _put_origin(self, entry: ShowItem, language: str, kind: TrackKind) -> None:
        begins = None if entry.item.film else self._replays.begins_ticks(entry.id)
        if begins is not None:
            self._origin(entry, language, kind).write_text(str(begins), "ascii")

    def _origin(self, entry: ShowItem, language: str, kind: TrackKind) -> Path:
        return self._folder / kind / f"item-{entry.id}.{language}.origin"

    def _forget(self, entry: ShowItem) -> None:
        for kind, (files, name) in self._places(entry).items():
            for language in files.tracks(name):
                files.remove(name, language)
                self._origin(entry, language, kind).unlink(missing_ok=True)

    def _place(self, entry: ShowItem, kind: TrackKind) -> tuple[CaptionFiles, str]:
        place = self._places(entry).get(kind)
        if place is None:
            raise Refused("not_found", f"expected a kind that the item may have; came {kind}")
        return place

    def _places(self, entry: ShowItem) -> dict[TrackKind, tuple[CaptionFiles, str]]:
        if entry.item.film:
            return {"made": (self._films, entry.item.film)}
        return {kind: (files, f"item-{entry.id}") for kind, files in self._recorded.items()}


def _later(cues: Iterable[Cue], by_s: float) -> list[Cue]:
    """Cues later by so much; those that would end before the first picture are left out."""
    later = (Cue(max(0.0, cue.start_s + by_s), cue.end_s + by_s, cue.text) for cue in cues)
    return [cue for cue in later if cue.end_s > cue.start_s]
