from __future__ import annotations

from pathlib import Path

import pytest

from streams.errors import Refused
from streams.films.film import Film
from streams.films.intake import take_in
from streams.films.probe import probe
from streams.segments import Lane
from tests.streams.filmfiles import (
    H264,
    PICTURE,
    SINE,
    a_file,
    against,
    lane,
    loudest,
    pictures_of,
    taken_in,
)


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.code


@pytest.mark.parametrize("name", ["film.ts", "film.mkv", "film.flv"])
def test_h264_is_kept_out_of_every_container(tmp_path: Path, name: str) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-bf", "3", "-g", "50", name=name)
    assert against(source) == ()
    assert probe(source).b_frames
    units = list(taken_in(source).access_units(0))
    video = lane(units, Lane.VIDEO)
    assert sorted(unit.pts_ticks for unit in video) == [3600 * n for n in range(100)]
    assert pictures_of(units) == 100


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c:v", "mpeg4"],
        ["-c:v", "libvpx", "-f", "webm"],
        ["-c:v", "libx264", "-pix_fmt", "yuv444p"],
        ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "1000", "-t", "9"],
    ],
    ids=["another codec", "another container", "another colour format", "keyframes too far apart"],
)
def test_what_cannot_be_played_as_it_is_is_coded_anew(tmp_path: Path, arguments: list[str]) -> None:
    long = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=9"]
    source = a_file(tmp_path, *long, *arguments, name="source.mkv")
    assert not probe(source).keeps_video
    told: list[float] = []
    target = tmp_path / "taken.mp4"
    take_in(source, target, told.append)
    assert told[-1] == 1.0
    assert told == sorted(told)
    found = probe(target)
    assert found.keeps_video
    assert found.gap_s <= 2.2
    units = list(Film.open(target).access_units(0))
    assert pictures_of(units) == 90


def test_sound_of_another_rate_and_one_channel_is_coded_anew(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *SINE, *H264, "-ac", "1", "-c:a", "aac")
    found = probe(source)
    assert (found.keeps_video, found.has_audio, found.keeps_audio) == (True, True, False)
    audio = lane(list(taken_in(source).access_units(0)), Lane.AUDIO)
    assert len(audio) in range(186, 190)
    assert [unit.pts_ticks for unit in audio] == [1024 * n for n in range(len(audio))]
    assert loudest(audio) > 0.05


def test_a_damaged_film_is_coded_from_what_can_be_read(tmp_path: Path) -> None:
    source = a_file(tmp_path, *PICTURE, *H264, "-g", "25", "-sc_threshold", "0")
    data = bytearray(source.read_bytes())
    third = len(data) // 3
    data[third : third + 3000] = b"\xff" * 3000
    source.write_bytes(data)
    assert "damaged" in against(source)
    film = taken_in(source)
    assert against(film.path) == ()
    assert film.duration_s == pytest.approx(4.0, abs=0.2)


def test_a_film_cut_short_leaves_nothing_half_behind(tmp_path: Path) -> None:
    whole = a_file(tmp_path, *PICTURE, *H264, "-movflags", "faststart")
    short = tmp_path / "short.mp4"
    short.write_bytes(whole.read_bytes()[:3000])
    target = tmp_path / "taken.mp4"
    assert refusal(take_in, short, target, lambda done: None) in ("unreadable", "no_video")
    assert not target.exists()
    assert not target.with_suffix(".part").exists()
