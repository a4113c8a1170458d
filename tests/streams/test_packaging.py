"""A source on its way to the shelf: generations, and what a shelf keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from streams.filling import Part
from streams.generations import Generation
from streams.packaging import Packaging
from streams.segmenter import Output, SegmentStarted
from streams.segments import AccessUnit, Lane
from streams.shelf import Shelf
from streams.storage import Disk
from tests.streams.broadcast import Look, coded, moved

TARGET = 91_800


class Listener:
    """Notes what a packaging tells."""

    def __init__(self, packaging: Packaging) -> None:
        self.heard: list[tuple[int, Output]] = []
        packaging.listeners.append(self)

    def __call__(self, packaging: Packaging, generation: Generation, output: Output) -> None:
        self.heard.append((generation.number, output))

    @property
    def segments(self) -> list[tuple[int, int]]:
        """Generation and number of each that began."""
        return [(n, each.segment) for n, each in self.heard if isinstance(each, SegmentStarted)]


def a_packaging(folder: Path, kept_bytes: int = 1 << 20) -> tuple[Packaging, Shelf, Disk]:
    disk = Disk(folder)
    shelf = Shelf(disk, kept_bytes)
    return Packaging(shelf, "hall", TARGET, b"silence"), shelf, disk


def push(packaging: Packaging, look: Look, start_ticks: int) -> None:
    for unit in coded(look):
        packaging.push(moved(unit, start_ticks))


def test_nothing_is_packaged_before_an_idr_with_parameters(tmp_path: Path) -> None:
    packaging, _, disk = a_packaging(tmp_path)
    listener = Listener(packaging)
    packaging.push(coded(Look())[1])
    packaging.push(replace(coded(Look())[0], data=b"\0\0\0\2\x65x"))
    packaging.push(AccessUnit(Lane.AUDIO, 0, 0, 1024, True, b"s"))
    packaging.cut(5)
    assert (listener.heard, packaging.parameters) == ([], None)
    disk.close()


def test_other_parameters_are_another_generation_with_the_next_number(tmp_path: Path) -> None:
    packaging, shelf, disk = a_packaging(tmp_path)
    listener = Listener(packaging)
    push(packaging, Look(), 0)
    push(packaging, Look(), 180_000)
    push(packaging, Look(256, 144), 360_000)
    assert listener.segments == [(1, 0), (1, 1), (2, 2)]
    newest = shelf.newest("hall")
    assert newest is not None
    assert newest.parameters.width == 256
    assert packaging.parameters == newest.parameters
    assert packaging.end_ticks == 540_000
    disk.close()


def test_the_same_parameters_are_another_generation_where_it_is_asked(tmp_path: Path) -> None:
    packaging, _, disk = a_packaging(tmp_path)
    listener = Listener(packaging)
    push(packaging, Look(), 0)
    packaging.begin_generation(180_000)
    assert packaging.end_ticks == 180_000
    push(packaging, Look(), 180_000)
    assert listener.segments == [(1, 0), (2, 1)]
    disk.close()


def test_a_wished_cut_is_at_the_next_idr(tmp_path: Path) -> None:
    packaging, _, disk = a_packaging(tmp_path)
    listener = Listener(packaging)
    push(packaging, Look(gop_s=1.0), 0)
    packaging.cut_at_next_key()
    push(packaging, Look(gop_s=1.0), 90_000)
    assert listener.segments == [(1, 0), (1, 1)]
    disk.close()


def test_what_is_told_can_be_read_from_memory_and_from_disk(tmp_path: Path) -> None:
    for kept in (1 << 20, 0):
        packaging, shelf, disk = a_packaging(tmp_path / str(kept), kept)
        listener = Listener(packaging)
        push(packaging, Look(), 0)
        packaging.cut(180_000)
        generation = shelf.find("hall", 1)
        assert generation is not None
        parts = [each for _, each in listener.heard if isinstance(each, Part)]
        assert len(parts) == 4
        for part in parts:
            assert shelf.read(generation, part.lane, 0, part.index) == part.data
        whole = b"".join(part.data for part in parts if part.lane is Lane.VIDEO)
        assert shelf.read(generation, Lane.VIDEO, 0, None) == whole
        for wrong in (-1, 2):
            with pytest.raises(KeyError):
                shelf.read(generation, Lane.VIDEO, 0, wrong)
        with pytest.raises(KeyError):
            shelf.read(generation, Lane.VIDEO, 1, None)
        assert generation.init(Lane.VIDEO) != generation.init(Lane.AUDIO)
        disk.close()


@pytest.mark.parametrize("kept_bytes", [1 << 20, 6000])
def test_what_is_remembered_is_all_that_was_told_up_to_a_limit(
    tmp_path: Path, kept_bytes: int
) -> None:
    packaging, shelf, disk = a_packaging(tmp_path, kept_bytes)
    listener = Listener(packaging)
    for second in range(0, 10, 2):
        push(packaging, Look(), 90_000 * second)
    told = [len(each.data) for _, each in listener.heard if isinstance(each, Part)]
    assert sum(told) > 6000
    while sum(told) > kept_bytes:
        told.pop(0)
    assert shelf.remembered_bytes == sum(told)
    disk.close()


def test_a_segment_that_grows_has_no_whole(tmp_path: Path) -> None:
    packaging, shelf, disk = a_packaging(tmp_path)
    push(packaging, Look(), 0)
    generation = shelf.newest("hall")
    assert generation is not None
    with pytest.raises(KeyError):
        shelf.read(generation, Lane.VIDEO, 0, None)
    disk.close()


def test_what_a_disk_refused_is_there_as_long_as_memory_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaging, shelf, disk = a_packaging(tmp_path, 6000)
    listener = Listener(packaging)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(disk, "write", refuse)
        push(packaging, Look(), 0)
        packaging.cut(180_000)
    generation = shelf.newest("hall")
    assert generation is not None
    assert not generation.lanes[Lane.VIDEO][0].saved
    part = [each for _, each in listener.heard if isinstance(each, Part)][-1]
    assert shelf.read(generation, part.lane, 0, part.index) == part.data
    for second in range(1, 9):
        push(packaging, Look(), 180_000 * second)
    with pytest.raises(KeyError):
        shelf.read(generation, part.lane, 0, part.index)
    disk.close()


def test_numbers_of_generations_are_never_used_again(tmp_path: Path) -> None:
    packaging, shelf, disk = a_packaging(tmp_path)
    push(packaging, Look(), 0)
    packaging.cut(180_000)
    disk.close()
    packaging, shelf, disk = a_packaging(tmp_path)
    others: list[object] = []
    shelf.read_back(others.append)
    assert others == []
    push(packaging, Look(), 360_000)
    assert shelf.find("hall", 1) is not shelf.newest("hall")
    again = shelf.find("hall", 1)
    assert again is not None
    assert again.lanes[Lane.AUDIO][0].ended
    disk.close()
