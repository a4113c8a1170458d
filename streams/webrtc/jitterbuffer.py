"""Packets in the order they were sent, each once, with the holes named.

RTP over UDP loses, doubles and swaps packets. The buffer lets packets in order pass at once and
holds back those behind a *hole* while a retransmission may still fill it. After `patience_s` the
hole is given up: what waited comes out, and its first packet says how many are missing before it.

Invariants: what comes out rises strictly in sequence; a packet whose `lost_before` is 0 follows
directly on the one before; never more than `capacity` packets wait (then the oldest hole is given
up early). A jump further than `capacity` is a sender that started over, not a hole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_MODULUS = 1 << 16
_HALF = 1 << 15


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet as far as it matters behind the transport.

    Args:
        sequence: 16-bit RTP sequence number.
        timestamp: 32-bit RTP timestamp.
        marker: video: the last packet of its picture.
        payload: without header and padding.
        arrival_s: monotonic seconds.
        lost_before: packets missing directly before this one, set by the buffer.
    """

    sequence: int
    timestamp: int
    marker: bool
    payload: bytes
    arrival_s: float
    lost_before: int = 0


class JitterBuffer:
    """Puts one stream of packets in order.

    Args:
        patience_s: how long a hole is waited for.
        capacity: most packets held behind a hole.
    """

    def __init__(self, patience_s: float, capacity: int = 1024) -> None:
        self._patience_s = patience_s
        self._capacity = capacity
        self._next: int | None = None
        self._waiting: dict[int, Packet] = {}

    def receive(self, packet: Packet) -> list[Packet]:
        """Take one packet in; returns those that may pass now, in order."""
        if self._next is None:
            self._next = packet.sequence
        ahead = self._ahead(packet.sequence)
        if abs(ahead) > self._capacity:
            return self._start_over(packet)
        if ahead < 0:
            return []
        if ahead == 0 and not self._waiting:
            self._next = (packet.sequence + 1) % _MODULUS
            return [packet]
        self._waiting.setdefault(packet.sequence, packet)
        return self._take(packet.arrival_s)

    def missing(self) -> list[int]:
        """Sequence numbers of the holes that are still waited for, oldest first."""
        if not self._waiting or self._next is None:
            return []
        furthest = max(map(self._ahead, self._waiting))
        wanted = ((self._next + step) % _MODULUS for step in range(furthest))
        return [sequence for sequence in wanted if sequence not in self._waiting]

    def _ahead(self, sequence: int) -> int:
        assert self._next is not None
        return (sequence - self._next + _HALF) % _MODULUS - _HALF

    def _start_over(self, packet: Packet) -> list[Packet]:
        self._waiting.clear()
        self._next = (packet.sequence + 1) % _MODULUS
        return [replace(packet, lost_before=1)]

    def _take(self, now_s: float) -> list[Packet]:
        taken = self._take_whole(0)
        while self._waiting and self._out_of_patience(now_s):
            assert self._next is not None
            lost = min(map(self._ahead, self._waiting))
            self._next = (self._next + lost) % _MODULUS
            taken += self._take_whole(lost)
        return taken

    def _take_whole(self, lost_before: int) -> list[Packet]:
        """Everything up to the next hole."""
        taken: list[Packet] = []
        while self._next is not None and (packet := self._waiting.pop(self._next, None)):
            taken.append(replace(packet, lost_before=lost_before) if lost_before else packet)
            self._next = (self._next + 1) % _MODULUS
            lost_before = 0
        return taken

    def _out_of_patience(self, now_s: float) -> bool:
        if len(self._waiting) > self._capacity // 2:
            return True
        first = min(self._waiting.values(), key=lambda packet: self._ahead(packet.sequence))
        return now_s - first.arrival_s >= self._patience_s
