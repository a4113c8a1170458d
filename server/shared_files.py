"""The files people share in rooms: taken in, found again, removed.

    taken in    read whole and within bounds; told by its own bytes, never by its name or by what
                the sender says it is; a picture drawn anew in a process of its own
                (`streams.photos`), a PDF kept as it came and never opened; put into the cabinet,
                then told to the room's decider, which may still refuse
    found       by whoever may see the message it stands with: all of the room; while it waits for
                the host its author and the hosts; before it is posted its author alone
    removed     when the room says so (`FilesDropped`), and once more by the sweep, which also
                finds what a killed process left

Where a whole file is, is nobody's secret but the room's: who may not have it is told the same as
of a file that does not exist.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from chat import files as rules
from chat.files import Files, Kept
from chat.filewords import DropFile, FileKind, KeepFile
from server import wire
from server.access.actor import SYSTEM, Actor
from server.dispatch import Dispatch
from server.errors import Refused, not_found
from server.picture import bucket_address
from server.settings import FileLimits, Settings
from streams.bucket import open_store
from streams.cabinet import BucketCabinet, Cabinet, DiskCabinet

FOLDER = "rooms"
RECEIVING, RECEIVING_EACH = 12, 2
DRAWING = 2
DRAWN_WITHIN_S = 40.0
WAITS_FOR_BYTES_S, LEAST_AT_ONCE_BYTES = 30.0, 64 * 1024
TAIL_BYTES = 1024
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that somebody may have."""

    kind: FileKind
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """What is kept of a file that came, and the small picture beside it."""

    kind: FileKind
    data: bytes
    width: int | None = None
    height: int | None = None
    small: bytes | None = None


class SharedFiles:
    """The files of all rooms of an edition."""

    def __init__(
        self,
        dispatch: Dispatch,
        cabinet: Cabinet,
        limits: FileLimits,
        now: Callable[[], datetime],
    ) -> None:
        """
        Args:
            now: wall time.
        """
        self.cabinet = cabinet
        self._now = now
        self.limits = limits
        self._dispatch = dispatch
        self._receiving: dict[str, int] = {}
        self._drawing = asyncio.Semaphore(DRAWING)

    async def receive(
        self, person: Actor, room: str, chunks: AsyncIterator[bytes], said_bytes: int | None
    ) -> dict[str, Any]:
        """Take a file in; what the room keeps of it, for the message to come.

        Args:
            room: one that the person may read.
            said_bytes: how large the sender says it is.

        Raises:
            Refused: `too_large` with `most`, `file_kind`, `file_heic`, `file_unreadable`,
                `picture_too_large`, `files_full`, `files_too_fast`, `too_slow`, `busy`,
                `storage_failed`.
        """
        with self._a_place(person.id):
            await self._refuse_full(person, room, said_bytes or 1)
            made = await self._made(await self._read(chunks, said_bytes))
            id = secrets.token_hex(16)
            await self._put(f"{room}/{id}", made)
            keep = self._keep(person, id, made.kind, len(made.data), made.width, made.height)
            try:
                await self._ask(room, keep)
            except BaseException:
                await self.remove(room, (id,))
                raise
        found = {"id": id, "kind": made.kind, "size": len(made.data)}
        return found | ({"width": made.width, "height": made.height} if made.width else {})

    async def find(self, person: Actor, room: str, id: str, *, small: bool, hosts: bool) -> Found:
        """A file's bytes, for somebody who may read the room.

        Args:
            small: the small picture beside it.
            hosts: whether the person is one of the room's hosts.

        Raises:
            Refused: `not_found`.
        """
        files, held = await self._state(room)
        kept = files.kept.get(id)
        if kept is None or not _may_have(person, kept, held, hosts=hosts):
            raise not_found(f"room:{room}")
        name = f"{room}/{id}.small" if small else f"{room}/{id}"
        try:
            data = await asyncio.to_thread(self.cabinet.get, name)
        except FileNotFoundError:
            raise not_found(f"room:{room}") from None
        except OSError as error:
            raise Refused("storage_failed", "expected to read this file, could not") from error
        called = kept.shown.name if kept.shown else rules.tidy_name("", kept.kind)
        return Found("jpeg" if small else kept.kind, called, data)

    async def drop(self, person: Actor, room: str, id: str) -> None:
        """Let go of a file that was sent and not posted. Raises Refused `not_found`."""
        try:
            await self._ask(room, DropFile(id, person.id))
        except Exception as refusal:
            if getattr(refusal, "code", "") != "unknown_file":
                raise
            raise not_found(f"room:{room}") from None

    async def remove(self, room: str, ids: Sequence[str]) -> None:
        """Remove bytes, in the cabinet's own thread; what fails is left to the sweep."""
        for id in ids:
            await asyncio.to_thread(self.cabinet.remove, f"{room}/{id}")
            await asyncio.to_thread(self.cabinet.remove, f"{room}/{id}.small")

    # What the room says.

    async def _state(self, room: str) -> tuple[Files, frozenset[str]]:
        state = (await self._dispatch.unit_of(f"room:{room}")).fold.state
        return state.files, frozenset(one.id for one in state.hosting.held)

    async def _ask(self, room: str, command: KeepFile | DropFile) -> None:
        name = wire.name_of(type(command))
        id = f"{name}:{room}:{command.file}"
        data = wire.data_of(command)
        await self._dispatch.do(SYSTEM, id, f"room.files:{room}", name, data, command)

    async def _refuse_full(self, person: Actor, room: str, size: int) -> None:
        """Before anything is read; who is refused now need not send ten megabytes first."""
        files, _ = await self._state(room)
        rules.refuse_size(files, self._keep(person, "", "pdf", size, None, None), self._now())

    def _keep(
        self,
        person: Actor,
        id: str,
        kind: FileKind,
        size: int,
        width: int | None,
        height: int | None,
    ) -> KeepFile:
        most = self.limits
        return KeepFile(id, person.id, kind, size, most.room_bytes, most.hour_bytes, width, height)

    # Taking in.

    def _a_place(self, person: str) -> _Place:
        return _Place(self._receiving, person)

    async def _read(self, chunks: AsyncIterator[bytes], said_bytes: int | None) -> bytes:
        most = max(self.limits.picture_bytes, self.limits.pdf_bytes)
        if said_bytes is not None and said_bytes > most:
            raise _too_large(most)
        body = bytearray()
        async for chunk in _in_time(chunks):
            body += chunk
            if len(body) > most:
                raise _too_large(most)
        return bytes(body)

    async def _made(self, data: bytes) -> Made:
        kind = kind_of(data)
        most = self.limits.pdf_bytes if kind == "pdf" else self.limits.picture_bytes
        if len(data) > most:
            raise _too_large(most)
        if kind == "pdf":
            return Made("pdf", data)
        async with self._drawing:
            return await _drawn(data)

    async def _put(self, name: str, made: Made) -> None:
        try:
            if made.small is not None:
                await asyncio.to_thread(self.cabinet.put, f"{name}.small", made.small)
            await asyncio.to_thread(self.cabinet.put, name, made.data)
        except OSError as error:
            raise Refused("storage_failed", "expected to store this file, could not") from error


