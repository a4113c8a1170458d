"""Where whole files lie that are put once, read whole and taken out again: on disk or in a bucket.

Media grows by parts and keeps an index (`storage.py`); what lies here does neither. A name is two
plain words of ours with a slash between, `aalborg/0123…`: nothing that anybody typed. A file is
there whole or not at all, and what has been put lies beyond a power cut.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,150}/[0-9a-f]{32}(\.small)?")


class Cabinet(Protocol):
    """Every call waits for the disk or the network, so in a thread; what fails raises OSError."""

    def put(self, name: str, data: bytes) -> None: ...

    def get(self, name: str) -> bytes:
        """Raises FileNotFoundError."""

    def remove(self, name: str) -> None:
        """Nothing to do where there is no such file."""

    def names(self) -> Iterator[tuple[str, datetime]]:
        """Everything that lies here, and since when."""


class DiskCabinet:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, data: bytes) -> None:
        path = self._folder / _checked(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.part")
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def get(self, name: str) -> bytes:
        return (self._folder / _checked(name)).read_bytes()

    def remove(self, name: str) -> None:
        (self._folder / _checked(name)).unlink(missing_ok=True)

    def names(self) -> Iterator[tuple[str, datetime]]:
        for path in sorted(self._folder.glob("*/*")):
            name = path.relative_to(self._folder).as_posix()
            if _NAME.fullmatch(name):
                yield name, datetime.fromtimestamp(path.stat().st_mtime, UTC)


class BucketCabinet:
    """Objects of a bucket; the store's prefix keeps them apart from the media's."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put(self, name: str, data: bytes) -> None:
        with _AsOSError():
            obstore.put(self._store, _checked(name), data)

    def get(self, name: str) -> bytes:
        with _AsOSError():
            return bytes(obstore.get(self._store, _checked(name)).bytes())

    def remove(self, name: str) -> None:
        with _AsOSError():
            obstore.delete(self._store, _checked(name))

    def names(self) -> Iterator[tuple[str, datetime]]:
        with _AsOSError():
            found = [
                (one["path"], one["last_modified"])
                for page in obstore.list(self._store)
                for one in page
            ]
        yield from ((name, at) for name, at in found if _NAME.fullmatch(name))


class _AsOSError:
    """A bucket's failures as a disk's."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise FileNotFoundError("expected a file in the bucket; there is none") from error
        if isinstance(error, BaseError):
            raise OSError(f"expected the bucket to answer; {type(error).__name__}") from error


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"expected a name of ours; came {name!r:.80}")
    return name
