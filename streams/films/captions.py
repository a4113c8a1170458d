"""WebVTT, written and read: cues of a film, with every fault of a file told by its line.

Files are read in a thread while the event loop goes on beside it; but a search or a split is one
step, in which nothing else runs. So no line, no cue and no file is longer than a step may take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LARGEST_CHARACTERS = 2_000_000
MOST_LINES = 120_000
LONGEST_LINE = 5_000
LONGEST_CUE = 1_000
"""Characters without markup; as we write them, they are a line that may be read."""
LONGEST_MARKED_CUE = 10_000
MOST_CUES = 20_000
MOST_FAULTS = 100
"""Further ones are not told; nobody mends them one by one."""

_TIMES = re.compile(r"(\S+)[ \t]+-->[ \t]+(\S+)([ \t].*)?")
_CLOCK = re.compile(r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
# A sign that is never closed stands for itself; looking past the next one would be quadratic.
_MARKUP = re.compile(r"</?[a-zA-Z0-9.][^<>]*>")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words from one second of the film to another."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file of captions."""

    line: int
    expected: str
    came: str

    def __str__(self) -> str:
        return f"line {self.line}: expected {self.expected}; came {self.came}"


class CaptionFaults(Exception):
    """A file that cannot be taken; `faults` holds every reason."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def write_webvtt(cues: Iterable[Cue], header: str = "") -> str:
    """Cues as a WebVTT file.

    Args:
        header: lines that stand under the first one, each with its end.
    """
    blocks = [f"{_written(c.start_s)} --> {_written(c.end_s)}\n{_escaped(c.text)}\n" for c in cues]
    return "\n".join([f"WEBVTT\n{header}", *blocks])


def read_webvtt(text: str) -> tuple[Cue, ...]:
    """The cues of a file, in order of time.

    Raises:
        CaptionFaults: with every fault, up to MOST_FAULTS.
    """
    lines = lines_of(text)
    if not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]):
        raise CaptionFaults([Fault(1, "WEBVTT", repr(lines[0][:40]))])
    cues: list[Cue] = []
    faults: list[Fault] = []
    for number, block in blocks(lines, header=True):
        found = _cue(number, block)
        if isinstance(found, Fault):
            faults.append(found)
        elif found is not None:
            cues.append(found)
        if len(faults) >= MOST_FAULTS or len(cues) > MOST_CUES:
            break
    if len(cues) > MOST_CUES:
        faults.append(Fault(1, f"at most {MOST_CUES} cues", str(len(cues))))
    if faults:
        raise CaptionFaults(faults)
    return tuple(sorted(cues, key=lambda cue: (cue.start_s, cue.end_s)))


def check_size(text: str) -> None:
    """Raises CaptionFaults where a file is longer, or has more lines, than files may."""
    if len(text) > LARGEST_CHARACTERS:
        raise CaptionFaults([Fault(1, f"at most {LARGEST_CHARACTERS} characters", f"{len(text)}")])
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    if ends >= MOST_LINES:
        raise CaptionFaults([Fault(MOST_LINES + 1, f"at most {MOST_LINES} lines", f"{ends + 1}")])


def lines_of(text: str) -> list[str]:
    """The lines of a file, whatever ends them.

    Raises:
        CaptionFaults: as `check_size`, or a line is longer than lines may be.
    """
    check_size(text)
    bare = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = bare.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            expected = f"at most {LONGEST_LINE} characters a line"
            raise CaptionFaults([Fault(number, expected, f"{len(line)}")])
    return lines


def blocks(lines: list[str], *, header: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between empty ones, each with its first line's number.

    Args:
        header: the block that begins in the first line is none.
    """
    block: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append(line)
            continue
        if block and not (header and number - len(block) == 1):
            yield number - len(block), block
        block = []


def _cue(number: int, block: list[str]) -> Cue | Fault | None:
    if block[0].partition(" ")[0].rstrip() in ("NOTE", "STYLE", "REGION"):
        return None
    at = next((place for place, line in enumerate(block[:2]) if "-->" in line), 0)
    times = _TIMES.fullmatch(block[at].strip())
    if times is None:
        return Fault(number + at, "00:01.000 --> 00:02.000", repr(block[at][:40]))
    start_s, end_s = _read(times[1]), _read(times[2])
    if start_s is None or end_s is None:
        return Fault(number + at, "times such as 00:01.000", repr(block[at][:60]))
    if end_s <= start_s:
        return Fault(number + at, "an end after the start", repr(block[at][:60]))
    return cue_of(start_s, end_s, block[at + 1 :], number + at)


def cue_of(start_s: float, end_s: float, lines: list[str], number: int) -> Cue | Fault:
    """A cue of words with markup, a fault of its line where they are too many."""
    marked = "\n".join(lines)
    if len(marked) <= LONGEST_MARKED_CUE and len(words := _plain(marked)) <= LONGEST_CUE:
        return Cue(start_s, end_s, words)
    return Fault(number, f"at most {LONGEST_CUE} characters a cue", f"{len(marked)} with markup")


def _written(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, left = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{left // 1000:02}.{left % 1000:03}"


def _read(text: str) -> float | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds, milliseconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def _escaped(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "\n".join(line for line in safe.split("\n") if line.strip())


def _plain(text: str) -> str:
    """A cue's words without markup."""
    bare = _MARKUP.sub("", text)
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
