"""Coded pictures and sound, broken: NAL units, parameter sets, RTP payloads, AAC's headers."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from streams.boxes import video_init
from streams.feeds.elementary import Pictures
from streams.nalunits import (
    join_lengths,
    parameters_of_avcc,
    sample,
    split_lengths,
    split_start_codes,
)
from streams.parameters import parameters_of
from streams.sound.aac import read_config
from streams.sound.adts import AdtsFrames, form_of_config
from streams.webrtc.jitterbuffer import Packet
from streams.webrtc.pictures import MOST_PICTURE_BYTES, Assembly, Gate
from tests.mutations import broken, no_growth, no_hang
from tests.streams.broadcast import Look, coded
from tests.streams.h264_line import PPS, SPS, a_slice, aggregate, fragments

PICTURE = coded(Look())[0].data
SETS = [*split_lengths(PICTURE)][:2]
IDR = b"\x65idr"
AVCC = (
    b"\1" + SETS[0][1:4] + b"\xff\xe1" + b"".join(
        part for nal, count in zip(SETS, (b"", b"\1"), strict=True)
        for part in (count, len(nal).to_bytes(2), nal)
    )
)  # fmt: skip
ADTS = (b"\xff\xf1\x4c\x80\x03\x9f\xfc" + bytes(21)) * 20


def read_sets(sps: bytes, pps: bytes) -> bool:
    """Whether parameter sets mean something; what they mean can stand in an init segment."""
    with no_hang():
        found = parameters_of(join_lengths([sps, pps, IDR]))
        if found is None:
            return False
        assert video_init(found.sps, found.pps, found.width, found.height)
        return True


def read_units(data: bytes) -> None:
    """Splits bytes in both forms and looks at what comes out."""
    with no_hang():
        for nals in ([*split_start_codes(data)], _lengths(data)):
            Pictures().admit(nals)
            assert set(split_lengths(sample(nals))) <= set(nals)
        with suppress(ValueError):
            length_bytes, sets = parameters_of_avcc(data)
            assert 1 <= length_bytes <= 4
            assert sum(map(len, sets)) <= len(data)


def _lengths(data: bytes) -> list[bytes]:
    try:
        return [*split_lengths(data)]
    except ValueError:
        return []


def read_sound(data: bytes, chance: random.Random) -> int:
    """Frames found in pieces of bytes; no more is kept than one frame may have."""
    frames, found = AdtsFrames(), 0
    with no_hang():
        form_of_config(data)
        with suppress(ValueError):
            read_config(data)
        while data:
            cut = chance.randrange(1, 400)
            for frame in frames.receive(data[:cut]):
                assert 7 < len(frame.data) < 8192
                found += 1
            assert len(frames._rest) < 8192
            data = data[cut:]
    return found


def packets(chance: random.Random) -> list[Packet]:
    """A publisher's packets of some pictures, broken."""
    payloads = [aggregate(SPS, PPS), *fragments(a_slice(1, True, size=3000), 900)]
    payloads += [a_slice(2, False), *fragments(a_slice(3, False, size=2000), 900)]
    return [
        Packet(
            nth,
            chance.choice((7, 8, 9, 1 << 31)),
            chance.random() < 0.3,
            broken(chance, payload) if chance.random() < 0.5 else payload,
            0.0,
            int(chance.random() < 0.1),
        )
        for nth, payload in enumerate(chance.choices(payloads, k=30))
    ]


def read_packets(sent: list[Packet]) -> int:
    assembly, gate, admitted = Assembly(), Gate(), 0
    with no_hang():
        for packet in sent:
            for picture in assembly.receive(packet):
                assert all(picture.nals)
                admitted += gate.admit(picture) is not None
    return admitted


def rounds(seed: int, count: int) -> tuple[int, int, int]:
    """How often parameter sets were read, and how many frames and pictures were found."""
    chance = random.Random(seed)
    sets = frames = pictures = 0
    for _ in range(count):
        sets += read_sets(broken(chance, SETS[0], range(4, len(SETS[0]))), broken(chance, SETS[1]))
        read_units(broken(chance, chance.choice((PICTURE[:2000], AVCC, b"\0\0\1".join(SETS)))))
        frames += read_sound(broken(chance, ADTS), chance)
        pictures += read_packets(packets(chance))
    return sets, frames, pictures


def test_broken_pictures_and_sound_are_read_or_passed_over() -> None:
    assert parameters_of_avcc(AVCC) == (4, tuple(SETS))
    sets, frames, pictures = rounds(1, 150)
    assert 0 < sets < 150
    assert 0 < frames < 150 * 20
    assert pictures > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_tens_of_thousands_of_broken_pictures_are_read_or_passed_over(seed: int) -> None:
    with no_growth(32 * 1024 * 1024):
        sets, frames, pictures = rounds(10 + seed, 8000)
    assert sets
    assert frames
    assert pictures


@pytest.mark.parametrize(
    "body",
    [b"\xff" * 2_000_000, b"\0\1" * 1_000_000, b"\0\0\3" * 700_000, b"\0" * 2_000_000],
    ids=["ones", "escapes", "emulation", "zeros"],
)
def test_a_parameter_set_beyond_measure_means_nothing(body: bytes) -> None:
    assert not read_sets(b"\x67\x64\x00\x1f" + body, PPS)
    read_sets(b"\x67\x64\x00\x1f" + body[:900], PPS)
    assert not read_sets(SPS, b"\x68" + body)


def test_units_that_are_dear_to_split_are_split_in_time() -> None:
    for data in (
        b"\0\0\1" * 1_000_000,
        b"\0\0\1\x67" * 250_000,
        b"\0" * 4_000_000,
        b"\1" * 500_000,
    ):
        read_units(data)


def test_a_picture_that_never_ends_is_given_up() -> None:
    """Its sender sets no marker and counts no time on."""
    assembly = Assembly()
    for payload in (a_slice(1, False, size=1200), fragments(a_slice(1, False, size=3000), 1200)[1]):
        with no_growth(2 * MOST_PICTURE_BYTES):
            for nth in range(3 * MOST_PICTURE_BYTES // 1200):
                assert not list(assembly.receive(Packet(nth % 65536, 7, False, payload, 0.0)))


def test_parameters_beyond_measure_are_not_said_again_and_again() -> None:
    pictures = Pictures()
    pictures.admit([b"\x67" * 4_000_000, b"\x68" * 10, IDR])
    again = pictures.admit([IDR])
    assert again is None or len(again[1]) < 5000
