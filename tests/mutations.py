"""Broken input for fuzz tests: bytes and lines, changed by a chance that a seed decides."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

LONGEST_S = 1.0
"""Of processor time, for any one input; more is a hang."""
EDGES = (0, 1, 2, 7, 8, 15, 16, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)


@contextmanager
def no_hang() -> Iterator[None]:
    """What is done inside takes less than LONGEST_S of this thread's processor time."""
    began = time.thread_time()
    yield
    assert time.thread_time() - began < LONGEST_S


@contextmanager
def no_growth(most_bytes: int) -> Iterator[None]:
    """What is done inside never holds more memory than this."""
    tracemalloc.start()
    try:
        yield
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < most_bytes, f"{most} bytes at the most"


def broken(chance: random.Random, data: bytes, places: Sequence[int] = ()) -> bytes:
    """Bytes changed, cut, doubled or made up in some places.

    Args:
        places: where changes hurt most; every other one is made there.
    """
    made = bytearray(data)
    for _ in range(chance.randrange(1, 9)):
        if not made:
            return bytes(made)
        favoured = places and chance.random() < 0.5
        at = min(chance.choice(places) if favoured else chance.randrange(len(made)), len(made))
        length = chance.choice((1, 2, 4, 8))
        match chance.randrange(7):
            case 0:
                made[at : at + 1] = chance.randbytes(1)
            case 1:
                made[at : at + length] = (chance.choice(EDGES) % (1 << 8 * length)).to_bytes(length)
            case 2:
                del made[at:]
            case 3:
                del made[at : at + chance.randrange(1, 64)]
            case 4:
                made[at:at] = chance.randbytes(chance.randrange(1, 64))
            case 5:
                other = chance.randrange(len(made))
                made[at:at] = made[other : other + chance.randrange(1, 400)]
            case 6:
                other = chance.randrange(len(made))
                made[at : at + 16] = made[other : other + 16]
    return bytes(made)


WORDS = (
    *("", "0", "-1", "65536", "9" * 20, "9" * 5000, "1e9", "0x10", "æøå", "🙂", "\u0000", "\ud800"),
    *("\u2028", "\x85", "\ufeff", " " * 300, "<" * 300, "--> " * 50, "a" * 2000, "%s%n", "٣٤"),
)


def broken_lines(chance: random.Random, lines: Sequence[str], most: int = 8) -> list[str]:
    """Lines swapped, left out, doubled, and words in them exchanged for worse ones."""
    made = list(lines)
    for _ in range(chance.randint(1, most)):
        at = chance.randrange(len(made))
        match chance.randrange(7):
            case 0:
                made.insert(chance.randrange(len(made)), made.pop(at))
            case 1 if len(made) > 1:
                del made[at]
            case 2:
                made[at:at] = [made[chance.randrange(len(made))]] * chance.choice((1, 2, 40, 400))
            case 3:
                made[at] = made[at][: chance.randrange(len(made[at]) + 1)]
            case 4:
                letter = chance.randrange(len(made[at]) + 1)
                made[at] = made[at][:letter] + chance.choice(WORDS) + made[at][letter:]
            case _:
                made[at] = _other_word(chance, made[at])
    return made


def _other_word(chance: random.Random, line: str) -> str:
    separator = chance.choice((" ", ":", "/", ";", "="))
    words = line.split(separator)
    words[chance.randrange(len(words))] = chance.choice(WORDS)
    return separator.join(words)
