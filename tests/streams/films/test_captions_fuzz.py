"""Caption files as nobody should write them: read or refused by line, at once, in little room."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from streams.films.captionfiles import LARGEST_BYTES
from streams.films.captionreader import read_captions
from streams.films.captions import CaptionFaults, Cue, read_webvtt, write_webvtt
from streams.films.subrip import read_subrip
from tests.mutations import broken, broken_lines, no_growth, no_hang

FILE = (
    "\ufeffWEBVTT dansk\n\nNOTE til redaktøren\n\nSTYLE\n::cue { }\n\nREGION\nid:fred\n\n"
    "7\n00:01.000 --> 00:02.000 align:start\n<v Anja>Goddag</v> og <i>velkommen</i> &amp; tak\n\n"
    "00:00:03.000 --> 01:00:04.500\nto\nlinjer <00:03.500>\n\n100:00:05.000 --> 100:00:06.000\n"
)
SUBRIP = (
    "\ufeff1\n00:00:01,000 --> 00:00:02,500\n<i>Goddag</i> og velkommen\n\n"
    "2\n00:01:03,250 --> 00:01:04,000 X1:40\n{\\an8}Vi er\ni gang & klar\n\n"
    "999:00:05.1 --> 999:00:06\n"
)
TIMES = "00:01.000 --> 00:02.000"
Read = Callable[[str], tuple[Cue, ...]]


def read(
    text: str | bytes, reader: Callable[[Any], tuple[Cue, ...]] = read_webvtt
) -> tuple[Cue, ...] | None:
    """The cues, None where the file was refused by line."""
    with no_hang():
        try:
            cues: tuple[Cue, ...] | None = reader(text)
        except CaptionFaults as refusal:
            cues, faults = None, refusal.faults
        else:
            faults = ()
    assert (cues is None) == bool(faults)
    assert all(len(str(fault)) < 300 for fault in faults)
    assert all(0 <= cue.start_s < cue.end_s for cue in cues or ())
    return cues


def rounds(seed: int, count: int, file: str, reader: Read) -> int:
    """Reads broken files and writes what was read; how many were read in the end."""
    chance, taken = random.Random(seed), 0
    for _ in range(count):
        cues = read("\n".join(broken_lines(chance, file.split("\n"))), reader)
        if cues is not None:
            taken += 1
            again = read_webvtt(write_webvtt(cues))
            assert [(c.start_s, c.end_s) for c in again] == [(c.start_s, c.end_s) for c in cues]
    return taken


READERS = pytest.mark.parametrize(
    ("file", "reader"), [(FILE, read_webvtt), (SUBRIP, read_subrip)], ids=["webvtt", "subrip"]
)


def raw_rounds(seed: int, count: int) -> None:
    """Reads files broken in their bytes, in all the codings that are taken."""
    chance = random.Random(seed)
    files = [text.encode(coding) for text in (FILE, SUBRIP) for coding in ("utf-8", "utf-16")]
    files += [SUBRIP[1:].encode("cp1252")]
    for _ in range(count):
        read(broken(chance, chance.choice(files)), read_captions)


@READERS
def test_a_broken_file_is_read_or_refused(file: str, reader: Read) -> None:
    assert 0 < rounds(1, 300, file, reader) < 300


def test_broken_bytes_are_read_or_refused() -> None:
    raw_rounds(1, 300)


@pytest.mark.long
@READERS
def test_tens_of_thousands_of_broken_files_are_read_or_refused_in_the_same_memory(
    file: str, reader: Read
) -> None:
    with no_growth(16 * 1024 * 1024):
        taken = rounds(2, 40_000, file, reader)
    assert 0 < taken < 40_000


@pytest.mark.long
def test_tens_of_thousands_of_files_of_broken_bytes_are_read_or_refused() -> None:
    with no_growth(16 * 1024 * 1024):
        raw_rounds(2, 40_000)


@pytest.mark.parametrize(
    "text",
    [
        f"WEBVTT\n\n{TIMES}\n" + "<a" * 900_000,
        f"WEBVTT\n\n{TIMES}\n" + "</." * 600_000 + "\n",
        f"WEBVTT\n\n{TIMES}\n" + "&lt;" * 400_000 + "&" * 300_000,
        "WEBVTT\n\n" + "-->" * 600_000,
        "WEBVTT\n\n" + "a --> " * 300_000 + "\x0bx",
        "WEBVTT\n\n" + "-->" * 600_000 + "\x0bx",
        "WEBVTT\n\na" + " " * 1_900_000 + "b",
        "WEBVTT" + "\t" * 1_900_000 + "\n",
        "WEBVTT\n\n" + "\n \n" * 600_000,
        "WEBVTT\n\n" + "x\n\n" * 600_000,
        "WEBVTT\n\n" + f"{TIMES}\nx\n\n" * 70_000,
        "WEBVTT\n\n" + "\0" * 1_900_000,
        "WEBVTT\r" * 250_000,
    ],
    ids=[
        *("open-marks", "closing-marks", "entities", "arrows", "spaced-arrows", "torn-arrows"),
        *("spaces", "tabs", "empty-lines", "faults", "cues", "nuls", "returns"),
    ],
)
def test_what_is_dear_to_read_is_read_in_time(text: str) -> None:
    read(text)
    for times in ("00:01,000 --> 00:02,000\n", ""):
        read(text.replace("WEBVTT", f"1\n{times}", 1), read_subrip)
    read(text.encode()[:LARGEST_BYTES], read_captions)


@pytest.mark.parametrize("hours", ["9" * 5000, "9" * 400, "٣" * 5000], ids=len)
def test_hours_beyond_measure_are_a_fault_of_their_line(hours: str) -> None:
    with pytest.raises(CaptionFaults) as refusal:
        read_webvtt(f"WEBVTT\n\n00:01.000 --> {hours}:00:02.000\nx\n")
    assert [fault.line for fault in refusal.value.faults] == [3]


@pytest.mark.parametrize("reader", [read_webvtt, read_subrip])
def test_a_file_of_nothing_but_faults_tells_of_the_first_ones(reader: Read) -> None:
    with pytest.raises(CaptionFaults) as refusal:
        reader("WEBVTT\n\n" + "x\n\n" * 100_000)
    assert len(refusal.value.faults) < 200


def test_signs_that_stand_for_themselves_are_kept() -> None:
    (cue,) = read_webvtt(f"WEBVTT\n\n{TIMES}\n1 <a og 2 <b>fed</b> <3\n")
    assert cue.text == "1 <a og 2 fed <3"
