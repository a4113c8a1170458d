"""What a killed process left: sound filled up, what nobody saw forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.filling import Part, SegmentEnded
from streams.generations import Generation
from streams.mending import mend
from streams.parameters import PictureParameters
from streams.segments import Lane
from streams.shelf import Shelf
from streams.storage import Disk
from tests.streams.read_fragments import samples

PARAMETERS = PictureParameters(b"\x67\x42\xc0\x1f", b"\x68", 160, 90, "avc1.42C01F")
TARGET = 91_800
SILENCE = b"silence"
START = 90_000 * 100


def video(index: int) -> Part:
    return Part(Lane.VIDEO, 3, index, START + index * 90_000, 90_000, index == 0, b"picture")


def audio(index: int) -> Part:
    start = 48_000 * 100 + 768 + index * 48_128
    return Part(Lane.AUDIO, 3, index, start, 48_128, True, b"sound")


def mended(folder: Path, *left: Part | SegmentEnded) -> Generation:
    """Stored, killed, read back, mended, and read back once more: the same."""
    disk = Disk(folder)
    shelf = Shelf(disk)
    generation = shelf.open_generation("hall", PARAMETERS)
    for each in left:
        if isinstance(each, Part):
            shelf.add(generation, each)
        else:
            shelf.end(generation, each)
    disk.close()
    disk = Disk(folder)
    shelf = Shelf(disk)
    shelf.read_back(lambda row: None)
    mend(shelf, TARGET, SILENCE)
    assert list(shelf.cut_off()) == []
    found = shelf.find("hall", 1)
    assert found is not None
    for segment in found.lanes[Lane.AUDIO].values():
        for index in range(len(segment.parts)):
            data = shelf.read(found, Lane.AUDIO, 3, index)
            if data != b"sound":
                assert {sample.data for sample in samples(data)} == {SILENCE}
    disk.close()
    return found


@pytest.mark.parametrize(
    ("left", "sound_parts"),
    [
        ([video(0), video(1)], 2),
        ([video(0), video(1), audio(0)], 2),
        ([video(0), audio(0), video(1), audio(1)], 2),
        ([video(0), audio(0)], 1),
        ([video(0), audio(0), video(1), SegmentEnded(Lane.VIDEO, 3)], 2),
    ],
)
def test_sound_lasts_as_long_as_the_picture(
    tmp_path: Path, left: list[Part | SegmentEnded], sound_parts: int
) -> None:
    generation = mended(tmp_path, *left)
    picture, sound = (generation.lanes[lane][3] for lane in Lane)
    assert picture.ended
    assert sound.ended
    assert len(sound.parts) == sound_parts
    assert 0 <= sound.end_ticks / 48_000 - picture.end_ticks / 90_000 < 0.045
    assert all(part.duration_ticks <= 48_960 for part in sound.parts)
    for before, after in zip(sound.parts, sound.parts[1:], strict=False):
        assert after.start_ticks == before.start_ticks + before.duration_ticks


def test_what_has_ended_is_left_as_it_is(tmp_path: Path) -> None:
    ends = [SegmentEnded(lane, 3) for lane in (Lane.AUDIO,)]
    generation = mended(tmp_path, video(0), audio(0), *ends, video(1))
    assert len(generation.lanes[Lane.AUDIO][3].parts) == 1


def test_sound_without_a_picture_is_forgotten(tmp_path: Path) -> None:
    assert mended(tmp_path, audio(0)).lanes == {Lane.VIDEO: {}, Lane.AUDIO: {}}


def test_bytes_that_a_power_cut_took_are_refused_and_what_came_before_them_is_not(
    tmp_path: Path,
) -> None:
    disk = Disk(tmp_path)
    shelf = Shelf(disk)
    generation = shelf.open_generation("hall", PARAMETERS)
    for part in (video(0), video(1)):
        shelf.add(generation, part)
    shelf.end(generation, SegmentEnded(Lane.VIDEO, 3))
    disk.close()
    file = tmp_path / "hall/1/video/3.m4s"
    file.write_bytes(file.read_bytes()[:-2])
    disk = Disk(tmp_path)
    shelf = Shelf(disk)
    shelf.read_back(lambda row: None)
    found = shelf.find("hall", 1)
    assert found is not None
    assert shelf.read(found, Lane.VIDEO, 3, 0) == b"picture"
    for torn in (1, None):
        with pytest.raises(KeyError):
            shelf.read(found, Lane.VIDEO, 3, torn)
    disk.close()
