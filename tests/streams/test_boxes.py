"""What we write is what independent readers read: every frame, its size, its time to the tick."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import pytest

from streams.boxes import Sample, audio_init, box, fragment, full_box, video_init
from streams.encoder import AudioEncoder
from streams.parameters import parameters_of
from streams.timeline import AUDIO_HZ, VIDEO_HZ
from tests.streams.broadcast import Look, coded
from tests.streams.read_fragments import boxes, samples

EIGHT_HOURS = 8 * 3600 * VIDEO_HZ


def test_a_box_is_its_size_its_name_and_its_body() -> None:
    assert box(b"free", b"ab", b"c") == b"\x00\x00\x00\x0bfreeabc"
    assert full_box(b"free", 1, 2, b"x") == b"\x00\x00\x00\x0dfree\x01\x00\x00\x02x"


def test_a_fragment_holds_what_it_was_given() -> None:
    given = [Sample(b"key", 3600, 7200), Sample(b"other", 3601, -3600, key=False)]
    data = fragment(5, EIGHT_HOURS, given)
    read = samples(data)
    assert [(s.data, s.duration_ticks, s.key) for s in read] == [
        (b"key", 3600, True),
        (b"other", 3601, False),
    ]
    assert [s.dts_ticks for s in read] == [EIGHT_HOURS, EIGHT_HOURS + 3600]
    assert [s.pts_ticks for s in read] == [EIGHT_HOURS + 7200, EIGHT_HOURS]
    moof = dict(boxes(dict(boxes(data))["moof"]))
    assert moof["mfhd"] == b"\0\0\0\0\0\0\0\x05"


@pytest.mark.parametrize("look", [Look(), Look(320, 180, 30, 1.0, 2), Look(146, 82, 25, 1.0)])
def test_video_is_decoded_frame_for_frame(look: Look) -> None:
    units = coded(look)
    found = parameters_of(units[0].data)
    assert found is not None
    init = video_init(found.sps, found.pps, found.width, found.height)
    parts = [
        fragment(
            number,
            EIGHT_HOURS + units[start].dts_ticks,
            [
                Sample(u.data, u.duration_ticks or 0, u.pts_ticks - u.dts_ticks, u.key)
                for u in units[start : start + 10]
            ],
        )
        for number, start in enumerate(range(0, len(units), 10), 1)
    ]
    with av.open(io.BytesIO(b"".join([init, *parts])), "r") as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (look.width, look.height)
        assert stream.time_base == Fraction(1, VIDEO_HZ)
        frames = list(container.decode(stream))
    expected = sorted(EIGHT_HOURS + unit.pts_ticks for unit in units)
    # FFmpeg shows the whole of a track with negative offsets later by the largest of them.
    late = max(0, *(unit.dts_ticks - unit.pts_ticks for unit in units))
    assert [frame.pts for frame in frames] == [at + late for at in expected]
    assert {(frame.width, frame.height) for frame in frames} == {(look.width, look.height)}


def test_audio_is_decoded_frame_for_frame() -> None:
    encoder, quiet = AudioEncoder(1024 * 99), bytes(4096)
    units = [unit for _ in range(20) for unit in encoder.encode(quiet, quiet)]
    given = [Sample(unit.data, 1024) for unit in units]
    data = audio_init() + fragment(1, units[0].dts_ticks, given)
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("aac", AUDIO_HZ, 2)
        assert stream.profile == "LC"
        frames = list(container.decode(stream))
    assert [frame.pts for frame in frames] == [unit.pts_ticks for unit in units]
