"""Our own movie fragments, read back: the shape that `boxes.fragment` writes, and no other.

What was packaged once is taken apart here to be put together otherwise: as one file, or frame by
frame for a decoder. Fragments of others are read in `feeds/foreignfragments.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from streams.boxes import SYNC_SAMPLE, Sample

_TFDT_AT, _COUNT_AT, _ROWS_AT, _ROW_BYTES = 60, 80, 88, 16
"""Of a `moof`: 8, mfhd 16, traf 8, tfhd 16, tfdt 20 (its time at 12), trun 20 and its rows."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Samples in decode order, from an instant on in the track's rate."""

    start_ticks: int
    samples: tuple[Sample, ...]


def fragments(data: bytes) -> Iterator[Fragment]:
    """The fragments that lie end to end in some bytes.

    Raises:
        ValueError: where they are not ours or not whole.
    """
    at = 0
    while at < len(data):
        moof_bytes, name = _header(data, at)
        if name != b"moof":
            raise ValueError(f"expected moof at {at}; came {name!r}")
        mdat_bytes, name = _header(data, at + moof_bytes)
        if name != b"mdat" or at + moof_bytes + mdat_bytes > len(data):
            raise ValueError(f"expected a whole mdat at {at + moof_bytes}; came {name!r}")
        yield _fragment(data, at, moof_bytes)
        at += moof_bytes + mdat_bytes


def _header(data: bytes, at: int) -> tuple[int, bytes]:
    if at + 8 > len(data):
        raise ValueError(f"expected a box at {at}; came the end")
    size, name = struct.unpack_from(">I4s", data, at)
    return size, name


def _fragment(data: bytes, at: int, moof_bytes: int) -> Fragment:
    (start,) = struct.unpack_from(">Q", data, at + _TFDT_AT)
    (count,) = struct.unpack_from(">I", data, at + _COUNT_AT)
    if _ROWS_AT + count * _ROW_BYTES != moof_bytes:
        raise ValueError(f"expected {count} samples; came a moof of {moof_bytes} bytes")
    samples, lies = [], at + moof_bytes + 8
    for row in range(count):
        duration, size, flags, offset = struct.unpack_from(
            ">IIIi", data, at + _ROWS_AT + row * _ROW_BYTES
        )
        samples.append(Sample(data[lies : lies + size], duration, offset, flags == SYNC_SAMPLE))
        lies += size
    return Fragment(start, tuple(samples))
