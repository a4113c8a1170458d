from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Any

import av
import pytest

from streams.feeds.transportstream import TransportStream
from streams.sound.sounddecoder import decoder_of, opus_packets
from streams.sound.soundform import SoundForm
from tests.streams.transportfiles import a_transport_stream, adts


def a_tone(codec: str, rate: int, layout: str, seconds: float = 1.0) -> list[bytes]:
    """Packets of a third of full scale at 440 Hz."""
    context: Any = av.CodecContext.create(codec, "w")
    context.sample_rate, context.layout = rate, layout
    context.format = {"mp2": "s16", "libopus": "s16"}.get(codec, "fltp")
    context.time_base = Fraction(1, rate)
    context.open()
    size, channels = context.frame_size, 1 if layout == "mono" else 2
    made: list[bytes] = []
    for begins in range(0, int(seconds * rate), size):
        frame = av.AudioFrame(format=context.format.name, layout=layout, samples=size)
        wave = [math.sin(2 * math.pi * 440 * (begins + n) / rate) / 3 for n in range(size)]
        if context.format.name == "s16":
            both = [round(v * 32_767) for v in wave for _ in range(channels)]
            frame.planes[0].update(struct.pack(f"<{len(both)}h", *both))
        else:
            for plane in frame.planes:
                plane.update(struct.pack(f"<{size}f", *wave).ljust(plane.buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = rate, begins, Fraction(1, rate)
        made += [bytes(packet) for packet in context.encode(frame)]
    return made


def loudness(samples: bytes) -> float:
    values = struct.unpack(f"<{len(samples) // 2}h", samples)
    return math.sqrt(sum(v * v for v in values) / max(1, len(values))) / 32_768


@pytest.mark.parametrize(
    ("codec", "rate", "layout", "form"),
    [
        ("mp2", 44_100, "mono", SoundForm("mp2", framed=False)),
        ("mp2", 48_000, "stereo", SoundForm("mp2", framed=False)),
        ("ac3", 48_000, "stereo", SoundForm("ac3", framed=False)),
        ("eac3", 44_100, "mono", SoundForm("eac3", framed=False)),
        ("aac", 44_100, "mono", SoundForm("aac", b"\x12\x08")),
        ("aac", 32_000, "stereo", SoundForm("aac", b"\x12\x90")),
        ("libopus", 48_000, "stereo", SoundForm("opus")),
    ],
)
def test_a_tone_of_any_kind_is_heard_as_long_and_as_loud(
    codec: str, rate: int, layout: str, form: SoundForm
) -> None:
    decode = decoder_of(form)()
    samples = b"".join(decode(packet) for packet in a_tone(codec, rate, layout))
    assert len(samples) / 4 / 48_000 == pytest.approx(1.0, abs=0.1)
    # One channel on two is half as strong on each: as loud as it was.
    amplitude = 1 / 3 / (math.sqrt(2) if layout == "mono" else 1)
    assert loudness(samples) == pytest.approx(amplitude / math.sqrt(2), rel=0.15)


def test_aac_behind_headers_is_heard() -> None:
    decode = decoder_of(SoundForm("aac"))()
    packets = [adts(raw, rate_index=4, channels=1) for raw in a_tone("aac", 44_100, "mono")]
    assert loudness(b"".join(decode(packet) for packet in packets)) > 0.15


def test_opus_comes_out_of_its_control_headers() -> None:
    muxed = a_transport_stream(codec="libopus")
    stream = TransportStream()
    sounds = [pes for pes in stream.receive(muxed.data) if pes.codec == "opus"]
    decode = decoder_of(SoundForm("opus", framed=False))()
    samples = b"".join(decode(pes.data) for pes in sounds)
    assert len(samples) // 4 == 960 * len(sounds)


def test_what_is_no_opus_ends_the_packet() -> None:
    assert list(opus_packets(b"\x7f\xe0\x02ab\x00\x00\x00")) == [b"ab"]
    assert list(opus_packets(b"\x7f\xe0" + b"\xff" * 5)) == []
    assert list(opus_packets(b"")) == []


@pytest.mark.parametrize("codec", ["mp2", "ac3", "aac", "aac_latm", "opus"])
@pytest.mark.parametrize("framed", [True, False])
def test_noise_is_nothing_and_breaks_nothing(codec: str, framed: bool) -> None:
    decode = decoder_of(SoundForm(codec, framed=framed))()
    for number in range(50):
        assert isinstance(decode(bytes((number * 7 + n * n) % 256 for n in range(300))), bytes)


def test_a_codec_that_nobody_asked_for_is_not_opened() -> None:
    with pytest.raises(KeyError):
        decoder_of(SoundForm("h264"))
