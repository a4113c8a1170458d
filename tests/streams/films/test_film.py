from __future__ import annotations

from pathlib import Path

import av
import pytest

from streams.films.probe import probe
from streams.nalunits import NalType, nal_type, split_lengths
from streams.segments import Lane
from tests.streams.filmfiles import (
    H264,
    LATE,
    PICTURE,
    SINE,
    a_file,
    heard,
    lane,
    loudest,
    pictures_of,
    taken_in,
)


def test_h264_with_aac_is_kept_and_played_whole(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *SINE, *H264, "-g", "50", "-ar", "48000", "-ac", "2")
    found = probe(source)
    assert (found.keeps_video, found.keeps_audio) == (True, True)
    units = list(taken_in(source).access_units(900_000))
    video = lane(units, Lane.VIDEO)
    assert pictures_of(units) == len(video) == 100
    assert video[0].pts_ticks == video[0].dts_ticks == 900_000
    assert min(unit.pts_ticks for unit in video) == 900_000
    dts = [unit.dts_ticks for unit in video]
    assert dts == sorted(set(dts))


def test_b_frames_keep_their_order_by_signed_offsets(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-bf", "3", "-g", "50")
    video = lane(list(taken_in(source).access_units(0)), Lane.VIDEO)
    shown = sorted(unit.pts_ticks for unit in video)
    assert shown == [3600 * n for n in range(100)]
    assert any(unit.pts_ticks < unit.dts_ticks for unit in video)


def test_a_keyframe_that_is_no_idr_is_no_place_to_begin(tmp_path: Path) -> None:
    source = a_file(
        tmp_path, *PICTURE, *H264, "-x264-params", "keyint=12:min-keyint=12:open-gop=1:bframes=3"
    )
    with av.open(str(source)) as file:
        keyframes = [packet for packet in file.demux(video=0) if packet.is_keyframe]
    assert len(keyframes) > 5
    assert probe(source).gap_s == pytest.approx(4.0, abs=0.1)
    film = taken_in(source)
    units = list(film.access_units(0, offset_s=2.2))
    video = lane(units, Lane.VIDEO)
    assert video[0].key
    assert min(unit.pts_ticks for unit in video) == 0
    assert pictures_of(units) == len(video) == 100


@pytest.mark.parametrize("gap_s", [1, 4])
def test_every_idr_brings_its_parameters(tmp_path: Path, gap_s: int) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-g", str(25 * gap_s), "-sc_threshold", "0")
    video = lane(list(taken_in(source).access_units(0)), Lane.VIDEO)
    keys = [unit for unit in video if unit.key]
    assert len(keys) == 4 // gap_s
    for unit in keys:
        kinds = [nal_type(nal) for nal in split_lengths(unit.data)]
        assert kinds[:2] == [NalType.SPS, NalType.PPS]


def test_a_film_goes_on_from_the_idr_before_a_place(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-g", "25", "-sc_threshold", "0", "-bf", "0")
    film = taken_in(source)
    video = lane(list(film.access_units(90_000, offset_s=2.5)), Lane.VIDEO)
    assert video[0].key
    assert video[0].pts_ticks == 90_000
    assert len(video) == 50
    assert list(film.access_units(0, offset_s=4.5)) == []


def test_a_film_without_sound_is_played_with_silence(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264)
    audio = lane(list(taken_in(source).access_units(0)), Lane.AUDIO)
    assert len(audio) in range(186, 190)
    assert loudest(audio) < 1e-4


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([*H264, "-c:a", "aac", "-ar", "48000", "-ac", "2"], "kept.mp4"),
        ([*H264, "-c:a", "libmp3lame"], "sound_anew.mkv"),
        (["-c:v", "mpeg2video", "-c:a", "mp2"], "both_anew.ts"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sound_that_starts_late_starts_as_late_in_the_film(
    tmp_path: Path, arguments: list[str], name: str
) -> None:
    film = taken_in(a_file(tmp_path, *PICTURE, *LATE, *arguments, name=name))
    begins, ends = heard(film)
    assert begins == pytest.approx(1.5, abs=0.05)
    assert ends == pytest.approx(3.5, abs=0.05)


def test_a_seek_finds_the_sound_of_its_place(tmp_path: Path) -> None:
    arguments = [*H264, "-g", "25", "-sc_threshold", "0", "-c:a", "aac", "-ar", "48000", "-ac", "2"]
    film = taken_in(a_file(tmp_path, *PICTURE, *LATE, *arguments))
    whole = [unit.data for unit in lane(list(film.access_units(0)), Lane.AUDIO)]
    from_two_s = [unit.data for unit in lane(list(film.access_units(0, 2.4)), Lane.AUDIO)]
    assert whole.index(from_two_s[0]) in (93, 94)
    assert from_two_s[:60] == whole[whole.index(from_two_s[0]) :][:60]
