"""What is made of a recording in processes of their own: one file, small pictures, peaks."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image

from streams.boxes import Sample, fragment
from streams.recordings import storyboard
from streams.recordings.examining import PEAKS
from streams.recordings.fragments import fragments
from streams.recordings.mp4 import audio_track, movie, video_track
from streams.recordings.recordings import NudgeCut, ReportRecorded
from streams.recordings.workshop import Workshop
from streams.segments import Lane
from streams.timeline import VIDEO_HZ
from tests.streams.broadcast import Look, Studio, a_studio
from tests.streams.recordings.test_cuts_on_air import do
from tests.streams.test_onair import LIVE, PAUSE


@asynccontextmanager
async def with_two_pictures(folder: Path) -> AsyncIterator[tuple[Studio, Workshop]]:
    """An item of a camera whose size changed on the way, and slates around it."""
    async with a_studio(folder / "media") as studio:
        camera = studio.camera()
        studio.put(LIVE, "a", 1)
        await studio.turn(6)
        camera.look(Look(192, 108))
        await studio.turn(6)
        studio.put(PAUSE, "b", 1)
        await studio.turn(3)
        do(studio, ReportRecorded("a", 1))
        workshop = Workshop(folder / "made", studio.answers.replays, studio.desk.shelf)
        async with asyncio.TaskGroup() as tasks:
            working = [
                tasks.create_task(each()) for each in (workshop.look_at_each, workshop.make_each)
            ]
            try:
                yield studio, workshop
            finally:
                for task in working:
                    task.cancel()


async def made(workshop: Workshop, item: str = "a") -> Path:
    assert workshop.make(item)
    async with asyncio.timeout(30):
        while True:
            there = workshop.download(item)
            assert there is not None
            assert there.state != "failed"
            if there.state == "ready":
                path = workshop.file(item, there.version)
                assert path is not None
                return path
            await asyncio.sleep(0.05)  # another process works


async def seen(workshop: Workshop, item: str = "a") -> Path:
    assert workshop.look(item)
    async with asyncio.timeout(30):
        while True:
            if (folder := workshop.seen(item)) is not None:
                return folder
            await asyncio.sleep(0.05)  # another process works


async def test_one_file_holds_every_frame_at_its_time_and_ffmpeg_has_no_word_to_say(
    tmp_path: Path,
) -> None:
    async with with_two_pictures(tmp_path) as (studio, workshop):
        spans = studio.answers.replays.spans("a")
        path = await made(workshop)
        lasts_s = (spans[-1].at_ticks + spans[-1].duration_ticks) / VIDEO_HZ
        command = ("ffmpeg", "-nostdin", "-v", "warning", "-i", str(path), "-f", "null", "-")
        said = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
        assert said.stderr == b""
        with av.open(str(path)) as file:
            assert [each.type for each in file.streams] == ["video", "audio"]
            sizes, times = set(), []
            for frame in file.decode(video=0):
                sizes.add((frame.width, frame.height))
                assert frame.time is not None
                times.append(frame.time)
            assert sizes == {(320, 180), (160, 90), (192, 108)}
            assert times == sorted(times)
            assert times[0] == pytest.approx(0, abs=0.05)
            assert times[-1] == pytest.approx(lasts_s, abs=0.1)
            frames = sum(
                len(each.samples)
                for span in spans
                for each in fragments(
                    studio.desk.shelf.read(span.generation, Lane.VIDEO, span.segment)
                )
            )
            assert len(times) == frames
        with av.open(str(path)) as file:
            heard = [each.time for each in file.decode(audio=0) if each.time is not None]
            assert heard[-1] == pytest.approx(lasts_s, abs=0.1)


async def test_the_table_of_contents_stands_in_front_and_a_cut_makes_another_file(
    tmp_path: Path,
) -> None:
    async with with_two_pictures(tmp_path) as (studio, workshop):
        path = await made(workshop)
        data = path.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")
        spans = studio.answers.replays.spans("a")
        do(studio, NudgeCut("a", 0, spans[2].start_ticks))
        there = workshop.download("a")
        assert there is not None
        assert there.state == "absent"
        assert workshop.file("a", "1") is None, "what was cut away is not taken home"
        shorter = await made(workshop)
        assert not path.exists()
        assert len(shorter.read_bytes()) < len(data)
        workshop.forget("a")
        assert not list((tmp_path / "made").iterdir())


async def test_a_cache_that_is_full_lets_go_of_what_was_asked_for_least_lately(
    tmp_path: Path,
) -> None:
    async with with_two_pictures(tmp_path) as (studio, workshop):
        first = await made(workshop)
        studio.put(LIVE, "c", 1)
        await studio.turn(2)
        do(studio, ReportRecorded("b", 1))
        workshop._most_cached_bytes = first.stat().st_size
        second = await made(workshop, "b")
        assert second.exists()
        assert not first.exists()


async def test_small_pictures_and_peaks_are_made_and_a_cut_shows_its_own_alone(
    tmp_path: Path,
) -> None:
    async with with_two_pictures(tmp_path) as (studio, workshop):
        folder = await seen(workshop)
        spans = studio.answers.replays.spans("a")
        tiles = storyboard.tiles_of(folder, spans)
        assert len(tiles) >= 3
        assert tiles[0][0] == 0
        sheet = storyboard.sheet(tiles, 0)
        assert sheet is not None
        assert storyboard.sheet(tiles, 1) is None
        with Image.open(BytesIO(sheet)) as picture:
            assert picture.size == (5 * 160, -(-len(tiles) // 5) * 90)
        peaks = json.loads((folder / PEAKS).read_text())
        assert sum(len(loud) for _, loud in peaks) == pytest.approx(120, abs=20)
        do(studio, NudgeCut("a", 0, spans[3].start_ticks))
        cut = storyboard.tiles_of(folder, studio.answers.replays.spans("a"))
        assert {path for _, path in cut} < {path for _, path in tiles}
        assert all(int(path.stem) >= spans[3].start_ticks for _, path in cut)


def test_a_fragment_is_read_back_as_it_was_written() -> None:
    samples = (Sample(b"abc", 3000, 6000), Sample(b"", 3001, -5, key=False))
    (read,) = fragments(fragment(7, 2**40, samples))
    assert (read.start_ticks, read.samples) == (2**40, samples)


@pytest.mark.parametrize("cut", [4, 60, -1])
def test_a_fragment_that_is_not_whole_is_refused(cut: int) -> None:
    data = fragment(7, 90, [Sample(b"abc", 3000)])
    with pytest.raises(ValueError, match="expected"):
        list(fragments(data[:cut]))
    with pytest.raises(ValueError, match="expected moof"):
        list(fragments(data[8:]))


def test_time_in_one_file_stands_where_the_clock_jumped_and_never_goes_back() -> None:
    track = video_track()
    track.add(b"first", 100, 0, [Sample(b"ab", 3000), Sample(b"c", 3000, key=False)])
    track.add(b"other", 200, 9000, [Sample(b"d", 3000)])
    track.add(b"other", 300, 11_000, [Sample(b"e", 3000)])
    assert track.durations == [3000, 6000, 2000, 3000]
    assert track.keys == [1, 3, 4]
    assert track.chunks == [(100, 2, 1), (200, 1, 2), (300, 1, 2)]
    assert track.media_ticks == 14_000
    sound = audio_track()
    sound.add(b"mp4a", 400, 480, [Sample(b"x", 1024)])
    box = movie(track, sound, 160, 90)
    assert box.count(b"trak") == 2
    assert box.count(b"elst") == 1, "the sound begins later than the picture"
    assert box.count(b"stss") == 1
