"""A camera that needs no camera: the input `synthetic` of a source.

It shows a running clock, the item's title and something that moves, and sounds a soft chord with a
beep on each full second. A thread draws and codes in step with the event clock: a picture stamped
t is made when the clock reads t, so glass-to-glass delay can be read off the glass.

Where the machine falls behind, pictures are left out and sound is not; where it stood still for
more than two seconds, both go on at the present, with a hole. Nothing is ever sent late to catch
up with a past that nobody sees any more.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction

from streams.clips import first_audio_ticks
from streams.encoder import VideoEncoder, VideoFormat
from streams.segments import AccessUnit
from streams.sound.tones import CALM, Chord, ToneLoop, tone_loop
from streams.testcard import CardLook, Testcard
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ, rescale

FPS = 25
_STEP = VIDEO_HZ // FPS
_FORMAT = VideoFormat(
    640, 360, Fraction(FPS), keyframe_s=Fraction(2), preset="ultrafast", crf=24, tune="zerolatency"
)
_LATE_TICKS = 3 * _STEP
_LOST_TICKS = 2 * VIDEO_HZ
_MOST_WAITING = 10 * FPS
"""Pictures that the loop may owe us before we leave some out."""


class SyntheticCamera:
    """A live source made here, 640x360 at 25 pictures a second.

    Ordering: units come in decode order, sound beside the picture of its time. When the event loop
    takes none for ten seconds, whole pictures with their sound are left out until it does again,
    and the first afterwards is an IDR.

    Args:
        event_ticks: reads the event clock, in video ticks; called from a thread. Must not run
            backwards.
        midnight_ticks: where on the event clock the clock in the picture reads 00.00.
        place: small print in the picture, such as the hall's name.
        chords: what it sounds like; four of them.
    """

    def __init__(
        self,
        event_ticks: Callable[[], int],
        *,
        midnight_ticks: int = 0,
        place: str = "Syntetisk kamera",
        chords: tuple[Chord, ...] = CALM,
    ) -> None:
        self._event_ticks = event_ticks
        self._midnight_ticks = midnight_ticks
        self._place, self._chords = place, chords
        self._words: tuple[str, str] = ("", "")
        self._key_wanted, self._closing = threading.Event(), threading.Event()
        self._waiting = 0
        self._thread: threading.Thread | None = None

    def start(self, emit: Callable[[AccessUnit], None]) -> None:
        """Begin; call it in the event loop, where emit is then called for each unit.

        Args:
            emit: must not block.
        """
        loop = asyncio.get_running_loop()

        def hand_over(units: list[AccessUnit]) -> None:
            self._waiting -= 1
            if not self._closing.is_set():
                for unit in units:
                    emit(unit)

        def send(units: list[AccessUnit]) -> None:
            self._waiting += 1
            loop.call_soon_threadsafe(hand_over, units)

        self._thread = threading.Thread(target=self._run, args=(send,), name="synthetic")
        self._thread.daemon = True
        self._thread.start()

    def show(self, title: str, line: str = "") -> None:
        """Put other words in the picture, from the next one on."""
        self._words = (title, line)

    def request_keyframe(self) -> None:
        """Make the next picture an IDR."""
        self._key_wanted.set()

    def close(self) -> None:
        """Stop; nothing is emitted afterwards."""
        self._closing.set()
        if self._thread:
            self._thread.join()

    def _run(self, send: Callable[[list[AccessUnit]], None]) -> None:
        sound = tone_loop(self._chords)
        studio = _Studio(self._place, self._midnight_ticks)
        pictures = self._pictures()
        audio_at = None
        try:
            for ticks in pictures:
                if self._waiting > _MOST_WAITING:
                    self._key_wanted.set()
                    audio_at = None
                    continue
                if audio_at is None or _behind(audio_at, ticks) > _LOST_TICKS:
                    audio_at = first_audio_ticks(ticks)
                sounds = list(_sounds(sound, audio_at, ticks + _STEP))
                audio_at += len(sounds) * AAC_FRAME_TICKS
                key = self._key_wanted.is_set()
                self._key_wanted.clear()
                send([*studio.take(ticks, self._words, key), *sounds])
        except RuntimeError:
            # The event loop closed before us: there is nobody left to send to.
            if not self._closing.is_set():
                self._closing.set()

    def _pictures(self) -> Iterator[int]:
        """The times of pictures, each when it is due; those long past are left out."""
        ticks = -(-self._event_ticks() // _STEP) * _STEP
        while not self._closing.is_set():
            ahead = ticks - self._event_ticks()
            if ahead > 0:
                self._closing.wait(ahead / VIDEO_HZ)
                continue
            if -ahead > _LATE_TICKS:
                ticks += -ahead // _STEP * _STEP
            yield ticks
            ticks += _STEP


class _Studio:
    """Draws and codes the pictures of one camera."""

    def __init__(self, place: str, midnight_ticks: int) -> None:
        self._card = Testcard(CardLook(_FORMAT.width, _FORMAT.height), place)
        self._encoder = VideoEncoder(_FORMAT)
        self._midnight_ticks = midnight_ticks
        self._words = ("", "")

    def take(self, ticks: int, words: tuple[str, str], key: bool) -> list[AccessUnit]:
        """The picture of an instant, coded."""
        if words != self._words:
            self._card.show(*words)
            self._words = words
        clock_ms = rescale(ticks - self._midnight_ticks, VIDEO_HZ, 1000)
        canvas = self._card.draw(clock_ms, rescale(ticks, VIDEO_HZ, 1000))
        return self._encoder.encode(canvas.frame(), ticks, key)


def _sounds(sound: ToneLoop, start_ticks: int, until_ticks: int) -> Iterator[AccessUnit]:
    """Sound from a place on the grid to an instant in video ticks."""
    for at in range(start_ticks, rescale(until_ticks, VIDEO_HZ, AUDIO_HZ), AAC_FRAME_TICKS):
        yield sound.frame(at)


def _behind(audio_ticks: int, video_ticks: int) -> int:
    """How far a place in the sound lies before a picture, in video ticks."""
    return video_ticks - rescale(audio_ticks, AUDIO_HZ, VIDEO_HZ)
