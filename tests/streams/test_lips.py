"""A flash and a beep made at the same instants are packaged at the same instants."""

from __future__ import annotations

import asyncio
import io
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from streams.generations import Generation
from streams.segments import Lane
from streams.shelf import Shelf
from tests.streams import cameras
from tests.streams.broadcast import Studio, a_studio
from tests.streams.whip_server import an_endpoint

pytestmark = pytest.mark.alone

LIPS_S = 0.040


def frames(shelf: Shelf, generation: Generation, lane: Lane) -> Iterator[Any]:
    """What a decoder makes of everything that was packaged of a lane."""
    data = generation.init(lane)
    for segment in generation.lanes[lane].values():
        for index in range(len(segment.parts)):
            data += shelf.read(generation, lane, segment.number, index)
    with av.open(io.BytesIO(data), "r") as container:
        yield from container.decode(container.streams[0])


def flashes(studio: Studio, generation: Generation) -> list[float]:
    """Instants of white pictures, in seconds of media time."""
    found = []
    for frame in frames(studio.desk.shelf, generation, Lane.VIDEO):
        if bytes(frame.planes[0])[:100].count(235) > 50 or bytes(frame.planes[0])[1000] > 150:
            found.append(float(frame.pts * frame.time_base))
    return found


def beeps(studio: Studio, generation: Generation) -> list[float]:
    """Instants at which it becomes loud, to the sample."""
    loud = []
    for frame in frames(studio.desk.shelf, generation, Lane.AUDIO):
        began = float(frame.pts * frame.time_base)
        samples = struct.unpack(f"<{frame.samples}f", bytes(frame.planes[0])[: frame.samples * 4])
        loud += [began + n / 48_000 for n, level in enumerate(samples) if abs(level) > 0.1]
    return loud[:1] + [after for before, after in pairwise(loud) if after - before > 0.5]


async def test_ffmpegs_flash_and_beep_are_packaged_together(tmp_path: Path) -> None:
    async with a_studio(tmp_path / "media") as studio, an_endpoint() as endpoint:
        async with cameras.an_ffmpeg_camera(endpoint.url, tmp_path, seconds=5):
            async with asyncio.timeout(30):
                recording = await endpoint.recording()
                assert await recording.until_lost() == "deleted"
        packaging = studio.desk.packaging("hall")
        for unit in recording.units:
            packaging.push(unit)
        packaging.cut(packaging.end_ticks)
        generation = studio.desk.shelf.newest("hall")
        assert generation is not None
        seen, heard = flashes(studio, generation), beeps(studio, generation)
    # Both lanes begin within the same second; the first pair may be cut by the beginning.
    pairs = [(flash, min(heard, key=lambda beep: abs(beep - flash))) for flash in seen[1:]]
    assert len(pairs) >= 3
    offsets = [round(1000 * (beep - flash), 1) for flash, beep in pairs]
    assert all(abs(offset) < 1000 * LIPS_S for offset in offsets), offsets
