"""Made-up H.264 pictures as RTP packets: packetized for real, their slices say their number."""

from __future__ import annotations

from collections.abc import Iterator

from streams.webrtc.jitterbuffer import Packet

SPS = bytes([0x67, 0x42, 0xE0, 0x1F, 1])
PPS = bytes([0x68, 0xCE, 2])
DELIMITER = bytes([0x09, 0xF0])


def a_slice(number: int, idr: bool, size: int = 40, disposable: bool = False) -> bytes:
    reference = 0x00 if disposable else 0x60
    body = number.to_bytes(4) * (size // 4)
    return bytes([reference | (5 if idr else 1), 0x88]) + body


def aggregate(*nals: bytes) -> bytes:
    return bytes([0x78]) + b"".join(len(nal).to_bytes(2) + nal for nal in nals)


def fragments(nal: bytes, size: int) -> list[bytes]:
    pieces = [nal[at : at + size] for at in range(1, len(nal), size)]
    last = len(pieces) - 1
    return [
        bytes([nal[0] & 0xE0 | 28, nal[0] & 0x1F | (0x80 * (n == 0)) | (0x40 * (n == last))])
        + piece
        for n, piece in enumerate(pieces)
    ]


def payloads(number: int, idr: bool) -> list[bytes]:
    """A picture as browsers send it: parameter sets aggregated, the slice in fragments."""
    head = [aggregate(SPS, PPS)] if idr else []
    return [*head, *fragments(a_slice(number, idr), 16)]


def packets(
    pictures: int, gop: int, frame_s: float = 1 / 30, begins_s: float = 0.0
) -> Iterator[Packet]:
    """A stream with an IDR at every `gop`-th picture, sent as fast as it is made."""
    sequence = 65_500
    for number in range(pictures):
        made = payloads(number, number % gop == 0)
        timestamp = (4_294_900_000 + round(number * frame_s * 90_000)) % (1 << 32)
        for nth, payload in enumerate(made):
            marker, at = nth == len(made) - 1, begins_s + number * frame_s
            yield Packet(sequence % 65536, timestamp, marker, payload, at)
            sequence += 1


def number_of(sample: bytes) -> int:
    """Which picture a length-prefixed sample is."""
    *_, last = split(sample)
    return int.from_bytes(last[2:6])


def split(sample: bytes) -> Iterator[bytes]:
    while sample:
        size = int.from_bytes(sample[:4])
        yield sample[4 : 4 + size]
        sample = sample[4 + size :]
