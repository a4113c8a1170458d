"""Uploads under way: bytes that arrive in pieces, over days if need be, until a file is whole.

An upload is two files with a name of ours: `ID.json`, what was said of it, and `ID.part`, what has
come. How far it has come is the size of the second and stands nowhere else: a killed process has
forgotten nothing. When it is whole and its digest agrees, it becomes `ID.whole`, once, by a rename.

Who appends last is right: whoever goes on with an upload after a lost line must not wait for the
lost line's end, so an older appender is sent away. A piece with a checksum counts whole or not at
all; without one, what has arrived counts.

A piece that comes too slowly is broken off: within half a minute of waiting at least 64 KB of it
have come, or its end. That is 17 kbit/s; time in which the disk writes does not count.

The digest of the whole file is one of those in `digests.py`.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from streams.errors import Refused
from streams.films.digests import Checksum, digest_of

WRITTEN_AT_ONCE_BYTES = 1024 * 1024
KEPT_FREE_BYTES = 512 * 1024 * 1024
MOST_UPLOADS = 30
LEAST_AT_ONCE_BYTES = 64 * 1024
WAITS_FOR_BYTES_S = 30.0
"""In which so many bytes come; who is slower than that holds a connection and sends no film."""
GIVES_WAY_WITHIN_S = 10.0
UNCLAIMED_S = 60.0
ABOUT_TO_S = 3.0
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """What was said of an upload when it began.

    Args:
        film: the film it is to become.
        name: of the file where it comes from; shown, and never part of a path.
        size: in bytes, of the whole.
        by: the name of whoever began it.
    """

    id: str
    film: str
    name: str
    size: int
    by: str


class Uploads:
    """The uploads of one folder.

    Args:
        largest_bytes: how large a file may be.
        hours: how long an upload may lie untouched.
        free: how many bytes the disk has left.
        waits_s: how long LEAST_AT_ONCE_BYTES are waited for.
    """

    def __init__(
        self,
        folder: Path,
        largest_bytes: int,
        hours: float,
        free: Callable[[], int] | None = None,
        waits_s: float = WAITS_FOR_BYTES_S,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.largest_bytes = largest_bytes
        self._folder = folder
        self._hours = hours
        self._waits_s = waits_s
        self._free = free or (lambda: shutil.disk_usage(folder).free)
        self._uploads = {each.id: each for each in self._read_back()}
        self._turns: dict[str, asyncio.Lock] = {}
        self._newest: dict[str, object] = {}
        self._limits: dict[str, asyncio.Timeout] = {}
        self._looked_at: dict[str, asyncio.Lock] = {}

    def find(self, id: str) -> Upload:
        """An upload. Raises Refused `not_found`."""
        if (upload := self._uploads.get(id)) is None:
            raise Refused("not_found", "expected an upload that was begun and has not ended")
        return upload

    def of(self, film: str) -> Upload | None:
        """The upload that is to become a film."""
        return next((each for each in self._uploads.values() if each.film == film), None)

    def offset(self, upload: Upload) -> int:
        """How many bytes have come."""
        if self.is_whole(upload):
            return upload.size
        try:
            return self._part(upload).stat().st_size
        except FileNotFoundError:
            return 0

    def is_whole(self, upload: Upload) -> bool:
        return self.path(upload).is_file()

    def path(self, upload: Upload) -> Path:
        """Where the file lies when it is whole."""
        return self._folder / f"{upload.id}.whole"

    def is_arriving(self, upload: Upload, now: datetime) -> bool:
        """Whether somebody appends, or did a moment ago and is about to again."""
        turn = self._turns.get(upload.id)
        busy = turn is not None and turn.locked()
        return busy or self.untouched_s(upload, now) < ABOUT_TO_S

    def untouched_s(self, upload: Upload, now: datetime) -> float:
        """How long no byte has come."""
        for path in (self._part(upload), self.path(upload)):
            if path.exists():
                return now.timestamp() - path.stat().st_mtime
        return 0.0

    def begin(self, film: str, name: str, size: int, by: str) -> Upload:
        """Begins an upload.

        Raises:
            Refused: `empty`, `too_large`, `upload_exists` with its facts, `too_many`,
                `storage_full`.
        """
        if size <= 0:
            raise Refused("empty", f"expected a file with something in it; came {size} bytes")
        if size > self.largest_bytes:
            expected = f"expected at most {self.largest_bytes} bytes; came {size}"
            raise Refused("too_large", expected, largest_bytes=self.largest_bytes)
        if (other := self.of(film)) is not None:
            raise Refused(
                "upload_exists",
                "expected a film that nobody is uploading; go on with that upload or discard it",
                upload=other.id, name=other.name, size=other.size, offset=self.offset(other),
            )  # fmt: skip
        if len(self._uploads) >= MOST_UPLOADS:
            raise Refused("too_many", f"expected at most {MOST_UPLOADS} uploads at a time")
        self._check_space(size)
        upload = Upload(secrets.token_hex(16), film, plain_name(name), size, by)
        try:
            self._part(upload).touch()
            self._note(upload)
        except OSError as error:
            self._forget(upload)
            raise _failed(error) from error
        self._uploads[upload.id] = upload
        return upload

    async def append(
        self,
        upload: Upload,
        offset: int,
        chunks: AsyncIterator[bytes],
        checksum: Checksum | None = None,
    ) -> int:
        """Adds a piece at its place; returns how far the upload has come.

        Args:
            offset: where the piece begins; it must be where the upload ends.
            chunks: its bytes as they arrive, at least LEAST_AT_ONCE_BYTES in WAITS_FOR_BYTES_S.

        Raises:
            Refused: `wrong_offset` with `offset`, `too_large`, `checksum_mismatch`,
                `taken_over`, `too_slow`, `storage_full`, `storage_failed`.
        """
        async with self._turn(upload):
            at = self.offset(upload)
            if offset != at:
                raise Refused("wrong_offset", f"expected offset {at}; came {offset}", offset=at)
            if self.is_whole(upload):
                return at
            hashed = hashlib.new(checksum.algorithm) if checksum is not None else None
            try:
                whole = await self._take(upload, at, chunks, hashed)
            except BaseException:
                if hashed is not None:
                    self._cut_back(upload, at)
                raise
            if checksum is not None and hashed is not None and hashed.digest() != checksum.digest:
                self._cut_back(upload, at)
                came = hashed.hexdigest()
                expected = f"expected {checksum.algorithm} {checksum.digest.hex()}; came {came}"
                raise Refused("checksum_mismatch", expected, offset=at)
            return whole

    async def finish(self, upload: Upload, digest: tuple[str, bytes] | None = None) -> None:
        """Makes a whole file of an upload that has come to its end; again does nothing.

        Whoever asks while the file is looked at already waits for that.

        Args:
            digest: its name and what it must be; None: taken as it came.

        Raises:
            Refused: `incomplete`, `not_found`, or `file_mismatch`, and the upload is discarded.
        """
        async with self._looked_at.setdefault(upload.id, asyncio.Lock()):
            if self.is_whole(upload):
                return
            self.find(upload.id)
            if (offset := self.offset(upload)) != upload.size:
                raise Refused("incomplete", f"expected {upload.size} bytes; came {offset}")
            if digest is not None:
                await self._compare(upload, *digest)
            if self._part(upload).exists():
                self._part(upload).replace(self.path(upload))

    async def _compare(self, upload: Upload, name: str, expected: bytes) -> None:
        came = await asyncio.to_thread(digest_of, self._part(upload), name)
        if came != expected:
            self.discard(upload)
            detail = f"expected {name} {expected.hex()}; came {came.hex()}"
            raise Refused("file_mismatch", detail)

    def discard(self, upload: Upload) -> None:
        """Ends an upload and forgets its bytes."""
        self._give_way(upload)
        for kept in (self._uploads, self._turns, self._newest, self._looked_at):
            kept.pop(upload.id, None)
        self._forget(upload)

    def whole(self) -> list[Upload]:
        """Those that wait to be taken in."""
        return [each for each in self._uploads.values() if self.is_whole(each)]

    def all(self) -> list[Upload]:
        return list(self._uploads.values())

    async def sweep(self, now: datetime) -> None:
        """Discards what has lain untouched too long; claims what is whole and nobody finished."""
        for upload in self.all():
            looked_at = self._looked_at.get(upload.id)
            if self.is_whole(upload) or (looked_at is not None and looked_at.locked()):
                continue
            untouched_s = self.untouched_s(upload, now)
            if untouched_s > self._hours * 3600:
                self.discard(upload)
            elif untouched_s > UNCLAIMED_S and self.offset(upload) == upload.size:
                await self.finish(upload)

    # Appending.

    def _turn(self, upload: Upload) -> _Turn:
        self._give_way(upload)
        return _Turn(self._turns.setdefault(upload.id, asyncio.Lock()))

    def _give_way(self, upload: Upload) -> object:
        """Sends away whoever is appending; returns what tells the newcomer from the others."""
        newest = self._newest[upload.id] = object()
        if (limit := self._limits.pop(upload.id, None)) is not None:
            limit.reschedule(0.0)
        return newest

    async def _take(
        self, upload: Upload, at: int, chunks: AsyncIterator[bytes], hashed: hashlib._Hash | None
    ) -> int:
        waiting = bytearray()
        try:
            async for chunk in self._in_time(upload, chunks):
                waiting += chunk
                if at + len(waiting) > upload.size:
                    raise Refused("too_large", f"expected {upload.size} bytes in all; came more")
                if len(waiting) >= WRITTEN_AT_ONCE_BYTES:
                    at = await self._write(upload, at, waiting, hashed)
        finally:
            if waiting and at + len(waiting) <= upload.size:
                at = await self._write(upload, at, waiting, hashed)
        return at

    async def _in_time(self, upload: Upload, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The chunks, enough of them in time; ends early for whoever comes after."""
        newest = self._newest.get(upload.id)
        now_s = asyncio.get_running_loop().time
        left_s, came = self._waits_s, 0
        while True:
            began_s = now_s()
            try:
                async with asyncio.timeout(left_s) as limit:
                    self._limits[upload.id] = limit
                    try:
                        chunk = await anext(chunks, None)
                    finally:
                        if self._limits.get(upload.id) is limit:
                            del self._limits[upload.id]
            except TimeoutError as late:
                if self._newest.get(upload.id) is newest:
                    wanted = f"{LEAST_AT_ONCE_BYTES} bytes within {self._waits_s:g} s"
                    raise Refused("too_slow", f"expected {wanted}; came {came}") from late
                chunk = b""
            if self._newest.get(upload.id) is not newest:
                raise Refused("taken_over", "expected to be the last to go on with this upload")
            if chunk is None:
                return
            left_s, came = left_s - (now_s() - began_s), came + len(chunk)
            if came >= LEAST_AT_ONCE_BYTES:
                left_s, came = self._waits_s, 0
            yield chunk

    async def _write(
        self, upload: Upload, at: int, waiting: bytearray, hashed: hashlib._Hash | None
    ) -> int:
        """Writes what waits, and forgets it; a write that fails leaves the file as it was."""
        data = bytes(waiting)
        waiting.clear()
        if self._free() < KEPT_FREE_BYTES + len(data):
            raise Refused("storage_full", "expected room on the disk; there is none left")
        try:
            await asyncio.to_thread(_write_at, self._part(upload), at, data, hashed)
        except OSError as error:
            self._cut_back(upload, at)
            raise _failed(error) from error
        return at + len(data)

    def _cut_back(self, upload: Upload, at: int) -> None:
        try:
            with self._part(upload).open("r+b") as file:
                file.truncate(at)
        except FileNotFoundError:
            pass

    # Files.

    def _check_space(self, size: int) -> None:
        """An upload, the film made of it and its segments must all lie here, beside the others."""
        promised = sum(3 * each.size - self.offset(each) for each in self._uploads.values())
        needed = 3 * size + promised + KEPT_FREE_BYTES
        if (free := self._free()) < needed:
            expected = f"expected {needed} bytes free on the disk; there are {free}"
            raise Refused("storage_full", expected, needed_bytes=needed, free_bytes=free)

    def _part(self, upload: Upload) -> Path:
        return self._folder / f"{upload.id}.part"

    def _note(self, upload: Upload) -> None:
        new = self._folder / f"{upload.id}.new"
        new.write_text(json.dumps(asdict(upload)), "utf-8")
        new.replace(self._folder / f"{upload.id}.json")

    def _forget(self, upload: Upload) -> None:
        for ending in ("json", "new", "part", "whole"):
            (self._folder / f"{upload.id}.{ending}").unlink(missing_ok=True)

    def _read_back(self) -> Iterator[Upload]:
        """What a former process knew; files that belong to nothing go."""
        known: set[str] = set()
        for file in self._folder.glob("*.json"):
            try:
                upload = Upload(**json.loads(file.read_text("utf-8")))
            except (OSError, ValueError, TypeError):
                continue
            if _ID.fullmatch(upload.id) and file.stem == upload.id:
                known.add(upload.id)
                yield upload
        for file in self._folder.iterdir():
            if _ID.fullmatch(file.stem) and file.stem not in known:
                file.unlink(missing_ok=True)


class _Turn:
    """One appender at a time; the one who was sent away has a moment to leave."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(GIVES_WAY_WITHIN_S):
                await self._lock.acquire()
        except TimeoutError as late:
            raise Refused("upload_busy", "expected an upload that nobody appends to") from late

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


def plain_name(name: str) -> str:
    """A file's name as it may be shown: no folders, no signs that are not seen."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(sign for sign in last if sign.isprintable()).strip()
    return seen[:_LONGEST_NAME] or "film"


def _write_at(path: Path, at: int, data: bytes, hashed: hashlib._Hash | None) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)
    if hashed is not None:
        hashed.update(data)


def _failed(error: OSError) -> Refused:
    if error.errno in FULL:
        return Refused("storage_full", "expected room on the disk; there is none left")
    return Refused("storage_failed", f"expected to write; {error.strerror}")
