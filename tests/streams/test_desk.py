"""The media side across the ends of processes and full disks: numbers keep their meaning."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from streams.channel import Channel, Put
from streams.commands import Content
from streams.desk import Constants, Desk
from streams.segments import Lane
from streams.storage import Disk, Row
from tests.streams.broadcast import EPOCH, Library, TurnedClock, a_studio
from tests.streams.parsed_playlist import parse
from tests.streams.playlist_rules import PlaylistRules

LIVE = Content("live", source="hall", title="Salen")
PAUSE = Content("slate", title="Pause")
WELCOME = Content("film", film="welcome", title="Velkomst")
BEGINS = EPOCH + timedelta(hours=1)


class FullDisk(Disk):
    """A disk that takes nothing while `full`; it may take half of a write before it says so."""

    full = False

    def write(self, path: str, offset: int, data: bytes) -> None:
        if self.full:
            super().write(path, offset, data[: len(data) // 2])
            raise OSError(28, "No space left on device")
        super().write(path, offset, data)

    def note(self, row: Row) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().note(row)


def uris(rules: PlaylistRules, lane: Lane) -> dict[int, str | None]:
    meanings = rules.meaning(f"main/{lane}").items()
    return {number: meaning.uri for number, meaning in meanings if meaning.uri}


@pytest.mark.parametrize("after_s", [6.02, 6.4, 6.98, 7.3, 7.66])
async def test_a_killed_process_goes_on_where_it_was(tmp_path: Path, after_s: float) -> None:
    rules = PlaylistRules()
    folder = tmp_path / "media"
    async with a_studio(folder, rules=rules) as studio:
        studio.camera()
        studio.put(LIVE, "a", 1)
        await studio.turn(after_s)
        put = studio.desk._puts["main"]
    with (folder / "index.jsonl").open("ab") as index:
        index.write(b'{"k":"part","sour')
    before = {lane: uris(rules, lane) for lane in Lane}
    begins = BEGINS + timedelta(seconds=after_s + 2)
    async with a_studio(folder, begins=begins, rules=rules) as studio:
        studio.camera()
        studio.desk.follow("main", Channel(put))
        await studio.turn(9)
        for lane in Lane:
            assert before[lane].items() <= uris(rules, lane).items()
        entries = studio.desk.windows["main"].entries
        assert [entry.number for entry in entries] == list(range(len(entries)))
        for entry in entries[:-1]:
            video, audio = entry.lane(Lane.VIDEO), entry.lane(Lane.AUDIO)
            assert video is not None
            assert audio is not None
            assert abs(video.duration_s - audio.duration_s) < 0.03, "sound was filled up"
            for segment in (video, audio):
                assert studio.desk.shelf.read(entry.generation, segment.lane, entry.segment, None)
        assert entries[-1].item == "a"
        rules.check()


@pytest.mark.parametrize("back_s", [0.0, 0.5, 1.5])
async def test_time_runs_forwards_where_the_clock_was_set_back_a_little_meanwhile(
    tmp_path: Path, back_s: float
) -> None:
    rules = PlaylistRules()
    async with a_studio(tmp_path, rules=rules) as studio:
        studio.camera()
        studio.put(LIVE, "a", 1)
        await studio.turn(8)
        put = studio.desk._puts["main"]
    begins = BEGINS + timedelta(seconds=8 - back_s)
    async with a_studio(tmp_path, begins=begins, rules=rules) as studio:
        studio.camera()
        studio.desk.follow("main", Channel(put))
        await studio.turn(8)
        assert studio.kinds[-1] == "live"
        assert studio.desk.windows["main"].entries[-1].item == "a"
        assert [each for each in rules.faults if each.name.startswith("main/")] == []


async def test_a_film_goes_on_at_its_place(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(WELCOME, "film", 1)
        await studio.turn(3)
        put = studio.desk._puts["main"]
    async with a_studio(tmp_path, begins=BEGINS + timedelta(seconds=4.5)) as studio:
        studio.desk.follow("main", Channel(put))
        await studio.turn(2)
        assert studio.library.offsets == [pytest.approx(4.5, abs=0.05)]
        assert studio.kinds == ["film"]


async def test_a_slate_within_an_item_pauses_its_film(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        for content, lasts_s in ((WELCOME, 4), (PAUSE, 3), (WELCOME, 3)):
            studio.put(content, "film", 1)
            await studio.turn(lasts_s)
        studio.put(WELCOME, "film", 2)
        await studio.turn(1)
        again = studio.desk._puts["main"]
        assert studio.library.offsets == [0, pytest.approx(3.8, abs=0.3), 0]
    async with a_studio(tmp_path, begins=BEGINS + timedelta(seconds=13)) as studio:
        studio.desk.follow("main", Channel(again))
        await studio.turn(1)
        assert studio.library.offsets == [pytest.approx(3, abs=0.1)]


async def test_an_ended_channel_stays_ended(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE)
        await studio.turn(6)
        studio.desk.end("main")
        studio.desk.end("main")
        ended = await studio.playlist()
    async with a_studio(tmp_path, begins=BEGINS + timedelta(hours=1)) as studio:
        studio.put(LIVE)
        await studio.turn(4)
        assert await studio.playlist() == ended
        assert studio.told == []


async def test_a_full_disk_does_not_stop_the_picture(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = PlaylistRules()
    disk = FullDisk(tmp_path)
    async with a_studio(tmp_path, storage=disk, rules=rules) as studio:
        studio.put(PAUSE, "a", 1)
        await studio.turn(6)
        disk.full = True
        with caplog.at_level(logging.ERROR, "topmoede.shelf"):
            await studio.turn(6.5)
        assert len(caplog.records) == 1, "it is said once"
        for segment in parse(await studio.playlist()).segments:
            for uri in [part.uri for part in segment.parts]:
                assert (await studio.answers.media(*uri.split("/")[2:])).status == 200
        disk.full = False
        await studio.turn(6)
        replay = studio.answers.item_lane("a", "1", "video", finished=False, packed=False)
        gaps = [segment.gap for segment in parse(replay.body.decode()).segments]
        assert gaps[0] is False
        assert gaps[-1] is False
        assert 3 <= gaps.count(True) <= 5
        rules.check()
        last = studio.desk.windows["main"].entries[-1].number
    async with a_studio(tmp_path, begins=BEGINS + timedelta(seconds=30), rules=rules) as studio:
        studio.put(PAUSE, "a", 1)
        await studio.turn(30)
        entries = studio.desk.windows["main"].entries
        assert entries[-1].number > last
        replay = studio.answers.item_lane("a", "1", "audio", finished=False, packed=False)
        whole = [each for each in parse(replay.body.decode()).segments if not each.gap]
        for segment in whole:
            assert segment.uri is not None
            assert (await studio.answers.media(*segment.uri.split("/")[2:])).status == 200


async def test_rows_that_mean_nothing_are_left_out(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE)
        await studio.turn(6)
        count = len(studio.desk.windows["main"].entries)
    junk = [
        "nonsense",
        "{}",
        '{"k":"part","source":"nobody","number":1,"lane":"video","segment":0,"part":[]}',
        '{"k":"entry","channel":"main","at":[0,0,0],"source":"main-slate","generation":1,'
        '"item":null,"run":0}',
        '{"k":"entry","channel":"main","at":[99,0,0],"source":"nobody","generation":1,'
        '"item":null,"run":0}',
        "[1]",
    ]
    index = tmp_path / "index.jsonl"
    index.write_text(index.read_text() + "\n".join(junk) + "\n")
    async with a_studio(tmp_path) as studio:
        assert len(studio.desk.windows["main"].entries) == count


async def test_reports_tell_what_was_shown_when_it_was_shown(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera()
        await studio.turn(2)
        studio.put(LIVE, "a", 3)
        await studio.turn(6)
        channel, report = studio.told[-1]
        entry = studio.desk.windows["main"].entries[report.number]
        assert (channel, report.item, report.run, report.kind) == ("main", "a", 3, "live")
        assert (report.source, report.generation) == ("hall", entry.generation.number)
        dated = parse(await studio.playlist()).segments[report.number].began
        assert dated is not None
        assert abs(dated - report.at) < timedelta(milliseconds=1)


async def test_a_failing_report_takes_nothing_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_studio(tmp_path) as studio:

        async def fail(*_: object) -> None:
            raise ConnectionError("the journal is away")

        studio.desk._tell = fail
        studio.put(PAUSE)
        with caplog.at_level(logging.ERROR, "topmoede.desk"):
            await studio.turn(5)
        assert "main reports: failed" in caplog.text
        assert parse(await studio.playlist()).segments


async def test_what_is_to_be_shown_needs_a_running_desk(tmp_path: Path) -> None:
    async def tell(*_: object) -> None: ...

    desk = Desk(Disk(tmp_path), Library(), TurnedClock(BEGINS), Constants(EPOCH, b"s"), tell)
    with pytest.raises(RuntimeError, match="expected a running desk"):
        desk.follow("main", Channel(Put(PAUSE, None, 0, BEGINS)))
    desk.close()


async def test_a_day_keeps_little_in_memory(tmp_path: Path) -> None:
    async with a_studio(tmp_path, window_s=20) as studio:
        studio.put(PAUSE)
        await studio.turn(90)
        listing = studio.answers._listings["main", Lane.VIDEO]
        assert len(listing._whole) < 16
        assert len(studio.answers._texts) < 8
        rows = [json.loads(line) for line in (tmp_path / "index.jsonl").read_text().splitlines()]
        assert sum(row["k"] == "entry" for row in rows) == len(studio.desk.windows["main"].entries)
