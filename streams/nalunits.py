"""H.264 as bytes: NAL units in start-code form, in length form, and what their headers say.

Encoders and transport streams write *start codes* between NAL units (Annex B of H.264); files and
our fragments put a *length* of four bytes in front of each. Delimiters, fillers and the encoder's
advertising (SEI) mean nothing to a player and are dropped on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum

_START_CODE = re.compile(rb"\x00\x00\x01")


class NalType(IntEnum):
    """Types of NAL unit that are looked at (H.264, table 7-1)."""

    SLICE = 1
    IDR = 5
    SEI = 6
    SPS = 7
    PPS = 8
    DELIMITER = 9
    END_OF_SEQUENCE = 10
    END_OF_STREAM = 11
    FILLER = 12


_WANTED = frozenset({1, 2, 3, 4, NalType.IDR, NalType.SPS, NalType.PPS})
_PARAMETERS = frozenset({NalType.SPS, NalType.PPS})


def nal_type(nal: bytes) -> int:
    """The type in a NAL unit's header."""
    return nal[0] & 0x1F


def split_start_codes(data: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream, without start codes and the zeros around them."""
    starts = [match.end() for match in _START_CODE.finditer(data)]
    ends = [*(start - 3 for start in starts[1:]), len(data)]
    for start, end in zip(starts, ends, strict=False):
        if nal := data[start:end].rstrip(b"\0"):
            yield nal


def split_lengths(data: bytes, length_bytes: int = 4) -> Iterator[bytes]:
    """The NAL units of a sample in length form.

    Raises:
        ValueError: when a length reaches past the end.
    """
    position = 0
    while position < len(data):
        start = position + length_bytes
        size = int.from_bytes(data[position:start])
        position = start + size
        if position > len(data):
            raise ValueError(f"expected a NAL unit of {size} bytes, got {len(data) - start}")
        if size:
            yield data[start:position]


def join_lengths(nals: Iterable[bytes]) -> bytes:
    """NAL units in length form, four bytes each."""
    return b"".join(len(nal).to_bytes(4) + nal for nal in nals)


def is_idr(nals: Iterable[bytes]) -> bool:
    """Whether decoding can start at these NAL units of one picture."""
    return any(nal_type(nal) == NalType.IDR for nal in nals)


def sample(nals: Iterable[bytes], parameters: tuple[bytes, ...] = ()) -> bytes:
    """One picture as an access unit wants it: length form, nothing superfluous.

    Args:
        nals: the picture's NAL units, in order.
        parameters: SPS and PPS to put in front of an IDR that brings none itself.
    """
    kept = [nal for nal in nals if nal_type(nal) in _WANTED]
    if is_idr(kept) and not any(nal_type(nal) == NalType.SPS for nal in kept):
        kept = [*parameters, *(nal for nal in kept if nal_type(nal) not in _PARAMETERS)]
    return join_lengths(kept)


def parameters_of_avcc(avcc: bytes) -> tuple[int, tuple[bytes, ...]]:
    """What an AVCDecoderConfigurationRecord holds (ISO 14496-15, 5.3.3.1).

    Returns:
        How many bytes a length has, and the SPS and PPS in order.

    Raises:
        ValueError: when the record is cut short or is none.
    """
    if len(avcc) < 7 or avcc[0] != 1:
        raise ValueError(f"expected an avcC record, got {len(avcc)} bytes")
    found: list[bytes] = []
    position = 5
    for mask in (0x1F, 0xFF):
        count = avcc[position] & mask
        position += 1
        for _ in range(count):
            size = int.from_bytes(avcc[position : position + 2])
            found.append(avcc[position + 2 : position + 2 + size])
            position += 2 + size
            if not size or position > len(avcc):
                raise ValueError("expected whole parameter sets, got a record cut short")
        if mask == 0x1F and position >= len(avcc):
            raise ValueError("expected picture parameters, got a record cut short")
    return (avcc[4] & 3) + 1, tuple(found)
