"""Type for pictures that we draw ourselves: one family, two weights, lines that fit.

The letters come from a font package among our dependencies, so that æ, ø and å look the same on
every machine and nothing is fetched while the day runs. Its figures are all of one width, which
keeps a running clock still.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import as_file, files

from PIL import ImageFont

_PACKAGE = "font_source_sans_pro"


class Weight(StrEnum):
    """One weight for text, one for titles; the value is the file's name in the package."""

    TEXT = "SourceSansPro-Regular.ttf"
    TITLE = "SourceSansPro-Semibold.ttf"


@cache
def font(weight: Weight, size_px: int) -> ImageFont.FreeTypeFont:
    """A font ready to draw with.

    Args:
        weight: text or title.
        size_px: height of the em square.
    """
    with as_file(files(_PACKAGE) / "files" / weight) as path:
        # Basic layout: no kerning by a library that a platform may lack, hence equal pictures.
        return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.BASIC)


def wrap(text: str, face: ImageFont.FreeTypeFont, width_px: int) -> list[str]:
    """Break text into lines that fit; a word that is too long for a line is broken inside.

    Args:
        text: line breaks in it are kept.
        face: what it will be drawn with.
        width_px: room for one line.
    """
    return [line for paragraph in text.splitlines() for line in _fill(paragraph, face, width_px)]


def fit(
    text: str, weight: Weight, sizes_px: tuple[int, ...], width_px: int, most_lines: int
) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest of some sizes at which text needs no more than so many lines.

    Where even the smallest does not do, the text is cut and says so with an ellipsis.

    Returns:
        The font and the lines.
    """
    for size_px in sizes_px:
        face = font(weight, size_px)
        lines = wrap(text, face, width_px)
        if len(lines) <= most_lines:
            return face, lines
    return face, [*lines[: most_lines - 1], _shorten(lines[most_lines - 1], face, width_px)]


def _fill(paragraph: str, face: ImageFont.FreeTypeFont, width_px: int) -> list[str]:
    lines = [""]
    for word in paragraph.split():
        joined = f"{lines[-1]} {word}".lstrip()
        if face.getlength(joined) <= width_px:
            lines[-1] = joined
            continue
        pieces = _break(word, face, width_px)
        lines = [*lines, *pieces] if lines[-1] else pieces
    return lines


def _break(word: str, face: ImageFont.FreeTypeFont, width_px: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and face.getlength(pieces[-1] + letter) > width_px:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _shorten(line: str, face: ImageFont.FreeTypeFont, width_px: int) -> str:
    while line and face.getlength(line + "…") > width_px:
        line = line[:-1]
    return line.rstrip() + "…"
