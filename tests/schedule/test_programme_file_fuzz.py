"""Programme files as nobody should write them: read or refused by line, at once."""

from __future__ import annotations

import random

import pytest

from schedule.errors import ProgrammeFaults
from schedule.programme import Programme
from schedule.programme_file import LARGEST_BYTES, builtin, dump, load
from schedule.programme_tables import MOST_FAULTS
from tests.mutations import broken, broken_lines, no_growth, no_hang

FILE = dump(builtin("demo_day"))
MOST_BYTES = 128 * 1024 * 1024


def read(text: str | bytes) -> Programme | None:
    """The programme, None where it was refused by line."""
    faults: tuple[object, ...] = ()
    programme = None
    with no_hang():
        try:
            programme = load(text)
        except ProgrammeFaults as refusal:
            faults = refusal.faults
    assert (programme is None) == bool(faults)
    assert len(faults) <= MOST_FAULTS
    return programme


def rounds(seed: int, count: int) -> int:
    """Reads broken files and writes what was read; how many were read in the end."""
    chance, taken = random.Random(seed), 0
    for _ in range(count):
        lines = broken_lines(chance, FILE.split("\n"), 2)
        text = "\n".join(lines)
        raw = text.encode("utf-8", "surrogatepass")
        programme = read(broken(chance, raw) if chance.random() < 0.2 else text)
        if programme is not None:
            taken += 1
            assert load(dump(programme)) == programme
    return taken


def test_a_broken_file_is_read_or_refused() -> None:
    assert 0 < rounds(1, 40) < 40


@pytest.mark.long
def test_thousands_of_broken_files_are_read_or_refused_in_the_same_memory() -> None:
    with no_growth(MOST_BYTES):
        taken = rounds(2, 4000)
    assert 0 < taken < 4000


HOSTILE = {
    "dotted": ".".join("a" * 400_000) + " = 1",
    "dotted_and_escaped": ". ".join(['"\\""'] * 150_000) + " = 1",
    "nearly_deep": ("k" + ".a" * 30 + "=1\n") * 14_000,
    "dotted_and_quoted": " . ".join(['"a"'] * 150_000) + " = 1",
    "a_deep_table": "["
    + ".".join("a" * 50_000)
    + "]\n"
    + "".join(f"k{n}=1\n" for n in range(60_000)),
    "deep_inline": "a = {" + ".".join("a" * 400_000) + " = 1}",
    "many_spaces": '["a' + " " * 900_000 + '$"]\n',
    "arrays": "a = " + "[" * 400_000,
    "tables_inline": "a = " + "{a=" * 300_000,
    "items": "[[item]]\n" * 19_000,
    "lines": "[[item]]\n" * 110_000,
    "keys": "".join(f"k{n}=1\n" for n in range(19_000)),
    "tables": "".join(f"[k{n}]\n" for n in range(19_000)),
    "a_number": "a = " + "9" * 900_000,
    "underscores": "a = " + "1_" * 400_000 + "1",
    "quotes": 'a = """' + '"\n' * 400_000,
    "one_word": "a" * 900_000,
    "one_dot": "a" * 450_000 + "." + "b" * 450_000,
    "nuls": "\0" * 900_000,
    "zone": 'timezone = "../../../../etc/passwd"\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_dear_to_read_is_refused_in_time(name: str) -> None:
    assert len(HOSTILE[name]) < LARGEST_BYTES
    assert read(HOSTILE[name]) is None


def test_dots_in_texts_are_no_depth() -> None:
    told = "Se ......................................... www.a.b.c. 1. 2. 3. Kl. f.eks. 10.15"
    programme = read(FILE.replace('title = "', f'title = "{told} ', 1))
    assert programme is not None
    assert programme.title.startswith(told)
