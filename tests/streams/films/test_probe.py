from __future__ import annotations

from pathlib import Path

import pytest

from streams.errors import Refused
from streams.films.probe import probe
from tests.streams.filmfiles import (
    H264,
    PICTURE,
    SINE,
    a_file,
    against,
)


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.code


def test_what_speaks_against_keeping_pictures_is_named(tmp_path: Path) -> None:
    large = ["-f", "lavfi", "-i", "testsrc2=size=2560x1440:rate=2:duration=1"]
    fields = ["-vf", "tinterlace=mode=interleave_top", "-flags", "+ilme+ildct"]
    ten_bit = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"]
    assert against(a_file(tmp_path, *PICTURE, *H264)) == ()
    assert "another_codec" in against(a_file(tmp_path, *PICTURE, "-c:v", "mpeg4"))
    assert against(a_file(tmp_path, *PICTURE, *ten_bit)) == ("another_colour",)
    assert "too_fine" in against(a_file(tmp_path, *large, *H264))
    assert against(a_file(tmp_path, *PICTURE, *fields, *H264)) == ("interlaced",)
    rare = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=8", "-g", "1000"]
    assert against(a_file(tmp_path, *rare, *H264)) == ("keyframes_too_rare",)


@pytest.mark.parametrize(
    "words",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfilm.mp4\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile 'film.mp4'\n",
    ],
    ids=["playlist", "concatenation"],
)
def test_a_file_that_names_other_files_is_not_followed(tmp_path: Path, words: str) -> None:
    a_file(tmp_path, *PICTURE, *H264)
    pointing = tmp_path / "pointing.mp4"
    pointing.write_text(words)
    assert refusal(probe, pointing) == "unreadable"


def test_the_cover_of_an_album_is_no_film(tmp_path: Path) -> None:
    cover = [
        "-frames:v",
        "1",
        "-c:v",
        "mjpeg",
        "-pix_fmt",
        "yuvj420p",
        "-disposition:v",
        "+attached_pic",
    ]
    album = a_file(tmp_path, *SINE, *PICTURE, *cover, name="album.m4a")
    assert refusal(probe, album) == "no_video"


def test_what_is_no_film_is_refused_by_name(tmp_path: Path) -> None:
    empty, noise, text = tmp_path / "empty", tmp_path / "noise", tmp_path / "text"
    empty.touch()
    noise.write_bytes(bytes(range(256)) * 400)
    text.write_text("dette er ikke en film\n" * 100)
    sound = a_file(tmp_path, *SINE, name="sound.mp4")
    assert refusal(probe, empty) == "empty"
    assert refusal(probe, noise) == "unreadable"
    assert refusal(probe, text) in ("unreadable", "no_video")
    assert refusal(probe, sound) == "no_video"


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge.mp4"
    with huge.open("wb") as file:
        file.truncate(21 * 1024**3)
    assert refusal(probe, huge) == "too_large"
