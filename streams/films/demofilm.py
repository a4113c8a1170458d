"""A film made here, for demonstrations: words, a running clock, a moving disc, soft chords.

Made once at low priority, faster than it plays, with captions beside it. Neighbouring films differ
in size and frame rate, so that every cut between them is a cut between different pictures.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from streams.films.captions import Cue, write_webvtt
from streams.sound.tones import BRIGHT, CALM, DEEP, Chord, loop_samples
from streams.testcard import DARK, LIGHT, SEA, CardLook, Colours, Testcard
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ

SHAPES: tuple[tuple[int, int, int], ...] = ((640, 360, 25), (854, 480, 30), (640, 360, 30))
"""Width, height, pictures a second."""
_COLOURS: tuple[Colours, ...] = (SEA, LIGHT, DARK)
_CHORDS: tuple[tuple[Chord, ...], ...] = (BRIGHT, DEEP, CALM)
_CUE_S = 5.0
_ABOUT_ITSELF = (
    "Filmen her er lavet til demonstration.",
    "Uret går, og tonen skifter hvert andet sekund.",
    "Underteksterne ligger i en fil ved siden af filmen.",
)


@dataclass(frozen=True, slots=True)
class DemoFilm:
    """What to make.

    Args:
        number: decides size, frame rate, colours and sound.
        lines: what the captions say, five seconds each, from the beginning again at their end.
    """

    id: str
    title: str
    line: str
    duration_s: float
    number: int = 0
    lines: tuple[str, ...] = ()


def make(film: DemoFilm, folder: Path) -> Path:
    """Makes the film and its captions; returns the film's path. Whole or not at all."""
    target = folder / f"{film.id}.mp4"
    part = folder / f"{film.id}.{os.getpid()}.part"
    (folder / f"{film.id}.vtt").write_text(write_webvtt(cues_of(film)), "utf-8")
    with av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as out:
        _pictures_and_sound(out, film)
    part.replace(target)
    return target


def cues_of(film: DemoFilm) -> tuple[Cue, ...]:
    """Captions that fill the film."""
    lines = film.lines or (*filter(None, (film.title, film.line)), *_ABOUT_ITSELF)
    starts = range(0, int(film.duration_s), int(_CUE_S))
    return tuple(
        Cue(float(start), min(start + _CUE_S - 0.2, film.duration_s), lines[number % len(lines)])
        for number, start in enumerate(starts)
    )


def _pictures_and_sound(out: av.container.OutputContainer, film: DemoFilm) -> None:
    width, height, fps = SHAPES[film.number % len(SHAPES)]
    video = out.add_stream("libx264", rate=fps)
    video.width, video.height, video.pix_fmt = width, height, "yuv420p"
    video.codec_context.gop_size = 2 * fps
    video.codec_context.thread_count = 1
    video.options = {"preset": "superfast", "crf": "24", "x264-params": "open-gop=0:bframes=2"}
    audio = out.add_stream("aac", rate=AUDIO_HZ)
    audio.layout, audio.bit_rate = "stereo", 96_000
    card = Testcard(
        CardLook(width, height, _COLOURS[film.number % len(_COLOURS)]),
        "Film · produceret på forhånd",
    )
    card.show(film.title, film.line)
    samples = loop_samples(_CHORDS[film.number % len(_CHORDS)], beep=False)
    for number in range(int(film.duration_s * fps)):
        time_ms = number * 1000 // fps
        frame = card.draw(time_ms, time_ms).frame()
        frame.pts, frame.time_base = number, Fraction(1, fps)
        out.mux(video.encode(frame))
    out.mux(video.encode(None))
    for block in range(int(film.duration_s * AUDIO_HZ) // AAC_FRAME_TICKS):
        at = block * AAC_FRAME_TICKS % len(samples)
        data = samples[at : at + AAC_FRAME_TICKS].tobytes()
        sound = av.AudioFrame("fltp", "stereo", AAC_FRAME_TICKS)
        sound.sample_rate, sound.pts = AUDIO_HZ, block * AAC_FRAME_TICKS
        sound.time_base = Fraction(1, AUDIO_HZ)
        for plane in sound.planes:
            plane.update(data)
        out.mux(audio.encode(sound))
    out.mux(audio.encode(None))


def main(folder: str, id: str, title: str, line: str, duration_s: str, number: str) -> int:
    """Makes one film at low priority."""
    os.nice(15)
    make(DemoFilm(id, title, line, float(duration_s), int(number)), Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
