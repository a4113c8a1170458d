"""Taking a film in: what is it, can it be played as it is, and if not, made so.

    pictures   H.264, 8 bit 4:2:0, progressive, an IDR at least every LONGEST_GAP_S: kept as they
               are; anything else is coded anew
    sound      AAC-LC 48 kHz stereo: kept; anything else is coded anew; none stays none

A file from outside is opened in a process of its own (`python -m streams.intake SOURCE TARGET`), at
low priority and with limits on memory and time, so that a decoder that fails takes nothing with
it. That process writes one JSON object a line: progress, and last what was done or refused.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from streams.errors import Refused
from streams.film import LONGEST_GAP_S
from streams.nalunits import is_idr, parameters_of_avcc, split_lengths
from streams.timeline import AUDIO_HZ

LONGEST_FILM_S = 6 * 3600
LARGEST_BYTES = 20 * 1024**3
MOST_MEMORY_BYTES = 3 * 1024**3
MOST_CPU_S = 4 * 3600
LARGEST_SIDE_PX = 4096
H264_PROFILES = frozenset({66, 77, 88, 100})
"""Baseline, Main, Extended, High: 8 bit, 4:2:0."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds.

    Args:
        gap_s: the longest time without an IDR.
        keeps_video, keeps_audio: can be played as it is.
    """

    duration_s: float
    width: int
    height: int
    fps: float
    gap_s: float
    has_audio: bool
    keeps_video: bool
    keeps_audio: bool


def probe(path: Path) -> Found:
    """What a file holds.

    Raises:
        Refused: `empty`, `too_large`, `unreadable`, `no_video`, `too_long`.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused("empty", "expected a film; came a file of no bytes")
    if size > LARGEST_BYTES:
        raise Refused("too_large", f"expected at most {LARGEST_BYTES} bytes; came {size}")
    try:
        with av.open(str(path)) as file:
            return _found(file)
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise Refused("unreadable", f"expected a film; {type(error).__name__}") from error


def take_in(source: Path, target: Path, progress: Progress) -> Found:
    """Writes a film that can be played; keeps what can be kept.

    Args:
        progress: called with 0 to 1.

    Raises:
        Refused: as `probe`, or `unreadable` where a picture in the middle cannot be read.
    """
    found = probe(source)
    part = target.with_suffix(".part")
    try:
        with (
            av.open(str(source)) as file,
            av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as out,
        ):
            _write(file, out, found, progress)
    except (av.FFmpegError, ValueError) as error:
        part.unlink(missing_ok=True)
        raise Refused("unreadable", f"expected a whole film; {type(error).__name__}") from error
    part.replace(target)
    progress(1.0)
    return found


def _found(file: InputContainer) -> Found:
    if not file.streams.video:
        raise Refused("no_video", "expected a film; came a file without pictures")
    video = file.streams.video[0]
    audio = file.streams.audio[0] if file.streams.audio else None
    context = video.codec_context
    duration_s, gap_s, whole = _times(file, video)
    if duration_s > LONGEST_FILM_S:
        raise Refused("too_long", f"expected at most {LONGEST_FILM_S} s; came {duration_s:.0f} s")
    if not 0 < max(context.width, context.height) <= LARGEST_SIDE_PX:
        raise Refused("unreadable", f"expected sides up to {LARGEST_SIDE_PX} pixels")
    rotated = bool(video.metadata.get("rotate", "0").strip("0"))
    keeps_video = (
        context.name == "h264"
        and context.pix_fmt in ("yuv420p", "yuvj420p")
        and bool(context.extradata and context.extradata[:1] == b"\1")
        and whole
        and gap_s <= LONGEST_GAP_S
        and not rotated
    )
    keeps_audio = audio is not None and (
        audio.codec_context.name == "aac"
        and audio.codec_context.sample_rate == AUDIO_HZ
        and audio.codec_context.layout.name == "stereo"
        and audio.codec_context.profile in (None, "LC")
    )
    rate = video.average_rate or video.guessed_rate or Fraction(25)
    return Found(
        duration_s,
        context.width,
        context.height,
        float(rate),
        gap_s,
        audio is not None,
        keeps_video,
        keeps_audio,
    )


def _times(file: InputContainer, video: VideoStream) -> tuple[float, float, bool]:
    """Length, longest gap between IDRs, and whether it begins with one; read, not decoded."""
    base = video.time_base or Fraction(1, 90_000)
    first: Fraction | None = None
    last_key = end = Fraction(0)
    gap = Fraction(0)
    begins_with_key = False
    opens = _idr_test(video)
    for packet in file.demux(video):
        if packet.pts is None:
            continue
        at = packet.pts * base
        if first is None:
            first = last_key = at
            begins_with_key = opens(packet)
        elif opens(packet):
            gap = max(gap, at - last_key)
            last_key = at
        end = max(end, at + (packet.duration or 0) * base)
    if first is None:
        raise Refused("no_video", "expected a film; came one without a single picture")
    return float(end - first), float(max(gap, end - last_key)), begins_with_key


