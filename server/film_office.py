"""The films of the edition, from the first byte to the last segment, and what is told of them.

One film at a time goes all the way: its upload becomes whole, is taken in, and, where it is watched
on demand, packaged. What waits lies on the disk, so a process that is started again goes on where
the one before was killed. A disk that is full is waited for; everything else that is wrong with a
film is its refusal, which stays told until somebody tries again.

The topic `films` says of every film how far it is, whether it fits its place in the programme and
which captions it has. It has a new value at most once a second.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import streams.errors
from schedule.fit import over_s, room_of
from schedule.show import Show, ShowItem
from server.access.actor import Actor
from server.errors import Refused
from server.house import House
from server.newest import show_of
from server.presence import Announce
from server.settings import Settings
from streams.desk import Desk
from streams.films.captionreader import Track
from streams.films.demofilm import DemoFilm
from streams.films.estimate import Estimate
from streams.films.filmrung import a_rung
from streams.films.films import Films, FilmState
from streams.films.ondemand import is_packaged, package
from streams.films.uploads import Upload, Uploads
from streams.recordings.replays import FILM

log = logging.getLogger("topmoede.films")

TOPIC = "films"
LOOK_EVERY_S = 5.0
SWEEP_EVERY_S = 30.0
TELL_EVERY_S = 1.0
AGAIN_AFTER_S = 20.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the newest try at a film failed, and what the file was called."""

    code: str
    detail: str
    name: str


