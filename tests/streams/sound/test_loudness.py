"""How loud coded sound is, heard a moment a second."""

from __future__ import annotations

from array import array
from math import pi, sin

import pytest

from streams.encoder import AudioEncoder, silent_frame
from streams.health import CLIPPED_DB
from streams.sound.loudness import EVERY, FLOOR_DB, Loudness


def tone(amplitude: float, frames: int = 60, hz: int = 440) -> list[bytes]:
    encoder, coded = AudioEncoder(), []
    for n in range(frames):
        samples = (amplitude * sin(2 * pi * hz * (n * 1024 + i) / 48_000) for i in range(1024))
        both = array("f", samples).tobytes()
        coded += [unit.data for unit in encoder.encode(both, both)]
    return coded


@pytest.mark.parametrize("amplitude", [0.5, 0.01])
def test_a_tone_is_as_loud_as_it_was_made(amplitude: float) -> None:
    ear = Loudness()
    heard = [loud for frame in tone(amplitude, EVERY + 12) if (loud := ear.receive(frame))]
    assert len(heard) == 2, "a moment a second"
    for loud in heard:
        assert 10 ** (loud.peak_db / 20) == pytest.approx(amplitude, rel=0.15)
        assert loud.peak_db - loud.mean_db == pytest.approx(3, abs=0.6)


def test_what_is_driven_too_far_touches_full_scale() -> None:
    ear = Loudness()
    heard = [loud for frame in tone(1.0, 12) if (loud := ear.receive(frame))]
    assert heard[-1].peak_db >= CLIPPED_DB


def test_silence_is_at_the_floor_and_broken_frames_are_nothing() -> None:
    ear = Loudness()
    heard = [ear.receive(silent_frame()) for _ in range(EVERY)]
    assert [loud.peak_db for loud in heard if loud] == [FLOOR_DB]
    assert not any(ear.receive(b"\xff\x00broken") for _ in range(EVERY))
    assert any(ear.receive(silent_frame()) for _ in range(EVERY)), "it listens on"
