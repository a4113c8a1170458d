"""Small pictures of a recording, for the bar under the player: sheets, and what stands where.

Pictures are kept one by one, by their instants on the event clock; which of them a replay shows,
and when, follows from its cut. So a nudge costs no decoding, and a sheet holds nothing that the cut
leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from streams.recordings.spans import Span, place_of
from streams.timeline import VIDEO_HZ

TILE = (160, 90)
COLUMNS, ROWS = 5, 5
A_SHEET = COLUMNS * ROWS
MOST_TILES = 300
LEAST_APART_S = 2.0
QUALITY = 60


def apart_ticks(spans: Sequence[Span]) -> int:
    """How far the pictures of a recording lie apart, so that there are not too many."""
    total_s = sum(span.duration_ticks for span in spans) / VIDEO_HZ
    return round(max(LEAST_APART_S, total_s / MOST_TILES) * VIDEO_HZ)


def pictured(spans: Sequence[Span]) -> set[int]:
    """Indices of the spans whose first picture is kept: so far apart, and at each joint."""
    apart, chosen, last = apart_ticks(spans), set[int](), None
    for index, span in enumerate(spans):
        joint = last is not None and span.generation is not spans[last].generation
        if not span.gap and (
            last is None or joint or span.at_ticks - spans[last].at_ticks >= apart
        ):
            chosen.add(index)
            last = index
    return chosen


def tiles_of(folder: Path, spans: Sequence[Span]) -> list[tuple[int, Path]]:
    """The pictures that a replay shows: when in it, and where they lie."""
    found = []
    for path in folder.glob("*.jpg"):
        if path.stem.isdecimal() and (at := place_of(spans, int(path.stem))) is not None:
            found.append((at, path))
    return sorted(found)


def sheet(tiles: Sequence[tuple[int, Path]], number: int) -> bytes | None:
    """One sheet of pictures as a JPEG, None where there are not so many. Call it in a thread."""
    mine = tiles[number * A_SHEET : (number + 1) * A_SHEET]
    if not mine or number < 0:
        return None
    rows = -(-len(mine) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * TILE[0], rows * TILE[1]))
    for place, (_, path) in enumerate(mine):
        with Image.open(path) as picture:
            picture.thumbnail(TILE)
            left, top = place % COLUMNS * TILE[0], place // COLUMNS * TILE[1]
            middle = (TILE[0] - picture.width) // 2, (TILE[1] - picture.height) // 2
            whole.paste(picture, (left + middle[0], top + middle[1]))
    out = BytesIO()
    whole.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
