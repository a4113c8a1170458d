"""What a file from outside holds, and whether its pictures can be played as they are.

A file is read whole, packet by packet, and its first picture is decoded. Pictures are *kept* when
every viewer's player takes them as they come; each thing that speaks against it has a name:

    another_codec         not H.264
    another_colour        not 8 bit 4:2:0, or not one of the profiles that players decode
    too_fine              larger than 1920x1088 or a level above 4.2
    too_dense             more than 20 Mbit/s
    interlaced            coded as fields
    turned                a phone held upright; our fragments cannot say so
    keyframes_too_rare    more than six seconds between IDRs; an open group's keyframe is none
    begins_without_idr    its first picture leans on one that is not there
    no_timestamps         a picture without pts, or without dts after one that has it
    damaged               NAL units that do not fill their packet

The container's name is not believed: only those listed here are read, and only this very file.
Playlists and concatenations, which would make us open other files or addresses, are no films.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from streams.errors import Refused
from streams.films.film import LONGEST_GAP_S
from streams.nalunits import is_idr, parameters_of_avcc, split_lengths, split_start_codes
from streams.timeline import AUDIO_HZ

LONGEST_FILM_S = 6 * 3600
LARGEST_BYTES = 20 * 1024**3
LARGEST_SIDE_PX = 8192
KEPT_SIDES_PX = (1920, 1088)
KEPT_LEVEL = 42
KEPT_BITS_PER_S = 20_000_000
KEPT_PROFILES = frozenset({"Baseline", "Constrained Baseline", "Main", "High", "Constrained High"})
_PROGRESSIVE = (0, 1)
_CONTAINERS = "mov,matroska,mpegts,mpeg,avi,flv,ogg,asf,mxf"
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds.

    Args:
        width, height: in pixels, as they are coded.
        gap_s: the longest time without an IDR.
        b_frames: pictures are decoded in another order than they are shown.
        turned_degrees: how far the picture must be turned against the clock to stand upright.
        has_audio, keeps_audio: there is sound; it is AAC-LC, 48 kHz, stereo.
        against: why the pictures cannot be kept; empty when they can.
    """

    duration_s: float
    width: int
    height: int
    fps: Fraction
    gap_s: float
    b_frames: bool
    interlaced: bool
    turned_degrees: int
    has_audio: bool
    keeps_audio: bool
    against: tuple[str, ...]

    @property
    def keeps_video(self) -> bool:
        """Its pictures can be played as they are."""
        return not self.against


@dataclass(slots=True)
class _Reading:
    """What the packets of a file say, read from its beginning to its end."""

    first_s: Fraction | None = None
    last_s: Fraction = Fraction(0)
    end_s: Fraction = Fraction(0)
    last_idr_s: Fraction = Fraction(0)
    gap_s: Fraction = Fraction(0)
    size_bytes: int = 0
    b_frames: bool = False
    knows_dts: bool = False
    against: dict[str, None] = field(default_factory=dict)


def open_outside(path: Path) -> InputContainer:
    """Open a file from outside as one of the containers we know.

    Raises:
        av.FFmpegError: when it is none.
    """
    return av.open(str(path), options=_OPTIONS)


def picture_stream(file: InputContainer) -> VideoStream:
    """The stream of moving pictures; the cover of an album is none.

    Raises:
        Refused: `no_video`.
    """
    for stream in file.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise Refused("no_video", "expected a film; came a file without moving pictures")


