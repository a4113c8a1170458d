"""Packets come out in order, once, and holes are named."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.webrtc.jitterbuffer import JitterBuffer, Packet


def a_packet(sequence: int, at_s: float = 0.0) -> Packet:
    return Packet(sequence % 65536, 0, False, b"x", at_s)


def outcome(packets: list[Packet]) -> list[tuple[int, int]]:
    return [(packet.sequence, packet.lost_before) for packet in packets]


def test_packets_in_order_pass_at_once_also_across_the_wrap() -> None:
    buffer = JitterBuffer(patience_s=0.1)
    passed = [outcome(buffer.receive(a_packet(65534 + n))) for n in range(4)]
    assert passed == [[(65534, 0)], [(65535, 0)], [(0, 0)], [(1, 0)]]


def test_a_swapped_packet_waits_for_its_place() -> None:
    buffer = JitterBuffer(patience_s=0.1)
    buffer.receive(a_packet(1))
    assert buffer.receive(a_packet(3)) == []
    assert buffer.missing() == [2]
    assert outcome(buffer.receive(a_packet(2))) == [(2, 0), (3, 0)]
    assert buffer.missing() == []


def test_a_hole_is_given_up_when_patience_ends_and_says_how_much_was_lost() -> None:
    buffer = JitterBuffer(patience_s=0.1)
    buffer.receive(a_packet(1))
    assert buffer.receive(a_packet(4, at_s=1.0)) == []
    assert buffer.receive(a_packet(5, at_s=1.09)) == []
    assert outcome(buffer.receive(a_packet(6, at_s=1.1))) == [(4, 2), (5, 0), (6, 0)]


def test_a_packet_that_comes_after_its_hole_was_given_up_is_dropped() -> None:
    buffer = JitterBuffer(patience_s=0.0)
    buffer.receive(a_packet(1))
    assert outcome(buffer.receive(a_packet(3))) == [(3, 1)]
    assert buffer.receive(a_packet(2)) == []


def test_a_doubled_packet_passes_once() -> None:
    buffer = JitterBuffer(patience_s=1.0)
    buffer.receive(a_packet(1))
    buffer.receive(a_packet(3))
    buffer.receive(a_packet(3))
    assert outcome(buffer.receive(a_packet(2))) == [(2, 0), (3, 0)]
    assert buffer.receive(a_packet(3)) == []


def test_a_sender_that_starts_over_is_not_waited_for() -> None:
    buffer = JitterBuffer(patience_s=1.0, capacity=64)
    buffer.receive(a_packet(1))
    assert outcome(buffer.receive(a_packet(30000))) == [(30000, 1)]
    assert outcome(buffer.receive(a_packet(5))) == [(5, 1)]


def test_no_more_than_half_the_capacity_waits_behind_a_hole() -> None:
    buffer = JitterBuffer(patience_s=1e9, capacity=64)
    buffer.receive(a_packet(0))
    for sequence in range(2, 34):
        assert buffer.receive(a_packet(sequence)) == []
    came = buffer.receive(a_packet(34))
    assert outcome(came)[0] == (2, 1)
    assert len(came) == 33


@given(
    st.lists(st.tuples(st.integers(-8, 8), st.booleans(), st.booleans()), max_size=80),
    st.integers(0, 65535),
)
def test_whatever_the_line_does_order_holds_and_the_holes_add_up(
    line: list[tuple[int, bool, bool]], first: int
) -> None:
    sent = [(n + late / 1.5, n) for n, (late, lost, _) in enumerate(line) if not lost]
    sent += [(n + 5.5, n) for n, (*_, doubled) in enumerate(line) if doubled]
    buffer = JitterBuffer(patience_s=4.0)
    came: list[Packet] = []
    for at, number in sorted(sent):
        came += buffer.receive(a_packet(first + number, at))
    numbers = [(packet.sequence - first) % 65536 for packet in came]
    for (before, number), packet in zip(pairwise(numbers), came[1:], strict=False):
        assert number == before + 1 + packet.lost_before
