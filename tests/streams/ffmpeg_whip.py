"""FFmpeg's own WHIP muxer as a publisher; a process of its own, because it holds the interpreter.

    python -m tests.streams.ffmpeg_whip URL KEY SECONDS CERTIFICATE KEY_FILE [BITS_PER_SECOND]

Without a bit rate it is dark and still, but for a flash and a beep at every whole second.
Its self-made certificate has a curve that OpenSSL refuses: give it one on P-256.
"""

from __future__ import annotations

import math
import os
import struct
import sys
import time
from fractions import Fraction
from typing import Any

import av

WIDTH, HEIGHT, FRAME_RATE = 320, 180, 30
BEEP_PACKETS = 3


def _video(container: Any, bit_rate: int) -> Any:
    stream = container.add_stream("libx264", rate=FRAME_RATE)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.options = {"profile": "baseline", "bf": "0", "g": "30", "tune": "zerolatency"}
    stream.options |= {"preset": "ultrafast"}
    if bit_rate:
        stream.bit_rate = bit_rate
    stream.codec_context.time_base = Fraction(1, FRAME_RATE)
    return stream


def _audio(container: Any) -> Any:
    stream = container.add_stream("libopus", rate=48_000)
    stream.codec_context.layout, stream.codec_context.format = "stereo", "s16"
    return stream


def _picture(number: int, noisy: bool) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    if noisy:
        for plane in frame.planes:
            plane.update(os.urandom(plane.buffer_size))
        frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
        return frame
    luma = 235 if number % FRAME_RATE == 0 else 16 + number % 8
    for plane, level in zip(frame.planes, (luma, 128, 128), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
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


def publish(
    url: str, key: str, seconds: float, certificate: str, key_file: str, bit_rate: int = 0
) -> None:
    """Send flashes and beeps in real time, or noise at a bit rate; leave with DELETE."""
    options = {"authorization": key, "cert_file": certificate, "key_file": key_file}
    with av.open(url, "w", format="whip", options=options) as container:
        video, audio = _video(container, bit_rate), _audio(container)
        container.start_encoding()
        began, sounds = time.monotonic(), 0
        for number in range(round(seconds * FRAME_RATE)):
            container.mux(video.encode(_picture(number, bit_rate > 0)))
            while sounds * 0.02 <= number / FRAME_RATE:
                container.mux(audio.encode(_sound(sounds, bit_rate > 0)))
                sounds += 1
            time.sleep(max(0.0, began + (number + 1) / FRAME_RATE - time.monotonic()))


if __name__ == "__main__":
    _, url, key, seconds, certificate, key_file, *bit_rate = sys.argv
    publish(url, key, float(seconds), certificate, key_file, *map(int, bit_rate))
