"""Pictures as phones and attackers make them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw


def a_photo(width: int, height: int, *, turned: int = 1, place: bytes = b"") -> bytes:
    """A JPEG whose top left corner is red.

    Args:
        turned: how the phone was held, as EXIF says it: 6 is a quarter turn.
        place: what it says of where it was taken, in its EXIF and its comment.
    """
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    ImageDraw.Draw(picture).rectangle((0, 0, width // 4, height // 4), "red")
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010E] = place.decode("latin-1") or "x"
    out = BytesIO()
    picture.save(out, "JPEG", quality=80, exif=exif, comment=place or b"x")
    return out.getvalue()


def a_png_that_says_it_is(width: int, height: int) -> bytes:
    """A PNG of a few hundred kilobytes that unpacks to as many pixels as it says."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    packer, packed = zlib.compressobj(9), bytearray()
    row = bytes(1 + width // 8 + 1)
    for _ in range(height // 8):
        packed += packer.compress(row * 8)
    packed += packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", bytes(packed))
        + chunk(b"IEND", b"")
    )


def a_drawing() -> bytes:
    """A PNG with lines in it, as of a chart."""
    picture = Image.new("RGB", (1200, 640), "#fbfaf7")
    pen = ImageDraw.Draw(picture)
    for step in range(6):
        pen.line((90, 90 + step * 90, 1140, 90 + step * 90), "#d8d4c8", 2)
    for colour, rise in (("#0b6e75", 52), ("#c4281c", 24), ("#8a6d1c", 38)):
        line = [(90 + step * 105, 520 - rise * step + (step % 3) * 34) for step in range(10)]
        pen.line(line, colour, 7, joint="curve")
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
