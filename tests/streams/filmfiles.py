"""Films made by ffmpeg, another program than ours, and ways to look at what becomes of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av

from streams.films.film import Film
from streams.films.intake import take_in
from streams.films.probe import probe
from streams.nalunits import split_lengths
from streams.segments import AccessUnit, Lane

PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=4"]
SINE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=4"]
LATE = ["-itsoffset", "1.5", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=2"]
H264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]


def a_file(folder: Path, *arguments: str, name: str = "film.mp4") -> Path:
    """A film made by ffmpeg, another program than ours."""
    file = folder / name
    command = ["ffmpeg", "-v", "error", "-y", *arguments, str(file)]
    subprocess.run(command, check=True, timeout=60)
    return file


def taken_in(source: Path) -> Film:
    target = source.with_name("taken.mp4")
    take_in(source, target, lambda done: None)
    return Film.open(target)


def against(source: Path) -> tuple[str, ...]:
    return probe(source).against


def lane(units: list[AccessUnit], wanted: Lane) -> list[AccessUnit]:
    return [unit for unit in units if unit.lane is wanted]


def pictures_of(units: list[AccessUnit]) -> int:
    """How many pictures a decoder makes of them, without a complaint."""
    codec = av.CodecContext.create("h264", "r")
    count = 0
    for unit in lane(units, Lane.VIDEO):
        data = b"".join(b"\0\0\0\1" + nal for nal in split_lengths(unit.data))
        count += len(codec.decode(av.Packet(data)))
    return count + len(codec.decode(None))


def loudest(audio: list[AccessUnit]) -> float:
    codec = av.CodecContext.create("aac", "r")
    codec.extradata = b"\x11\x90"
    peak = 0.0
    for unit in audio:
        for frame in codec.decode(av.Packet(unit.data)):
            samples = memoryview(bytes(frame.planes[0])).cast("f")
            peak = max(peak, *(abs(sample) for sample in samples))
    return peak


def heard(film: Film) -> tuple[float, float]:
    """From when to when a film is louder than a whisper, in seconds."""
    codec = av.CodecContext.create("aac", "r")
    codec.extradata = b"\x11\x90"
    times: list[float] = []
    for unit in lane(list(film.access_units(0)), Lane.AUDIO):
        for frame in codec.decode(av.Packet(unit.data)):
            samples = memoryview(bytes(frame.planes[0])).cast("f")
            if max(map(abs, samples)) > 0.03:
                times.append(unit.pts_ticks / 48_000)
    return times[0], times[-1]
