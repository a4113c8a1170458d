"""Gives a process of its own the segments that it asks nothing for: they come by its input.

So what opens pictures that came from outside needs neither our storage nor our keys. One process is
given one piece at a time and reads at its own pace; what it says of how far it is, is told on.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from streams.recordings.spans import Span
from streams.segments import Lane
from streams.shelf import Shelf

SILENT_AT_MOST_S = 300.0
MOST_S = 3600.0
LONGEST_LINE = 4096


class Failed(Exception):
    """A process did not do its work; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What of a span is handed on.

    Args:
        pictures, sounds: the parts of each lane, or none.
    """

    span: Span
    pictures: range
    sounds: range


async def run(
    module: str,
    arguments: Iterable[str],
    shelf: Shelf,
    pieces: Iterable[Piece],
    told: Callable[[int], None] = lambda written: None,
) -> None:
    """Runs a process to its end.

    Args:
        told: how many bytes it has written, or read.

    Raises:
        Failed: when it fails, says nothing for long, or takes too long.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=None, limit=LONGEST_LINE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(MOST_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(_feed(process, shelf, pieces))
            tasks.create_task(_listen(process, told))
            status = await process.wait()
    except* (TimeoutError, OSError, KeyError, ValueError) as errors:
        raise Failed(f"expected {module} to end well; {errors.exceptions[0]!r}") from errors
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status != 0:
        raise Failed(f"expected {module} to end with 0; came {status}")


async def _feed(process: asyncio.subprocess.Process, shelf: Shelf, pieces: Iterable[Piece]) -> None:
    """Raises OSError, KeyError where bytes are not to be had, or nobody reads them."""
    assert process.stdin is not None
    for piece in pieces:
        pictures, sounds = await asyncio.to_thread(_bytes_of, shelf, piece)
        process.stdin.write(_line(piece.span, len(pictures), len(sounds)) + pictures + sounds)
        async with asyncio.timeout(SILENT_AT_MOST_S):
            await process.stdin.drain()
    process.stdin.close()


async def _listen(process: asyncio.subprocess.Process, told: Callable[[int], None]) -> None:
    assert process.stdout is not None
    while True:
        async with asyncio.timeout(SILENT_AT_MOST_S):
            line = await process.stdout.readline()
        if not line:
            return
        match json.loads(line):
            case {"written": int(written)}:
                told(written)


def _bytes_of(shelf: Shelf, piece: Piece) -> tuple[bytes, bytes]:
    span = piece.span

    def read(lane: Lane, parts: range) -> bytes:
        if not parts or span.gap:
            return b""
        return shelf.read(span.generation, lane, span.segment, parts.start, parts.stop - 1)

    return read(Lane.VIDEO, piece.pictures), read(Lane.AUDIO, piece.sounds)


def _line(span: Span, video: int, audio: int) -> bytes:
    about = span.generation.parameters
    said = {
        "at": span.at_ticks,
        "start": span.start_ticks,
        "video": video,
        "audio": audio,
        "width": about.width,
        "height": about.height,
        "sps": base64.b64encode(about.sps).decode(),
        "pps": base64.b64encode(about.pps).decode(),
    }
    return json.dumps(said).encode() + b"\n"
