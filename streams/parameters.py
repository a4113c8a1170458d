"""What an H.264 sequence parameter set says of the picture (H.264, 7.3.2.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from streams.nalunits import NalType, nal_type, split_lengths

SIDES = range(16, 8193)
"""Width and height of pictures that are taken, in pixels."""
LONGEST_SET = 1024
"""Bytes of one parameter set; encoders write fewer than a hundred."""
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128})
_CHROMA_STEPS = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}


@dataclass(frozen=True, slots=True)
class PictureParameters:
    """The parameter sets of one generation, and what they mean.

    Args:
        codec: as playlists name it, such as `avc1.42E01F`.
    """

    sps: bytes
    pps: bytes
    width: int
    height: int
    codec: str


def parameters_of(picture: bytes) -> PictureParameters | None:
    """The parameter sets in front of an IDR; None where they are missing, broken or beyond measure.

    Args:
        picture: NAL units behind lengths of 4 bytes.
    """
    found: dict[int, bytes] = {}
    for nal in split_lengths(picture):
        kind = nal_type(nal)
        if kind in (NalType.SPS, NalType.PPS):
            found.setdefault(kind, nal)
        elif kind == NalType.IDR:
            break
    sps, pps = found.get(NalType.SPS), found.get(NalType.PPS)
    if not sps or not pps or len(sps) < 4 or max(len(sps), len(pps)) > LONGEST_SET:
        return None
    try:
        width, height = _size(sps)
    except (IndexError, KeyError):
        return None
    if width not in SIDES or height not in SIDES:
        return None
    return PictureParameters(sps, pps, width, height, f"avc1.{sps[1:4].hex().upper()}")


class _Bits:
    """Reads bits and Exp-Golomb numbers; IndexError past the end."""

    def __init__(self, data: bytes) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in data)
        self._at = 0

    def take(self, count: int) -> int:
        taken = self._bits[self._at : self._at + count]
        if len(taken) < count:
            raise IndexError("expected more bits in a parameter set")
        self._at += count
        return int(taken, 2) if taken else 0

    def unsigned(self) -> int:
        zeros = 0
        while self.take(1) == 0:
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        number = self.unsigned()
        return (number + 1) // 2 if number % 2 else -(number // 2)


def _size(sps: bytes) -> tuple[int, int]:
    bits = _Bits(sps[4:].replace(b"\0\0\3", b"\0\0"))
    bits.unsigned()
    chroma = _skip_chroma(bits) if sps[1] in _HIGH_PROFILES else 1
    bits.unsigned()
    _skip_order(bits)
    bits.unsigned()
    bits.take(1)
    columns, rows = bits.unsigned() + 1, bits.unsigned() + 1
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
    bits.take(1)
    across, down = _CHROMA_STEPS[chroma]
    down *= 2 - frames_only
    left, right, top, bottom = (bits.unsigned() for _ in range(4)) if bits.take(1) else (0,) * 4
    width = columns * 16 - (left + right) * across
    height = (2 - frames_only) * rows * 16 - (top + bottom) * down
    return width, height


def _skip_chroma(bits: _Bits) -> int:
    chroma = bits.unsigned()
    if chroma == 3:
        bits.take(1)
    bits.unsigned()
    bits.unsigned()
    bits.take(1)
    if bits.take(1):
        for number in range(8 if chroma != 3 else 12):
            if bits.take(1):
                _skip_scaling(bits, 16 if number < 6 else 64)
    return chroma


def _skip_scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_order(bits: _Bits) -> None:
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.unsigned()):
            bits.signed()
