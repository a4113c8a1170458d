"""A frame that says which one it is: event time in blocks of black and white.

In the lower right corner of the pictures that we draw ourselves stand 40 blocks of 8x8 pixels,
each a bit, the most significant first: 32 bits of milliseconds, then 8 bits of check, which are
the exclusive or of the four bytes and of 0xA5 (so that neither an all-black nor an all-white strip
is a stamp). A test that sees the picture, in a browser or behind a decoder, reads from it when the
frame was made, and from two of them whether a frame was lost. Blocks are dark grey and light grey:
far enough apart for any encoder, quiet for the eye.
"""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

BLOCK_PX = 8
BITS = 40
WIDTH_PX = BLOCK_PX * BITS
_DARK, _LIGHT = 48, 208
_THRESHOLD = (_DARK + _LIGHT) // 2
_CHECK = 0xA5
_TIME_MODULUS = 1 << 32


def write(luma: Image.Image, time_ms: int) -> None:
    """Stamp a picture.

    Args:
        luma: plane of brightness, at least WIDTH_PX wide; drawn upon.
        time_ms: what the stamp says, modulo 2**32.
    """
    left, top = _corner(*luma.size)
    for at, bit in enumerate(_bits(time_ms)):
        x = left + at * BLOCK_PX
        luma.paste(_LIGHT if bit else _DARK, (x, top, x + BLOCK_PX, top + BLOCK_PX))


def read(brightness: Callable[[int, int], int], width: int, height: int) -> int | None:
    """The milliseconds that a picture's stamp says, None where there is no stamp.

    Args:
        brightness: of the pixel at x, y, 0 to 255.
        width: of the picture in pixels, as large as it was drawn.
        height: likewise.
    """
    left, top = _corner(width, height)
    if left < 0:
        return None
    value, middle = 0, BLOCK_PX // 2
    for at in range(BITS):
        lit = brightness(left + at * BLOCK_PX + middle, top + middle) > _THRESHOLD
        value = value << 1 | lit
    time_ms, check = value >> 8, value & 0xFF
    return time_ms if check == _check(time_ms) else None


def _corner(width: int, height: int) -> tuple[int, int]:
    return width - WIDTH_PX, height - BLOCK_PX


def _bits(time_ms: int) -> list[int]:
    time_ms %= _TIME_MODULUS
    value = time_ms << 8 | _check(time_ms)
    return [value >> at & 1 for at in range(BITS - 1, -1, -1)]


def _check(time_ms: int) -> int:
    check = _CHECK
    for byte in time_ms.to_bytes(4):
        check ^= byte
    return check