class FilmOffice:
    """Uploads, films and their packaging.

    Args:
        desk: where films are packaged for viewing on demand.
        demo_films: films to be made here.
        announce: gives the topic its newest value.
        note: says which captions an item has.
    """

    def __init__(
        self,
        house: House,
        settings: Settings,
        films: Films,
        desk: Desk,
        note: Callable[[ShowItem], Awaitable[None]],
        demo_films: Sequence[DemoFilm] = (),
        announce: Announce | None = None,
    ) -> None:
        folder = settings.data / "films"
        self.films = films
        self.uploads = Uploads(
            folder / "uploads", settings.largest_upload_bytes, settings.upload_hours
        )
        self._house = house
        self._announce = announce or house.board.set_state
        self._desk = desk
        self._note = note
        self._demo_films = demo_films
        self._refusals = _Remembered(folder / "refusals.json")
        self._packaged = _Remembered(folder / "packaged.json")
        self._broken: dict[str, str | None] = {}
        self._taking: str | None = None
        self._packaging: tuple[str, float] | None = None
        self._estimates: dict[str, Estimate] = {}
        self._arrived = asyncio.Event()
        self._told: dict[str, Any] | None = None
        self._noted: dict[str, tuple[object, ...]] = {}

    def long_tasks(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What the app must keep running."""
        return {"films": self.prepare, "films told": self._tell, "uploads": self._sweep}

    # Asked for by people.

    async def begin(self, by: Actor, film: str, name: str, size: int) -> Upload:
        """Begins an upload to a film, which may be named by its item.

        Raises:
            Refused: `not_found`, `on_air`, and as `Uploads.begin`.
        """
        show = await self._show()
        entries = _entries(show).get(film) or [e for e in show.items if e.id == film]
        id = entries[0].item.film if entries else None
        if id is None:
            raise Refused("not_found", "expected a film of the programme")
        if any(entry.state == "on_air" for entry in _entries(show)[id]):
            raise Refused("on_air", "expected a film that is not on air; replace it afterwards")
        upload = self.uploads.begin(id, name, size, by.name)
        self._refusals.put(id, None)
        return upload

    def ends(self, upload: Upload, hours: float) -> datetime:
        """When an upload will be discarded if no byte comes any more."""
        now = self._house.clock.wall()
        untouched = timedelta(seconds=self.uploads.untouched_s(upload, now))
        return now - untouched + timedelta(hours=hours)

    def discard(self, upload: Upload) -> None:
        """Ends an upload that nobody wants any more. Raises Refused `being_taken_in`."""
        if upload.id == self._taking:
            raise Refused("being_taken_in", "expected an upload that is not being read just now")
        self.uploads.discard(upload)

    def finished(self) -> None:
        """An upload has become whole."""
        self._arrived.set()

    async def remove_captions(self, film: str, language: str) -> None:
        """Takes captions away. Raises Refused `not_found`, `belongs_to_film`."""
        beside = self.films.captions_beside
        if language not in await asyncio.to_thread(beside.tracks, film):
            raise Refused("not_found", "expected a language in which the film has captions")
        if not beside.remove(film, language):
            raise Refused("belongs_to_film", "expected captions that were put here by somebody")

    async def knows(self, film: str) -> bool:
        """Whether the programme shows a film of that id."""
        return film in _entries(await self._show())

    # Running.

    async def prepare(self) -> None:
        """Makes films, takes in what arrives, packages what can be watched on demand."""
        await self._package_ready()
        for film in self._demo_films:
            await self._take_in_uploads()
            await self.films.make(film)
            await self._package_ready()
        while True:
            self._arrived.clear()
            waits = await self._take_in_uploads()
            ids = _entries(await self._show()).keys()
            if await self.films.take_in_what_lies_there(ids):
                await self._package_ready()
            await self._until_something_arrives(AGAIN_AFTER_S if waits else LOOK_EVERY_S)

    async def _until_something_arrives(self, most_s: float) -> None:
        try:
            async with asyncio.timeout(most_s):
                await self._arrived.wait()
        except TimeoutError:
            pass

    async def _take_in_uploads(self) -> bool:
        """Takes in what has been uploaded; whether something waits for room on the disk."""
        waits = False
        for upload in self.uploads.whole():
            if not self.uploads.is_whole(upload):
                continue  # discarded while another one was taken in
            self._taking = upload.id
            try:
                taken = await self.films.take_in(
                    upload.film, self.uploads.path(upload), upload.name
                )
            finally:
                self._taking = None
            if taken:
                self._refusals.put(upload.film, None)
                await self._package_ready()
            else:
                state = self.films.states[upload.film]
                refusal = Refusal(state.code or "", state.detail or "", upload.name)
                self._refusals.put(upload.film, asdict(refusal))
                if state.code == "storage_full":
                    waits = True
                    continue
            self.uploads.discard(upload)
        return waits

    async def _package_ready(self) -> None:
        show = await self._show()
        for entry in show.items:
            if entry.item.on == "on_demand" and entry.item.film:
                await self._package(entry.id, entry.item.film)

    async def _package(self, item: str, id: str) -> None:
        """Packages a film once for each version of it and height of its lower rendition."""
        film, source = self.films.film(id), FILM + item
        if film is None:
            return
        height_px, version = self._desk.constants.rung_height_px, self.films.version(id)
        made = f"{version} {height_px}" if height_px else version
        shelf = self._desk.shelf
        if self._broken.get(id) == version:
            return
        if is_packaged(shelf, source, film, height_px, made, self._packaged.of(source)):
            self._packaged.put(source, made)
            return

        def progress(done: float) -> None:
            self._packaging = id, done

        packaging, part_ticks = self._desk.packaging(source), self._desk.constants.part_ticks
        try:
            async with a_rung(shelf, packaging, height_px, part_ticks) as rung:
                await package(film, packaging, progress, rung)
        except streams.errors.Refused as broken:
            self._note_broken(id, version, broken)
            return
        finally:
            self._packaging = None
        self._packaged.put(source, made)

    def _note_broken(self, id: str, version: str | None, why: streams.errors.Refused) -> None:
        """A file that cannot be read to its end is told of, and left until it is another one."""
        log.warning("a film breaks off", extra={"source": id, "code": why.code})
        facts = self.films.facts(id)
        name = facts.name if facts and facts.name else f"{id}.mp4"
        self._broken[id] = version
        self._refusals.put(id, asdict(Refusal(why.code, why.detail, name)))

    async def _sweep(self) -> None:
        while True:
            await self.uploads.sweep(self._house.clock.wall())
            if self.uploads.whole():
                self._arrived.set()
            await self._house.clock.sleep(SWEEP_EVERY_S)

    # Telling.

    async def _tell(self) -> None:
        while True:
            told = await self.view()
            if told != self._told:
                self._told = told
                self._announce(TOPIC, told)
                await self._note_captions(told)
            await self._house.clock.sleep(TELL_EVERY_S)

    async def _note_captions(self, told: Mapping[str, Any]) -> None:
        """Has it said which captions there are, for nothing opens without."""
        if not self._desk.ready.is_set():
            return  # what was on air is not known yet; when it is, all of them are noted
        for id, entries in _entries(await self._show()).items():
            film = told["films"].get(id, {})
            noted = film.get("items"), film.get("captions_version")
            if self._noted.get(id) != noted:
                for entry in entries:
                    await self._note(entry)
                self._noted[id] = noted

    async def view(self) -> dict[str, Any]:
        """What is told of every film, by its id."""
        show = await self._show()
        entries, beside = _entries(show), self.films.captions_beside
        tracks = await asyncio.to_thread(lambda: {id: beside.tracks(id) for id in entries})
        editions = await asyncio.to_thread(lambda: {id: beside.edition(id) for id in entries})
        films = {
            id: self._view(show, id, entries[id], tracks[id]) | {"captions_version": editions[id]}
            for id in entries
        }
        under_way = {upload.id for upload in self.uploads.all()}
        self._estimates = {id: one for id, one in self._estimates.items() if id in under_way}
        return {"films": films, "largest_bytes": self.uploads.largest_bytes}

    def _view(
        self, show: Show, id: str, entries: list[ShowItem], tracks: Mapping[str, Track]
    ) -> dict[str, Any]:
        film, facts = self.films.film(id), self.films.found.get(id) or self.films.facts(id)
        arriving = self.films.found.get(id)
        length_s = arriving.duration_s if arriving else film.duration_s if film else None
        state, upload = self._state(id, film is not None), self.uploads.of(id)
        return {
            "items": [entry.id for entry in entries],
            "state": state.state,
            "progress": round(state.progress, 3),
            "left_s": state.left_s,
            "upload": self._upload(upload) if upload else None,
            "ready": film is not None,
            "version": self.films.version(id),
            "duration_s": round(length_s, 2) if length_s else None,
            "file": _file(asdict(facts)) if facts else None,
            "refused": self._refusals.of(id),
            "fit": fit_of(show, entries[0], length_s),
            "captions": {language: asdict(track) for language, track in tracks.items()},
        }

    def _state(self, id: str, ready: bool) -> FilmState:
        """How far a film is: the newest that is happening to it, or how it stands."""
        upload = self.uploads.of(id)
        if upload is not None and not self.uploads.is_whole(upload):
            return self._arriving(upload)
        known = self.films.states.get(id, FilmState("missing"))
        if known.state in ("checking", "making"):
            return known
        if upload is not None:
            return FilmState("waiting")
        if self._packaging is not None and self._packaging[0] == id:
            return FilmState("packaging", self._packaging[1])
        if ready:
            return FilmState("ready", 1.0)
        refused = known.state == "refused" or self._refusals.of(id) is not None
        return FilmState("refused" if refused else "missing")

    def _arriving(self, upload: Upload) -> FilmState:
        lively = self.uploads.is_arriving(upload, self._house.clock.wall())
        done, now_s = self.uploads.offset(upload) / upload.size, self._house.clock.monotonic()
        if not lively:
            self._estimates.pop(upload.id, None)
            return FilmState("paused", done)
        before = self._estimates.get(upload.id) or Estimate.begun(now_s, done)
        self._estimates[upload.id] = estimate = before.after(now_s, done)
        return FilmState("uploading", done, estimate.left_s)

    def _upload(self, upload: Upload) -> dict[str, Any]:
        return {
            "id": upload.id,
            "name": upload.name,
            "size": upload.size,
            "offset": self.uploads.offset(upload),
            "by": upload.by,
        }

    async def _show(self) -> Show:
        return await show_of(self._house.dispatch)


class _Remembered:
    """A few facts in one small file; what cannot be read is forgotten."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._facts: dict[str, Any] = {}
        try:
            told = json.loads(file.read_text("utf-8"))
            self._facts = told if isinstance(told, dict) else {}
        except (OSError, ValueError):
            pass

    def of(self, key: str) -> Any:
        return self._facts.get(key)

    def put(self, key: str, fact: Any) -> None:
        """Remembers a fact, None forgets it; a disk that is full remembers it until the end."""
        if self._facts.get(key) == fact:
            return
        self._facts = {k: v for k, v in (self._facts | {key: fact}).items() if v is not None}
        new = self._file.with_suffix(".new")
        try:
            new.write_text(json.dumps(self._facts), "utf-8")
            new.replace(self._file)
        except OSError:
            log.warning("expected to write %s", self._file.name)


def _entries(show: Show) -> dict[str, list[ShowItem]]:
    """The items that show a film, by the film, in the programme's order."""
    found: dict[str, list[ShowItem]] = {}
    for entry in show.items:
        if entry.item.film:
            found.setdefault(entry.item.film, []).append(entry)
    return found


def fit_of(show: Show, entry: ShowItem, length_s: float | None) -> dict[str, Any]:
    """How a film of that length fits the place that an item gives it; 0 over where it does."""
    parent = show.find(entry.item.parent)
    room = room_of(entry.item, parent.item if parent else None)
    over = round(over_s(room, length_s), 1) if length_s else 0.0
    return {
        "room_s": round(room.room_s, 1),
        "slot_s": room.slot_s,
        "shared_by": room.shared_by,
        "over_s": over,
    }


def _file(facts: dict[str, Any]) -> dict[str, Any]:
    del facts["duration_s"]
    return facts | {"against": list(facts["against"])}