def _idr_test(video: VideoStream) -> Callable[[av.Packet[VideoStream]], bool]:
    """Whether decoding can start at a packet: a keyframe of an open group does not do."""
    try:
        length_bytes, _ = parameters_of_avcc(video.codec_context.extradata or b"")
    except ValueError:
        return lambda packet: packet.is_keyframe
    return lambda packet: packet.is_keyframe and is_idr(split_lengths(bytes(packet), length_bytes))


def _write(file: InputContainer, out: OutputContainer, found: Found, progress: Progress) -> None:
    video = file.streams.video[0]
    pictures = _kept(out, video) if found.keeps_video else _coded(out, video, found)
    streams = [video]
    sound = None
    if found.has_audio:
        audio = file.streams.audio[0]
        streams.append(audio)  # type: ignore[arg-type]
        sound = _kept(out, audio) if found.keeps_audio else _coded_sound(out, audio)
    reached_s = 0.0
    for packet in file.demux(streams):
        if packet.stream is video:
            pictures(packet)
            if packet.pts is not None and packet.time_base is not None:
                reached_s = max(reached_s, float(packet.pts * packet.time_base))
                progress(min(0.99, reached_s / found.duration_s))
        elif sound is not None:
            sound(packet)


Take = Callable[[av.Packet], None]  # type: ignore[type-arg]


def _kept(out: OutputContainer, stream) -> Take:  # type: ignore[no-untyped-def]
    """Packets go over as they are."""
    copy = out.add_stream_from_template(stream)

    def take(packet: av.Packet) -> None:  # type: ignore[type-arg]
        if packet.dts is not None:
            packet.stream = copy
            out.mux(packet)

    return take


def _coded(out: OutputContainer, video: VideoStream, found: Found) -> Take:
    """Pictures are coded anew: even sides, 8 bit 4:2:0, an IDR every two seconds."""
    rate = Fraction(found.fps).limit_denominator(1001) or Fraction(25)
    coded = out.add_stream("libx264", rate=rate)
    coded.width, coded.height = found.width // 2 * 2, found.height // 2 * 2
    coded.pix_fmt = "yuv420p"
    coded.codec_context.gop_size = max(1, round(rate * 2))
    coded.options = {"preset": "veryfast", "crf": "22", "x264-params": "open-gop=0"}

    def take(packet: av.Packet) -> None:  # type: ignore[type-arg]
        for frame in packet.decode():
            assert isinstance(frame, av.VideoFrame)
            plain = frame.reformat(coded.width, coded.height, "yuv420p")
            plain.pts, plain.time_base = frame.pts, frame.time_base
            plain.pict_type = av.video.frame.PictureType.NONE
            out.mux(coded.encode(plain))
        if packet.size == 0:
            out.mux(coded.encode(None))

    return take


def _coded_sound(out: OutputContainer, audio) -> Take:  # type: ignore[no-untyped-def]
    """Sound is coded anew: AAC-LC, 48 kHz, stereo."""
    coded = out.add_stream("aac", rate=AUDIO_HZ)
    coded.layout = "stereo"
    coded.bit_rate = 128_000
    resampler = av.AudioResampler("fltp", "stereo", AUDIO_HZ)

    def take(packet: av.Packet) -> None:  # type: ignore[type-arg]
        for frame in packet.decode():
            for even in resampler.resample(frame):  # type: ignore[arg-type]
                out.mux(coded.encode(even))
        if packet.size == 0:
            for even in resampler.resample(None):
                out.mux(coded.encode(even))
            out.mux(coded.encode(None))

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


def _limit_ourselves() -> None:
    os.nice(15)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))


def main(source: str, target: str) -> int:
    """Takes one film in; returns 0, or 1 when it was refused."""
    _limit_ourselves()
    try:
        take_in(
            Path(source),
            Path(target),
            _steps(lambda done: print(json.dumps({"progress": done}), flush=True)),
        )
    except Refused as refused:
        print(json.dumps({"refused": refused.code, "detail": refused.detail}), flush=True)
        return 1
    print(json.dumps({"done": True}), flush=True)
    return 0


def read_progress(lines: Iterator[str]) -> Iterator[dict[str, object]]:
    """What such a process says, line by line."""
    return map(json.loads, lines)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
