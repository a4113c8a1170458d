"""The picture that stands in: a break, a choice to make, a source that is gone.

A slate is drawn and coded once, one second long, and follows itself for ever: an IDR opens every
second, so any second is an entry point, and playing it costs no coding. It says what the page says
and nothing moves.

`Slates` keeps the ready ones. A new text is made in a thread of its own within a fraction of a
second. `default` stands from the start, for words that cannot be drawn.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

from PIL import Image, ImageDraw

from streams.canvas import ACCENT, INK, PAPER, QUIET, Canvas
from streams.clips import first_audio_ticks, interleave
from streams.encoder import VideoEncoder, VideoFormat, audio_unit, silent_frame
from streams.lettering import Weight, fit, font
from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, VIDEO_HZ

log = logging.getLogger("topmoede.slate")

_FORMAT = VideoFormat(1280, 720, crf=20, tune="stillimage")
_MARGIN_PX = 112
_WIDTH_PX = _FORMAT.width - 2 * _MARGIN_PX
_MOST_CHOICES = 6


@dataclass(frozen=True, slots=True)
class SlateWords:
    """What a slate says.

    Args:
        title: large, up to three lines; what this is.
        text: under it, such as when it goes on.
        choices: what there is to choose; more than six are counted, not listed.
    """

    title: str
    text: str = ""
    choices: tuple[str, ...] = ()


BACK_SOON = SlateWords("Vi er straks tilbage")


@dataclass(frozen=True, slots=True)
class SlateClip:
    """A slate ready to be played out, endless.

    Args:
        words: what it says.
        pictures: one second of coded pictures, the first an IDR.
    """

    words: SlateWords
    pictures: tuple[bytes, ...]

    @property
    def duration_s(self) -> None:
        """None: a slate does not end."""
        return

    def access_units(self, start_ticks: int) -> Iterator[AccessUnit]:
        """Its frames for ever, with silence.

        Args:
            start_ticks: of the first picture, in video ticks on the event clock.
        """
        silence = silent_frame()
        sounds = count(first_audio_ticks(start_ticks), AAC_FRAME_TICKS)
        return interleave(self._video(start_ticks), (audio_unit(at, silence) for at in sounds))

    def _video(self, start_ticks: int) -> Iterator[AccessUnit]:
        step = VIDEO_HZ // len(self.pictures)
        for second in count():
            for at, data in enumerate(self.pictures):
                ticks = start_ticks + second * VIDEO_HZ + at * step
                yield AccessUnit(Lane.VIDEO, ticks, ticks, step, at == 0, data)


def make_slate(words: SlateWords) -> SlateClip:
    """Draw and code a slate; some tenths of a second of work for one thread."""
    canvas, encoder = Canvas(draw_slate(words)), VideoEncoder(_FORMAT)
    units = [
        unit
        for at in range(int(_FORMAT.fps))
        for unit in encoder.encode(canvas.frame(), at * int(_FORMAT.frame_ticks), key=at == 0)
    ]
    units += encoder.flush()
    return SlateClip(words, tuple(unit.data for unit in units))


def draw_slate(words: SlateWords) -> Image.Image:
    """The slate as a picture."""
    picture = Image.new("RGB", (_FORMAT.width, _FORMAT.height), PAPER)
    height = _block(ImageDraw.Draw(picture), words, 0)
    picture.paste(PAPER, (0, 0, *picture.size))
    _block(ImageDraw.Draw(picture), words, max((_FORMAT.height - height) // 2 - 16, 24))
    return picture


def _block(draw: ImageDraw.ImageDraw, words: SlateWords, top: int) -> int:
    """Write all of it from a height on; returns the height where it ends."""
    draw.rectangle((_MARGIN_PX, top, _MARGIN_PX + 71, top + 7), fill=ACCENT)
    y = _lines(draw, words.title, Weight.TITLE, (84, 68, 56, 44), 3, top + 36, INK)
    if words.text:
        y = _lines(draw, words.text, Weight.TEXT, (44, 38, 32), 3, y + 20, QUIET)
    return _choices(draw, words.choices, y + 24) if words.choices else y


def _lines(
    draw: ImageDraw.ImageDraw,
    text: str,
    weight: Weight,
    sizes_px: tuple[int, ...],
    most_lines: int,
    y: int,
    ink: str,
) -> int:
    face, lines = fit(text, weight, sizes_px, _WIDTH_PX, most_lines)
    for line in lines:
        draw.text((_MARGIN_PX, y), line, font=face, fill=ink)
        y += int(face.size * 1.25)
    return y


def _choices(draw: ImageDraw.ImageDraw, choices: tuple[str, ...], y: int) -> int:
    shown = choices if len(choices) <= _MOST_CHOICES else choices[: _MOST_CHOICES - 1]
    for choice in shown:
        draw.rectangle((_MARGIN_PX, y + 6, _MARGIN_PX + 5, y + 38), fill=ACCENT)
        face, lines = fit(choice, Weight.TEXT, (32,), _WIDTH_PX - 32, 1)
        draw.text((_MARGIN_PX + 32, y), lines[0] if lines else "", font=face, fill=INK)
        y += 52
    if rest := len(choices) - len(shown):
        face = font(Weight.TEXT, 30)
        draw.text((_MARGIN_PX + 32, y), f"og {rest} mere", font=face, fill=QUIET)
        y += 52
    return y


class Slates:
    """Slates by their words, made in the background, the least used forgotten.

    Ordering: slates are made one at a time, in the order they were asked for.

    Args:
        keep: how many ready slates to hold; each takes some 50 kB.
    """

    def __init__(self, keep: int = 64) -> None:
        self._keep = keep
        self._making: OrderedDict[SlateWords, Future[SlateClip]] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="slates")
        self.default = make_slate(BACK_SOON)

    def ready(self, words: SlateWords) -> SlateClip | None:
        """The slate with these words if it stands ready; else its making begins."""
        asked = self._ask(words)
        return asked.result() if asked.done() else None

    async def make(self, words: SlateWords) -> SlateClip:
        """The slate with these words, when it is ready."""
        return await asyncio.shield(asyncio.wrap_future(self._ask(words)))

    def close(self) -> None:
        """Make no more; what is under way is finished first."""
        self._thread.shutdown(cancel_futures=True)

    def _make_or_default(self, words: SlateWords) -> SlateClip:
        """A channel must not wait for letters that no font can draw."""
        try:
            return make_slate(words)
        except Exception:
            log.exception("expected a slate; it cannot be drawn, so the plain one stands in")
            return self.default

    def _ask(self, words: SlateWords) -> Future[SlateClip]:
        if words not in self._making:
            self._making[words] = self._thread.submit(self._make_or_default, words)
        self._making.move_to_end(words)
        while len(self._making) > self._keep:
            self._making.popitem(last=False)
        return self._making[words]
