"""Replays of what a whole media side showed: cut at parts, versioned, joined, and removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from streams.recordings import recordings as rules
from streams.recordings.recordings import (
    ApproveCut,
    DeleteRecording,
    NudgeCut,
    ReportRecorded,
)
from streams.recordings.replays import OLDER_CUT_S
from streams.recordings.spans import gaps_of
from streams.segments import Lane
from streams.storage import Disk
from streams.timeline import VIDEO_HZ
from tests.streams.broadcast import Look, Studio, a_studio
from tests.streams.parsed_playlist import ReadPlaylist, parse
from tests.streams.test_onair import LIVE, PAUSE

SHORT_GROUPS = Look(gop_s=1.0)


class Se:
    id = "se"


def do(studio: Studio, *commands: object) -> None:
    """People decide, and the media side hears of it."""
    state = studio.answers.replays.recordings
    for command in commands:
        for event in rules.decide(state, command, Se(), studio.clock.wall()):
            state = rules.evolve(state, event, seq=1, at=studio.clock.wall())
    studio.answers.replays.recordings = state


@asynccontextmanager
async def after_an_item(
    folder: Path, *, window_s: float = 1800.0, look: Look | None = None
) -> AsyncIterator[Studio]:
    """A studio that has shown a camera as item `a` for fourteen seconds, and gone on to `b`."""
    async with a_studio(folder, window_s=window_s) as studio:
        studio.camera(look=look)
        studio.put(LIVE, "a", 1)
        await studio.turn(14)
        studio.put(PAUSE, "b", 1)
        await studio.turn(4)
        do(studio, ReportRecorded("a", 1))
        yield studio


def version_of(studio: Studio, item: str = "a") -> str:
    index = studio.answers.item(item).body.decode()
    return index.splitlines()[-1].partition("/")[0]


def listed(studio: Studio, lane: str = "video", version: str | None = None) -> ReadPlaylist:
    version = version_of(studio) if version is None else version
    answer = studio.answers.item_lane("a", version, lane, finished=True, packed=False)
    assert answer.status == 200, answer
    return parse(answer.body.decode())


async def fetched(studio: Studio, uri: str, *, whole: bool = False) -> bytes | None:
    answer = await studio.answers.media(*uri.split("/")[2:], whole=whole)
    return answer.body if answer.status == 200 else None


def uris(playlist: ReadPlaylist) -> list[str]:
    return [each.uri for each in playlist.segments if each.uri]


async def test_a_replay_is_finished_as_soon_as_the_channel_has_gone_on(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera()
        studio.put(LIVE, "a", 1)
        await studio.turn(8)
        studio.put(PAUSE, "b", 1)
        waited_s = 0.0
        while not listed(studio).ended:
            await studio.turn(0.1)
            waited_s += 0.1
            assert waited_s < 2.0, "within two seconds of the item's end"
        assert listed(studio).kind == "VOD"
        spans = studio.answers.replays.spans("a")
        shown = [e for e in studio.desk.windows["main"].entries if e.item == "a"]
        assert len(spans) == len(shown)
        video = [each.lane(Lane.VIDEO) for each in shown]
        assert spans[0].start_ticks == video[0].start_ticks if video[0] else False
        assert spans[-1].end_ticks == video[-1].end_ticks if video[-1] else False


@pytest.mark.parametrize("look", [Look(), SHORT_GROUPS])
async def test_a_cut_begins_at_a_picture_that_stands_alone_and_ends_with_any_part(
    tmp_path: Path, look: Look
) -> None:
    async with after_an_item(tmp_path, look=look) as studio:
        spans = studio.answers.replays.spans("a", whole=True)
        live = next(span for span in spans if span.generation.source == "hall")
        start = live.start_ticks + VIDEO_HZ // 10
        final = spans[-2]
        ends = final.generation.lanes[Lane.VIDEO][final.segment].parts[0]
        end = ends.start_ticks + ends.duration_ticks
        do(studio, NudgeCut("a", 0, start, end))
        cut = studio.answers.replays.spans("a")
        assert cut[0].start_ticks >= start
        assert (
            cut[0]
            .generation.lanes[Lane.VIDEO][cut[0].segment]
            .parts[cut[0].parts[Lane.VIDEO].start]
            .independent
        )
        assert cut[-1].end_ticks == end
        video, audio = listed(studio), listed(studio, "audio")
        assert len(video.segments) == len(audio.segments) == len(cut)
        lasts = sum(each.lasts_s for each in video.segments)
        assert lasts == pytest.approx((end - cut[0].start_ticks) / VIDEO_HZ, abs=0.001)
        assert sum(each.lasts_s for each in audio.segments) == pytest.approx(lasts, abs=0.6)
        assert "0-0.m4s" in uris(video)[-1]
        for uri in (*uris(video), *uris(audio)):
            assert await fetched(studio, uri), uri


async def test_what_a_cut_leaves_out_is_given_to_nobody_but_those_who_cut(tmp_path: Path) -> None:
    async with after_an_item(tmp_path) as studio:
        before = uris(listed(studio))
        spans = studio.answers.replays.spans("a", whole=True)
        middle = spans[-2].generation.lanes[Lane.VIDEO][spans[-2].segment].parts[0]
        do(
            studio,
            NudgeCut("a", 0, spans[2].start_ticks, middle.start_ticks + middle.duration_ticks),
        )
        assert await fetched(studio, before[0]), "whoever watches the cut before sees it to its end"
        assert listed(studio, version="1").segments[0].uri == before[0]
        await studio.clock.turn(OLDER_CUT_S)
        old = studio.answers.item_lane("a", "1", "video", finished=True, packed=False)
        assert old.status == 404
        part_after = before[-2].replace(".m4s", ".1.m4s")
        for uri in (before[0], before[1], before[-1], before[-2], part_after):
            assert await fetched(studio, uri) is None, uri
            assert studio.answers.file(*uri.split("/")[2:]) is None
            assert await fetched(studio, uri, whole=True), uri
        assert await fetched(studio, before[2])
        whole = listed(studio, version="whole")
        assert uris(whole) == before


async def test_a_nudge_leaves_the_playlist_that_somebody_plays_as_it_was(tmp_path: Path) -> None:
    async with after_an_item(tmp_path) as studio:
        playing = listed(studio, version="1")
        spans = studio.answers.replays.spans("a", whole=True)
        do(studio, NudgeCut("a", 0, spans[2].start_ticks), NudgeCut("a", 1, spans[1].start_ticks))
        assert version_of(studio) == "1-2"
        assert listed(studio, version="1") == playing
        assert uris(listed(studio, version="1-1")) == uris(playing)[2:]
        assert uris(listed(studio)) == uris(playing)[1:]
        do(studio, ApproveCut("a", 2))
        assert version_of(studio) == "1-2"
        for name in ("1-3", "2", "2-1", "1-0", "-1", "1-1-1", "x", ""):
            answer = studio.answers.item_lane("a", name, "video", finished=True, packed=False)
            assert answer.status == 404, name


async def test_another_run_joins_behind_the_end_that_was_set_for_the_first(tmp_path: Path) -> None:
    async with after_an_item(tmp_path) as studio:
        spans = studio.answers.replays.spans("a", whole=True)
        do(studio, NudgeCut("a", 0, None, spans[3].end_ticks))
        studio.put(LIVE, "a", 2)
        await studio.turn(8)
        studio.put(PAUSE, "b", 2)
        await studio.turn(4)
        do(studio, ReportRecorded("a", 2))
        joined = studio.answers.replays.spans("a")
        assert joined[3].end_ticks == spans[3].end_ticks
        assert joined[4].start_ticks > spans[-1].end_ticks
        assert version_of(studio) == "2-1"
        assert listed(studio).segments[4].joint
        assert len(listed(studio).segments) == len(joined)


async def test_a_dropout_is_one_recording_with_a_marked_gap(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        camera = studio.camera()
        studio.put(LIVE, "a", 1)
        await studio.turn(8)
        camera.silent = True
        await studio.turn(5)
        camera.silent = False
        camera.look(Look())
        await studio.turn(8)
        studio.put(PAUSE, "b", 1)
        await studio.turn(4)
        spans = studio.answers.replays.spans("a")
        lasts = spans[-1].at_ticks + spans[-1].duration_ticks
        (first, dropout) = gaps_of(spans)
        assert first[0] == 0, "a slate stood there until the first picture"
        assert 3 * VIDEO_HZ < dropout[1] - dropout[0] < 8 * VIDEO_HZ
        assert dropout[1] < lasts
        assert sum(each.lasts_s for each in listed(studio).segments) == pytest.approx(
            lasts / VIDEO_HZ, abs=0.01
        )


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*.m4s")}


def rows(folder: Path) -> Sequence[dict[str, object]]:
    return [orjson.loads(line) for line in (folder / "index.jsonl").read_bytes().splitlines()]


async def test_a_deleted_recording_leaves_no_byte_and_no_row_and_the_next_item_all(
    tmp_path: Path,
) -> None:
    async with after_an_item(tmp_path, window_s=20.0) as studio:
        mine = {
            f"{e.generation.source}/{e.generation.number}/{lane}/{e.segment}.m4s"
            for e in studio.desk.windows["main"].of_item("a")
            for lane in Lane
        }
        assert mine <= files(tmp_path)
        do(studio, DeleteRecording("a"))
        assert studio.answers.item("a").status == 404
        first = sorted(mine)[0]
        assert await fetched(studio, f"/media/a/{first}") is None
        await studio.turn(45)
        do(studio, ReportRecorded("b", 1))
        before = listed_of(studio, "b")
        removed = await studio.desk.remove(studio.answers.replays.recordings)
        assert removed == len(mine) // 2
        assert not mine & files(tmp_path)
        assert listed_of(studio, "b") == before
        for uri in before:
            assert await fetched(studio, uri), uri
        assert await studio.desk.remove(studio.answers.replays.recordings) == 0
        await studio.turn(4)
        told = rows(tmp_path)
        assert not [row for row in told if row.get("item") == "a"]
        kept = files(tmp_path)
        for row in told:
            if row["k"] in ("part", "ended"):
                at = f"{row['source']}/{row['number']}/{row['lane']}/{row['segment']}.m4s"
                assert at in kept, row
        studio.rules.check()
    later = studio.clock.wall() + timedelta(seconds=20)
    async with a_studio(tmp_path, window_s=20.0, begins=later, rules=studio.rules) as again:
        assert again.answers.item("a").status == 404, "nothing remembers it"
        assert listed_of(again, "b")[: len(before)] == before
        again.put(PAUSE, "c", 1)
        await again.turn(6)
        again.rules.check()


def listed_of(studio: Studio, item: str) -> list[str]:
    answer = studio.answers.item_lane(item, "1", "video", finished=False, packed=False)
    assert answer.status == 200
    return uris(parse(answer.body.decode()))


async def test_what_a_live_playlist_lists_stays_until_it_does_not(tmp_path: Path) -> None:
    async with after_an_item(tmp_path, window_s=20.0) as studio:
        do(studio, DeleteRecording("a"))
        replays = studio.answers.replays.recordings
        first = await studio.desk.remove(replays)
        for uri in uris(parse(await studio.playlist())):
            assert await fetched(studio, uri), "nobody who watches live misses a picture"
        await studio.turn(45)
        assert await studio.desk.remove(replays) > first


async def test_a_channel_that_has_ended_shows_a_gap_where_something_was_removed(
    tmp_path: Path,
) -> None:
    async with after_an_item(tmp_path) as studio:
        studio.desk.end("main")
        await studio.turn(35)  # the source's own playlist has gone on
        do(studio, DeleteRecording("a"))
        slates = len([e for e in studio.desk.windows["main"].of_item("a")
                      if e.generation.source != "hall"])  # fmt: skip
        removed = await studio.desk.remove(studio.answers.replays.recordings)
        assert removed >= slates > 0
        playlist = parse(await studio.playlist())
        assert [each.gap for each in playlist.segments].count(True) == removed
        assert playlist.ended


async def test_a_kill_between_bytes_and_rows_is_made_good_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with after_an_item(tmp_path, window_s=20.0) as studio:
        do(studio, DeleteRecording("a"))
        await studio.turn(45)

        def killed(self: Disk, keep: object) -> None:
            raise OSError("killed here")

        with monkeypatch.context() as patched:
            patched.setattr(Disk, "sift", killed)
            with pytest.raises(OSError, match="killed"):
                await studio.desk.remove(studio.answers.replays.recordings)
        decided = studio.answers.replays.recordings
    assert [row for row in rows(tmp_path) if row.get("item") == "a"]
    async with a_studio(tmp_path, window_s=20.0) as again:
        again.answers.replays.recordings = decided
        assert again.answers.item("a").status == 404
        assert await again.desk.remove(decided) > 0
        assert not [row for row in rows(tmp_path) if row.get("item") == "a"]


async def test_what_is_noted_while_the_index_is_written_anew_is_in_it(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    for number in range(100):
        disk.note({"k": "part", "n": number})
    sifted = await asyncio.to_thread(disk.sift, lambda row: row if row["n"] % 2 else None)
    disk.note({"k": "part", "n": 100})
    disk.swap(sifted)
    disk.note({"k": "part", "n": 101})
    disk.sync()
    assert [row["n"] for row in disk.rows()] == [*range(1, 100, 2), 100, 101]
    disk.close()
    again = Disk(tmp_path)
    assert len(list(again.rows())) == 52
    again.close()
