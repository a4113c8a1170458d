"""MPEG transport streams, read: bytes in, whole packets of each elementary stream out.

A transport stream (ISO/IEC 13818-1) is packets of 188 bytes, each with a PID. The PAT names the
programme's PMT, the PMT its streams and their codecs; a stream's frames travel as PES packets with
times of 33 bits at 90 kHz. Of the first programme the first video and the first audio are read.

Nothing is guessed and nothing grows: a packet that lost its place is searched for within one packet
length, tables must have their CRC right, a PES packet beyond MOST_PES_BYTES is given up. What a
counter shows to be missing costs the PES packet it was missing from, and the next one says so.

A PES packet of no stated length ends where the next one begins, so pictures come one late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from streams.segments import Lane

PACKET_BYTES = 188
MOST_PES_BYTES = 4 * 1024 * 1024
_SYNC = 0x47
_NO_PID = -1
_VIDEO_TYPES = {
    0x01: "mpeg1",
    0x02: "mpeg2",
    0x10: "mpeg4",
    0x1B: "h264",
    0x24: "hevc",
    0x33: "vvc",
}
_AUDIO_TYPES = {
    0x03: "mp2",
    0x04: "mp2",
    0x0F: "aac",
    0x11: "aac_latm",
    0x81: "ac3",
    0x87: "eac3",
}
_PRIVATE = 0x06
_DESCRIPTORS = {0x6A: "ac3", 0x7A: "eac3"}
_REGISTRATIONS = {b"Opus": "opus", b"AC-3": "ac3", b"EAC3": "eac3"}
_REGISTRATION = 0x05


@dataclass(frozen=True, slots=True)
class Pes:
    """One PES packet of a stream that is read.

    Args:
        codec: h264, aac, mp2, ... as FFmpeg names decoders.
        pts, dts: 33 bits at 90 kHz; None where it has none; dts is pts where only that is there.
        lost_before: something before it is missing.
    """

    lane: Lane
    codec: str
    pts: int | None
    dts: int | None
    lost_before: bool
    data: bytes


@dataclass(slots=True)
class _Stream:
    """One elementary stream's open PES packet."""

    lane: Lane
    codec: str
    counter: int | None = None
    open: bool = False
    lost: bool = False
    size_bytes: int = 0
    chunks: list[bytes] = field(default_factory=list)


class TransportStream:
    """Reads one transport stream."""

    def __init__(self) -> None:
        self.lost = 0
        """PES packets given up because something of them was missing."""
        self.strays = 0
        """Bytes that belonged to no packet."""
        self._rest = b""
        self._table_pid = _NO_PID
        self._sections: dict[int, bytes] = {}
        self._streams: dict[int, _Stream] = {}

    @property
    def codecs(self) -> dict[Lane, str]:
        """What the programme's table says; empty before it came."""
        return {stream.lane: stream.codec for stream in self._streams.values()}

    def receive(self, data: bytes) -> list[Pes]:
        """Takes bytes as they come, cut anywhere; gives what is whole."""
        data = self._rest + data if self._rest else data
        at = 0
        out: list[Pes] = []
        while at + PACKET_BYTES <= len(data):
            if data[at] != _SYNC:
                begins = data.find(_SYNC, at + 1)
                begins = len(data) if begins < 0 else begins
                self.strays += begins - at
                at = begins
                continue
            out += self._packet(data[at : at + PACKET_BYTES])
            at += PACKET_BYTES
        self._rest = data[at:]
        return out

    def flush(self) -> list[Pes]:
        """The packets that are still open, for a stream that ends here."""
        return [pes for stream in self._streams.values() for pes in self._close(stream)]

    def _packet(self, packet: bytes) -> Iterator[Pes]:
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        damaged, begins = bool(packet[1] & 0x80), bool(packet[1] & 0x40)
        payload, jumped = _payload(packet)
        if damaged:
            return
        if pid in (0, self._table_pid):
            self._table(pid, payload, begins)
        elif stream := self._streams.get(pid):
            if payload:
                self._count(stream, packet[3] & 0x0F, jumped)
            yield from self._receive(stream, payload, begins)

    def _count(self, stream: _Stream, counter: int, jumped: bool) -> None:
        """A counter that is not the next one shows that packets are missing."""
        expected = None if stream.counter is None else (stream.counter + 1) % 16
        repeated = counter == stream.counter
        if expected is not None and counter != expected and not repeated and not jumped:
            self._give_up(stream)
        stream.counter = counter

    def _receive(self, stream: _Stream, payload: bytes, begins: bool) -> Iterator[Pes]:
        if begins:
            yield from self._close(stream)
            stream.open = True
        if not stream.open or not payload:
            return
        stream.chunks.append(payload)
        stream.size_bytes += len(payload)
        stated = _stated_bytes(stream.chunks[0])
        if stream.size_bytes > MOST_PES_BYTES:
            self._give_up(stream)
        elif stated and stream.size_bytes >= stated:
            yield from self._close(stream)

    def _give_up(self, stream: _Stream) -> None:
        self.lost += stream.open
        stream.open, stream.lost = False, True
        stream.chunks, stream.size_bytes = [], 0

    def _close(self, stream: _Stream) -> Iterator[Pes]:
        data = b"".join(stream.chunks)
        lost, was_open = stream.lost, stream.open
        stream.open, stream.chunks, stream.size_bytes = False, [], 0
        if was_open and data:
            stream.lost = False
            yield from _pes(stream, data, lost)

    # Tables.

    def _table(self, pid: int, payload: bytes, begins: bool) -> None:
        if begins and payload:
            self._sections[pid] = payload[1 + payload[0] :]
        elif pid in self._sections:
            self._sections[pid] += payload
        section = self._sections.get(pid, b"")
        if len(section) < 3:
            return
        size = 3 + ((section[1] & 0x0F) << 8 | section[2])
        if len(section) < size:
            return
        del self._sections[pid]
        section = section[:size]
        if size >= 12 and _crc(section) == 0:
            self._read_pat(section) if pid == 0 else self._read_pmt(section)

    def _read_pat(self, section: bytes) -> None:
        for at in range(8, len(section) - 7, 4):
            number = section[at] << 8 | section[at + 1]
            pid = (section[at + 2] & 0x1F) << 8 | section[at + 3]
            if number:
                if pid != self._table_pid:
                    self._table_pid, self._streams = pid, {}
                return

    def _read_pmt(self, section: bytes) -> None:
        found: dict[int, _Stream] = {}
        for pid, lane, codec in _streams_of(section):
            if lane not in {stream.lane for stream in found.values()}:
                kept = self._streams.get(pid)
                same = kept is not None and kept.codec == codec
                found[pid] = kept if kept is not None and same else _Stream(lane, codec)
        self._streams = found


