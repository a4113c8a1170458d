"""FFmpeg's own WHIP muxer as a publisher; a process of its own, because it holds the interpreter.

    python -m tests.streams.ffmpeg_whip URL KEY SECONDS CERTIFICATE KEY_FILE [options]

Without a bit rate it is dark and still, but for a flash and a beep at every whole second.
Its self-made certificate has a curve that OpenSSL refuses: give it one on P-256.
"""

from __future__ import annotations

import argparse
import math
import os
import struct
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

BEEP_PACKETS = 3


@dataclass(frozen=True)
class Look:
    """What is sent; noise where a bit rate is given."""

    width: int
    height: int
    frame_rate: int
    profile: str
    bit_rate: int

    @property
    def noisy(self) -> bool:
        return self.bit_rate > 0


def _video(container: Any, look: Look) -> Any:
    stream = container.add_stream("libx264", rate=look.frame_rate)
    stream.width, stream.height, stream.pix_fmt = look.width, look.height, "yuv420p"
    stream.options = {"profile": look.profile, "bf": "0", "g": str(look.frame_rate)}
    stream.options |= {"preset": "ultrafast", "tune": "zerolatency"}
    if look.bit_rate:
        stream.bit_rate = look.bit_rate
    stream.codec_context.time_base = Fraction(1, look.frame_rate)
    return stream


def _audio(container: Any) -> Any:
    stream = container.add_stream("libopus", rate=48_000)
    stream.codec_context.layout, stream.codec_context.format = "stereo", "s16"
    return stream


def _picture(number: int, look: Look) -> av.VideoFrame:
    frame = av.VideoFrame(look.width, look.height, "yuv420p")
    luma = 235 if number % look.frame_rate == 0 else 16 + number % 8
    for plane, level in zip(frame.planes, (luma, 128, 128), strict=True):
        size = plane.buffer_size
        plane.update(os.urandom(size) if look.noisy else bytes([level]) * size)
    frame.pts, frame.time_base = number, Fraction(1, look.frame_rate)
    return frame


def beep() -> bytes:
    """20 ms of 1 kHz, which fit end to end."""
    waves = (round(16_000 * math.sin(2 * math.pi * n / 48)) for n in range(960))
    return b"".join(struct.pack("<hh", level, level) for level in waves)


def _sound(number: int, noisy: bool) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
    size = frame.planes[0].buffer_size
    beeps = number % 50 < BEEP_PACKETS
    frame.planes[0].update(os.urandom(size) if noisy else beep() if beeps else bytes(size))
    frame.sample_rate, frame.time_base = 48_000, Fraction(1, 48_000)
    frame.pts = number * 960
    return frame


def publish(url: str, seconds: float, options: dict[str, str], look: Look) -> None:
    """Send flashes and beeps in real time, or noise at a bit rate; leave with DELETE."""
    with av.open(url, "w", format="whip", options=options) as container:
        video, audio = _video(container, look), _audio(container)
        container.start_encoding()
        began, sounds = time.monotonic(), 0
        for number in range(round(seconds * look.frame_rate)):
            container.mux(video.encode(_picture(number, look)))
            while sounds * 0.02 <= number / look.frame_rate:
                container.mux(audio.encode(_sound(sounds, look.noisy)))
                sounds += 1
            time.sleep(max(0.0, began + (number + 1) / look.frame_rate - time.monotonic()))


def main() -> None:
    reader = argparse.ArgumentParser()
    for name in ("url", "key", "seconds", "certificate", "key_file"):
        reader.add_argument(name)
    reader.add_argument("--bit-rate", type=int, default=0)
    reader.add_argument("--size", default="320x180")
    reader.add_argument("--frame-rate", type=int, default=30)
    reader.add_argument("--profile", default="baseline")
    told = reader.parse_args()
    width, height = map(int, told.size.split("x"))
    options = {
        "authorization": told.key,
        "cert_file": told.certificate,
        "key_file": told.key_file,
    }
    look = Look(width, height, told.frame_rate, told.profile, told.bit_rate)
    publish(told.url, float(told.seconds), options, look)


if __name__ == "__main__":
    main()
