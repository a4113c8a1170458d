"""Text beside a replay, as a reader that is not ours finds it: ffmpeg's own libraries over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av

from streams.films.captions import Cue
from streams.recordings.recordings import NudgeCut, ReportRecorded
from tests.streams.broadcast import Look, a_studio
from tests.streams.hls_server import a_server
from tests.streams.recordings.test_cuts_on_air import do
from tests.streams.test_onair import LIVE, PAUSE

SAID = (Cue(1.0, 2.5, "Hej"), Cue(5.0, 6.0, "Midt i"), Cue(12.0, 14.0, "Efter udfaldet"))


def read(url: str) -> tuple[float, dict[float, str]]:
    """When the first picture is, and every text by its time from there.

    One that is on screen where a piece ends comes twice.
    """
    with av.open(url) as file:
        (texts,) = file.streams.subtitles
        assert (texts.codec_context.name, texts.language) == ("webvtt", "da")
        texts.discard = av.stream.Discard.default  # it reads what is asked for, and no more
        first_s, said = None, []
        for packet in file.demux():
            if packet.pts is None or packet.time_base is None:
                continue
            at_s = float(packet.pts * packet.time_base)
            if packet.stream.type == "video" and first_s is None:
                first_s = at_s
            if packet.stream is texts:
                said.append((at_s, bytes(packet).decode()))
    assert first_s is not None
    return first_s, {round(at_s - first_s, 2): text for at_s, text in said}


async def test_text_comes_with_its_picture_across_joints_and_behind_a_cut(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio, a_server(studio.answers, SAID) as base:
        camera = studio.camera()
        studio.put(PAUSE)
        await studio.turn(3)
        studio.put(LIVE, "a", 1)
        await studio.turn(5)
        assert b"SUBTITLES" not in studio.answers.item("a").body, "it is still on"
        camera.look(Look(256, 144, fps=30))
        await studio.turn(5)
        camera.silent = True
        await studio.turn(5)
        camera.silent = False
        await studio.turn(5)
        studio.put(PAUSE, "b", 1)
        await studio.turn(4)
        do(studio, ReportRecorded("a", 1))
        spans = studio.answers.replays.spans("a")
        assert len({span.generation for span in spans}) > 2
        first_s, said = await asyncio.to_thread(read, f"{base}/replay/a/index.m3u8")
        assert first_s > 3600, "the event's own clock, which begins an hour before"
        assert said == {cue.start_s: cue.text for cue in SAID}
        do(studio, NudgeCut("a", 0, spans[1].start_ticks))
        begins_s, said = await asyncio.to_thread(read, f"{base}/replay/a/index.m3u8")
        assert begins_s > first_s
        assert said == {cue.start_s: cue.text for cue in SAID}


async def test_what_is_joined_from_two_runs_has_no_text_beside_it(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.camera()
        for run, after in ((1, "b"), (2, "c")):
            studio.put(LIVE, "a", run)
            await studio.turn(4)
            studio.put(PAUSE, after, 1)
            await studio.turn(4)
            found = studio.answers.subtitling.of("a")
            assert (found is not None) is (run == 1)
