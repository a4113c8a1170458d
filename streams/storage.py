"""Where media bytes lie: one file a segment and lane, and one index of everything.

A part is appended to its segment's file first and told to the index second, so the index never
names bytes that are not there. Both are plain writes: they survive a killed process, and a power
cut loses at most the last moments of picture. What the index says is read back at start: the same
numbers mean the same bytes, whatever happened in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

Row = dict[str, Any]
OPEN_FILES = 64


class Storage(Protocol):
    """Bytes by path, and the index. Reads and writes are short; a failed write raises OSError."""

    def append(self, path: str, data: bytes) -> int:
        """Adds bytes to a file; returns where they begin."""

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Bytes of a file. Raises FileNotFoundError."""

    def note(self, row: Row) -> None:
        """Adds a row to the index."""

    def rows(self) -> Iterator[Row]:
        """The index from its beginning."""

    def close(self) -> None: ...


class Disk:
    """Files under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._index = (folder / "index.jsonl").open("ab", buffering=0)

    def append(self, path: str, data: bytes) -> int:
        file = self._files.get(path) or self._open(path)
        offset = file.tell()
        file.write(data)
        return offset

    def read(self, path: str, offset: int, size: int) -> bytes:
        with (self._folder / path).open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def note(self, row: Row) -> None:
        self._index.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")

    def rows(self) -> Iterator[Row]:
        with (self._folder / "index.jsonl").open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break  # the process was killed in the middle of this row
                yield json.loads(line)

    def close(self) -> None:
        for file in (*self._files.values(), self._index):
            file.close()
        self._files.clear()

    def _open(self, path: str) -> BinaryIO:
        if len(self._files) >= OPEN_FILES:
            self._files.pop(next(iter(self._files))).close()
        whole = self._folder / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        file = whole.open("ab", buffering=0)
        file.seek(0, 2)
        self._files[path] = file
        return file
