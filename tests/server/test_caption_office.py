"""Captions of a recording: several of a language, over one another, under a cut that is moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from schedule.library.unlocking import Standing
from schedule.programme_file import builtin
from schedule.show import ShowItem
from server.caption_office import CaptionOffice
from server.clock import VirtualClock
from server.database import Database
from server.errors import Refusal
from server.house import House, open_house
from server.item_captions import ItemCaptions, TrackKind
from streams.films.captionfiles import CaptionFiles
from streams.films.captions import Cue, write_webvtt
from streams.films.stretches import Stretch
from streams.recordings.recordings import Recording, Recordings
from streams.recordings.replays import Replays
from streams.recordings.showing import Showing
from streams.timeline import VIDEO_HZ
from tests.server.guestbook import RecordingFanout

DAY = builtin("topmoede_2021")
ITEM, FILM = "02", "oplaeg-1"


@dataclass
class Cutting:
    """A recording of sixty seconds whose beginning and end a test moves.

    Args:
        film: what it shows of a film; None where that was on no channel.
    """

    begins_s: float = 100.0
    ends_s: float = 160.0
    film: tuple[Stretch, ...] | None = None
    recordings: Recordings = field(default_factory=Recordings)

    def showing(self, item: str, film: str | None) -> Showing | None:
        if film is not None:
            return None if self.film is None else Showing(self.film)
        cut = stretch(0, self.begins_s, self.ends_s - self.begins_s)
        return Showing((cut,), (stretch(0, 100, 60),))


def stretch(at_s: float, from_s: float, lasts_s: float) -> Stretch:
    at, begins, lasts = (int(seconds * VIDEO_HZ) for seconds in (at_s, from_s, lasts_s))
    return Stretch(at, begins, lasts)


@dataclass
class Desk:
    office: CaptionOffice
    cutting: Cutting
    house: House
    entry: ShowItem
    folder: Path

    @property
    def film(self) -> Path:
        """The film's captions."""
        return self.folder.parent / f"{FILM}.da.vtt"

    async def take(self, text: str, over: str | None = None) -> str:
        return (await self.office.take(self.entry, "da", "made", text.encode(), over)).version

    def cues(self) -> list[Cue]:
        return list(self.office.kept.transcripts(self.entry)["da"])

    async def put(self, text: str, kind: TrackKind = "made", over: str | None = None) -> str:
        data = f"WEBVTT\n\n00:01.000 --> 00:03.000\n{text}\n".encode()
        return (await self.office.take(self.entry, "da", kind, data, over)).version

    async def text(self) -> str | None:
        return await self.office.text(self.entry, "da", None)

    async def standing(self) -> Standing:
        library = (await self.house.dispatch.unit_of("library")).fold.state
        found: Standing = library.items[self.entry.id]
        return found


@asynccontextmanager
async def a_desk(folder: Path, item: str = ITEM) -> AsyncIterator[Desk]:
    database = Database("sqlite://")
    clock = VirtualClock(DAY.items[0].start)
    house = await open_house(database, DAY, clock, ["aalborg"], RecordingFanout())
    writing = asyncio.create_task(house.dispatch.run())
    cutting = Cutting()
    replays = cast("Replays", cutting)
    try:
        entry = (await house.dispatch.unit_of("show")).face("show").find(item)
        office = CaptionOffice(house, CaptionFiles(folder), replays, folder / "captions")
        yield Desk(office, cutting, house, entry, folder / "captions")
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await database.close()


async def refused(desk: Desk, text: str, over: str) -> str:
    with pytest.raises(Exception, match="expected") as found:
        await desk.put(text, over=over)
    assert isinstance(found.value, Refusal)
    return found.value.code


async def test_whoever_saves_over_another_s_text_is_told_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path) as desk:
        first = await desk.put("Hej", over="")
        assert await refused(desk, "Et nyt", over="") == "captions_changed"
        second = await desk.put("Farvel", over=first)
        assert await refused(desk, "Mit", over=first) == "captions_changed"
        assert "Farvel" in (await desk.text() or "")
        assert second != first
        noted = (await desk.standing()).captions_version
        await desk.put("Mit", over=None)
        assert (await desk.standing()).captions_version != noted


