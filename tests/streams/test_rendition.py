"""A channel's lower rendition, coded by a real process, beside the channel on a turned clock."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av

from streams.commands import Content
from streams.segments import Lane
from streams.window import Entry
from tests.streams.broadcast import EPOCH, Look, Studio, TestClip, a_studio
from tests.streams.parsed_playlist import ReadSegment, parse
from tests.streams.test_onair import LIVE, PAUSE, WELCOME

RUNG_PX = 90
TALL = Look(320, 180)
CODED_WITHIN_S = 60


@asynccontextmanager
async def a_studio_with_a_rung(folder: Path) -> AsyncIterator[Studio]:
    """A camera that is coded already, on no channel yet."""
    async with a_studio(folder, rung_height_px=RUNG_PX) as studio:
        studio.camera(look=TALL)
        async with asyncio.timeout(CODED_WITHIN_S):
            await studio.desk._rungs["hall"].coding.wait()
        await studio.turn(3)
        yield studio


async def turn(studio: Studio, seconds: float) -> None:
    """Lets time pass; the coder, which lives in real time, gets the time that it needs."""
    left = seconds
    while left > 0:
        await studio.turn(min(1.0, left))
        await all_followed(studio)
        left -= 1.0


async def all_followed(studio: Studio) -> None:
    """Waits until the lower rendition has all but the newest segment of the channel."""
    main, low = studio.desk.windows["main"], studio.desk.lower["main"]
    async with asyncio.timeout(CODED_WITHIN_S):
        while len(low.entries) < len(main.entries) - 1:
            await low.changed(Lane.VIDEO)


def sources(entries: list[Entry]) -> list[str]:
    """Where the entries come from, repetitions left out."""
    found: list[str] = []
    for each in entries:
        name = "gap" if each.gap else each.generation.source
        found += [] if found and found[-1] == name else [name]
    return found


async def test_both_renditions_have_the_same_numbers_and_joints(tmp_path: Path) -> None:
    async with a_studio_with_a_rung(tmp_path) as studio:
        studio.library.films["welcome"] = TestClip(Look(256, 144, fps=30, gop_s=2.0), 8.0)
        for content, item in ((LIVE, "a"), (PAUSE, "b"), (LIVE, "c"), (WELCOME, "d"), (LIVE, "e")):
            studio.put(content, item, 1)
            await turn(studio, 6.3)
        main, low = studio.desk.windows["main"], studio.desk.lower["main"]
        assert len(low.entries) >= len(main.entries) - 1
        for here, there in zip(main.entries, low.entries, strict=False):
            assert (here.number, here.discontinuity, here.item, here.run) == (
                there.number, there.discontinuity, there.item, there.run,
            )  # fmt: skip
        assert "gap" not in sources(low.entries)
        assert sources(low.entries)[:5] == [
            "main-slate", "hall~90", "main-slate", "hall~90", "main-film",
        ]  # fmt: skip
        assert sources(low.entries)[-1] == "hall~90"
        studio.rules.check()
        assert studio.rules.meaning("main/low")


async def test_a_player_gets_smaller_pictures_of_the_same_length(tmp_path: Path) -> None:
    async with a_studio_with_a_rung(tmp_path) as studio:
        studio.put(LIVE, "a", 1)
        await turn(studio, 14)
        multivariant = studio.answers.channel("main").body.decode()
        assert "RESOLUTION=160x90" in multivariant
        high, low = parse(await studio.playlist()), parse(await studio.playlist("low"))
        pairs = {each.number: each for each in low.segments if each.uri}
        compared = 0
        for segment in high.segments:
            other = pairs.get(segment.number)
            if segment.uri is None or other is None or "hall" not in segment.uri:
                continue
            assert other.duration_s == segment.duration_s
            assert other.began == segment.began
            assert other.uri is not None
            top, smaller = [await decoded(studio, each) for each in (segment, other)]
            assert (smaller.width, smaller.height) == (160, 90)
            assert smaller.count == top.count
            compared += 1
        assert compared > 2
        assert await studio.playlist("sound") == (
            "#EXTM3U\n#EXT-X-VERSION:10\n"
            '#EXT-X-STREAM-INF:BANDWIDTH=170000,CODECS="mp4a.40.2"\naudio.m3u8\n'
        )


async def test_a_coder_that_dies_leaves_gaps_and_then_the_source_lends(tmp_path: Path) -> None:
    async with a_studio_with_a_rung(tmp_path) as studio:
        studio.put(LIVE, "a", 1)
        await turn(studio, 6)
        rung = studio.desk._rungs["hall"]
        assert rung._process is not None
        os.kill(rung._process.pid, signal.SIGSTOP)
        await studio.turn(1.5)
        os.kill(rung._process.pid, signal.SIGKILL)
        low = studio.desk.lower["main"]
        async with asyncio.timeout(CODED_WITHIN_S):
            while rung.coding.is_set():
                await low.changed(Lane.VIDEO)
        await turn(studio, 8)
        assert sources(low.entries) == ["main-slate", "hall~90", "gap", "hall"]
        text = await studio.playlist("low")
        assert "#EXT-X-GAP" in text
        studio.rules.check()
        await studio.clock.turn(30)
        async with asyncio.timeout(CODED_WITHIN_S):
            await rung.coding.wait()


async def test_a_coder_that_falls_behind_is_ended_and_the_source_lends(tmp_path: Path) -> None:
    async with a_studio_with_a_rung(tmp_path) as studio:
        studio.put(LIVE, "a", 1)
        await turn(studio, 4)
        rung = studio.desk._rungs["hall"]
        assert rung._process is not None
        os.kill(rung._process.pid, signal.SIGSTOP)
        await studio.turn(20)
        await turn(studio, 8)
        assert sources(studio.desk.lower["main"].entries)[-2:] == ["gap", "hall"]
        studio.rules.check()


async def test_after_a_restart_every_number_means_what_it_meant(tmp_path: Path) -> None:
    async with a_studio_with_a_rung(tmp_path) as studio:
        studio.put(LIVE, "a", 1)
        await turn(studio, 8)
        before = parse(await studio.playlist("low"))
        rules = studio.rules
    async with a_studio(
        tmp_path, begins=EPOCH.replace(hour=9), rung_height_px=RUNG_PX, rules=rules
    ) as again:
        again.put(PAUSE, "b", 1)
        await again.turn(6)
        after = parse(await again.playlist("low"))
        meant = {each.number: each.uri for each in after.segments}
        for segment in before.segments[:-1]:
            assert meant[segment.number] == segment.uri
        assert after.segments[-1].number == again.desk.windows["main"].entries[-1].number
        rules.check()


async def test_a_replay_has_the_lower_rendition_too(tmp_path: Path) -> None:
    async with a_studio_with_a_rung(tmp_path) as studio:
        studio.put(LIVE, "a", 1)
        await turn(studio, 6.5)
        studio.put(PAUSE, "b", 1)
        await turn(studio, 4)
        assert "1/low.m3u8" in studio.answers.item("a").body.decode()
        texts = {}
        for name in ("video", "low"):
            answer = studio.answers.item_lane("a", "1", name, finished=True, packed=False)
            assert answer.status == 200
            texts[name] = parse(answer.body.decode())
        assert texts["low"].kind == texts["video"].kind == "VOD"
        lengths = [[each.duration_s for each in texts[name].segments] for name in texts]
        assert lengths[0] == lengths[1]
        uri = texts["low"].segments[0].uri
        assert uri is not None
        assert (await studio.answers.media(*uri.split("/")[2:])).status == 200


async def test_without_the_setting_there_is_no_lower_rendition(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.put(Content("slate", title="Pause"))
        await studio.turn(4)
        assert "low" not in studio.answers.channel("main").body.decode()
        assert (await studio.answers.lane("main", "low", {}, packed=False)).status == 404


class Decoded:
    """What a decoder finds in a segment."""

    def __init__(self, data: bytes) -> None:
        with av.open(io.BytesIO(data), "r", format="mp4") as file:
            frames = list(file.decode(video=0))
        self.width, self.height, self.count = frames[0].width, frames[0].height, len(frames)


async def decoded(studio: Studio, segment: ReadSegment) -> Decoded:
    uris = (segment.map_uri or "", segment.uri or "")
    pieces = [await studio.answers.media(*each.split("/")[2:]) for each in uris]
    assert [each.status for each in pieces] == [200, 200]
    return Decoded(b"".join(each.body for each in pieces))
