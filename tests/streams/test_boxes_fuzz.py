"""Fragments of others, broken: read or refused, at once, and never more than came in."""

from __future__ import annotations

import random
import struct

import pytest

from streams.boxes import box, full_box
from streams.errors import Refused
from streams.feeds.elementary import Coded
from streams.feeds.foreignfragments import ForeignFragments
from tests.mutations import broken, no_growth, no_hang
from tests.streams.feeds.test_foreignfragments import a_fragmented_file

INIT, DATA = a_fragmented_file()
DATA = DATA[:24_000]
NAMES = (
    *(b"moov", b"trak", b"tkhd", b"mdhd", b"stsd", b"avc1", b"avcC", b"mp4a", b"esds", b"elst"),
    *(b"trex", b"mvhd", b"moof", b"traf", b"tfhd", b"tfdt", b"trun", b"mdat"),
)
MOST_BYTES = 48 * 1024 * 1024


def places(data: bytes) -> list[int]:
    """Where boxes say how large they are, what they are called and what is in them."""
    starts = [at for name in NAMES if (at := data.find(name)) >= 0]
    return [start + step for start in starts for step in (-4, 0, 4, 8, 12, 16, 20)]


def read(init: bytes, *segments: bytes) -> list[Coded] | None:
    """The frames, None where something was refused; there is never more in them than came."""
    frames: list[Coded] = []
    with no_hang():
        reader = ForeignFragments()
        try:
            reader.receive_init(init)
            for data in segments:
                found = reader.receive(data)
                parameters = sum(len(each) + 4 for each in _parameters(reader))
                held = sum(len(each.data) for each in found)
                assert held <= 5 * len(data) + parameters * len(found)
                frames += found
        except Refused as refused:
            told: Refused | None = refused
        else:
            told = None
    if told is None:
        return frames
    assert told.code == "broken_media"
    assert len(str(told)) < 300
    return None


def _parameters(reader: ForeignFragments) -> list[bytes]:
    return [each for track in reader._tracks.values() for each in track.parameters]


def rounds(seed: int, count: int) -> int:
    """Reads broken files; how many were read to their end."""
    chance, taken = random.Random(seed), 0
    in_init, in_data = places(INIT), places(DATA)
    for _ in range(count):
        init = broken(chance, INIT, in_init) if chance.random() < 0.5 else INIT
        data = broken(chance, DATA[: chance.choice((4000, 24_000))], in_data)
        taken += read(init, data) is not None
    return taken


def test_a_broken_file_is_read_or_refused() -> None:
    assert read(INIT, a_fragmented_file()[1])
    assert 0 < rounds(1, 250) < 250


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_tens_of_thousands_of_broken_files_are_read_or_refused_in_the_same_memory(
    seed: int,
) -> None:
    with no_growth(MOST_BYTES):
        taken = rounds(10 + seed, 10_000)
    assert 0 < taken < 10_000


def a_run(count: int, size: int, offset: int, track: int = 1) -> bytes:
    """A `traf` whose samples all have one size."""
    tfhd = full_box(b"tfhd", 0, 0x020010, struct.pack(">II", track, size))
    trun = full_box(b"trun", 0, 0x01, struct.pack(">Ii", count, offset))
    return box(b"traf", tfhd, trun)


def tracks() -> list[int]:
    reader = ForeignFragments()
    reader.receive_init(INIT)
    return list(reader._tracks)


@pytest.mark.parametrize("track", tracks())
def test_samples_that_lie_on_each_other_do_not_multiply_what_came(track: int) -> None:
    """A run of twenty bytes may name all the bytes of its segment again, thousands of times."""
    bulk = 4 * 1024 * 1024
    nal = (bulk - 4).to_bytes(4) + b"\x65" + bytes(bulk - 5)
    moof = box(b"moof", *(a_run(1, bulk, -bulk, track) for _ in range(5000)))
    data = box(b"mdat", nal) + moof
    with no_growth(64 * 1024 * 1024):
        assert read(INIT, data) is None


def test_pictures_of_millions_of_units_are_refused() -> None:
    """Small units cost far more in memory than the bytes they came in."""
    at = INIT.index(b"avcC") + 8
    short_lengths = INIT[:at] + b"\xfc" + INIT[at + 1 :]
    units = b"\2\x41\x9a" * 4_000_000
    moof = box(b"moof", a_run(1, len(units), -len(units), tracks()[0]))
    data = box(b"mdat", units) + moof
    with no_growth(MOST_BYTES):
        read(short_lengths, data)


def deep(name: bytes, depth: int, inside: bytes = b"") -> bytes:
    for _ in range(depth):
        inside = box(name, inside)
    return inside


@pytest.mark.parametrize(
    "init",
    [
        deep(b"moov", 5_000),
        box(b"moov", box(b"trak") * 130_000),
        box(b"moov", box(b"trex", bytes(24)) * 32_000),
        struct.pack(">I4sQ", 1, b"moov", 1 << 63) + bytes(100),
        struct.pack(">I4sQ", 1, b"moov", 16) * 60_000,
        struct.pack(">I4s", 0, b"moov") * 60_000,
        struct.pack(">I4s", 4, b"moov") * 60_000,
        box(b"moov", box(b"trak", box(b"elst", b"\0\0\0\0\xff\xff\xff\xff" + bytes(12)))),
    ],
    ids=[
        *("deep", "tracks", "defaults", "beyond-64-bits", "empty-of-64-bits", "to-the-end"),
        *("too-small", "edits"),
    ],
)
def test_an_initialisation_that_is_dear_to_read_is_read_in_time(init: bytes) -> None:
    with no_growth(MOST_BYTES):
        read(init, DATA)


@pytest.mark.parametrize(
    "data",
    [
        deep(b"moof", 5_000),
        box(b"moof", a_run(0, 0, 0) * 100_000),
        box(b"moof", a_run(0xFFFF_FFFF, 0, 0)),
        box(b"moof", a_run(20_000, 0, 0) * 100),
        box(b"moof", a_run(1, 0xFFFF_FFFF, 0)),
        box(b"moof", a_run(1, 1, -0x8000_0000)),
        box(b"moof", box(b"traf")) * 1000,
        box(b"moof") * 4_000_000,
    ],
    ids=["deep", "runs", "count", "empty", "size", "before", "headless", "fragments"],
)
def test_a_segment_that_is_dear_to_read_is_read_in_time(data: bytes) -> None:
    with no_growth(MOST_BYTES):
        read(INIT, data)