class _Place:
    """One of the places for files that are coming in; a few for each person."""

    def __init__(self, taken: dict[str, int], person: str) -> None:
        self._taken, self._person = taken, person

    def __enter__(self) -> None:
        mine = self._taken.get(self._person, 0)
        if mine >= RECEIVING_EACH or sum(self._taken.values()) >= RECEIVING:
            raise Refused("busy", "expected a place to send a file, got none", retry_ms=2_000)
        self._taken[self._person] = mine + 1

    def __exit__(self, *_: object) -> None:
        if (left := self._taken.pop(self._person) - 1) > 0:
            self._taken[self._person] = left


def kind_of(data: bytes) -> str:
    """What a file is, by its own bytes: `pdf` or `picture`.

    Raises:
        Refused: `file_heic` for what an iPhone keeps its pictures in, `file_kind` for all else.
    """
    if data.startswith(b"%PDF-"):
        if b"%%EOF" in data[-TAIL_BYTES:]:
            return "pdf"
        raise Refused("file_unreadable", "expected a whole PDF; came one without an end")
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or is_webp:
        return "picture"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise Refused("file_heic", "expected JPEG, PNG, WebP or PDF; came HEIC")
    raise Refused("file_kind", "expected JPEG, PNG, WebP or PDF; came something else")


def _may_have(person: Actor, kept: Kept, held: frozenset[str], *, hosts: bool) -> bool:
    if kept.by == person.id:
        return True
    return kept.on is not None and (hosts or kept.on not in held)


async def _in_time(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks, enough of them in time; who is slower holds a place and sends no file."""
    now_s = asyncio.get_running_loop().time
    left_s, came = WAITS_FOR_BYTES_S, 0
    while True:
        began_s = now_s()
        try:
            async with asyncio.timeout(left_s):
                chunk = await anext(chunks, None)
        except TimeoutError as late:
            wanted = f"{LEAST_AT_ONCE_BYTES} bytes within {WAITS_FOR_BYTES_S:g} s"
            raise Refused("too_slow", f"expected {wanted}; came {came}") from late
        if chunk is None:
            return
        left_s, came = left_s - (now_s() - began_s), came + len(chunk)
        if came >= LEAST_AT_ONCE_BYTES:
            left_s, came = WAITS_FOR_BYTES_S, 0
        yield chunk


async def _drawn(data: bytes) -> Made:
    """A picture drawn anew; the process that does it is gone when this returns."""
    with tempfile.TemporaryDirectory(prefix="topmoede-picture-") as made:
        folder = Path(made)
        source, large, small = folder / "came", folder / "large", folder / "small"
        await asyncio.to_thread(source.write_bytes, data)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streams.photos", str(source), str(large), str(small),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(DRAWN_WITHIN_S):
                said, _ = await process.communicate()
        except TimeoutError:
            said = b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        told = _told(said)
        kept = await asyncio.to_thread(large.read_bytes), await asyncio.to_thread(small.read_bytes)
        return Made(told["kind"], kept[0], int(told["width"]), int(told["height"]), kept[1])


def _told(said: bytes) -> dict[str, Any]:
    """What was drawn. What reads a hostile picture may say anything, or nothing."""
    try:
        told = json.loads(said)
        if "refused" in told:
            raise Refused(str(told["refused"]), str(told["detail"]), **told["facts"])
        drawn: dict[str, Any] = told["drawn"]
        if drawn["kind"] not in ("jpeg", "png"):
            raise ValueError(drawn["kind"])
    except (ValueError, TypeError, KeyError) as error:
        detail = "expected a picture that can be read; its reader failed"
        raise Refused("file_unreadable", detail) from error
    return drawn


def _too_large(most: int) -> Refused:
    return Refused("too_large", f"expected at most {most} bytes; came more", most=most)


def cabinet_of(settings: Settings) -> Cabinet:
    """Where the rooms' files lie: in the data folder, or in the bucket that media has."""
    if settings.bucket is None:
        return DiskCabinet(settings.data / FOLDER)
    address = bucket_address(settings.bucket)
    prefix = "/".join(filter(None, (address.prefix.strip("/"), FOLDER)))
    return BucketCabinet(open_store(replace(address, prefix=prefix)))
