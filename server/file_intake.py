"""Taking a file in that a person sends: a place, the bytes in time and within bounds, what it is.

Told by its own bytes, never by its name or by what the sender says it is. A picture is drawn anew
in a process of its own (`streams.photos`); a PDF is kept as it came and never opened. So many come
in at a time, and a few of each person's: who finds no place is told to come again.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.filewords import FileKind
from server.errors import Refused
from server.settings import FileLimits

RECEIVING, RECEIVING_EACH = 12, 2
DRAWING = 2
DRAWN_WITHIN_S = 40.0
WAITS_FOR_BYTES_S, LEAST_AT_ONCE_BYTES = 30.0, 64 * 1024
TAIL_BYTES = 1024
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


@dataclass(frozen=True, slots=True)
class Made:
    """What is kept of a file that came, and the small picture beside it."""

    kind: FileKind
    data: bytes
    width: int | None = None
    height: int | None = None
    small: bytes | None = None


class FileIntake:
    """The places of a process, and what is made of what comes."""

    def __init__(self, limits: FileLimits) -> None:
        self.limits = limits
        self._receiving: dict[str, int] = {}
        self._drawing = asyncio.Semaphore(DRAWING)

    def place(self, person: str) -> Place:
        """One of the places for files that are coming in, held while it is open.

        Raises:
            Refused: `busy`.
        """
        return Place(self._receiving, person)

    async def made(self, chunks: AsyncIterator[bytes], said_bytes: int | None) -> Made:
        """What is to be kept of a file.

        Args:
            said_bytes: how large the sender says it is.

        Raises:
            Refused: `too_large` with `most`, `file_kind`, `file_heic`, `file_unreadable`,
                `picture_too_large`, `too_slow`.
        """
        data = await self._read(chunks, said_bytes)
        kind = kind_of(data)
        most = self.limits.pdf_bytes if kind == "pdf" else self.limits.picture_bytes
        if len(data) > most:
            raise _too_large(most)
        if kind == "pdf":
            return Made("pdf", data)
        async with self._drawing:
            return await _drawn(data)

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


class Place:
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
