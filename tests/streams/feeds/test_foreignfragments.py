"""Fragments that others wrote: FFmpeg's, and broken ones."""

from __future__ import annotations

import contextlib
import subprocess
from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import Refused
from streams.feeds.elementary import Coded
from streams.feeds.foreignfragments import ForeignFragments
from streams.segments import Lane
from tests.streams.broadcast import Look, coded
from tests.streams.transportfiles import a_transport_stream

SMOOTH = Look(b_frames=2)


@cache
def a_fragmented_file(rate: int = 48_000, layout: str = "stereo") -> tuple[bytes, bytes]:
    """Initialisation and fragments, as FFmpeg writes them out of a transport stream."""
    muxed = a_transport_stream(SMOOTH, rate=rate, layout=layout)
    made = subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "mpegts", "-i", "pipe:0", "-c", "copy", "-copyts"),
            *("-bsf:a", "aac_adtstoasc"),
            *("-f", "mp4", "-movflags", "empty_moov+default_base_moof+frag_keyframe+delay_moov"),
            "pipe:1",
        ],
        input=muxed.data,
        capture_output=True,
        check=True,
    )
    data = made.stdout
    cut = data.index(b"moof") - 4
    return data[:cut], data[cut:]


def read(init: bytes, data: bytes) -> list[Coded]:
    reader = ForeignFragments()
    reader.receive_init(init)
    return reader.receive(data)


def test_pictures_and_sound_of_a_foreign_file_come_out_whole_and_together() -> None:
    muxed = a_transport_stream(SMOOTH)
    frames = read(*a_fragmented_file())
    pictures = [each for each in frames if each.lane is Lane.VIDEO]
    assert [each.data for each in pictures] == [unit.data for unit in coded(SMOOTH)] * 2
    moved = pictures[0].pts - muxed.pictures[0][0]
    assert [each.pts - moved for each in pictures] == [pts for pts, _, _ in muxed.pictures]
    assert [each.key for each in pictures] == [key for *_, key in muxed.pictures]
    sounds = [each for each in frames if each.lane is Lane.AUDIO]
    assert sounds[0].form is None
    assert abs(sounds[0].pts - moved - muxed.sounds[0]) <= 1920, "lips and voice"


def test_sound_that_is_not_ours_brings_its_configuration() -> None:
    sounds = [each for each in read(*a_fragmented_file(44_100, "mono")) if each.lane is Lane.AUDIO]
    assert sounds[0].form is not None
    assert sounds[0].form.config[:2] == b"\x12\x08"


def test_times_of_another_scale_come_out_at_90_khz() -> None:
    frames = [each for each in read(*a_fragmented_file(44_100)) if each.lane is Lane.AUDIO]
    steps = {b.pts - a.pts for a, b in pairwise(frames)}
    assert steps <= {2089, 2090}
    assert Fraction(2089) < Fraction(1024 * 90_000, 44_100) < 2090


def test_hevc_is_told_of() -> None:
    init, _ = a_fragmented_file()
    reader = ForeignFragments()
    reader.receive_init(init.replace(b"avc1", b"hvc1"))
    assert reader.trouble is not None
    assert reader.trouble.code == "not_h264"


@pytest.mark.parametrize("cut", [5, 50, 100, 400, 900])
def test_a_file_that_is_cut_short_is_refused(cut: int) -> None:
    init, data = a_fragmented_file()
    with pytest.raises(Refused) as refused:
        read(init, data[: len(data) - cut])
    assert refused.value.code == "broken_media"


def test_a_run_of_millions_of_empty_samples_is_refused() -> None:
    init, data = a_fragmented_file()
    at = data.index(b"trun") + 8
    with pytest.raises(Refused):
        read(init, data[:at] + b"\x00\xff\xff\xff" + data[at + 4 :])


@given(st.integers(0, 2500), st.binary(min_size=1, max_size=40), st.booleans())
def test_broken_boxes_are_read_or_refused(at: int, noise: bytes, in_init: bool) -> None:
    init, data = a_fragmented_file()
    data = data[:20_000]
    if in_init:
        at %= len(init)
        init = init[:at] + noise + init[at + len(noise) :]
    else:
        data = data[:at] + noise + data[at + len(noise) :]
    with contextlib.suppress(Refused):
        read(init, data)


def test_deep_boxes_end_somewhere() -> None:
    data = b""
    for _ in range(2_000):
        data = (len(data) + 8).to_bytes(4) + b"moov" + data
    ForeignFragments().receive_init(data)
