"""The day as one replay: what is in it, in which order, with which chapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import m3u8
import pytest

from streams.recordings.day import MOST_DAYS, OpenItem
from streams.recordings.recordings import DeleteRecording, NudgeCut, ReportRecorded
from tests.streams.broadcast import Studio, a_studio
from tests.streams.parsed_playlist import ReadPlaylist, parse
from tests.streams.recordings.test_cuts_on_air import do, fetched, uris
from tests.streams.test_onair import LIVE, PAUSE

A, B, C = OpenItem("a", 'Åbning "live"'), OpenItem("b", "Midt"), OpenItem("c", "Slut")


@asynccontextmanager
async def a_day(folder: Path) -> AsyncIterator[Studio]:
    async with a_studio(folder) as studio:
        studio.camera()
        for item in "abc":
            studio.put(LIVE, item, 1)
            await studio.turn(5)
        studio.put(PAUSE, "pause", 1)
        await studio.turn(3)
        do(studio, *(ReportRecorded(item, 1) for item in "abc"))
        yield studio


async def text_of(studio: Studio, name: str, lane: str = "video") -> str:
    answer = await studio.answers.day_lane(name, lane, packed=False)
    assert answer.status == 200
    return answer.body.decode()


async def listed(studio: Studio, name: str, lane: str = "video") -> ReadPlaylist:
    lines = (await text_of(studio, name, lane)).split("\n")
    return parse("\n".join(line for line in lines if "DATERANGE" not in line))


async def test_a_day_is_its_items_in_order_with_a_chapter_for_each(tmp_path: Path) -> None:
    async with a_day(tmp_path) as studio:
        name = studio.answers.days.name([A, B, C])
        assert name is not None
        index = studio.answers.day(name).body.decode()
        assert f"/day/{name}/video.m3u8" in index
        video, audio = await listed(studio, name), await listed(studio, name, "audio")
        assert (video.kind, video.ended) == ("VOD", True)
        assert len(video.segments) == len(audio.segments)
        assert [each.number for each in video.segments] == list(range(len(video.segments)))
        read = m3u8.loads(await text_of(studio, name))  # another reader than ours
        assert [each.uri for each in read.segments] == uris(video)
        ranges = [line for line in (await text_of(studio, name)).split("\n") if "DATERANGE" in line]
        assert [line.partition('ID="')[2][0] for line in ranges] == ["a", "b", "c"]
        assert 'X-TITLE="Åbning live"' in ranges[0], "no quotation mark inside one"
        assert "DATERANGE" not in await text_of(studio, name, "audio")
        chapters = await studio.answers.days.chapters(name)
        assert [each.item for each in chapters] == ["a", "b", "c"]
        ends = [each.at_s + each.duration_s for each in chapters]
        assert [each.at_s for each in chapters[1:]] == pytest.approx(ends[:-1], abs=0.002)
        lasts = sum(each.lasts_s for each in video.segments)
        assert ends[-1] == pytest.approx(lasts, abs=0.002)
        for uri in (*uris(video), *uris(audio)):
            assert uri.startswith("/media/")
            assert uri.split("/")[2] in "abc", "each is fetched through its item"
            assert await fetched(studio, uri)


async def test_who_has_fewer_items_has_another_day_and_a_nudge_makes_another_too(
    tmp_path: Path,
) -> None:
    async with a_day(tmp_path) as studio:
        days = studio.answers.days
        whole, fewer = days.name([A, B, C]), days.name([A, C])
        assert whole is not None
        assert fewer is not None
        assert whole != fewer
        assert days.name([A, B, C]) == whole
        assert [each.item for each in await days.chapters(fewer)] == ["a", "c"]
        assert not [uri for uri in uris(await listed(studio, fewer)) if uri.startswith("/media/b/")]
        spans = studio.answers.replays.spans("b", whole=True)
        do(studio, NudgeCut("b", 0, spans[1].start_ticks))
        assert days.name([A, B, C]) not in (None, whole)
        assert days.name([A, C]) == fewer
        do(studio, DeleteRecording("b"))
        assert days.name([A, B, C]) == fewer, "what is deleted is no part of a day"
        assert days.name([OpenItem("nothing", "")]) is None
        assert (await studio.answers.day_lane("guess", "video", packed=False)).status == 404
        assert (await studio.answers.day_lane(fewer, "words", packed=False)).status == 404


async def test_so_many_days_are_remembered_and_no_more(tmp_path: Path) -> None:
    async with a_day(tmp_path) as studio:
        first = studio.answers.days.name([A])
        assert first is not None
        # The same item again and again: as many sets as one wants.
        for count in range(2, MOST_DAYS + 2):
            studio.answers.days.name([A] * count)
        assert studio.answers.days.items(first) == []


async def test_others_have_their_turn_between_the_items_while_a_day_is_written(
    tmp_path: Path,
) -> None:
    async with a_day(tmp_path) as studio:
        name = studio.answers.days.name([A, B, C])
        assert name is not None
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        waiting = asyncio.create_task(others())
        first, again = await asyncio.gather(
            *(studio.answers.day_lane(name, "video", packed=True) for _ in range(2))
        )
        waiting.cancel()
        assert turns > 3, "each item, and what is written of them all"
        assert first.body is again.body, "written once, however many ask"
