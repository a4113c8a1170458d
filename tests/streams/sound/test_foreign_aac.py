"""AAC of another kind becomes AAC-LC, 48 kHz stereo, as long and as loud as it was."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import pytest

from streams.segments import AccessUnit
from streams.sound.sounddecoder import AnyToAac
from streams.sound.soundform import SoundForm
from tests.streams.sound.test_sound import heard

BASE = 987_654_321


def a_tone(rate_hz: int, layout: str, seconds: int) -> tuple[bytes, list[bytes]]:
    """Configuration and frames of 440 Hz at a third of full scale."""
    encoder: Any = av.CodecContext.create("aac", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "fltp", layout, rate_hz
    encoder.time_base = Fraction(1, rate_hz)
    encoder.flags |= 1 << 22  # the configuration beside the frames
    encoder.open()
    made: list[bytes] = []
    for number in range(seconds * rate_hz // 1024):
        frame = av.AudioFrame(format="fltp", layout=layout, samples=1024)
        level = [
            math.sin(2 * math.pi * 440 * (number * 1024 + n) / rate_hz) / 3 for n in range(1024)
        ]
        for plane in frame.planes:
            plane.update(struct.pack("<1024f", *level))
        frame.sample_rate, frame.pts = rate_hz, number * 1024
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return bytes(encoder.extradata), made


@pytest.mark.parametrize(
    ("rate_hz", "layout"), [(44_100, "mono"), (44_100, "stereo"), (32_000, "mono")]
)
def test_other_rates_and_mono_are_as_long_and_as_loud(rate_hz: int, layout: str) -> None:
    config, frames = a_tone(rate_hz, layout, 3)
    lane, units = AnyToAac(SoundForm("aac", config)), list[AccessUnit]()
    for number, frame in enumerate(frames):
        milliseconds = number * 1024 * 1000 // rate_hz
        units += lane.receive(BASE + milliseconds * 48, frame)
    assert {b.pts_ticks - a.pts_ticks for a, b in pairwise(units)} == {1024}
    lasted = len(frames) * 1024 / rate_hz
    assert lane.end == pytest.approx(BASE + lasted * 48_000, abs=48 * 3)
    loudness = [level for _, level in heard(units)][4:-2]
    assert min(loudness) == pytest.approx(max(loudness), rel=0.15)
    assert loudness[0] == pytest.approx(1 / 3 / math.sqrt(2), rel=0.35)


@pytest.mark.parametrize("config", [b"\xff\xff", b"\x12\x08"])
def test_frames_that_cannot_be_decoded_end_nothing(config: bytes) -> None:
    lane, units = AnyToAac(SoundForm("aac", config)), list[AccessUnit]()
    for number in range(20):
        units += lane.receive(BASE + number * 1024, bytes([number + 1]) * 60)
    units += lane.receive(BASE + 20 * 1024, b"")
    units += lane.fill_until(BASE + 48_000)
    assert len(units) >= 40
    assert len(heard(units)) == len(units)
