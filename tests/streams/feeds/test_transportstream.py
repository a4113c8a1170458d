from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.feeds.transportstream import MOST_PES_BYTES, Pes, TransportStream
from streams.nalunits import is_idr, split_start_codes
from streams.segments import Lane
from tests.streams.broadcast import Look
from tests.streams.transportfiles import PACKET, a_transport_stream, without

SMOOTH = Look(b_frames=2)


def read(data: bytes, *cuts: int) -> list[Pes]:
    stream = TransportStream()
    edges = [0, *sorted(cuts), len(data)]
    found = [pes for begins, ends in pairwise(edges) for pes in stream.receive(data[begins:ends])]
    return found + stream.flush()


def pictures(found: list[Pes]) -> list[Pes]:
    return [pes for pes in found if pes.lane is Lane.VIDEO]


def test_every_picture_comes_out_with_its_times() -> None:
    muxed = a_transport_stream(SMOOTH)
    found = pictures(read(muxed.data))
    assert [(pes.pts, pes.dts, is_idr(split_start_codes(pes.data))) for pes in found] == list(
        muxed.pictures
    )
    assert {pes.codec for pes in found} == {"h264"}
    assert not any(pes.lost_before for pes in found)


def test_sound_begins_where_it_was_put() -> None:
    muxed = a_transport_stream(SMOOTH)
    sounds = [pes for pes in read(muxed.data) if pes.lane is Lane.AUDIO]
    assert {pes.codec for pes in sounds} == {"aac"}
    assert {pes.pts for pes in sounds} <= set(muxed.sounds)
    assert sounds[0].pts == muxed.sounds[0]


@given(st.lists(st.integers(0, len(a_transport_stream().data)), max_size=20))
def test_bytes_may_be_cut_anywhere(cuts: list[int]) -> None:
    data = a_transport_stream().data
    assert read(data, *cuts) == read(data)


@pytest.mark.parametrize(
    ("codec", "rate", "layout", "named"),
    [("mp2", 44_100, "mono", "mp2"), ("ac3", 48_000, "stereo", "ac3"),
     ("libopus", 48_000, "stereo", "opus"), ("eac3", 48_000, "stereo", "eac3")],
)  # fmt: skip
def test_other_sound_is_known_by_name(codec: str, rate: int, layout: str, named: str) -> None:
    muxed = a_transport_stream(codec=codec, rate=rate, layout=layout)
    stream = TransportStream()
    stream.receive(muxed.data)
    assert stream.codecs == {Lane.VIDEO: "h264", Lane.AUDIO: named}


def test_a_lost_packet_costs_a_picture_or_two_and_the_next_one_says_so() -> None:
    """One packet is one picture here; the one before it cannot be known to have been whole."""
    muxed = a_transport_stream()
    whole = pictures(read(muxed.data))
    of_video = [
        index
        for index in range(20, len(muxed.data) // PACKET)
        if muxed.data[index * PACKET + 1 : index * PACKET + 3] == b"\x41\x00"
    ]
    hurt = pictures(read(without(muxed.data, of_video[10])))
    assert len(whole) - len(hurt) in (1, 2)
    told = [index for index, pes in enumerate(hurt) if pes.lost_before]
    assert len(told) == 1
    missing = {pes.dts for pes in whole} - {pes.dts for pes in hurt}
    assert max(dts for dts in missing if dts) < (hurt[told[0]].dts or 0)


def test_what_is_no_transport_stream_is_passed_over() -> None:
    data = a_transport_stream().data
    noise = bytes(random.Random(1).randrange(256) for _ in range(500)).replace(b"\x47", b"\x48")
    assert pictures(read(noise + data)) == pictures(read(data))


def test_a_table_with_a_wrong_checksum_is_not_believed() -> None:
    data = bytearray(a_transport_stream().data)
    for at in range(0, len(data), PACKET):
        if data[at + 1 : at + 3] == b"\x40\x00":
            data[at + 12] ^= 0xFF
    assert read(bytes(data)) == []


def test_times_of_33_bits_are_read_whole() -> None:
    muxed = a_transport_stream(start=(1 << 33) - 45_000)
    times = [pes.dts or 0 for pes in pictures(read(muxed.data))]
    assert times == [dts % (1 << 33) for _, dts, _ in muxed.pictures]
    assert times[0] == (1 << 33) - 45_000
    assert min(times) < 45_000, "it has gone round"


def test_a_packet_that_never_ends_is_given_up() -> None:
    data = a_transport_stream().data
    stream = TransportStream()
    stream.receive(data)
    filler = b"".join(
        bytes((0x47, 0x01, 0x00, 0x10 | n % 16)) + b"\xaa" * 184
        for n in range(2 * MOST_PES_BYTES // 184)
    )
    stream.receive(filler)
    assert sum(len(chunk) for each in stream._streams.values() for chunk in each.chunks) < (
        MOST_PES_BYTES + PACKET
    )


@given(st.binary(max_size=2000), st.integers(0, 400), st.integers(1, 60))
def test_broken_streams_break_nothing(noise: bytes, at: int, packets: int) -> None:
    data = bytearray(a_transport_stream().data[: 400 * PACKET])
    data[at * PACKET + 4 : at * PACKET + 4 + len(noise)] = noise
    del data[(at + packets) * PACKET - 90 : (at + packets) * PACKET]
    for pes in read(bytes(data)):
        assert len(pes.data) <= MOST_PES_BYTES