async def test_a_text_that_nobody_has_read_is_shown_and_meets_no_duty(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.put("hørt af en maskine", "automatic")
        assert (await desk.standing()).captions == ()
        assert "maskine" in (await desk.text() or "")
        await desk.put("skrevet imens", "typed")
        assert (await desk.standing()).captions == ("da",)
        assert "skrevet imens" in (await desk.text() or ""), "the best kind, unless one is named"
        kinds = [track.kind for track in await desk.office.tracks(desk.entry)]
        assert kinds == ["typed", "automatic"]


async def test_a_text_moves_with_the_beginning_of_the_cut_and_back(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.put("Hej")
        first = (await desk.standing()).captions_version
        desk.cutting.begins_s = 100.5
        await desk.office.note_all()
        assert "00:00:00.500 --> 00:00:02.500\nHej" in (await desk.text() or "")
        assert (await desk.standing()).captions_version != first
        (track,) = await desk.office.tracks(desk.entry)
        assert await refused(desk, "Mit", track.version.partition("+")[0]) == "captions_changed"
        desk.cutting.begins_s = 102.0
        assert "00:00:00.000 --> 00:00:01.000\nHej" in (await desk.text() or "")
        desk.cutting.begins_s = 100.5
        version = await desk.put("Mit", over=track.version)
        assert version == (await desk.office.tracks(desk.entry))[0].version
        assert "00:00:01.000 --> 00:00:03.000\nMit" in (await desk.text() or "")
        desk.cutting.begins_s = 100.0
        assert "00:00:01.500 --> 00:00:03.500\nMit" in (await desk.text() or "")


async def test_a_text_ends_where_the_cut_does_and_is_whole_again_where_it_does_not(
    tmp_path: Path,
) -> None:
    """What a cut leaves out is given to nobody: neither its picture nor what was said."""
    async with a_desk(tmp_path) as desk:
        first = await desk.put("Hej")
        noted = (await desk.standing()).captions_version
        desk.cutting.ends_s = 102.0
        await desk.office.note_all()
        assert "00:00:01.000 --> 00:00:02.000\nHej" in (await desk.text() or "")
        assert (await desk.standing()).captions_version != noted, "open pages fetch it anew"
        (track,) = await desk.office.tracks(desk.entry)
        assert (track.end_s, track.version) == (2.0, first)
        desk.cutting.ends_s = 101.0
        assert "Hej" not in (await desk.text() or "")
        await desk.take("WEBVTT\n\n00:00.000 --> 00:00.800\nVelkommen\n")
        desk.cutting.ends_s = 160.0
        assert [cue.text for cue in desk.cues()] == ["Velkommen", "Hej"]


async def test_a_cut_that_begins_before_the_text_does_takes_what_is_written_there(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path) as desk:
        desk.cutting.begins_s = 104.0
        await desk.put("Senere")
        desk.cutting.begins_s = 101.0
        (track,) = await desk.office.tracks(desk.entry)
        assert desk.cues() == [Cue(4.0, 6.0, "Senere")]
        said = "WEBVTT\n\n00:01.000 --> 00:02.000\nFørst\n\n00:04.000 --> 00:06.000\nSenere\n"
        await desk.take(said, over=track.version)
        assert desk.cues() == [Cue(1.0, 2.0, "Først"), Cue(4.0, 6.0, "Senere")]
        desk.cutting.begins_s = 104.0
        assert desk.cues() == [Cue(1.0, 3.0, "Senere")]


async def test_a_recording_that_is_deleted_takes_its_captions_along(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.put("Hej")
        desk.cutting.recordings = Recordings({ITEM: Recording(1, "deleted", (), 1)})
        await desk.office.note_all()
        assert ((await desk.standing()).captions, await desk.text()) == ((), None)
        left = await asyncio.to_thread(lambda: [f for f in tmp_path.rglob("*") if f.is_file()])
        assert left == []


async def test_a_film_s_text_moves_with_the_cut_of_its_recording_and_stays_beside_the_film(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path, FILM) as desk:
        files, beside = CaptionFiles(tmp_path), ItemCaptions(CaptionFiles(tmp_path), desk.folder)
        said = "WEBVTT\n\n00:01.000 --> 00:03.000\nHej\n\n00:06.000 --> 00:08.000\nFarvel\n"
        files.put(FILM, "da", said.encode())
        written = desk.film.read_text()
        await desk.office.note(desk.entry)
        assert ((await desk.standing()).captions, await desk.text()) == (("da",), written)
        whole = (await desk.standing()).captions_version

        desk.cutting.film = (stretch(0, 4, 20),)
        await desk.office.note_all()
        assert "00:00:02.000 --> 00:00:04.000\nFarvel" in (await desk.text() or "")
        assert "Hej" not in (await desk.text() or "")
        assert (await desk.standing()).captions_version != whole
        assert desk.film.read_text() == written
        # What the media process has left there, for the process that keeps the index.
        assert beside.transcripts(desk.entry) == {"da": (Cue(2.0, 4.0, "Farvel"),)}

        version = (await desk.office.tracks(desk.entry))[0].version
        assert await refused(desk, "Mit", version.partition("+")[0]) == "captions_changed"
        version = await desk.put("Farvel igen", over=version)
        assert version == (await desk.office.tracks(desk.entry))[0].version
        assert "00:00:01.000 --> 00:00:03.000\nFarvel igen" in (await desk.text() or "")
        assert "00:00:05.000 --> 00:00:07.000\nFarvel igen" in desk.film.read_text()
        assert "00:00:01.000 --> 00:00:03.000\nHej" in desk.film.read_text()

        desk.cutting.recordings = Recordings({FILM: Recording(1, "deleted", (), 1)})
        desk.cutting.film = None
        await desk.office.note_all()
        assert await desk.text() == desk.film.read_text()
        assert beside.text(desk.entry, "da") == desk.film.read_text()


async def test_a_film_s_text_keeps_to_its_picture_under_a_slate_and_when_it_is_begun_anew(
    tmp_path: Path,
) -> None:
    """Five seconds of it, ten of a slate, the rest; and all of it again after `back`."""
    async with a_desk(tmp_path, FILM) as desk:
        files, beside = CaptionFiles(tmp_path), ItemCaptions(CaptionFiles(tmp_path), desk.folder)
        said = "WEBVTT\n\n00:01.000 --> 00:03.000\nHej\n\n00:06.000 --> 00:08.000\nFarvel\n"
        files.put(FILM, "da", said.encode())
        desk.cutting.film = (stretch(0, 0, 5), stretch(15, 5, 5), stretch(20, 0, 10))
        await desk.office.note_all()
        shown = [Cue(1, 3, "Hej"), Cue(16, 18, "Farvel"), Cue(21, 23, "Hej"), Cue(26, 28, "Farvel")]
        assert desk.cues() == shown
        assert beside.transcripts(desk.entry) == {"da": tuple(shown)}
        (track,) = await desk.office.tracks(desk.entry)
        assert (track.cues, track.end_s) == (4, 28.0)
        rewritten = write_webvtt([*shown[:2], Cue(21, 23, "Goddag"), shown[3]])
        version = await desk.take(rewritten, over=track.version)
        assert [cue.text for cue in desk.cues()] == ["Goddag", "Farvel", "Goddag", "Farvel"]
        assert desk.film.read_text() == said_later("Goddag")
        desk.cutting.film = (stretch(0, 0, 5),)
        assert await refused(desk, "Mit", over=version) == "captions_changed"


def said_later(first: str) -> str:
    return write_webvtt([Cue(1, 3, first), Cue(6, 8, "Farvel")])


async def test_what_many_note_at_once_is_noted_one_after_the_other(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.put("Hej")
        async with asyncio.TaskGroup() as tasks:
            for _ in range(30):
                tasks.create_task(desk.office.note_all())
        left = desk.office.kept.left(desk.entry.id)
        assert await asyncio.to_thread(left.exists)
        assert not await asyncio.to_thread(left.with_suffix(".new").exists)


async def test_a_text_is_read_alike_wherever_it_is_given_out(tmp_path: Path) -> None:
    """Whoever puts files beside films by hand may have written SubRip, on an old machine."""
    async with a_desk(tmp_path, FILM) as desk:
        desk.film.write_bytes("1\n00:00:01,000 --> 00:00:03,000\nPå gensyn\n".encode("cp1252"))
        (track,) = await desk.office.tracks(desk.entry)
        assert (track.language, track.cues) == ("da", 1)
        assert await desk.text() == write_webvtt([Cue(1.0, 3.0, "På gensyn")])
        assert desk.office.kept.transcripts(desk.entry) == {"da": (Cue(1.0, 3.0, "På gensyn"),)}
        desk.film.write_bytes(b"\x81 none of it")
        assert (await desk.text(), desk.office.kept.transcripts(desk.entry)) == (None, {})
