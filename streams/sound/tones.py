"""Sound that we make ourselves: soft chords with a beep on each full second.

All frequencies are whole numbers of Hz, so a second of any chord ends in the phase it began in and
seconds join without a click. Eight seconds are exactly 375 AAC frames: a loop of eight seconds is
coded once and costs nothing while it plays, in step with the event clock for ever.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import count
from math import cos, pi, sin

from streams.encoder import AudioEncoder, audio_unit
from streams.segments import AccessUnit
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ

Chord = tuple[int, ...]
"""Frequencies in Hz, whole numbers."""

LOOP_S = 8
LOOP_FRAMES = LOOP_S * AUDIO_HZ // AAC_FRAME_TICKS
CHORD_S = 2
BEEP_HZ = 880
_BEEP_S = 0.06
_CHORD_LEVEL, _BEEP_LEVEL = 0.05, 0.12

CALM: tuple[Chord, ...] = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (196, 247, 330))
BRIGHT: tuple[Chord, ...] = ((262, 330, 392), (294, 370, 440), (247, 311, 392), (262, 349, 440))
DEEP: tuple[Chord, ...] = ((147, 185, 220), (131, 165, 196), (165, 196, 247), (147, 175, 220))


class ToneLoop:
    """Eight seconds of coded sound that follow themselves.

    Args:
        frames: 375 raw AAC frames; the first starts at a multiple of eight seconds.
    """

    def __init__(self, frames: tuple[bytes, ...]) -> None:
        self._frames = frames

    def frame(self, pts_ticks: int) -> AccessUnit:
        """The sound at a place on the grid: pts_ticks is a multiple of 1024."""
        return audio_unit(pts_ticks, self._frames[pts_ticks // AAC_FRAME_TICKS % LOOP_FRAMES])

    def frames(self, start_ticks: int) -> Iterator[AccessUnit]:
        """Endless sound from a place on the grid."""
        return map(self.frame, count(start_ticks, AAC_FRAME_TICKS))


@cache
def tone_loop(chords: tuple[Chord, ...] = CALM, beep: bool = True) -> ToneLoop:
    """Code the loop of some chords, each for two seconds; takes a quarter of a second once.

    Args:
        chords: four of them.
        beep: mark each full second.
    """
    samples = loop_samples(chords, beep)
    encoder = AudioEncoder()
    units = [
        unit
        for _ in range(2)
        for block in _blocks(samples)
        for unit in encoder.encode(block, block)
    ]
    units += encoder.flush()
    # The second time round each frame was coded with its true neighbours in the encoder's window.
    return ToneLoop(tuple(unit.data for unit in units[LOOP_FRAMES:]))


def loop_samples(chords: Iterable[Chord], beep: bool) -> array[float]:
    """Eight seconds of one channel, 32-bit floats."""
    swell = [0.35 + 0.65 * sin(pi * at / (AUDIO_HZ * CHORD_S)) for at in range(AUDIO_HZ * CHORD_S)]
    mark = _beep_samples() if beep else array("f", bytes(4 * AUDIO_HZ))
    samples: array[float] = array("f")
    for chord in chords:
        second = _chord_second(chord)
        once = zip(swell, [*second, *second], [*mark, *mark], strict=True)
        samples.extend(loud * tone + blip for loud, tone, blip in once)
    return samples


def _chord_second(chord: Chord) -> list[float]:
    waves = [_wave(hz) for hz in chord]
    return [_CHORD_LEVEL * sum(at_once) for at_once in zip(*waves, strict=True)]


@cache
def _wave(hz: int) -> array[float]:
    step = 2 * pi * hz / AUDIO_HZ
    return array("f", (sin(step * at) for at in range(AUDIO_HZ)))


def _beep_samples() -> array[float]:
    length = int(_BEEP_S * AUDIO_HZ)
    mark: array[float] = array("f", bytes(4 * AUDIO_HZ))
    for at, tone in zip(range(length), _wave(BEEP_HZ), strict=False):
        mark[at] = _BEEP_LEVEL * tone * (0.5 - 0.5 * cos(2 * pi * at / length))
    return mark


def _blocks(samples: array[float]) -> Iterator[bytes]:
    for at in range(0, len(samples), AAC_FRAME_TICKS):
        yield samples[at : at + AAC_FRAME_TICKS].tobytes()
