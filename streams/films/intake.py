"""Taking a film in: kept where it can be played as it is, coded anew where it cannot.

Pictures and sound are judged apart (`probe.py`) and coded anew apart (`recoding.py`); sound that
is missing stays missing, and is silence when the film is played (`film.py`).

A file from outside is opened in a process of its own (`python -m streams.films.intake SOURCE
TARGET`), at low priority, without a network and with limits on memory and time (`confinement.py`),
so that a decoder that fails takes nothing with it. That process writes one JSON object a line:
what it could not give up, what it found, progress, and last what was done or refused.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

from streams.errors import Refused
from streams.films.confinement import confine
from streams.films.probe import Found, open_outside, picture_stream, probe
from streams.films.recoding import Pictures, Sound, even_rate
from streams.films.uploads import FULL

MOST_MEMORY_BYTES = 3 * 1024**3
MOST_CPU_S = 4 * 3600
_ENOUGH = 0.5
"""The share of a film's pictures that must have been readable."""

Progress = Callable[[float], None]
Tell = Callable[[Found], None]
Take = Callable[[av.Packet], None]  # type: ignore[type-arg]


def take_in(
    source: Path, target: Path, progress: Progress, tell: Tell = lambda found: None
) -> Found:
    """Write a film that can be played; keep what can be kept. Whole or not at all.

    Args:
        source: a file from outside.
        target: an MP4; its folder also holds it while it grows, as `.part`.
        progress: called with 0 to 1.
        tell: called with what was found, before anything is coded.

    Raises:
        Refused: as `probe`; `unreadable` where less than half of it could be read, `storage_full`.
    """
    found = probe(source)
    tell(found)
    part = target.with_suffix(".part")
    try:
        with (
            open_outside(source) as file,
            av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as out,
        ):
            _write(file, out, found, progress)
        part.replace(target)
    except (OSError, av.FFmpegError, ValueError) as error:
        if getattr(error, "errno", None) in FULL:
            detail = "expected room on the disk; there is none left"
            raise Refused("storage_full", detail) from error
        detail = f"expected a whole film; came {type(error).__name__}"
        raise Refused("unreadable", detail) from error
    finally:
        part.unlink(missing_ok=True)
    progress(1.0)
    return found


def _write(file: InputContainer, out: OutputContainer, found: Found, progress: Progress) -> None:
    takers, coded = _takers(file, out, found)
    video = picture_stream(file).index
    began_s: float | None = None
    done = 0.0
    for packet in file.demux([file.streams[index] for index in takers]):
        takers[packet.stream.index](packet)
        if packet.stream.index == video and packet.pts is not None:
            shown_s = float(packet.pts * packet.time_base)
            began_s = shown_s if began_s is None else began_s
            done = max(done, min(0.99, (shown_s - began_s) / found.duration_s))
            progress(done)
    expected = found.duration_s * float(even_rate(found.fps))
    if coded is not None and coded.count < _ENOUGH * expected:
        raise Refused("unreadable", f"expected a whole film; came {coded.count} pictures of it")


def _takers(
    file: InputContainer, out: OutputContainer, found: Found
) -> tuple[dict[int, Take], Pictures | None]:
    """What takes the packets of each stream, by its index; and the pictures' coder, if any."""
    video, coded = picture_stream(file), None
    takers: dict[int, Take] = {}
    if found.keeps_video:
        takers[video.index] = _kept_pictures(out, video)
    else:
        coded = Pictures(out, found, video.sample_aspect_ratio or Fraction(1))
        takers[video.index] = coded.receive
    if found.has_audio:
        audio = file.streams.audio[0]
        takers[audio.index] = _kept(out, audio) if found.keeps_audio else Sound(out).receive
    return takers, coded


def _kept(out: OutputContainer, stream) -> Take:  # type: ignore[no-untyped-def]
    """Packets go over as they are."""
    copy = out.add_stream_from_template(stream)

    def take(packet: av.Packet) -> None:  # type: ignore[type-arg]
        if packet.dts is not None:
            packet.stream = copy
            out.mux(packet)

    return take


def _kept_pictures(out: OutputContainer, stream) -> Take:  # type: ignore[no-untyped-def]
    """As `_kept`; the first pictures of a Matroska file get the decode times that it leaves out."""
    keep = _kept(out, stream)
    early: list[av.Packet] = []  # type: ignore[type-arg]

    def take(packet: av.Packet) -> None:  # type: ignore[type-arg]
        if packet.dts is None:
            early.extend([packet] if packet.size else [])
            return
        for ahead, waiting in zip(range(len(early), 0, -1), early, strict=True):
            waiting.dts = packet.dts - ahead * (packet.duration or 1)
            keep(waiting)
        early.clear()
        keep(packet)

    return take


def _steps(tell: Progress) -> Progress:
    """Progress told only when a further hundredth is done."""
    told = -1

    def progress(done: float) -> None:
        nonlocal told
        if int(done * 100) > told:
            told = int(done * 100)
            tell(told / 100)

    return progress


def _say(**said: object) -> None:
    print(json.dumps(said), flush=True)


def _say_found(found: Found) -> None:
    _say(
        found={
            "duration_s": round(found.duration_s, 2),
            "width": found.width,
            "height": found.height,
            "fps": round(float(found.fps), 2),
            "has_sound": found.has_audio,
            "against": list(found.against),
        }
    )


def main(source: str, target: str) -> int:
    """Take one film in; returns 0, or 1 when it was refused."""
    if confine(MOST_MEMORY_BYTES, MOST_CPU_S).has_network:
        _say(unconfined="network")
    progress = _steps(lambda done: _say(progress=done))
    try:
        take_in(Path(source), Path(target), progress, _say_found)
    except Refused as refused:
        _say(refused=refused.code, detail=refused.detail)
        return 1
    except MemoryError:
        _say(refused="too_large", detail="expected a film that takes less memory to read")
        return 1
    _say(done=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
