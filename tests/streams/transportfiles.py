"""Transport streams for tests: made by a real muxer, packet by packet, or by hand."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import av

from streams.encoder import AudioEncoder
from tests.streams.broadcast import Look, coded

PACKET = 188


@dataclass(frozen=True)
class Muxed:
    """A transport stream, and what was put into it: times at 90 kHz."""

    data: bytes
    pictures: tuple[tuple[int, int, bool], ...]
    sounds: tuple[int, ...]


@cache
def a_transport_stream(
    look: Look | None = None,
    groups: int = 2,
    start: int = 90_000,
    codec: str = "aac",
    rate: int = 48_000,
    layout: str = "stereo",
) -> Muxed:
    """Pictures and a tone, as FFmpeg muxes them; `start` is the first dts, modulo 33 bits."""
    look = look or Look()
    held = io.BytesIO()
    out = av.open(held, "w", format="mpegts", options={"avoid_negative_ts": "disabled"})
    video: Any = out.add_stream("libx264", rate=look.fps)
    video.width, video.height, video.pix_fmt = look.width, look.height, "yuv420p"
    video.time_base = Fraction(1, 90_000)
    audio: Any = out.add_stream(codec, rate=rate, layout=layout)
    pictures, packets = [], []
    step = 90_000 // look.fps
    # Muxers want no picture shown before it is decoded.
    delay = max(unit.dts_ticks - unit.pts_ticks for unit in coded(look))
    for group in range(groups):
        at = start + group * round(look.fps * look.gop_s) * step
        for unit in coded(look):
            pictures.append((at + delay + unit.pts_ticks, at + unit.dts_ticks, unit.key))
            packet: Any = av.Packet(_annex_b(unit.data))
            packet.pts, packet.dts, packet.is_keyframe = *pictures[-1][:2], unit.key
            packet.time_base, packet.stream = Fraction(1, 90_000), video
            packets.append(packet)
    length_s = groups * look.gop_s
    sounds = _sound(audio, rate, layout, length_s, start)
    order = sorted([*packets, *sounds], key=lambda each: each.dts * each.time_base)
    times = tuple(round(each.pts * each.time_base * 90_000) for each in sounds)
    for each in order:
        out.mux(each)
    out.close()
    return Muxed(held.getvalue(), tuple(pictures), times)


def _sound(stream: Any, rate: int, layout: str, length_s: float, start: int) -> list[Any]:
    context = stream.codec_context
    context.time_base = Fraction(1, rate)
    context.open()
    size = context.frame_size or 1024
    kind = context.format.name
    made: list[Any] = []
    for at in range(0, int(length_s * rate), size):
        frame = av.AudioFrame(format=kind, layout=layout, samples=size)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at
        made += stream.encode(frame)
    for packet in made:
        packet.pts = packet.dts = packet.pts + start * rate // 90_000
    return made


def _annex_b(sample: bytes) -> bytes:
    out, at = b"\0\0\0\1\x09\xf0", 0
    while at < len(sample):
        size = int.from_bytes(sample[at : at + 4])
        out += b"\0\0\0\1" + sample[at + 4 : at + 4 + size]
        at += 4 + size
    return out


def without(data: bytes, *indices: int) -> bytes:
    """A transport stream some of whose packets were lost."""
    packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    return b"".join(each for index, each in enumerate(packets) if index not in indices)


def adts(raw: bytes, rate_index: int = 3, channels: int = 2, object_type: int = 2) -> bytes:
    """A raw AAC frame behind its header."""
    size = len(raw) + 7
    return (
        struct.pack(
            ">BBBB",
            0xFF,
            0xF1,
            (object_type - 1) << 6 | rate_index << 2 | channels >> 2,
            (channels & 3) << 6 | size >> 11,
        )
        + struct.pack(">HB", (size & 0x7FF) << 5 | 0x1F, 0xFC)
        + raw
    )


@cache
def aac_frames(count: int = 8) -> tuple[bytes, ...]:
    """Raw AAC frames of silence, ours."""
    encoder, quiet = AudioEncoder(), bytes(4096)
    units = [unit for _ in range(count + 2) for unit in encoder.encode(quiet, quiet)]
    return tuple(unit.data for unit in units[:count])
