from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.sound.adts import AacForm, AdtsFrames, form_of_config
from tests.streams.transportfiles import aac_frames, adts

OURS = [adts(raw) for raw in aac_frames()]


def test_frames_of_ours_lose_their_header_and_nothing_else() -> None:
    found = list(AdtsFrames().receive(b"".join(OURS)))
    assert [frame.raw for frame in found] == list(aac_frames())
    assert all(frame.form.ours for frame in found)


@given(st.integers(1, 40))
def test_frames_may_be_cut_anywhere(step: int) -> None:
    data, frames = b"".join(OURS), AdtsFrames()
    found = [f for at in range(0, len(data), step) for f in frames.receive(data[at : at + step])]
    assert [frame.data for frame in found] == OURS
    assert not frames.carried


def test_other_rates_channels_and_profiles_are_not_ours() -> None:
    raw = aac_frames()[0]
    data = adts(raw, rate_index=4) + adts(raw, channels=1) + adts(raw, object_type=1)
    forms = [frame.form for frame in AdtsFrames().receive(data)]
    assert forms == [AacForm(2, 44_100, 2), AacForm(2, 48_000, 1), AacForm(1, 48_000, 2)]
    assert not any(form.ours for form in forms)


def test_noise_between_frames_is_passed_over() -> None:
    data = b"\x00\xff\x12" + OURS[0] + b"\xff\xff\x00" + OURS[1]
    assert [frame.data for frame in AdtsFrames().receive(data)] == OURS[:2]


@given(st.binary(max_size=4000))
def test_noise_breaks_nothing_and_is_not_kept(data: bytes) -> None:
    frames = AdtsFrames()
    for _ in range(20):
        list(frames.receive(data))
    assert len(frames._rest) < 8192 + len(data)


def test_a_configuration_says_what_a_header_says() -> None:
    assert form_of_config(b"\x11\x90") == AacForm(2, 48_000, 2)
    assert form_of_config(b"\x12\x08") == AacForm(2, 44_100, 1)
    assert form_of_config(b"\x11") is None
    assert form_of_config(b"\xff\xff") is None
