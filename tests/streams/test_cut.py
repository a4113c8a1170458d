"""The cut as others see it: Debian's ffmpeg reads whole programmes over HTTP, frame by frame."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from itertools import groupby
from pathlib import Path

from streams.channel import Channel, Put
from streams.commands import Content
from streams.segments import Lane
from tests.streams.broadcast import Look, Studio, a_studio
from tests.streams.hls_server import a_server
from tests.streams.read_fragments import samples

LIVE = Content("live", source="hall", title="Salen")
PAUSE = Content("slate", title="Pause")
WELCOME = Content("film", film="welcome", title="Velkomst")
FRAMES = {160 * 90: "camera", 320 * 180: "slate", 192 * 108: "film", 256 * 144: "other camera"}


async def a_whole_programme(studio: Studio) -> None:
    """Slate, camera, film with B-frames, camera of another size, a dropout, and the end."""
    studio.put(PAUSE)
    await studio.turn(5)
    studio.put(LIVE, "a", 1)
    camera = studio.camera()
    await studio.turn(7.3)
    studio.put(WELCOME, "film", 1)
    await studio.turn(5.7)
    studio.put(LIVE, "b", 1)
    await studio.turn(5)
    camera.look(Look(256, 144, fps=30))
    await studio.turn(5)
    camera.silent = True
    await studio.turn(5)
    camera.silent = False
    await studio.turn(5)
    studio.put(PAUSE)
    await studio.turn(3)
    studio.desk.end("main")
    await studio.turn(0.1)


async def frames_read_by_ffmpeg(url: str, lane: str) -> list[int]:
    """Sizes in bytes of all frames that ffmpeg decodes, in order; errors fail."""
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "error", "-live_start_index", "0", "-i", url, "-map", f"0:{lane}"),
        *("-autoscale", "0", "-fps_mode", "passthrough", "-f", "framecrc", "-"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert not errors, errors.decode()
    rows = re.findall(r"^\d+,\s*-?\d+,\s*-?\d+,\s*\d+,\s*(\d+),", out.decode(), re.MULTILINE)
    return [int(size) for size in rows]


def packaged(studio: Studio, channel: str, lane: Lane) -> Counter[int]:
    """How many frames the channel listed, by the pixels of their generation."""
    counts: Counter[int] = Counter()
    for entry in studio.desk.windows[channel].entries:
        segment, p = entry.lane(lane), entry.generation.parameters
        assert segment is not None
        for index in range(len(segment.parts)):
            data = studio.desk.shelf.read(entry.generation, lane, entry.segment, index)
            counts[p.width * p.height] += len(samples(data))
    return counts


async def test_ffmpeg_decodes_every_frame_across_every_cut(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio, a_server(studio.answers) as base:
        await a_whole_programme(studio)
        sizes = await frames_read_by_ffmpeg(f"{base}/hls/main/index.m3u8", "v")
        names = [FRAMES[size * 2 // 3] for size in sizes]
        assert [name for name, _ in groupby(names)] == [
            "slate", "camera", "film", "camera", "other camera", "slate", "other camera", "slate",
        ]  # fmt: skip
        assert Counter(size * 2 // 3 for size in sizes) == packaged(studio, "main", Lane.VIDEO)
        studio.rules.check()


async def test_ffmpeg_hears_sound_for_the_whole_of_it(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio, a_server(studio.answers) as base:
        await a_whole_programme(studio)
        sizes = await frames_read_by_ffmpeg(f"{base}/hls/main/index.m3u8", "a")
        assert len(sizes) == packaged(studio, "main", Lane.AUDIO).total()
        entries = studio.desk.windows["main"].entries
        pairs = [(entry.lane(Lane.VIDEO), entry.lane(Lane.AUDIO)) for entry in entries]
        for video, audio in pairs:
            assert video is not None
            assert audio is not None
            assert abs(video.duration_s - audio.duration_s) < 0.03


async def test_ffmpeg_reads_the_replay_of_an_item_joined_of_two_runs(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio, a_server(studio.answers) as base:
        studio.camera()
        await studio.turn(2)
        for item, run in (("a", 1), ("b", 1), ("a", 2), ("b", 2)):
            studio.put(LIVE, item, run)
            await studio.turn(6.3)
        shown = [each for each in studio.desk.windows["main"].entries if each.item == "a"]
        sizes = await frames_read_by_ffmpeg(f"{base}/replay/a/index.m3u8", "v")
        segments = [each.lane(Lane.VIDEO) for each in shown]
        length_s = sum(segment.duration_s for segment in segments if segment)
        cameras = [size for size in sizes if FRAMES[size * 2 // 3] == "camera"]
        assert len(cameras) > 2 * 4 * 25
        assert abs(len(sizes) / 25 - length_s) < 0.1


async def test_a_part_is_the_segment_cut_in_pieces(tmp_path: Path) -> None:
    async with a_studio(tmp_path) as studio:
        studio.desk.follow("main", Channel(Put(PAUSE, None, 0, studio.clock.wall())))
        await studio.turn(5)
        whole = await studio.answers.media("main", "main-slate", "1", "video", "0.m4s")
        pieces = [
            await studio.answers.media("main", "main-slate", "1", "video", f"0.{index}.m4s")
            for index in range(2)
        ]
        assert whole.body == b"".join(piece.body for piece in pieces)
        assert {each.status for each in (whole, *pieces)} == {200}
