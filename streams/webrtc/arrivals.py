"""When each packet came, told back to whoever sends: transport-wide congestion control feedback.

A browser numbers all that it sends over one transport and judges the line by when each number came
(draft-holmer-rmcat-transport-wide-cc-extensions-01, which no RFC has replaced for browsers). With
it, it finds in a second or two how much a line carries and tells a lossy line from a full one.
Without, it climbs from 300 kbit/s by a twelfth each second and takes a fifth of packets lost for a
line that is full, until it sends 30 kbit/s.

Every feedback tells of a run of numbers: for each whether it came, and when, in steps of 250 µs. A
packet that is overtaken and comes after its number was told as lost is told again, with all that
followed. Of what came the newest KEPT are remembered; a number further off than that is a sender
that counts anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import pack

EXTENSION = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
STEPS_A_SECOND = 4000
KEPT = 1024
MOST_TOLD = 400
"""Of one feedback, so that it fits a datagram: 400 come to at most 940 bytes."""
_RTPFB, _FMT = 205, 15
_REFERENCE_STEPS = 256
_MODULUS, _HALF = 1 << 16, 1 << 15
_MISSING, _SMALL, _LARGE = 0, 1, 2
_A_CHUNK = 7


class Arrivals:
    """What came over one transport and has still to be told."""

    def __init__(self) -> None:
        self._came: dict[int, int] = {}
        """When each of the newest numbers came, in steps; numbers do not go round here."""
        self._newest: int | None = None
        self._next = 0
        self._told = 0

    def receive(self, number: int, at_s: float) -> None:
        """A packet with this 16-bit number came at an instant of the monotonic clock."""
        if self._newest is None:
            self._newest = self._next = number
        found = self._newest + (number - self._newest + _HALF) % _MODULUS - _HALF
        if abs(found - self._newest) >= KEPT:
            self._came.clear()
            self._newest = self._next = found
        if found in self._came:
            return
        self._came[found] = round(at_s * STEPS_A_SECOND)
        self._newest, self._next = max(self._newest, found), min(self._next, found)
        if len(self._came) > KEPT:
            forgotten = next(iter(self._came))
            del self._came[forgotten]
            self._next = max(self._next, forgotten + 1)

    def feedbacks(self, ssrc: int, media_ssrc: int) -> Iterator[bytes]:
        """RTCP packets with all that has come since the last; none where nothing has.

        Args:
            ssrc: ours.
            media_ssrc: of the stream that is told of.
        """
        while self._newest is not None and self._next <= self._newest:
            first = next((n for n in range(self._next, self._newest + 1) if n in self._came), None)
            if first is None:
                break
            # What is missing before it was lost, or is on its way and will be told then.
            base = max(self._next, first - MOST_TOLD // 2)
            body, self._next = self._run(base, first)
            yield _packet(pack("!LL", ssrc, media_ssrc) + body)

    def _run(self, base: int, first: int) -> tuple[bytes, int]:
        """A feedback's own part from a number on; and the number after the last it tells."""
        assert self._newest is not None
        reference = self._came[first] // _REFERENCE_STEPS
        symbols: list[int] = []
        deltas, last = b"", reference * _REFERENCE_STEPS
        for number in range(base, min(self._newest + 1, base + MOST_TOLD)):
            came = self._came.get(number)
            if came is None:
                symbols.append(_MISSING)
                continue
            delta, last = came - last, came
            if 0 <= delta < 256:
                symbols.append(_SMALL)
                deltas += pack("!B", delta)
            elif -(1 << 15) <= delta < 1 << 15:
                symbols.append(_LARGE)
                deltas += pack("!h", delta)
            else:  # more than eight seconds: it begins a feedback of its own
                break
        head = pack("!HH", base % _MODULUS, len(symbols))
        head += (reference % (1 << 24) << 8 | self._told % 256).to_bytes(4)
        self._told += 1
        return head + b"".join(_chunks(symbols)) + deltas, base + len(symbols)


def _chunks(symbols: Sequence[int]) -> Iterator[bytes]:
    """Run-lengths where seven or more are alike, else two bits for each of seven."""
    at = 0
    while at < len(symbols):
        run = at
        while run < len(symbols) and symbols[run] == symbols[at]:
            run += 1
        if run - at >= _A_CHUNK or run == len(symbols):
            yield pack("!H", symbols[at] << 13 | run - at)
            at = run
            continue
        bits = 0
        for symbol in (*symbols[at : at + _A_CHUNK], *[_MISSING] * _A_CHUNK)[:_A_CHUNK]:
            bits = bits << 2 | symbol
        yield pack("!H", 0b11 << 14 | bits)
        at += _A_CHUNK


def _packet(payload: bytes) -> bytes:
    """With a header, and padded to whole words (RFC 3550 6.4.1)."""
    lacks = -len(payload) % 4
    if lacks:
        payload += bytes(lacks - 1) + bytes([lacks])
    first = 2 << 6 | (0x20 if lacks else 0) | _FMT
    return pack("!BBH", first, _RTPFB, len(payload) // 4) + payload
