from __future__ import annotations

from fractions import Fraction

import av
import pytest

from streams.encoder import AudioEncoder, VideoEncoder, VideoFormat, audio_unit, silent_frame
from streams.nalunits import NalType, nal_type, split_lengths
from streams.segments import AccessUnit

SIZE = (320, 240)
AUDIO_CONFIG = b"\x11\x90"


def pictures(form: VideoFormat, count: int, keys: frozenset[int] = frozenset()) -> list[AccessUnit]:
    """That many pictures, each of another brightness."""
    encoder = VideoEncoder(form)
    units: list[AccessUnit] = []
    for number in range(count):
        frame = av.VideoFrame(form.width, form.height, "yuv420p")
        for plane, value in zip(frame.planes, (16 + number * 7 % 200, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        units += encoder.encode(frame, round(number * form.frame_ticks), key=number in keys)
    return units + encoder.flush()


def decoded(units: list[AccessUnit]) -> list[int]:
    """The brightness of each picture after decoding."""
    codec = av.CodecContext.create("h264", "r")
    frames = []
    for unit in units:
        data = b"".join(b"\0\0\0\1" + nal for nal in split_lengths(unit.data))
        frames += codec.decode(av.Packet(data))
    frames += codec.decode(None)
    return [bytes(frame.planes[0])[0] for frame in frames]


def test_every_picture_is_a_unit_with_its_time_and_decodes() -> None:
    form = VideoFormat(*SIZE)
    units = pictures(form, 60)
    assert [unit.pts_ticks for unit in units] == [3600 * n for n in range(60)]
    assert all(unit.dts_ticks == unit.pts_ticks for unit in units)
    expected = [16 + n * 7 % 200 for n in range(60)]
    assert all(abs(a - b) <= 4 for a, b in zip(decoded(units), expected, strict=True))


def test_keyframes_come_on_time_and_when_asked_with_their_parameters() -> None:
    form = VideoFormat(*SIZE, keyframe_s=Fraction(1))
    units = pictures(form, 60, keys=frozenset({33}))
    assert [n for n, unit in enumerate(units) if unit.key] == [0, 25, 33, 58]
    for unit in units:
        kinds = [nal_type(nal) for nal in split_lengths(unit.data)]
        assert (NalType.IDR in kinds) == unit.key
        assert kinds[:2] == [NalType.SPS, NalType.PPS] if unit.key else NalType.SPS not in kinds


def test_reordered_pictures_begin_where_they_are_shown() -> None:
    units = pictures(VideoFormat(*SIZE, b_frames=2, preset="medium"), 50)
    assert units[0].dts_ticks == units[0].pts_ticks == 0
    dts = [unit.dts_ticks for unit in units]
    assert dts == sorted(set(dts))
    assert sorted(unit.pts_ticks for unit in units) == [3600 * n for n in range(50)]
    assert any(unit.pts_ticks < unit.dts_ticks for unit in units)


def test_sound_comes_in_whole_frames_from_its_start() -> None:
    encoder = AudioEncoder(start_ticks=5 * 1024)
    quiet = bytes(4096)
    units = [unit for _ in range(5) for unit in encoder.encode(quiet, quiet)] + encoder.flush()
    assert [unit.pts_ticks for unit in units] == [1024 * n for n in range(5, 10)]


def test_silence_decodes_to_silence_however_often_it_follows_itself() -> None:
    codec = av.CodecContext.create("aac", "r")
    codec.extradata = AUDIO_CONFIG
    peaks = []
    for _ in range(10):
        for frame in codec.decode(av.Packet(silent_frame())):
            assert isinstance(frame, av.AudioFrame)
            assert (frame.samples, frame.sample_rate) == (1024, 48_000)
            samples = memoryview(bytes(frame.planes[0])).cast("f")
            peaks.append(max(abs(sample) for sample in samples))
    assert max(peaks) < 1e-4


def test_a_frame_of_sound_knows_its_length() -> None:
    unit = audio_unit(2048, b"x")
    assert (unit.pts_ticks, unit.duration_ticks, unit.key) == (2048, 1024, True)


def test_a_format_tells_how_long_a_picture_is_shown() -> None:
    assert VideoFormat(2, 2, Fraction(30000, 1001)).frame_ticks == pytest.approx(3003)