def probe(path: Path) -> Found:
    """What a file holds; reads all of it.

    Raises:
        Refused: `empty`, `too_large`, `unreadable`, `no_video`, `too_long`.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused("empty", "expected a film; came a file of no bytes")
    if size > LARGEST_BYTES:
        raise Refused("too_large", f"expected at most {LARGEST_BYTES} bytes; came {size}")
    try:
        with open_outside(path) as file:
            return _found(file)
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise Refused("unreadable", f"expected a film; came {type(error).__name__}") from error


def _found(file: InputContainer) -> Found:
    video = picture_stream(file)
    context = video.codec_context
    if not 0 < max(context.width, context.height) <= LARGEST_SIDE_PX:
        sides = f"{context.width}x{context.height}"
        raise Refused("unreadable", f"expected sides up to {LARGEST_SIDE_PX} pixels; came {sides}")
    reading = _read(file, video)
    duration_s = _duration(reading)
    file.seek(0)
    first = _first_picture(file, video)
    interlaced = first.interlaced_frame or context.field_order not in _PROGRESSIVE
    return Found(
        duration_s=float(duration_s),
        width=context.width,
        height=context.height,
        fps=video.average_rate or video.guessed_rate or Fraction(25),
        gap_s=float(max(reading.gap_s, reading.end_s - reading.last_idr_s)),
        b_frames=reading.b_frames,
        interlaced=interlaced,
        turned_degrees=first.rotation,
        has_audio=bool(file.streams.audio),
        keeps_audio=_keeps_audio(file),
        against=tuple(_against(video, first, interlaced, reading, duration_s)),
    )


def _duration(reading: _Reading) -> Fraction:
    if reading.first_s is None:
        raise Refused("no_video", "expected a film; came one without a single picture")
    duration_s = reading.end_s - reading.first_s
    if duration_s <= 0:
        raise Refused("empty", "expected a film; came one that lasts no time")
    if duration_s > LONGEST_FILM_S:
        raise Refused("too_long", f"expected at most {LONGEST_FILM_S} s; came {duration_s:.0f} s")
    return duration_s


def _against(
    video: VideoStream,
    first: av.VideoFrame,
    interlaced: bool,
    reading: _Reading,
    duration_s: Fraction,
) -> Iterator[str]:
    context = video.codec_context
    gap_s = max(reading.gap_s, reading.end_s - reading.last_idr_s)
    colour_kept = first.format.name in ("yuv420p", "yuvj420p") and context.profile in KEPT_PROFILES
    sides = sorted((context.width, context.height), reverse=True)
    fine = any(side > kept for side, kept in zip(sides, KEPT_SIDES_PX, strict=True))
    table = {
        "another_codec": context.name != "h264",
        "another_colour": not colour_kept,
        "too_fine": fine or (context.name == "h264" and (context.level or 0) > KEPT_LEVEL),
        "too_dense": reading.size_bytes * 8 > KEPT_BITS_PER_S * max(duration_s, Fraction(1)),
        "interlaced": interlaced,
        "turned": first.rotation != 0,
        "keyframes_too_rare": gap_s > LONGEST_GAP_S,
    }
    yield from (name for name, holds in table.items() if holds)
    yield from reading.against
    if not reading.knows_dts:
        yield "no_timestamps"


def _keeps_audio(file: InputContainer) -> bool:
    if not file.streams.audio:
        return False
    context = file.streams.audio[0].codec_context
    return (
        context.name == "aac"
        and context.sample_rate == AUDIO_HZ
        and context.layout.name == "stereo"
        and context.profile in (None, "LC")
    )


def _first_picture(file: InputContainer, video: VideoStream) -> av.VideoFrame:
    for packet in file.demux(video):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        if frames:
            return frames[0]
    raise Refused("unreadable", "expected pictures; came none that can be decoded")


def _read(file: InputContainer, video: VideoStream) -> _Reading:
    """Times and sizes of all pictures; read, not decoded."""
    base = video.time_base or Fraction(1, 90_000)
    reading, nals_of = _Reading(), _nals_of(video)
    for packet in file.demux(video):
        if packet.size:
            _note(reading, packet, base, nals_of)
    return reading


def _note(
    reading: _Reading,
    packet: av.Packet[VideoStream],
    base: Fraction,
    nals_of: Callable[[bytes], Iterator[bytes]] | None,
) -> None:
    reading.size_bytes += packet.size
    reading.knows_dts = reading.knows_dts or packet.dts is not None
    if packet.pts is None or (packet.dts is None and reading.knows_dts):
        reading.against["no_timestamps"] = None
    ticks = packet.pts if packet.pts is not None else packet.dts
    if ticks is None:
        return
    shown_s = ticks * base
    opens = packet.is_keyframe
    if nals_of is not None:
        try:
            opens = is_idr(list(nals_of(bytes(packet)))) and opens
        except ValueError:
            reading.against["damaged"] = None
    if reading.first_s is None:
        reading.first_s = reading.last_s = reading.last_idr_s = shown_s
        if not opens:
            reading.against["begins_without_idr"] = None
    elif opens:
        reading.gap_s = max(reading.gap_s, shown_s - reading.last_idr_s)
        reading.last_idr_s = shown_s
    reading.b_frames = reading.b_frames or shown_s < reading.last_s
    reading.first_s = min(reading.first_s, shown_s)
    reading.last_s = shown_s
    reading.end_s = max(reading.end_s, shown_s + (packet.duration or 0) * base)


def _nals_of(video: VideoStream) -> Callable[[bytes], Iterator[bytes]] | None:
    """How the NAL units of an H.264 stream stand in its packets; None for other codecs."""
    if video.codec_context.name != "h264":
        return None
    try:
        length_bytes, _ = parameters_of_avcc(video.codec_context.extradata or b"")
    except ValueError:
        return split_start_codes
    return lambda data: split_lengths(data, length_bytes)
