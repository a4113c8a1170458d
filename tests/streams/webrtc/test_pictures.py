"""Pictures are joined whole, and after a loss nothing passes before an IDR."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.webrtc.jitterbuffer import JitterBuffer, Packet
from streams.webrtc.pictures import Assembly, Gate, Picture
from tests.streams import h264_line as line
from tests.streams.h264_line import DELIMITER, PPS, SPS, a_slice, aggregate, fragments


def assembled(payloads: Iterable[bytes], assembly: Assembly | None = None) -> list[Picture]:
    """One picture's payloads, the last with the marker."""
    assembly = assembly or Assembly()
    made = list(payloads)
    return [
        picture
        for nth, payload in enumerate(made)
        for picture in assembly.receive(Packet(nth, 7, nth == len(made) - 1, payload, 0.0))
    ]


def test_aggregates_fragments_and_single_units_become_nal_units() -> None:
    big = a_slice(3, True, size=100)
    (picture,) = assembled([aggregate(SPS, PPS), *fragments(big, 30), a_slice(4, True)])
    assert picture.nals == (SPS, PPS, big, a_slice(4, True))
    assert picture.whole
    assert picture.idr


def test_a_picture_without_marker_ends_where_the_next_timestamp_begins() -> None:
    assembly = Assembly()
    list(assembly.receive(Packet(1, 100, False, aggregate(SPS, PPS), 0.0)))
    list(assembly.receive(Packet(2, 100, False, a_slice(1, True), 0.0)))
    (picture,) = assembly.receive(Packet(3, 200, False, a_slice(2, False), 0.0))
    assert picture.timestamp == 100
    assert picture.nals == (SPS, PPS, a_slice(1, True))


@pytest.mark.parametrize(
    "payloads",
    [
        fragments(a_slice(1, True, size=100), 30)[1:],
        [aggregate(SPS, PPS), *fragments(a_slice(1, True, size=100), 30)[:-1]],
        [aggregate(SPS, PPS)[:-1], a_slice(1, True)],
        [aggregate(SPS), bytes([0x78, 0, 0]), a_slice(1, True)],
        [aggregate(SPS), bytes([28]), a_slice(1, True)],
        [aggregate(SPS), bytes([0x1E, 1, 2]), a_slice(1, True)],
    ],
    ids=["no first fragment", "no last fragment", "cut aggregate", "empty unit", "stub", "type 30"],
)
def test_a_picture_with_something_missing_is_not_whole(payloads: list[bytes]) -> None:
    assert not any(picture.whole for picture in assembled(payloads))


def test_after_a_hole_only_a_picture_that_shows_its_beginning_counts_as_whole() -> None:
    for payloads, whole in [
        ([aggregate(SPS, PPS), a_slice(1, True)], True),
        ([DELIMITER, a_slice(1, True)], True),
        ([a_slice(1, True)], False),
    ]:
        assembly = Assembly()
        list(assembly.receive(Packet(1, 1, True, a_slice(0, False), 0.0)))
        first = Packet(5, 9, len(payloads) == 1, payloads[0], 0.0, lost_before=2)
        pictures = list(assembly.receive(first))
        for payload in payloads[1:]:
            pictures += assembly.receive(Packet(6, 9, True, payload, 0.0))
        assert [picture.whole for picture in pictures] == [whole]


def test_padding_without_payload_is_no_picture() -> None:
    assert assembled([b""]) == []


def a_picture(*nals: bytes, whole: bool = True, after_hole: bool = False) -> Picture:
    return Picture(0, nals, whole, after_hole, 0.0)


def test_the_gate_waits_for_an_idr_with_its_parameter_sets() -> None:
    gate = Gate()
    assert gate.admit(a_picture(a_slice(1, False))) is None
    assert gate.admit(a_picture(a_slice(2, True))) is None
    assert gate.wants_keyframe
    assert gate.admit(a_picture(SPS, PPS, a_slice(3, True))) is not None
    assert not gate.wants_keyframe


def test_parameter_sets_stand_before_each_idr_also_when_the_encoder_sent_them_once() -> None:
    gate = Gate()
    gate.admit(a_picture(SPS, PPS, a_slice(1, True)))
    sample = gate.admit(a_picture(a_slice(2, True)))
    assert sample is not None
    assert list(line.split(sample)) == [SPS, PPS, a_slice(2, True)]


def test_parameter_sets_that_come_twice_stand_there_once() -> None:
    sample = Gate().admit(a_picture(SPS, PPS, SPS, PPS, a_slice(1, True)))
    assert sample is not None
    assert list(line.split(sample)) == [SPS, PPS, a_slice(1, True)]


def test_delimiters_are_left_out() -> None:
    gate = Gate()
    sample = gate.admit(a_picture(DELIMITER, SPS, PPS, a_slice(1, True)))
    assert sample is not None
    assert list(line.split(sample)) == [SPS, PPS, a_slice(1, True)]


def test_a_new_parameter_set_is_counted_and_used() -> None:
    gate = Gate()
    gate.admit(a_picture(SPS, PPS, a_slice(1, True)))
    other = SPS[:-1] + b"\x05"
    sample = gate.admit(a_picture(other, PPS, a_slice(2, True)))
    assert sample is not None
    assert next(line.split(sample)) == other
    assert gate.sps_changes == 1
    assert gate.sps == other


def test_a_torn_picture_shuts_the_gate_until_the_next_idr() -> None:
    gate = Gate()
    gate.admit(a_picture(SPS, PPS, a_slice(1, True)))
    assert gate.admit(a_picture(a_slice(2, False), whole=False)) is None
    assert gate.admit(a_picture(a_slice(3, False))) is None
    assert gate.admit(a_picture(a_slice(4, True))) is not None


def test_a_whole_picture_after_a_hole_passes_only_as_idr() -> None:
    gate = Gate()
    gate.admit(a_picture(SPS, PPS, a_slice(1, True)))
    assert gate.admit(a_picture(DELIMITER, a_slice(2, False), after_hole=True)) is None
    assert gate.admit(a_picture(SPS, PPS, a_slice(3, True), after_hole=True)) is not None


@given(st.integers(0, 10_000), st.floats(0, 0.3), st.floats(0, 0.3))
def test_no_picture_passes_that_leans_on_a_lost_one(seed: int, loss: float, swap: float) -> None:
    chance = random.Random(seed)
    sent = [packet for packet in line.packets(60, gop=10) if chance.random() >= loss]
    for at in range(len(sent) - 1):
        if chance.random() < swap:
            sent[at], sent[at + 1] = sent[at + 1], sent[at]
    buffer, assembly, gate = JitterBuffer(patience_s=0.05), Assembly(), Gate()
    passed: list[int] = []
    for packet in sent:
        for ready in buffer.receive(packet):
            if ready.lost_before:
                gate.shut()
            for picture in assembly.receive(ready):
                sample = gate.admit(picture)
                if sample is not None:
                    passed.append(line.number_of(sample))
    for number, before in zip(passed, [-1, *passed], strict=False):
        assert number % 10 == 0 or number == before + 1
