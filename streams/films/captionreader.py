"""Captions read in a process of their own, and written as we write them.

Reading two megabytes of captions takes a second of pure thought. A thread for it would share one
interpreter with the event loop, which then comes 4 to 30 ms late, again and again; a process shares
nothing. It is one for each file, `python -m streams.films.captionreader [TARGET [BESIDE [THERE]]]`:
the file comes in by standard input, what was found goes out as one JSON object, and where there is
a TARGET the captions are written there. Those that were written BESIDE a recording (stretches.py,
as JSON) are taken into what is THERE. Like everything that reads files from outside it has no
network, and little memory and time (`confinement.py`).
"""

from __future__ import annotations

import codecs
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from streams.errors import Refused
from streams.films.captions import (
    CaptionFaults,
    Cue,
    Fault,
    check_size,
    read_webvtt,
    write_webvtt,
)
from streams.films.confinement import confine
from streams.films.stretches import Beside, Stretch, taken_in
from streams.films.subrip import read_subrip

MOST_MEMORY_BYTES = 1024**3
MOST_CPU_S = 20
ENDS_WITHIN_S = 60.0
NICE = 5
"""Somebody waits for it, and it is short: it gives way to the day's picture and to nothing else."""


@dataclass(frozen=True, slots=True)
class Track:
    """Captions in one language.

    Args:
        end_s: when the last of them ends.
    """

    cues: int
    end_s: float


def read_apart(
    data: bytes,
    target: Path | None = None,
    beside: Beside | None = None,
    there: Path | None = None,
) -> Track:
    """What a file of captions holds; waits for the process that reads it, so in a thread.

    Args:
        target: where the captions are written as WebVTT.
        beside: what recording they were written beside; None: they are the whole text.
        there: the text that they are taken into, if any.

    Raises:
        CaptionFaults: with every fault.
        Refused: `captions_unreadable` where the process was ended by one of its limits.
        OSError: they could not be written.
    """
    told: list[str | Path] = [target] if target else []
    if target and beside is not None:
        told += [_told(beside), *([there] if there else [])]
    command = [sys.executable, "-m", "streams.films.captionreader", *map(str, told)]
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=ENDS_WITHIN_S, check=True,
        )  # fmt: skip
    except subprocess.SubprocessError as error:
        detail = f"expected captions that are read in time and in little room; came {error!s:.80}"
        raise Refused("captions_unreadable", detail) from error
    found = json.loads(done.stdout)
    match found:
        case {"faults": faults}:
            raise CaptionFaults(Fault(*each) for each in faults)
        case {"errno": number, "why": why}:
            raise OSError(number, why)
    return Track(**found)


def read_captions(data: bytes) -> tuple[Cue, ...]:
    """The cues of a WebVTT or SubRip file.

    Raises:
        CaptionFaults: with every fault.
    """
    text = _text(data)
    begins = text.removeprefix("\ufeff")
    cues = read_webvtt(text) if begins.startswith("WEBVTT") else read_subrip(text)
    if not cues:
        raise CaptionFaults([Fault(1, "a cue", "none")])
    return cues


def _text(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _utf_16(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            line = data.count(b"\n", 0, error.start) + 1
            came = data[error.start : error.start + 4].hex(" ")
            raise CaptionFaults([Fault(line, "UTF-8", came)]) from error


def _utf_16(data: bytes) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        line = data[: error.start].decode("utf-16", "ignore").count("\n") + 1
        came = data[error.start : error.start + 4].hex(" ")
        raise CaptionFaults([Fault(line, "UTF-16", came)]) from error


def _told(beside: Beside) -> str:
    rows = [(each.at_ticks, each.from_ticks, each.lasts_ticks) for each in beside.stretches]
    return json.dumps([rows, beside.later_s])


def _taken(
    data: bytes, target: str | None = None, beside: str | None = None, there: str | None = None
) -> dict[str, object]:
    """What is told of a file."""
    try:
        cues = read_captions(data)
        if beside is not None:
            cues = _taken_in(cues, beside, there)
        text = write_webvtt(cues)
        check_size(text)  # It is longer as we write it, and must be read again.
    except CaptionFaults as refused:
        faults = [(fault.line, fault.expected, fault.came) for fault in refused.faults]
        return {"faults": faults}
    try:
        if target is not None:
            Path(target).write_text(text, "utf-8")
    except OSError as error:
        return {"errno": error.errno, "why": error.strerror}
    return {"cues": len(cues), "end_s": max(cue.end_s for cue in cues)}


def _taken_in(cues: Iterable[Cue], beside: str, there: str | None) -> tuple[Cue, ...]:
    """The text that it comes to with what was there."""
    rows, later_s = json.loads(beside)
    before = read_captions(Path(there).read_bytes()) if there is not None else ()
    moved = (Cue(cue.start_s + later_s, cue.end_s + later_s, cue.text) for cue in before)
    return taken_in(cues, moved, [Stretch(*row) for row in rows])


if __name__ == "__main__":
    confine(MOST_MEMORY_BYTES, MOST_CPU_S, NICE)
    print(json.dumps(_taken(sys.stdin.buffer.read(), *sys.argv[1:])))
