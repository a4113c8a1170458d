"""The moving pictures that we draw ourselves: words, a running clock, a disc under way.

A card is drawn once per text; a frame changes only the figures of the clock that turned, the disc
and the frame's stamp (framestamp.py). The encoder finds most of the picture unchanged, so a card
costs some milliseconds of one core per second of picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from math import cos, pi

from PIL import Image, ImageDraw

from streams import framestamp
from streams.canvas import (
    ACCENT,
    ACCENT_ON_DARK,
    INK,
    INK_ON_DARK,
    PAPER,
    PAPER_DARK,
    Canvas,
    Sprite,
)
from streams.lettering import Weight, fit, font

_SWEEP_MS = 4000
_DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Colours:
    """Ink, paper and accent of a card, as #rrggbb."""

    paper: str
    ink: str
    accent: str


DARK = Colours(PAPER_DARK, INK_ON_DARK, ACCENT_ON_DARK)
LIGHT = Colours(PAPER, INK, ACCENT)
SEA = Colours("#0b4f55", "#f2f7f6", "#9fdcd9")


@dataclass(frozen=True, slots=True)
class CardLook:
    """Size and colours of a card; the size's sides are even, the height 240 at least."""

    width: int = 640
    height: int = 360
    colours: Colours = field(default=DARK)


class Testcard:
    """Draws one frame after another.

    Args:
        look: size and colours.
        place: small, above everything: where this comes from.
    """

    __test__ = False

    def __init__(self, look: CardLook, place: str = "") -> None:
        self._look, self._place = look, place
        self._unit = look.height // 36 * 2
        self._margin = 3 * self._unit
        self._digits = _digits(self._unit * 3, look.colours)
        self._disc = _disc(self._unit * 2, look.colours)
        self.show("", "")

    def show(self, title: str, line: str) -> None:
        """Draw other words; takes some milliseconds.

        Args:
            title: large, up to two lines.
            line: under it, one line.
        """
        self._canvas = Canvas(self._background(title, line))
        self._clock_now, self._disc_x = "", self._margin

    def draw(self, clock_ms: int, stamp_ms: int) -> Canvas:
        """One frame.

        Args:
            clock_ms: what the clock says, milliseconds since midnight.
            stamp_ms: what the stamp says.

        Returns:
            The canvas; it belongs to the card and changes with the next frame.
        """
        self._draw_clock(clock_text(clock_ms))
        self._draw_disc(stamp_ms)
        framestamp.write(self._canvas.luma, stamp_ms)
        return self._canvas

    def _background(self, title: str, line: str) -> Image.Image:
        look, unit, colours = self._look, self._unit, self._look.colours
        picture = Image.new("RGB", (look.width, look.height), colours.paper)
        draw = ImageDraw.Draw(picture)
        x, y, room = self._margin, 2 * unit, look.width - 2 * self._margin
        draw.text((x, y), self._place, font=font(Weight.TEXT, unit), fill=colours.accent)
        y += 2 * unit
        sizes_px = (2 * unit, unit * 7 // 4, unit * 3 // 2)
        for text, weight, sizes, most in (
            (title, Weight.TITLE, sizes_px, 2),
            (line, Weight.TEXT, (unit * 5 // 4,), 1),
        ):
            face, rows = fit(text, weight, sizes, room, most)
            for row in rows:
                draw.text((x, y), row, font=face, fill=colours.ink)
                y += int(face.size * 1.25)
        middle = self._track_top() + unit
        draw.rectangle((x, middle, look.width - x - 1, middle + 1), fill=colours.accent)
        return picture

    def _clock_top(self) -> int:
        return 21 * self._unit // 4 * 2

    def _track_top(self) -> int:
        return 15 * self._unit

    def _draw_clock(self, text: str) -> None:
        x = self._margin
        for at, letter in enumerate(text):
            sprite = self._digits[letter]
            if self._clock_now[at : at + 1] != letter:
                self._canvas.paste(sprite, x, self._clock_top())
            x += sprite.size[0]
        self._clock_now = text

    def _draw_disc(self, time_ms: int) -> None:
        side, top = self._disc.size[0], self._track_top()
        self._canvas.restore((self._disc_x, top, self._disc_x + side, top + side))
        reach = self._look.width - 2 * self._margin - side
        swing = 0.5 - 0.5 * cos(2 * pi * (time_ms % _SWEEP_MS) / _SWEEP_MS)
        self._disc_x = self._margin + int(reach * swing) // 2 * 2
        self._canvas.paste(self._disc, self._disc_x, top)


def clock_text(clock_ms: int) -> str:
    """Milliseconds since midnight as a clock: 09.15.03,48."""
    hundredths = clock_ms % _DAY_MS // 10
    seconds = hundredths // 100
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours:02}.{minutes:02}.{seconds % 60:02},{hundredths % 100:02}"


@cache
def _digits(size_px: int, colours: Colours) -> dict[str, Sprite]:
    """Each letter of a clock as a sprite, figures all of one width."""
    face = font(Weight.TITLE, size_px)
    return {
        letter: _letter(letter, face.getlength(letter), size_px, colours)
        for letter in "0123456789.,"
    }


def _letter(letter: str, width: float, size_px: int, colours: Colours) -> Sprite:
    picture = Image.new("RGB", (int(width + 1) // 2 * 2, size_px * 5 // 8 * 2), colours.paper)
    draw = ImageDraw.Draw(picture)
    draw.text((0, 0), letter, font=font(Weight.TITLE, size_px), fill=colours.ink)
    return Sprite.of(picture)


@cache
def _disc(side_px: int, colours: Colours) -> Sprite:
    large = Image.new("RGB", (side_px * 4, side_px * 4), colours.paper)
    draw = ImageDraw.Draw(large)
    middle = side_px * 2
    draw.rectangle((0, middle, side_px * 4, middle + 7), fill=colours.accent)
    draw.ellipse((0, 0, side_px * 4 - 1, side_px * 4 - 1), fill=colours.accent)
    return Sprite.of(large.resize((side_px, side_px), Image.Resampling.LANCZOS))
