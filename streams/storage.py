"""Where media bytes lie: one file a segment and lane, and one index of everything.

A part is written to its segment's file first and told to the index second, so the index never
names bytes that are not there. What the index says is read back at start: the same numbers mean
the same bytes, whatever happened in between.

What is promised:

    a killed process    loses nothing that a playlist has ever named: plain writes are the
                        kernel's, and it goes on
    a power cut         loses at most what came after the last `sync`, which whoever runs the
                        storage calls about once a second, in a thread: media files first, then
                        their folders, the index last. Of those last moments the index may name
                        bytes that are not there: whoever asks for them is refused

A write that fails, or that the end of the process tore, leaves nothing behind that counts: a part
is written at the place where it belongs, over whatever lies there, and the index is cut back to
its last whole row.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson

log = logging.getLogger("topmoede.storage")

Row = dict[str, Any]
OPEN_FILES = 64
INDEX = "index.jsonl"
SIFTED = "index.sifted"


@dataclass(frozen=True, slots=True)
class Sifted:
    """A new index, of the old one's first bytes."""

    upto_bytes: int


class Storage(Protocol):
    """Bytes by path, and the index. Reads and writes are short; a failed write raises OSError."""

    def write(self, path: str, offset: int, data: bytes) -> None:
        """Puts bytes at a place in a file; nothing lies behind them afterwards."""

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Bytes of a file. Raises FileNotFoundError."""

    def on_disk(self, path: str) -> bool:
        """Whether a file lies here, for whoever would send it without us."""

    def note(self, row: Row) -> None:
        """Adds a row to the index, whole or not at all."""

    def rows(self) -> Iterator[Row]:
        """The index from its beginning."""

    def remove(self, paths: Collection[str]) -> None:
        """Removes files for good, wherever they lie; slow, so in a thread. Raises OSError."""

    def sift(self, keep: Callable[[Row], Row | None]) -> Sifted:
        """Writes a new index of the rows that are kept, beside the old one; slow, in a thread."""

    def swap(self, sifted: Sifted) -> None:
        """Puts a new index in the old one's place, with what was noted meanwhile."""

    def sync(self) -> None:
        """Puts what was written before this call beyond a power cut; slow, so in a thread."""

    def close(self) -> None: ...


