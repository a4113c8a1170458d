"""The captions of every item: of its film, or of the recording of what was live.

A film's lie beside the film. A recording's lie in `captions/` under the films, named by the item,
and count from the first picture of its newest cut. What a recording has may be of three kinds:

    made        written or corrected by somebody
    typed       written by hand while it was said (skrivetolkning)
    automatic   heard by a machine, read by nobody yet

The last is shown to who wants it, and counts for nothing: a text that nobody has read meets no
duty, so an item with automatic captions alone is warned about and closes as one with none.

Whenever a text changes the library is told, and its event says so to every page that shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
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
        folder: where those of recordings lie.
    """

    def __init__(self, house: House, films: CaptionFiles, folder: Path) -> None:
        self._house = house
        self._films = films
        self._recorded: dict[TrackKind, CaptionFiles] = {}
        for kind in KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)
            self._recorded[kind] = CaptionFiles(folder / kind)

    async def tracks(self, entry: ShowItem) -> list[ItemTrack]:
        """What there is of an item, the best kind of each language first."""
        return await asyncio.to_thread(self._tracks, entry)

    def file(self, entry: ShowItem, language: str, kind: TrackKind | None) -> Path | None:
        """A track as WebVTT; of the best kind unless one is named."""
        if not LANGUAGE.fullmatch(language):
            return None
        found = (
            files.file(name, language)
            for each, (files, name) in self._places(entry).items()
            if kind in (None, each)
        )
        return next((path for path in found if path is not None), None)

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
        track = await files.take(name, language, data, over=over)
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

    async def note_all(self) -> None:
        """Says of every recording what there is: a process may have died before it said so."""
        show: Show = (await self._house.dispatch.unit_of("show")).face("show")
        for entry in show.items:
            if entry.item.kind in SHOWN and not entry.item.film:
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
        places = self._places(entry).values()
        return tuple(owed), "".join(files.edition(name)[:8] for files, name in places)

    def _tracks(self, entry: ShowItem) -> list[ItemTrack]:
        found = []
        for kind, (files, name) in self._places(entry).items():
            told: Mapping[str, Track] = files.tracks(name)
            for language, track in told.items():
                version = files.version(name, language)
                found.append(ItemTrack(language, kind, track.cues, track.end_s, version))
        return sorted(found, key=lambda each: (each.language, KINDS.index(each.kind)))

    def _place(self, entry: ShowItem, kind: TrackKind) -> tuple[CaptionFiles, str]:
        place = self._places(entry).get(kind)
        if place is None:
            raise Refused("not_found", f"expected a kind that the item may have; came {kind}")
        return place

    def _places(self, entry: ShowItem) -> dict[TrackKind, tuple[CaptionFiles, str]]:
        if entry.item.film:
            return {"made": (self._films, entry.item.film)}
        return {kind: (files, f"item-{entry.id}") for kind, files in self._recorded.items()}
