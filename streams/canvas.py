"""A picture that changes little from frame to frame, kept as the encoder wants it.

A *canvas* holds three planes (luma in full size, two of colour in half) in BT.709, limited range.
A *sprite* is a small picture in the same form. Drawing a frame is pasting a few sprites and
copying the planes: some 50 microseconds at 640x360, where converting a whole picture takes
milliseconds. Places and sizes are even, because colour has half the size.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

INK = "#14202b"
PAPER = "#fbfaf7"
PAPER_DARK = "#10171e"
INK_ON_DARK = "#e9edf0"
ACCENT = "#0b6e75"
ACCENT_ON_DARK = "#5cc2c7"
QUIET = "#5a6672"
"""Ink for what stands back; 5:1 on paper."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """A picture as planes: y in full size, u and v in half."""

    y: Image.Image
    u: Image.Image
    v: Image.Image

    @classmethod
    def of(cls, picture: Image.Image) -> Sprite:
        """Convert an RGB picture whose sides are even."""
        width, height = picture.size
        assert (width | height) % 2 == 0, f"even sides, not {picture.size}"
        frame = av.VideoFrame(width, height, "rgb24")
        rows = picture.convert("RGB").tobytes()
        frame.planes[0].update(_padded(rows, width * 3, frame.planes[0].line_size))
        planes = frame.reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        ).planes
        return cls(*(_plane_image(plane) for plane in planes))

    def crop(self, box: tuple[int, int, int, int]) -> Sprite:
        """The part of it inside a box of even numbers: left, top, right, bottom."""
        left, top, right, bottom = box
        half = (left // 2, top // 2, right // 2, bottom // 2)
        return Sprite(self.y.crop(box), self.u.crop(half), self.v.crop(half))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.y.size


class Canvas:
    """Planes to paste sprites on and to take frames from.

    Args:
        background: the whole picture; `restore` brings back parts of it.
    """

    def __init__(self, background: Image.Image) -> None:
        self._background = Sprite.of(background)
        self._planes = self._background.crop((0, 0, *background.size))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._planes.size

    @property
    def luma(self) -> Image.Image:
        """The plane of brightness, to draw on directly."""
        return self._planes.y

    def paste(self, sprite: Sprite, x: int, y: int) -> None:
        """Put a sprite with its upper left corner at an even place."""
        self._planes.y.paste(sprite.y, (x, y))
        self._planes.u.paste(sprite.u, (x // 2, y // 2))
        self._planes.v.paste(sprite.v, (x // 2, y // 2))

    def restore(self, box: tuple[int, int, int, int]) -> None:
        """Bring the background back inside a box of even numbers: left, top, right, bottom."""
        self.paste(self._background.crop(box), box[0], box[1])

    def frame(self) -> av.VideoFrame:
        """What the canvas shows now, as a frame of its own."""
        frame = av.VideoFrame(*self.size, "yuv420p")
        planes = (self._planes.y, self._planes.u, self._planes.v)
        for plane, picture in zip(frame.planes, planes, strict=True):
            plane.update(_padded(picture.tobytes(), picture.width, plane.line_size))
        return frame


def _plane_image(plane: av.video.plane.VideoPlane) -> Image.Image:
    size = (plane.width, plane.height)
    return Image.frombytes("L", size, bytes(plane), "raw", "L", plane.line_size)


def _padded(rows: bytes, width: int, line_size: int) -> bytes:
    """Rows as long as the encoder's memory wants them."""
    if width == line_size:
        return rows
    padding = bytes(line_size - width)
    return b"".join(rows[at : at + width] + padding for at in range(0, len(rows), width))
