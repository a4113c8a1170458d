"""What a channel shows and when it turns, on a clock that is turned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path

import pytest

from streams.channel import Channel, Put
from streams.commands import Content
from streams.filling import HZ
from streams.segments import AccessUnit, Lane
from streams.slate import SlateWords
from streams.timeline import VIDEO_HZ
from streams.window import Entry
from tests.streams.broadcast import FILM, SLATE, Look, Studio, TestClip, a_studio
from tests.streams.read_fragments import samples

LIVE = Content("live", source="hall", title="Salen")
PAUSE = Content("slate", title="Pause", text="Vi er tilbage kl. 10.00")
WELCOME = Content("film", film="welcome", title="Velkomst")


@dataclass(frozen=True)
class BrokenClip(TestClip):
    """A film whose file is gone after so many frames."""

    frames: int = 0

    def access_units(self, start_ticks: int, offset_s: float = 0.0) -> Iterator[AccessUnit]:
        yield from islice(super().access_units(start_ticks, offset_s), self.frames)
        raise OSError("expected a file")


def on_air(studio: Studio) -> str:
    """The source of the newest entry of `main`."""
    return studio.desk.windows["main"].entries[-1].generation.source


async def check(studio: Studio) -> None:
    """All rules were kept, and every hint that did not come true is 404."""
    studio.rules.check()
    for lane in Lane:
        for uri in studio.rules.abandoned_hints(f"main/{lane}"):
            assert (await studio.answers.media(*uri.split("/")[2:])).status == 404


async def test_a_slate_is_there_at_once_and_is_told_once(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE)
        await studio.turn(5)
        assert on_air(studio) == "main-slate"
        assert studio.kinds == ["slate"]
        assert studio.library.words[0].title == "Pause"
        await check(studio)


@pytest.mark.parametrize("content", [PAUSE, LIVE, WELCOME], ids=lambda content: content.kind)
async def test_whoever_comes_at_the_first_moment_finds_enough_to_hold(
    tmp_path: Path, content: Content
) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera()
        await studio.turn(2)
        studio.put(content, "a", 1)
        await studio.turn(0.04)
        entries = studio.desk.windows["main"].entries
        video = [segment for each in entries if (segment := each.lane(Lane.VIDEO))]
        lead = sum(segment.duration_s for segment in video)
        assert 17 <= lead <= 19
        assert {each.item for each in entries} == {None}, "it belongs to no item's replay"
        assert studio.kinds == []
        await studio.turn(4)
        assert studio.kinds == [content.kind], "the lead is told to nobody"
        items = {each.item for each in entries if each.lane(Lane.VIDEO) not in video[:-1]}
        assert items <= {None, "a"}
        await check(studio)


async def test_other_words_while_a_channel_opens_are_shown(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        since = studio.clock.wall()
        studio.put(PAUSE, "a", 1)
        worded = Content("slate", title="Pause", text="Vi er tilbage kl. 10.05")
        studio.desk.follow("main", Channel(Put(worded, "a", 1, since)))
        await studio.turn(4)
        assert studio.library.words[-1].text == worded.text
        assert len(studio.desk.windows["main"].entries) > 9
        await check(studio)


async def test_a_source_without_pictures_is_stood_in_for_until_it_is_steady(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(LIVE, "welcome", 1)
        await studio.turn(4)
        assert on_air(studio) == "main-slate"
        studio.camera()
        await studio.turn(0.9)
        assert on_air(studio) == "main-slate"
        await studio.turn(2)
        assert on_air(studio) == "hall"
        assert studio.kinds == ["slate", "live"]
        await check(studio)


async def test_the_cut_to_a_source_is_at_its_idr_and_the_slate_ends_there(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE)
        camera = studio.camera()
        await studio.turn(5.3)
        asked = camera.asked
        studio.put(LIVE, "a", 1)
        await studio.turn(3)
        assert camera.asked > asked
        entries = studio.desk.windows["main"].entries
        cut = next(each for each in entries if each.generation.source == "hall")
        before = entries[cut.number - 1].lane(Lane.VIDEO)
        after = cut.lane(Lane.VIDEO)
        assert before is not None
        assert after is not None
        assert before.ended
        assert before.end_ticks == after.start_ticks, "no hole"
        assert after.parts[0].independent
        assert cut.discontinuity == entries[cut.number - 1].discontinuity + 1
        await check(studio)


async def test_an_item_that_stays_with_the_source_gets_a_segment_of_its_own(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera()
        await studio.turn(2)
        studio.put(LIVE, "a", 1)
        await studio.turn(6.3)
        studio.put(LIVE, "b", 1)
        await studio.turn(3)
        items = [(each.item, each.discontinuity) for each in studio.desk.windows["main"].entries]
        assert items[-1][0] == "b"
        assert {item for item, _ in items} == {None, "a", "b"}
        joints = {discontinuity for item, discontinuity in items if item == "b"}
        assert joints == {items[-1][1]}, "the picture goes on, so nothing is joined"
        assert [report.item for _, report in studio.told][-2:] == ["a", "b"]
        await check(studio)


async def test_a_film_follows_without_a_hole_and_ends_in_its_slate(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera()
        await studio.turn(2)
        studio.put(LIVE, "a", 1)
        await studio.turn(5.1)
        studio.put(WELCOME, "film", 1)
        await studio.turn(12)
        assert studio.kinds == ["live", "film", "slate"]
        assert studio.library.offsets == [0.0]
        entries = studio.desk.windows["main"].entries
        ends = 0
        for entry in entries:
            video = entry.lane(Lane.VIDEO)
            assert video is not None
            assert not ends or 0 <= video.start_ticks - ends < 20_000
            ends = video.end_ticks
        await check(studio)


async def test_a_lost_picture_gives_way_within_two_seconds_and_comes_back(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        camera = studio.camera()
        studio.put(LIVE, "a", 1)
        await studio.turn(8)
        assert on_air(studio) == "hall"
        camera.silent = True
        await studio.turn(1.8)
        assert on_air(studio) == "hall"
        await studio.turn(0.5)
        assert on_air(studio) == "main-slate", "packaged up to now, all at once"
        await studio.turn(5)
        camera.silent = False
        await studio.turn(1)
        assert on_air(studio) == "main-slate"
        await studio.turn(2)
        assert on_air(studio) == "hall"
        assert studio.kinds[-3:] == ["live", "slate", "live"]
        window = studio.desk.windows["main"]
        assert len({each.generation.number for each in window.entries if each.item}) >= 2
        await check(studio)


async def test_what_comes_back_in_another_size_is_another_generation(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        camera = studio.camera()
        studio.put(LIVE, "a", 1)
        await studio.turn(6)
        camera.look(Look(256, 144, fps=30))
        await studio.turn(6)
        generations = {
            each.generation.number: each.generation.parameters.width
            for each in studio.desk.windows["main"].entries
            if each.generation.source == "hall"
        }
        assert list(generations.values()) == [160, 256]
        assert studio.kinds == ["slate", "live", "live"]
        await check(studio)


async def test_inputs_take_over_by_priority_and_give_back(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera(name="synthetic", look=SLATE)
        studio.put(LIVE, "a", 1)
        await studio.turn(4)
        source = studio.desk.sources["hall"]
        assert source.active_input == "synthetic"
        studio.camera(name="backup")
        await studio.turn(4)
        assert source.active_input == "backup"
        main = studio.camera(name="main")
        await studio.turn(4)
        assert source.active_input == "main"
        main.silent = True
        await studio.turn(3)
        assert source.active_input == "backup"
        main.silent = False
        await studio.turn(4)
        assert source.active_input == "main"
        assert studio.kinds[0] == "slate"
        assert "slate" not in studio.kinds[1:], "another input stood ready in time"
        await check(studio)


async def test_a_second_publisher_replaces_the_first_and_the_first_may_go(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        first = studio.camera()
        studio.put(LIVE, "a", 1)
        await studio.turn(4)
        second = studio.camera()
        studio.desk.detach("hall", "main", first)
        await studio.turn(4)
        assert on_air(studio) == "hall"
        assert studio.desk.sources["hall"].counts()["input"] == "main"
        studio.desk.detach("hall", "main", second)
        await studio.turn(3)
        assert studio.desk.sources["hall"].counts()["input"] is None
        assert on_air(studio) == "main-slate"
        await check(studio)


async def test_a_camera_without_sound_gives_silence_in_step(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        camera = studio.camera()
        camera.mute = True
        studio.put(LIVE, "a", 1)
        await studio.turn(9)
        window = studio.desk.windows["main"]
        (video, _), (audio, _) = window.position(Lane.VIDEO), window.position(Lane.AUDIO)
        assert video - audio <= 1
        await check(studio)


async def test_a_source_that_gives_no_idr_is_covered_after_one_part(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera("hall")
        deaf = studio.camera("annex", look=Look(fps=10, gop_s=9))
        deaf.request_keyframe = lambda: None  # type: ignore[method-assign]
        studio.put(LIVE, "a", 1)
        await studio.turn(10)
        assert studio.desk.sources["annex"].live
        studio.put(Content("live", source="annex", title="Salen"), "b", 1)
        await studio.turn(3)
        assert on_air(studio) == "main-slate"
        await studio.turn(7)
        assert on_air(studio) == "annex"
        assert studio.kinds == ["slate", "live", "slate", "live"]
        await check(studio)


async def test_new_words_are_a_new_slate_on_the_same_item(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE, "pause", 1)
        await studio.turn(4)
        assert studio.library.words == [SlateWords(PAUSE.title, PAUSE.text)] * 2, "lead and item"
        worded = Content("slate", title="Pause", text="Vi er tilbage kl. 10.05")
        since = datetime(2021, 1, 28, 8, 0, tzinfo=UTC)
        studio.desk.follow("main", Channel(Put(worded, "pause", 1, since)))
        await studio.turn(4)
        assert [words.text for words in studio.library.words[1:]] == [PAUSE.text, worded.text]
        assert {each.item for each in studio.desk.windows["main"].entries} == {None, "pause"}
        await check(studio)


async def test_the_same_said_twice_changes_nothing(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE, "pause", 1)
        await studio.turn(2)
        put, made = studio.desk._puts["main"], len(studio.library.words)
        studio.desk.follow("main", Channel(put))
        studio.desk.follow("main", Channel())
        await studio.turn(2)
        assert len(studio.library.words) == made


async def test_two_channels_may_show_one_source(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera()
        await studio.turn(2)
        studio.put(LIVE, "a", 1)
        studio.desk.follow("p-1", Channel(Put(LIVE, "p-1", 1, studio.clock.wall())))
        await studio.turn(6.4)
        studio.put(PAUSE)
        await studio.turn(6)
        entries = studio.desk.windows["p-1"].entries
        assert entries[-1].generation.source == "hall"
        assert len({each.discontinuity for each in entries}) == 2, "lead, then one picture"
        assert on_air(studio) == "main-slate"
        await check(studio)


async def test_a_film_that_is_not_ready_is_stood_in_for(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(Content("film", film="nowhere", title="Oplæg"), "x", 1)
        await studio.turn(3)
        assert studio.kinds == ["slate"]
        studio.library.films["nowhere"] = TestClip(SLATE, 3.0)
        studio.put(Content("film", film="nowhere", title="Oplæg"), "x", 2)
        await studio.turn(2)
        assert studio.kinds == ["slate", "film"]
        await check(studio)


@pytest.mark.parametrize("frames", [0, 1, 60])
async def test_a_film_that_cannot_be_read_on_gives_way_to_its_slate(
    tmp_path: Path, frames: int
) -> None:
    async with a_studio(tmp_path) as studio:
        studio.library.films["welcome"] = BrokenClip(FILM, lasts_s=8.0, frames=frames)
        studio.put(PAUSE)
        await studio.turn(4)
        studio.put(WELCOME, "film", 1)
        await studio.turn(6)
        assert studio.kinds[-1] == "slate"
        newest = studio.desk.windows["main"].entries[-1].lane(Lane.VIDEO)
        assert newest is not None
        assert studio.desk.ticks.now_ticks() - newest.end_ticks < 2 * VIDEO_HZ
        studio.rules.check()


@pytest.mark.parametrize("late_s", [0.6, 1.2])
async def test_time_runs_forwards_at_a_cut_to_a_camera_that_is_late(
    tmp_path: Path, late_s: float
) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(PAUSE)
        studio.camera(late_s=late_s)
        await studio.turn(4)
        for run in range(1, 5):
            studio.put(LIVE, "a", run)
            await studio.turn(3.37)
            studio.put(PAUSE, "b", run)
            await studio.turn(3.13)
        assert studio.kinds.count("live") == 4
        studio.rules.check()


@pytest.mark.parametrize("late_s", [0.2, 0.6, 0.9, 1.05, 1.3, 1.8])
async def test_time_runs_forwards_between_cameras_of_which_one_is_late(
    tmp_path: Path, late_s: float
) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera("hall")
        studio.camera("annex", late_s=late_s)
        await studio.turn(2)
        for run in range(1, 6):
            studio.put(LIVE, "a", run)
            await studio.turn(4.13)
            studio.put(Content("live", source="annex", title="Salen"), "b", run)
            await studio.turn(6.37)
            assert on_air(studio) == "annex"
        assert "slate" not in studio.kinds[1:], "another camera came in time"
        await check(studio)


def listed_until_ticks(studio: Studio, lane: Lane) -> int:
    """How far players could have fetched a lane, in video ticks."""
    lanes = [entry.lane(lane) for entry in studio.desk.windows["main"].entries]
    ends = [segment.end_ticks for segment in lanes if segment and segment.parts]
    return ends[-1] * VIDEO_HZ // HZ[lane]


@pytest.mark.parametrize("after_s", [4.1, 4.5, 4.9])
async def test_players_get_the_last_of_a_camera_before_they_need_the_slate(
    tmp_path: Path, after_s: float
) -> None:
    async with a_studio(tmp_path) as studio:
        camera = studio.camera(look=Look(gop_s=1.0))
        studio.put(LIVE, "a", 1)
        await studio.turn(after_s)
        camera.silent = True
        last = studio.desk.sources["hall"].packaging.end_ticks
        await studio.turn(1.7)
        assert on_air(studio) == "hall"
        for lane in Lane:
            assert listed_until_ticks(studio, lane) > last - VIDEO_HZ // 20
        camera.silent = False
        await studio.turn(4)
        assert studio.kinds[1:] == ["live", "slate", "live"], "the slate fills the hole"
        await check(studio)


def shown_past_the_end_ticks(studio: Studio, entry: Entry) -> int:
    """How long after the end of a segment's picture its last picture would still be shown."""
    segment = entry.lane(Lane.VIDEO)
    assert segment is not None
    pictures = [
        sample
        for index in range(len(segment.parts))
        for sample in samples(
            studio.desk.shelf.read(entry.generation, Lane.VIDEO, entry.segment, index)
        )
    ]
    return max(each.pts_ticks + each.duration_ticks for each in pictures) - segment.end_ticks


