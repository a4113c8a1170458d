"""What a parameter set says of the picture, as encoders really write them."""

from __future__ import annotations

import random

import pytest

from streams.nalunits import join_lengths, split_lengths
from streams.parameters import parameters_of
from tests.streams.broadcast import Look, coded


class Bits:
    """Writes bits and Exp-Golomb numbers."""

    def __init__(self) -> None:
        self.bits = ""

    def put(self, count: int, value: int) -> Bits:
        self.bits += f"{value:0{count}b}" if count else ""
        return self

    def unsigned(self, *values: int) -> Bits:
        for value in values:
            self.bits += f"{value + 1:b}".rjust(2 * (value + 1).bit_length() - 1, "0")
        return self

    def signed(self, *values: int) -> Bits:
        return self.unsigned(*(2 * v - 1 if v > 0 else -2 * v for v in values))

    def bytes(self) -> bytes:
        whole = self.bits + "1"
        whole += "0" * (-len(whole) % 8)
        return int(whole, 2).to_bytes(len(whole) // 8)


def an_sps(profile: int, bits: Bits) -> bytes:
    """The unit around its bits, with the bytes that keep start codes out."""
    raw = bits.bytes()
    escaped = bytearray()
    for byte in raw:
        if escaped[-2:] == b"\0\0" and byte <= 3:
            escaped.append(3)
        escaped.append(byte)
    return bytes((0x67, profile, 0xC0, 0x1F)) + bytes(escaped)


def size_of(sps: bytes) -> tuple[int, int] | None:
    found = parameters_of(join_lengths([sps, b"\x68\xee", b"\x65idr"]))
    return (found.width, found.height) if found else None


@pytest.mark.parametrize(
    "look", [Look(), Look(146, 82, 25, 1.0), Look(1280, 720, 5, 0.4), Look(1920, 1080, 5, 0.4)]
)
def test_the_size_and_codec_of_what_x264_makes(look: Look) -> None:
    found = parameters_of(coded(look)[0].data)
    assert found is not None
    assert (found.width, found.height) == (look.width, look.height)
    assert found.codec.startswith("avc1.64")
    assert found.sps[0] & 31 == 7
    assert found.pps[0] & 31 == 8


def test_a_baseline_picture_in_fields_with_every_order_type() -> None:
    for order in range(3):
        bits = Bits().unsigned(0, 4, order)
        if order == 0:
            bits.unsigned(2)
        if order == 1:
            bits.put(1, 0).signed(-3, 2).unsigned(2).signed(1, -1)
        bits.unsigned(1).put(1, 0).unsigned(44, 16).put(1, 0).put(1, 0).put(1, 1).put(1, 0)
        assert size_of(an_sps(66, bits)) == (720, 544)


@pytest.mark.parametrize(
    ("chroma", "size"), [(0, (716, 540)), (1, (712, 536)), (2, (712, 540)), (3, (716, 540))]
)
def test_cropping_counts_in_steps_of_the_chroma(chroma: int, size: tuple[int, int]) -> None:
    bits = Bits().unsigned(0, chroma)
    if chroma == 3:
        bits.put(1, 0)
    bits.unsigned(0, 0).put(1, 0).put(1, 1)
    for number in range(8 if chroma != 3 else 12):
        bits.put(1, number % 2)
        if number % 2:
            bits.signed(*([-8] if number == 1 else [0] * (16 if number < 6 else 64)))
    bits.unsigned(0, 2, 1).put(1, 0).unsigned(44, 33).put(1, 1).put(1, 1).put(1, 1).unsigned(
        1, 3, 2, 2
    ).put(1, 0)
    assert size_of(an_sps(100, bits)) == size


def test_other_units_before_the_idr_are_passed_over() -> None:
    idr = list(split_lengths(coded(Look())[0].data))
    assert parameters_of(join_lengths([b"\x06sei", *idr])) == parameters_of(join_lengths(idr))


def test_what_is_missing_or_broken_is_none() -> None:
    idr = coded(Look())[0].data
    sps, pps, *rest = split_lengths(idr)
    for nals in (
        [pps, *rest],
        [sps, *rest],
        rest,
        [sps[:3], pps, *rest],
        [sps[:6], pps, *rest],
        [],
    ):
        assert parameters_of(join_lengths(nals)) is None
    assert parameters_of(join_lengths([*rest, sps, pps])) is None, "they stand in front"
    assert size_of(an_sps(100, Bits().unsigned(0, 9, 0, 0))) is None, "no such chroma"


def test_no_bytes_at_all_break_it() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        noise = bytes([0x67, chance.choice((66, 77, 100))]) + chance.randbytes(chance.randrange(40))
        size_of(noise)
