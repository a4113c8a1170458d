"""SubRip (`.srt`), read: what most programs that write captions write.

There is no standard. What is taken: cues in blocks apart by empty lines, each with a number or
without, times with comma or point. What is refused is told by its line, as with WebVTT.
"""

from __future__ import annotations

import re

from streams.films.captions import (
    MOST_CUES,
    MOST_FAULTS,
    CaptionFaults,
    Cue,
    Fault,
    blocks,
    cue_of,
    lines_of,
)

# No time holds a ">": a line of nothing but arrows is parted at the first, not tried at each.
_TIMES = re.compile(r"([^\s>]+)[ \t]*-->[ \t]*(\S+)([ \t].*)?")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]?\d)[,.](\d{1,3})", re.ASCII)
_POSITION = re.compile(r"\{\\an?\d+\}")


def read_subrip(text: str) -> tuple[Cue, ...]:
    """The cues of a file, in order of time.

    Raises:
        CaptionFaults: with every fault, up to MOST_FAULTS.
    """
    cues: list[Cue] = []
    faults: list[Fault] = []
    for number, block in blocks(lines_of(text)):
        found = _cue(number, block)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            cues.append(found)
        if len(faults) >= MOST_FAULTS or len(cues) > MOST_CUES:
            break
    if len(cues) > MOST_CUES:
        faults.append(Fault(1, f"at most {MOST_CUES} cues", str(len(cues))))
    if not cues and not faults:
        faults.append(Fault(1, "a cue", "none"))
    if faults:
        raise CaptionFaults(faults)
    return tuple(sorted(cues, key=lambda cue: (cue.start_s, cue.end_s)))


def _cue(number: int, block: list[str]) -> Cue | Fault:
    numbered = len(block) > 1 and "-->" not in block[0] and block[0].strip().isdecimal()
    at = 1 if numbered else 0
    times = _TIMES.fullmatch(block[at].strip())
    if times is None:
        return Fault(number + at, "00:00:01,000 --> 00:00:02,000", repr(block[at][:40]))
    start_s, end_s = _read(times[1]), _read(times[2])
    if start_s is None or end_s is None:
        return Fault(number + at, "times such as 00:00:01,000", repr(block[at][:60]))
    if end_s <= start_s:
        return Fault(number + at, "an end after the start", repr(block[at][:60]))
    words = [_POSITION.sub("", line.strip()) for line in block[at + 1 :]]
    return cue_of(start_s, end_s, words, number + at)


def _read(text: str) -> float | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    return hours * 3600 + minutes * 60 + seconds + int(found[4].ljust(3, "0")) / 1000
