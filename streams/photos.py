"""Pictures from outside, drawn anew: what is kept is ours, and nothing of the file that came.

A picture is decoded and encoded again, upright, in plain sRGB, at most LONGEST_SIDE_PX on a side,
and beside it a small one for the list. What else the file held (where it was taken, by whom, with
what, another file behind its end) is not carried over.

    JPEG, WebP      -> JPEG; PNG where something shines through
    PNG             -> PNG, for letters stay sharp; JPEG where that would be large

It happens in a process of its own (`python -m streams.photos SOURCE LARGE SMALL`) that has neither
network nor much memory or time (`films/confinement.py`). It says in one JSON object what it made,
or why it refused: `file_unreadable`, `picture_too_large`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image, ImageCms, ImageOps

from streams.errors import Refused
from streams.films.confinement import confine

MOST_PIXELS = 60_000_000
LONGEST_SIDE_PX = 2560
SMALL_SIDE_PX = 720
LARGEST_PNG_BYTES = 3_000_000
QUALITY, SMALL_QUALITY = 85, 78
MOST_MEMORY_BYTES = 2 * 1024**3
MOST_CPU_S = 30
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was made of a picture."""

    kind: Literal["jpeg", "png"]
    width: int
    height: int


def draw(source: Path, large: Path, small: Path) -> Drawn:
    """Draw a picture anew.

    Raises:
        Refused: `file_unreadable`, `picture_too_large` with `most_pixels`.
    """
    try:
        with Image.open(source, formats=FORMATS) as came:
            _refuse_large(*came.size)
            from_png = came.format == "PNG"
            came.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
            picture = _plain(came)
        kind, data = _encoded(picture, from_png=from_png)
        large.write_bytes(data)
        side = SMALL_SIDE_PX
        thumbnail = picture.copy()
        thumbnail.thumbnail((side, side), Image.Resampling.LANCZOS)
        small.write_bytes(_jpeg(thumbnail, SMALL_QUALITY))
    except (OSError, ValueError, SyntaxError, IndexError, EOFError, KeyError, TypeError) as error:
        detail = f"expected a picture that can be read; came {type(error).__name__}"
        raise Refused("file_unreadable", detail) from error
    return Drawn(kind, *picture.size)


def _refuse_large(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Refused(
            "picture_too_large",
            f"expected at most {MOST_PIXELS} pixels; came {width}x{height}",
            most_pixels=MOST_PIXELS,
        )


def _plain(came: Image.Image) -> Image.Image:
    """The picture upright and small enough, in RGB or RGBA, with nothing said beside it."""
    picture = ImageOps.exif_transpose(came)
    profile = came.info.get("icc_profile")
    clear = picture.has_transparency_data
    picture.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        picture = _in_srgb(picture, profile)
    picture = picture.convert("RGBA" if clear else "RGB")
    if clear and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    picture.info = {}
    return picture


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """A profile that cannot be used is passed over: the colours are then a little off."""
    mode = "RGB" if picture.mode == "CMYK" else picture.mode
    try:
        theirs, ours = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, theirs, ours, outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _encoded(picture: Image.Image, *, from_png: bool) -> tuple[Literal["jpeg", "png"], bytes]:
    if from_png or picture.mode == "RGBA":
        out = BytesIO()
        picture.save(out, "PNG")
        if out.tell() <= LARGEST_PNG_BYTES:
            return "png", out.getvalue()
    return "jpeg", _jpeg(picture, QUALITY)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def main(source: str, large: str, small: str) -> int:
    """Draw one picture; returns 0, or 1 when it was refused."""
    Image.MAX_IMAGE_PIXELS = None  # ours is asked before anything is decoded
    Image.preinit()
    confined = confine(MOST_MEMORY_BYTES, MOST_CPU_S)
    try:
        drawn = draw(Path(source), Path(large), Path(small))
    except Refused as refused:
        said: dict[str, object] = {"refused": refused.code, "detail": refused.detail}
        print(json.dumps(said | {"facts": dict(refused.facts)}), flush=True)
        return 1
    except MemoryError:
        detail = "expected a picture that takes less memory to read"
        print(json.dumps({"refused": "picture_too_large", "detail": detail, "facts": {}}))
        return 1
    print(json.dumps({"drawn": asdict(drawn), "network": confined.has_network}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
