"""What came is told back so that the sender knows of every packet whether it came, and when."""

from __future__ import annotations

from struct import unpack

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.webrtc.arrivals import KEPT, MOST_TOLD, STEPS_A_SECOND, Arrivals

OURS, VIDEO = 0x01020304, 0x0A0B0C0D


class Sender:
    """Reads feedback as the draft tells it: for each number when it came, None where it did not."""

    def __init__(self) -> None:
        self.told: dict[int, float | None] = {}
        self.counts: list[int] = []

    def read(self, packet: bytes) -> None:
        first, kind, words = unpack("!BBH", packet[:4])
        assert (first >> 6, first & 31, kind) == (2, 15, 205)
        assert len(packet) == 4 * (words + 1) <= 1200
        assert unpack("!LL", packet[4:12]) == (OURS, VIDEO)
        body = packet[12 : len(packet) - (packet[-1] if first & 0x20 else 0)]
        base, count = unpack("!HH", body[:4])
        reference, told = int.from_bytes(body[4:7], signed=True), body[7]
        self.counts.append(told)
        symbols, at = _symbols(body, count)
        steps = reference * 256
        for number, symbol in enumerate(symbols, base):
            assert symbol < 3
            if symbol == 1:
                steps, at = steps + body[at], at + 1
            elif symbol == 2:
                steps, at = steps + int.from_bytes(body[at : at + 2], signed=True), at + 2
            self.told[number % 65536] = steps / STEPS_A_SECOND if symbol else None
        assert at == len(body), "nothing is left over"


def _symbols(body: bytes, count: int) -> tuple[list[int], int]:
    symbols: list[int] = []
    at = 8
    while len(symbols) < count:
        (chunk,) = unpack("!H", body[at : at + 2])
        at += 2
        if chunk >> 15 == 0:
            symbols += [chunk >> 13] * (chunk & 0x1FFF)
        elif chunk >> 14 & 1:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    return symbols[:count], at


class Line:
    """Arrivals and the sender that hears of them."""

    def __init__(self) -> None:
        self.arrivals, self.sender = Arrivals(), Sender()

    def come(self, *came: tuple[int, float]) -> None:
        for number, at_s in came:
            self.arrivals.receive(number % 65536, at_s)

    def tell(self) -> int:
        packets = list(self.arrivals.feedbacks(OURS, VIDEO))
        for packet in packets:
            self.sender.read(packet)
        return len(packets)


def test_nothing_is_told_before_anything_came_nor_twice() -> None:
    line = Line()
    assert line.tell() == 0
    line.come((7, 1.0))
    assert (line.tell(), line.tell()) == (1, 0)
    assert line.sender.told == {7: 1.0}


def test_each_packet_is_told_with_its_time_and_each_hole_as_one() -> None:
    line = Line()
    line.come((10, 5.0), (11, 5.02), (13, 5.25), (20, 5.1), (21, 5.1005))
    assert line.tell() == 1
    missing = dict.fromkeys((12, *range(14, 20)))
    assert line.sender.told == missing | {10: 5.0, 11: 5.02, 13: 5.25, 20: 5.1, 21: 5.1005}


def test_holes_between_two_feedbacks_belong_to_the_later_and_feedbacks_are_counted() -> None:
    line = Line()
    line.come((1, 1.0))
    line.tell()
    line.come((4, 1.1))
    line.tell()
    assert line.sender.told == {1: 1.0, 2: None, 3: None, 4: 1.1}
    assert line.sender.counts == [0, 1]


def test_one_that_was_overtaken_is_told_when_it_comes_and_the_others_stay_told() -> None:
    line = Line()
    line.come((1, 1.0), (3, 1.1), (4, 1.2))
    line.tell()
    assert line.sender.told[2] is None
    line.come((2, 1.3), (2, 9.0))
    line.tell()
    assert line.sender.told == {1: 1.0, 2: 1.3, 3: 1.1, 4: 1.2}, "the first copy counts"


def test_numbers_go_round() -> None:
    line = Line()
    line.come((65534, 1.0), (65537, 1.1))
    line.tell()
    assert line.sender.told == {65534: 1.0, 65535: None, 0: None, 1: 1.1}


def test_a_sender_that_counts_anew_begins_anew() -> None:
    line = Line()
    line.come((5, 1.0))
    line.tell()
    line.come((5 + KEPT, 2.0), (6 + KEPT, 2.01))
    assert line.tell() == 1
    assert line.sender.told == {5: 1.0, 5 + KEPT: 2.0, 6 + KEPT: 2.01}


def test_a_long_silence_needs_a_feedback_of_its_own() -> None:
    line = Line()
    line.come((1, 1.0), (2, 60.0))
    assert line.tell() == 2
    assert line.sender.told == {1: 1.0, 2: 60.0}


def test_what_is_kept_and_told_is_bounded() -> None:
    line = Line()
    line.come(*((number, number / 1000) for number in range(3 * KEPT)))
    assert len(line.arrivals._came) == KEPT
    assert line.tell() == -(-KEPT // MOST_TOLD)
    assert [number for number, at_s in line.sender.told.items() if at_s is not None] == list(
        range(2 * KEPT, 3 * KEPT)
    )


@settings(deadline=None)
@given(
    st.integers(0, 65535),
    st.lists(
        st.tuples(st.integers(-300, 300), st.floats(0, 12), st.booleans()), min_size=1, max_size=60
    ),
)
def test_whatever_the_order_a_sender_knows_in_the_end_what_came_when(
    first: int, steps: list[tuple[int, float, bool]]
) -> None:
    line, number, at_s = Line(), first, 100.0
    came: dict[int, float] = {}
    newest = first
    for step, pause_s, tells in steps:
        number, at_s = max(number + step, newest - 600), at_s + pause_s
        newest = max(newest, number)
        line.come((number, at_s))
        came.setdefault(number % 65536, at_s)
        if tells:
            line.tell()
    line.tell()
    for each, when_s in came.items():
        told_s = line.sender.told[each]
        assert told_s is not None
        assert abs(told_s - when_s) <= 0.5 / STEPS_A_SECOND + 1e-9
