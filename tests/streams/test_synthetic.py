from __future__ import annotations

import asyncio
import threading
import time

import av

from streams import framestamp
from streams.nalunits import split_lengths
from streams.segments import AccessUnit, Lane
from streams.synthetic import SyntheticCamera
from streams.timeline import AUDIO_HZ, VIDEO_HZ

BEFORE = 5 * VIDEO_HZ


class Gathered:
    """Everything a camera sent, and a way to wait for more."""

    def __init__(self) -> None:
        self.units: list[AccessUnit] = []
        self._came = asyncio.Event()

    def __call__(self, unit: AccessUnit) -> None:
        self.units.append(unit)
        self._came.set()

    def lane(self, lane: Lane) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.lane is lane]

    async def until(self, pictures: int) -> list[AccessUnit]:
        async with asyncio.timeout(20):
            while len(self.lane(Lane.VIDEO)) < pictures:
                self._came.clear()
                await self._came.wait()
        return self.lane(Lane.VIDEO)


def ticks() -> int:
    return BEFORE + time.monotonic_ns() * 9 // 100_000


def stamps(video: list[AccessUnit]) -> list[int | None]:
    codec = av.CodecContext.create("h264", "r")
    found = []
    for unit in video:
        data = b"".join(b"\0\0\0\1" + nal for nal in split_lengths(unit.data))
        for frame in codec.decode(av.Packet(data)):
            assert isinstance(frame, av.VideoFrame)
            plane = frame.planes[0]
            rows = bytes(plane)
            size = plane.line_size
            read = framestamp.read(
                lambda x, y, rows=rows, size=size: rows[y * size + x],  # type: ignore[misc]
                frame.width,
                frame.height,
            )
            found.append(read)
    return found


async def test_pictures_come_in_step_with_the_clock_and_say_which_they_are() -> None:
    camera, gathered = SyntheticCamera(ticks), Gathered()
    camera.show("Velkommen", "Thomas Gyldal Petersen")
    camera.start(gathered)
    video = await gathered.until(30)
    camera.close()
    assert video[0].key
    assert all(unit.pts_ticks % 3600 == 0 for unit in video)
    read = stamps(video)
    expected = [unit.pts_ticks * 1000 // VIDEO_HZ % 2**32 for unit in video]
    assert read == expected[: len(read)]
    assert len(read) >= 25


async def test_a_keyframe_comes_when_it_is_asked_for() -> None:
    camera, gathered = SyntheticCamera(ticks), Gathered()
    camera.start(gathered)
    await gathered.until(5)
    camera.request_keyframe()
    before = len(gathered.lane(Lane.VIDEO))
    video = await gathered.until(before + 4)
    camera.close()
    assert any(unit.key for unit in video[before : before + 4])


async def test_sound_lies_beside_the_picture_on_the_grid() -> None:
    camera, gathered = SyntheticCamera(ticks), Gathered()
    camera.start(gathered)
    video = await gathered.until(26)
    camera.close()
    audio = gathered.lane(Lane.AUDIO)
    assert all(unit.pts_ticks % 1024 == 0 for unit in audio)
    begin_s = audio[0].pts_ticks / AUDIO_HZ - video[0].pts_ticks / VIDEO_HZ
    assert 0 <= begin_s < 0.03
    spans = (len(audio) * 1024 / AUDIO_HZ, len(video) / 25)
    assert abs(spans[0] - spans[1]) < 0.1


async def test_a_closed_camera_leaves_no_thread_and_sends_no_more() -> None:
    threads = threading.active_count()
    camera, gathered = SyntheticCamera(ticks), Gathered()
    camera.start(gathered)
    await gathered.until(3)
    camera.close()
    assert threading.active_count() == threads
