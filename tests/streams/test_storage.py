"""Bytes on disk: at their place, and an index of whole rows only."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from streams.storage import OPEN_FILES, Disk


def test_what_is_written_is_read(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "media")
    disk.write("hall/1/video/0.m4s", 0, b"first")
    disk.write("hall/1/video/0.m4s", 5, b"second")
    assert disk.read("hall/1/video/0.m4s", 5, 6) == b"second"
    disk.note({"k": "a"})
    disk.note({"k": "b"})
    assert list(disk.rows()) == [{"k": "a"}, {"k": "b"}]
    disk.close()
    disk.close()
    with pytest.raises(FileNotFoundError):
        disk.read("hall/1/video/1.m4s", 0, 1)


def test_a_part_takes_its_place_over_what_a_torn_write_left(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.write("x", 0, b"whole")
    disk.write("x", 5, b"torn and long")
    disk.write("x", 5, b"new")
    assert (tmp_path / "x").read_bytes() == b"wholenew"
    disk.close()


def test_a_torn_row_is_cut_off_and_the_next_stands_alone(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.note({"k": "a"})
    disk.close()
    with (tmp_path / "index.jsonl").open("ab") as index:
        index.write(b'{"k":"to')
    disk = Disk(tmp_path)
    disk.note({"k": "b"})
    assert list(disk.rows()) == [{"k": "a"}, {"k": "b"}]
    disk.close()


def test_a_row_that_is_none_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "index.jsonl").write_bytes(b'{"k":"a"}\nnonsense\n\xff\xfe\n{"k":"b"}\n')
    disk = Disk(tmp_path)
    assert list(disk.rows()) == [{"k": "a"}, {"k": "b"}]
    disk.close()


def test_few_files_are_open_however_many_are_written(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    before = len(os.listdir("/proc/self/fd"))
    for number in range(OPEN_FILES + 20):
        disk.write(f"{number}", 0, b"a")
    assert len(os.listdir("/proc/self/fd")) - before <= OPEN_FILES
    disk.write("0", 1, b"b")
    assert disk.read("0", 0, 2) == b"ab"
    disk.close()


def test_a_disk_that_fills_up_in_a_row_keeps_the_rows_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path)
    disk.note({"k": "a"})
    real, taken = os.pwrite, [3, 0]

    def little(file: int, data: bytes, offset: int) -> int:
        if not (room := taken.pop(0) if taken else len(data)):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, data[:room], offset)

    monkeypatch.setattr(os, "pwrite", little)
    with pytest.raises(OSError, match="No space"):
        disk.note({"k": "refused"})
    taken[:] = [2, 2]
    disk.note({"k": "b"})
    assert list(disk.rows()) == [{"k": "a"}, {"k": "b"}]
    disk.close()


def test_media_is_synced_before_the_index_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path)
    synced: list[str] = []
    real = os.fsync

    def watched(file: int) -> None:
        synced.append(os.path.relpath(os.readlink(f"/proc/self/fd/{file}"), tmp_path))
        real(file)

    monkeypatch.setattr(os, "fsync", watched)
    for path in ("hall/1/video/0.m4s", "hall/1/audio/0.m4s", "hall/1/video/0.m4s"):
        disk.write(path, 0, b"a")
        disk.note({"k": path})
    disk.sync()
    assert synced[:2] == ["hall/1/audio/0.m4s", "hall/1/video/0.m4s"]
    assert sorted(synced[2:4]) == ["hall/1/audio", "hall/1/video"]
    assert synced[4:] == ["index.jsonl", "."]
    disk.sync()
    assert len(synced) == 6, "what is on the disk already is not synced again"
    disk.close()


def test_what_was_removed_while_it_was_synced_needs_no_sync(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.write("hall/1/video/0.m4s", 0, b"part")
    shutil.rmtree(tmp_path / "hall")
    disk.sync()
    disk.close()


def test_what_could_not_be_synced_is_synced_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path)
    disk.write("a", 0, b"a")
    disk.note({"k": "a"})
    real, synced = os.fsync, [0]

    def failing(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="Input/output"):
        disk.sync()

    def counted(file: int) -> None:
        synced[0] += 1
        real(file)

    monkeypatch.setattr(os, "fsync", counted)
    disk.sync()
    assert synced == [4], "the file, its folder, the index, the folder of both"
    disk.close()
