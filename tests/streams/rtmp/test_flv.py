from __future__ import annotations

import pytest

from streams.errors import Refused
from streams.rtmp.flv import Parameters, Picture, SoundConfig, SoundFrame, read_audio, read_video
from tests.streams.test_nalunits import AVCC, PPS, SPS


def test_a_sequence_header_gives_the_parameters() -> None:
    assert read_video(b"\x17\0\0\0\0" + AVCC) == Parameters(4, (SPS, PPS))


@pytest.mark.parametrize(
    ("offset", "milliseconds"), [(b"\0\0\x42", 66), (b"\xff\xff\xdf", -33), (b"\0\0\0", 0)]
)
def test_a_picture_has_its_offset_with_a_sign(offset: bytes, milliseconds: int) -> None:
    assert read_video(b"\x27\1" + offset + b"nals") == Picture(milliseconds, b"nals")


@pytest.mark.parametrize("body", [b"", b"\x17\2\0\0\0", b"\x57\0\0\0\0x"])
def test_what_shows_nothing_is_nothing(body: bytes) -> None:
    assert read_video(body) is None


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"\x90hvc1" + bytes(9), "HEVC"),
        (b"\x91av01" + bytes(9), "AV1"),
        (b"\x90vp09", "VP9"),
        (b"\x80\xff\xfe", "another codec"),
        (b"\x1c\0\0\0\0", "HEVC"),
        (b"\x12\0", "H.263"),
        (b"\x1f", "another codec"),
    ],
)
def test_another_codec_is_refused_by_name(body: bytes, name: str) -> None:
    with pytest.raises(Refused, match=f"in H.264; came {name}") as refused:
        read_video(body)
    assert refused.value.code == "unsupported_video"


@pytest.mark.parametrize("body", [b"\x17", b"\x17\1\0\0", b"\x17\0\0\0\0", b"\x17\0\0\0\0\1\2"])
def test_broken_pictures_are_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_video(body)
    assert refused.value.code == "bad_video"


def test_sound_is_a_configuration_or_a_frame() -> None:
    assert read_audio(b"\xaf\0\x11\x90") == SoundConfig(b"\x11\x90")
    assert read_audio(b"\xaf\1frame") == SoundFrame(b"frame")
    assert read_audio(b"\xaf") is None


@pytest.mark.parametrize(("body", "name"), [(b"\x2fxx", "MP3"), (b"\xb2xx", "Speex")])
def test_other_sound_is_refused_by_name(body: bytes, name: str) -> None:
    with pytest.raises(Refused, match=f"in AAC; came {name}"):
        read_audio(body)