class Disk:
    """Files under one folder; the newest are kept open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}
        self._unsynced: set[str] = set()
        self._noted = False
        folder.mkdir(parents=True, exist_ok=True)
        self._index = os.open(folder / INDEX, os.O_RDWR | os.O_CREAT, 0o644)
        self._index_bytes = self._whole_rows()

    def write(self, path: str, offset: int, data: bytes) -> None:
        file = self._files.get(path)
        if file is None:
            file = self._open(path)
        os.ftruncate(file, offset)
        _write_all(file, offset, data)
        self._unsynced.add(path)

    def read(self, path: str, offset: int, size: int) -> bytes:
        with (self._folder / path).open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def on_disk(self, path: str) -> bool:
        return (self._folder / path).is_file()

    def note(self, row: Row) -> None:
        line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
        try:
            _write_all(self._index, self._index_bytes, line)
        except OSError:
            os.ftruncate(self._index, self._index_bytes)
            raise
        self._index_bytes += len(line)
        self._noted = True

    def rows(self) -> Iterator[Row]:
        with (self._folder / INDEX).open("rb") as file:
            for line in file:
                if (row := _row(line)) is not None:
                    yield row

    def remove(self, paths: Collection[str]) -> None:
        folders = set()
        for path in paths:
            file = self._files.pop(path, None)
            if file is not None:
                os.close(file)  # or its bytes would lie there for as long as we live
            (self._folder / path).unlink(missing_ok=True)
            self._unsynced.discard(path)
            folders.add((self._folder / path).parent)
        for folder in folders:
            with contextlib.suppress(OSError):  # there is something left in it
                folder.rmdir()
                folder.parent.rmdir()

    def sift(self, keep: Callable[[Row], Row | None]) -> Sifted:
        upto = self._index_bytes
        with (self._folder / INDEX).open("rb") as old, (self._folder / SIFTED).open("wb") as new:
            while old.tell() < upto:
                row = _row(old.readline())
                kept = keep(row) if row is not None else None
                if kept is not None:
                    new.write(orjson.dumps(kept) + b"\n")
            new.flush()
            os.fsync(new.fileno())
        return Sifted(upto)

    def swap(self, sifted: Sifted) -> None:
        newer = os.pread(self._index, self._index_bytes - sifted.upto_bytes, sifted.upto_bytes)
        file = os.open(self._folder / SIFTED, os.O_RDWR)
        size = os.fstat(file).st_size
        _write_all(file, size, newer)
        os.fsync(file)
        (self._folder / SIFTED).replace(self._folder / INDEX)
        os.close(self._index)
        self._index, self._index_bytes, self._noted = file, size + len(newer), True

    def sync(self) -> None:
        # Taken out one by one: what is written meanwhile is either among them or the next time's.
        paths = set()
        while self._unsynced:
            paths.add(self._unsynced.pop())
        noted, self._noted = self._noted, False
        files = [self._folder / path for path in sorted(paths)]
        try:
            for path in (*files, *{file.parent for file in files}):
                _sync(path)
            if noted:
                _sync(self._folder / INDEX)
                _sync(self._folder)
        except OSError:
            self._unsynced.update(paths)
            self._noted = True
            raise

    def close(self) -> None:
        for file in self._files.values():
            os.close(file)
        self._files.clear()
        if self._index >= 0:
            os.close(self._index)
            self._index = -1

    def _open(self, path: str) -> int:
        if len(self._files) >= OPEN_FILES:
            os.close(self._files.pop(next(iter(self._files))))
        whole = self._folder / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        file = self._files[path] = os.open(whole, os.O_WRONLY | os.O_CREAT, 0o644)
        return file

    def _whole_rows(self) -> int:
        """Cuts off the row in the middle of which the process was killed."""
        index = (self._folder / INDEX).read_bytes()
        whole = index.rfind(b"\n") + 1
        os.ftruncate(self._index, whole)
        return whole


class LookedAt:
    """A folder that is looked at and never written to, beside whoever writes to it.

    What would be written is forgotten. A last row that is being written is no row yet.

    Args:
        fetch: reads what does not lie here, where it lies elsewhere. Raises FileNotFoundError.
    """

    def __init__(self, folder: Path, fetch: Callable[[str, int, int], bytes] | None = None) -> None:
        self._folder = folder
        self._fetch = fetch

    def write(self, path: str, offset: int, data: bytes) -> None: ...

    def read(self, path: str, offset: int, size: int) -> bytes:
        try:
            with (self._folder / path).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except FileNotFoundError:
            if self._fetch is None:
                raise
            return self._fetch(path, offset, size)

    def on_disk(self, path: str) -> bool:
        return (self._folder / path).is_file()

    def note(self, row: Row) -> None: ...

    def rows(self) -> Iterator[Row]:
        with (self._folder / INDEX).open("rb") as file:
            for line in file:
                if line.endswith(b"\n") and (row := _row(line)) is not None:
                    yield row

    def remove(self, paths: Collection[str]) -> None: ...

    def sift(self, keep: Callable[[Row], Row | None]) -> Sifted:
        return Sifted(0)

    def swap(self, sifted: Sifted) -> None: ...

    def sync(self) -> None: ...

    def close(self) -> None: ...


def _row(line: bytes) -> Row | None:
    try:
        row: Row = orjson.loads(line)
    except ValueError:
        log.warning("expected a row in the index; came %r", line[:80])
        return None
    return row


def _write_all(file: int, offset: int, data: bytes) -> None:
    """A write may take less than it was given, most of all when the disk is nearly full."""
    written = 0
    while written < len(data):
        written += os.pwrite(file, data[written:], offset + written)


def _sync(path: Path) -> None:
    """Puts a file or folder beyond a power cut; one that was removed meanwhile needs it no more."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(file)
    finally:
        os.close(file)
