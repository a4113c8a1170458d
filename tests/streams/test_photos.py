"""Pictures drawn anew: upright, small enough, and with nothing of the file that came."""

from __future__ import annotations

import contextlib
import json
import random
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from streams.errors import Refused
from streams.photos import LONGEST_SIDE_PX, SMALL_SIDE_PX, Drawn, draw
from tests.streams.snapshots import a_photo, a_png_that_says_it_is

SECRET = b"57.048820,9.921747"


def drawn(tmp_path: Path, data: bytes) -> tuple[Drawn, bytes, bytes]:
    source, large, small = (tmp_path / name for name in ("source", "large", "small"))
    source.write_bytes(data)
    made = draw(source, large, small)
    return made, large.read_bytes(), small.read_bytes()


def test_a_phone_s_picture_is_turned_upright_and_says_nothing_of_where_it_was_taken(
    tmp_path: Path,
) -> None:
    came = a_photo(640, 480, turned=6, place=SECRET) + b"PK\x03\x04 another file " + SECRET
    assert came.count(SECRET) == 3
    made, large, small = drawn(tmp_path, came)
    assert made == Drawn("jpeg", 480, 640)
    for data in (large, small):
        assert SECRET not in data
        with Image.open(BytesIO(data)) as picture:
            assert picture.getexif() == {}
            assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density",
                                         "progressive", "progression"}  # fmt: skip
            red, green, blue = picture.convert("RGB").getpixel((picture.width - 5, 5))  # type: ignore[misc]
            assert red > 200 > 80 > max(green, blue), "the corner that was top left is top right"


def test_a_large_picture_is_made_small_enough(tmp_path: Path) -> None:
    made, large, small = drawn(tmp_path, a_photo(4000, 3000))
    assert (made.width, made.height) == (LONGEST_SIDE_PX, 1920)
    with Image.open(BytesIO(large)) as picture:
        assert picture.size == (made.width, made.height)
    with Image.open(BytesIO(small)) as picture:
        assert max(picture.size) == SMALL_SIDE_PX


@pytest.mark.parametrize(
    ("format", "mode", "kind"),
    [
        ("PNG", "RGB", "png"),
        ("PNG", "RGBA", "png"),
        ("PNG", "P", "png"),
        ("PNG", "L", "png"),
        ("PNG", "I;16", "png"),
        ("WEBP", "RGB", "jpeg"),
        ("WEBP", "RGBA", "png"),
        ("JPEG", "L", "jpeg"),
        ("JPEG", "CMYK", "jpeg"),
    ],
)
def test_every_kind_that_is_taken_becomes_one_that_every_browser_shows(
    tmp_path: Path, format: str, mode: str, kind: str
) -> None:
    out, clear = BytesIO(), {"color": (200, 10, 10, 90)} if mode == "RGBA" else {}
    Image.new(mode, (60, 40), **clear).save(out, format)
    made, large, small = drawn(tmp_path, out.getvalue())
    assert made == Drawn(kind, 60, 40)  # type: ignore[arg-type]
    with Image.open(BytesIO(large)) as picture:
        assert picture.format == kind.upper()
    with Image.open(BytesIO(small)) as picture:
        assert picture.format == "JPEG"


def test_a_large_png_becomes_a_jpeg(tmp_path: Path) -> None:
    out = BytesIO()
    noise = random.Random(1).randbytes(1200 * 860 * 3)
    Image.frombytes("RGB", (1200, 860), noise).save(out, "PNG", compress_level=0)
    assert drawn(tmp_path, out.getvalue())[0].kind == "jpeg"


def test_only_the_first_of_moving_pictures_is_kept(tmp_path: Path) -> None:
    out = BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    _, large, _ = drawn(tmp_path, out.getvalue())
    with Image.open(BytesIO(large)) as picture:
        assert getattr(picture, "n_frames", 1) == 1


BROKEN = {
    "nothing": b"",
    "a gif": b"GIF89a" + bytes(40),
    "an svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a script that begins like a jpeg": b"\xff\xd8\xff/*" + b"<script>alert(1)</script>" * 9,
    "half a jpeg": a_photo(640, 480)[:4000],
    "a postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "a png of nothing": b"\x89PNG\r\n\x1a\n" + bytes(60),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_whole_picture_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused) as refused:
        drawn(tmp_path, BROKEN[name])
    assert refused.value.code == "file_unreadable"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_picture_with_bytes_gone_wrong_is_drawn_or_refused_and_nothing_else(
    tmp_path: Path,
) -> None:
    chance = random.Random(13)
    png = BytesIO()
    Image.effect_mandelbrot((96, 64), (-2, -1, 1, 1), 20).save(png, "PNG")
    webp = BytesIO()
    Image.linear_gradient("L").convert("RGB").save(webp, "WEBP")
    whole = 0
    for number in range(240):
        came = bytearray((a_photo(96, 64), png.getvalue(), webp.getvalue())[number % 3])
        for _ in range(chance.randint(1, 12)):
            came[chance.randrange(2, len(came))] = chance.randrange(256)
        with contextlib.suppress(Refused):
            made, _, _ = drawn(tmp_path, bytes(came))
            assert max(made.width, made.height) <= LONGEST_SIDE_PX
            whole += 1
    assert 20 < whole < 220


def in_a_process(tmp_path: Path, data: bytes) -> Any:
    (tmp_path / "source").write_bytes(data)
    names = [str(tmp_path / name) for name in ("source", "large", "small")]
    run = [sys.executable, "-m", "streams.photos", *names]
    return json.loads(subprocess.run(run, capture_output=True, check=False, timeout=50).stdout)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    said = in_a_process(tmp_path, a_png_that_says_it_is(30_000, 30_000))
    assert (said["refused"], said["facts"]) == ("picture_too_large", {"most_pixels": 60_000_000})


def test_it_is_drawn_where_there_is_no_network(tmp_path: Path) -> None:
    said = in_a_process(tmp_path, a_photo(640, 480))
    assert said == {"drawn": {"kind": "jpeg", "width": 640, "height": 480}, "network": False}


def test_a_comment_that_unpacks_to_much_does_not_take_the_memory(tmp_path: Path) -> None:
    body = b"Comment\0\0" + zlib.compress(bytes(300 * 1024 * 1024), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + body))
    png = BytesIO()
    Image.new("RGB", (8, 8)).save(png, "PNG")
    data = png.getvalue()
    said = in_a_process(tmp_path, data[:33] + chunk + data[33:])
    assert said["refused"] == "file_unreadable"