@pytest.mark.parametrize("then", [PAUSE, Content("live", source="annex", title="Salen")])
async def test_pictures_that_come_reordered_are_not_shown_past_a_cut_away_from_them(
    tmp_path: Path, then: Content
) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera(look=Look(fps=25, b_frames=2))
        studio.camera("annex")
        await studio.turn(2)
        for run in range(1, 6):
            studio.put(LIVE, "a", run)
            await studio.turn(4.13)
            studio.put(then, "b", run)
            await studio.turn(3.09)
        entries = studio.desk.windows["main"].entries[:-1]
        over = [shown_past_the_end_ticks(studio, entry) for entry in entries]
        assert sum(entry.generation.source == "hall" for entry in entries) >= 5
        assert max(over) == 0, over
        await check(studio)


def sounds_of(studio: Studio, entry: Entry) -> list[bytes]:
    segment = entry.lane(Lane.AUDIO)
    assert segment is not None
    parts = [
        studio.desk.shelf.read(entry.generation, Lane.AUDIO, entry.segment, index)
        for index in range(len(segment.parts))
    ]
    return [sample.data for part in parts for sample in samples(part)]


@pytest.mark.parametrize("then", [PAUSE, WELCOME, Content("live", source="annex", title="Salen")])
async def test_sound_that_is_late_is_heard_to_the_end_at_a_cut(
    tmp_path: Path, then: Content
) -> None:
    async with a_studio(tmp_path) as studio:
        camera = studio.camera()
        camera.sound_late_s, camera.noise = 0.3, b"noise"
        studio.camera("annex")
        await studio.turn(3)
        for run in range(1, 4):
            studio.put(LIVE, "a", run)
            await studio.turn(5.21)
            studio.put(then, "b", run)
            await studio.turn(4.03)
        last = [
            before
            for before, after in pairwise(studio.desk.windows["main"].entries)
            if before.generation.source == "hall" != after.generation.source
        ]
        assert len(last) == 3
        for entry in last:
            assert set(sounds_of(studio, entry)) == {b"noise"}
        await check(studio)


async def test_sound_that_never_comes_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        camera = studio.camera()
        camera.noise = b"noise"
        studio.put(LIVE, "a", 1)
        await studio.turn(6)
        camera.mute = True
        await studio.turn(0.4)
        studio.put(PAUSE)
        await studio.turn(0.3)
        studio.put(WELCOME, "film", 1)
        await studio.turn(4)
        entries = studio.desk.windows["main"].entries
        segments = [each.lane(Lane.AUDIO) for each in entries[:-1]]
        assert all(segment and segment.ended for segment in segments)
        await check(studio)
