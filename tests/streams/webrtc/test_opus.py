"""Sound stays beside the picture over holes, overlaps and jumps."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import Any

import av

from streams.encoder import audio_unit, silent_frame
from streams.sound.tones import CALM, tone_loop
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ
from streams.webrtc.opus import FRAME_TICKS, OpusCoder
from streams.webrtc.outbox import Frame


def laid(*places: int) -> list[Frame]:
    coder, sound = OpusCoder(), tone_loop(CALM)
    return [
        frame
        for place in places
        for frame in coder.receive(audio_unit(place, sound.frame(place).data), 0)
    ]


def a_row(start: int, count: int) -> list[int]:
    return [start + number * AAC_FRAME_TICKS for number in range(count)]


def loudest(frames: list[Frame]) -> int:
    decoder: Any = av.CodecContext.create("libopus", "r")
    decoder.format, decoder.layout, decoder.sample_rate = "s16", "stereo", AUDIO_HZ
    samples = array("h")
    for frame in frames:
        for decoded in decoder.decode(av.Packet(frame.data)):
            samples.frombytes(bytes(decoded.planes[0])[: decoded.samples * 4])
    return max(map(abs, samples))


def test_packets_of_twenty_milliseconds_follow_one_another_and_sound() -> None:
    frames = laid(*a_row(0, 100))
    assert all(b.ticks - a.ticks == FRAME_TICKS for a, b in pairwise(frames))
    assert -FRAME_TICKS < frames[0].ticks <= 0
    assert 100 * AAC_FRAME_TICKS - frames[-1].ticks < 3 * FRAME_TICKS
    assert loudest(frames) > 500


def test_a_short_hole_is_silence_and_moves_nothing() -> None:
    frames = laid(*a_row(0, 50), *a_row(60 * AAC_FRAME_TICKS, 50))
    assert all(b.ticks - a.ticks == FRAME_TICKS for a, b in pairwise(frames))
    assert 110 * AAC_FRAME_TICKS - frames[-1].ticks < 3 * FRAME_TICKS


def test_what_overlaps_is_left_out() -> None:
    frames = laid(*a_row(0, 50), *a_row(40 * AAC_FRAME_TICKS, 50))
    assert all(b.ticks - a.ticks == FRAME_TICKS for a, b in pairwise(frames))
    assert 90 * AAC_FRAME_TICKS - frames[-1].ticks < 3 * FRAME_TICKS


def test_a_long_hole_is_a_jump() -> None:
    frames = laid(*a_row(0, 50), *a_row(10 * AUDIO_HZ, 50))
    steps = [b.ticks - a.ticks for a, b in pairwise(frames)]
    assert len([step for step in steps if step != FRAME_TICKS]) <= 2
    assert max(steps) > 8 * AUDIO_HZ


def test_what_is_no_sound_is_left_out() -> None:
    coder = OpusCoder()
    assert coder.receive(audio_unit(0, b"\xff\xff\xff"), 0) == []
    frames = [
        frame
        for place in a_row(1024, 20)
        for frame in coder.receive(audio_unit(place, silent_frame()), 0)
    ]
    assert len(frames) > 10