def _payload(packet: bytes) -> tuple[bytes, bool]:
    """A packet's payload, and whether its adaptation field announces a jump."""
    control = packet[3] >> 4 & 3
    if control & 2 == 0:
        return (packet[4:] if control & 1 else b""), False
    size = packet[4]
    jumped = size > 0 and bool(packet[5] & 0x80)
    return (packet[5 + size :] if control & 1 else b""), jumped


def _streams_of(section: bytes) -> Iterator[tuple[int, Lane, str]]:
    """PID, lane and codec of every stream in a PMT that is picture or sound."""
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    while at + 5 <= len(section) - 4:
        kind, pid = section[at], (section[at + 1] & 0x1F) << 8 | section[at + 2]
        size = (section[at + 3] & 0x0F) << 8 | section[at + 4]
        descriptors = section[at + 5 : at + 5 + size]
        at += 5 + size
        if kind in _VIDEO_TYPES:
            yield pid, Lane.VIDEO, _VIDEO_TYPES[kind]
        elif codec := _AUDIO_TYPES.get(kind) or (kind == _PRIVATE and _private(descriptors)):
            yield pid, Lane.AUDIO, codec


def _private(descriptors: bytes) -> str:
    """The codec of a private stream by its descriptors; empty when it is none we know."""
    at = 0
    while at + 2 <= len(descriptors):
        tag, size = descriptors[at], descriptors[at + 1]
        body = descriptors[at + 2 : at + 2 + size]
        at += 2 + size
        if tag in _DESCRIPTORS:
            return _DESCRIPTORS[tag]
        if tag == _REGISTRATION and body[:4] in _REGISTRATIONS:
            return _REGISTRATIONS[body[:4]]
    return ""


def _stated_bytes(first: bytes) -> int:
    """How long a PES packet says it is, headers included; 0 where it does not."""
    if len(first) < 6:
        return 0
    stated = first[4] << 8 | first[5]
    return stated + 6 if stated else 0


def _pes(stream: _Stream, data: bytes, lost: bool) -> Iterator[Pes]:
    if len(data) < 9 or data[:3] != b"\0\0\1" or data[6] & 0xC0 != 0x80:
        return
    flags, begins = data[7] >> 6, 9 + data[8]
    pts = _timestamp(data, 9) if flags & 2 and len(data) >= 14 else None
    dts = _timestamp(data, 14) if flags == 3 and len(data) >= 19 else pts
    stated = _stated_bytes(data)
    yield Pes(stream.lane, stream.codec, pts, dts, lost, data[begins : stated or None])


def _timestamp(data: bytes, at: int) -> int:
    """33 bits in five bytes, with marker bits between (13818-1, 2.4.3.7)."""
    high = data[at] >> 1 & 7
    middle = (data[at + 1] << 8 | data[at + 2]) >> 1
    low = (data[at + 3] << 8 | data[at + 4]) >> 1
    return high << 30 | middle << 15 | low


def _crc_table() -> tuple[int, ...]:
    def one(value: int) -> int:
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x8000_0000 else 0)
        return value & 0xFFFF_FFFF

    return tuple(one(index << 24) for index in range(256))


_CRC = _crc_table()


def _crc(data: bytes) -> int:
    """CRC-32/MPEG-2; 0 over a section with its own CRC behind it."""
    crc = 0xFFFF_FFFF
    for byte in data:
        crc = (crc << 8 & 0xFFFF_FFFF) ^ _CRC[crc >> 24 ^ byte]
    return crc
