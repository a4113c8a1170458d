"""Captions of items on their way in: taken, removed, and told of.

Where they lie and how they are given out stands in `item_captions`. Where somebody moves a cut a
text stays as it is, and is given out along what the cut shows; its version says so, and who was
writing at the time is told as if somebody else had saved. What is written beside a recording is
taken back to the text's own time, and what the recording does not show of it stays. A recording
that is deleted takes its captions along; a film's belong to the film.

Whenever a text changes the library is told, and its event says so to every page that shows it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from schedule.library.commands import NoteCaptions
from schedule.library.unlocking import SHOWN
from schedule.show import ShowItem
from server.access.actor import SYSTEM
from server.errors import Refused
from server.house import House
from server.item_captions import MEETS_THE_DUTY, ItemCaptions, ItemTrack, TrackKind
from server.newest import show_of
from streams.films.captionfiles import LANGUAGE, CaptionFiles
from streams.films.stretches import Beside
from streams.recordings.replays import Replays


@dataclass(frozen=True, slots=True)
class _Place:
    """How a text is taken in.

    Args:
        beside: None: as it is, in the place of what is there.
        origin_ticks: from when on it counts; None where that is no instant of the event clock.
    """

    beside: Beside | None
    origin_ticks: int | None = None


class CaptionOffice:
    """Captions by item, in and out.

    Args:
        films: the captions beside the films.
        replays: what recordings there are, and what they show.
        folder: where those of recordings lie.
    """

    def __init__(self, house: House, films: CaptionFiles, replays: Replays, folder: Path) -> None:
        self.kept = ItemCaptions(films, folder, replays)
        self._house = house
        self._replays = replays
        self._cut = asyncio.Event()
        self._noting = asyncio.Lock()

    async def tracks(self, entry: ShowItem) -> list[ItemTrack]:
        """What there is of an item, the best kind of each language first."""
        return await asyncio.to_thread(self.kept.tracks, entry)

    async def text(self, entry: ShowItem, language: str, kind: TrackKind | None) -> str | None:
        """A track as WebVTT; of the best kind unless one is named. None where there is none."""
        if not LANGUAGE.fullmatch(language):
            return None
        return await asyncio.to_thread(self.kept.text, entry, language, kind)

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
            if base and moved != self.kept.moved(entry, language, kind).partition("+")[2]:
                raise Refused("captions_changed", "expected the cut that they were made for")
        place = await asyncio.to_thread(self._place_of, entry, language, kind)
        track = await files.take(name, language, data, over=base, beside=place.beside)
        if place.origin_ticks is not None:
            _replace(self.kept.origin(entry, language, kind), str(place.origin_ticks))
        version = await asyncio.to_thread(files.version, name, language)
        version += self.kept.moved(entry, language, kind)
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
        """A recording was cut or deleted, or what is on the shelf is known now."""
        self._cut.set()

    async def _follow_cuts(self) -> None:
        while True:
            await self._cut.wait()
            self._cut.clear()
            try:
                await self.note_all()
            except Exception:
                self._cut.set()  # whoever begins this anew begins with what was not said
                raise

    async def note_all(self) -> None:
        """Says of every recording what there is: a process may have died before it said so."""
        show = await show_of(self._house.dispatch)
        for entry in show.items:
            if entry.item.kind in SHOWN:
                recording = self._replays.recordings.items.get(entry.id)
                if recording is not None and recording.state == "deleted":
                    await asyncio.to_thread(self._forget, entry)
                await self.note(entry)

    async def note(self, entry: ShowItem) -> None:
        """Says which captions an item has now, one after another: the newest is said last."""
        async with self._noting:
            languages, version = await asyncio.to_thread(self._noted, entry)
            command = NoteCaptions(entry.id, languages, version)
            id = f"captions:{token_hex(8)}"
            await self._house.dispatch.command(SYSTEM, id, "library", command)

    def _noted(self, entry: ShowItem) -> tuple[tuple[str, ...], str]:
        self._leave_shown(entry)
        tracks = self.kept.tracks(entry)
        owed = sorted({each.language for each in tracks if each.kind in MEETS_THE_DUTY})
        found = [
            f"{each.kind} {each.language} {each.version}"
            f" {self.kept.stretches(entry, each.language, each.kind)}"
            for each in tracks
        ]
        version = hashlib.sha256(" ".join(found).encode()).hexdigest()[:16] if found else ""
        return tuple(owed), version

    def _leave_shown(self, entry: ShowItem) -> None:
        """For the processes that do not know what was on air; replaced whole."""
        showing, left = self.kept.showing(entry), self.kept.left(entry.id)
        if showing is None:
            left.unlink(missing_ok=True)
        elif self.kept.names(entry):
            _replace(left, json.dumps(showing.to_json()))

    def _place_of(self, entry: ShowItem, language: str, kind: TrackKind) -> _Place:
        """A text counts from its origin for good, unless the cut begins before that now."""
        showing = self.kept.showing(entry)
        if showing is None or entry.item.film:
            return _Place(None if showing is None else Beside(showing.cut))
        begins = showing.begins_ticks
        if begins is None:
            return _Place(None)
        origin = self.kept.origin_ticks(entry, language, kind)
        along = showing.of_text(begins if origin is None else origin)
        if origin is not None and along[0].from_ticks >= 0:
            return _Place(Beside(along), origin)
        return _Place(Beside(showing.of_text(begins), -along[0].from_s), begins)

    def _forget(self, entry: ShowItem) -> None:
        places = {} if entry.item.film else self.kept.places(entry)
        for kind, (files, name) in places.items():
            for language in files.tracks(name):
                files.remove(name, language)
                self.kept.origin(entry, language, kind).unlink(missing_ok=True)
        self.kept.left(entry.id).unlink(missing_ok=True)

    def _place(self, entry: ShowItem, kind: TrackKind) -> tuple[CaptionFiles, str]:
        place = self.kept.places(entry).get(kind)
        if place is None:
            raise Refused("not_found", f"expected a kind that the item may have; came {kind}")
        return place


def _replace(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(text, "ascii")
    new.replace(file)
