from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import Refused
from streams.films.captionfiles import CaptionFiles, Track, read_captions
from streams.films.captions import CaptionFaults, Cue, read_webvtt

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nSmørrebrød\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nSmørrebrød\n"
CUES = (Cue(1.0, 2.0, "Smørrebrød"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("text", [VTT, SRT])
def test_both_formats_are_read_in_what_danish_machines_write(text: str, encoding: str) -> None:
    assert read_captions(text.encode(encoding)) == CUES


def test_bytes_that_are_no_text_are_told_by_their_line() -> None:
    with pytest.raises(CaptionFaults, match="line 3: expected UTF-8; came 81"):
        read_captions(b"1\n00:00:01,000 --> 00:00:02,000\n\x81\n")


@pytest.mark.parametrize("data", [b"", b"WEBVTT\n", b"\xff\xfe"])
def test_a_file_without_a_cue_is_refused(data: bytes) -> None:
    with pytest.raises(CaptionFaults, match="expected a cue"):
        read_captions(data)


def test_captions_are_kept_by_language_and_replaced_whole(tmp_path: Path) -> None:
    files = CaptionFiles(tmp_path)
    assert files.put("film", "da", SRT.encode()) == Track(1, 2.0)
    assert files.put("film", "en", VTT.encode()) == Track(1, 2.0)
    assert files.tracks("film") == {"da": Track(1, 2.0), "en": Track(1, 2.0)}
    path = files.file("film")
    assert path is not None
    assert read_webvtt(path.read_text("utf-8")) == CUES
    with pytest.raises(CaptionFaults):
        files.put("film", "da", b"nothing")
    assert read_webvtt(path.read_text("utf-8")) == CUES
    files.put("film", "da", (VTT + "\n00:03.000 --> 00:09.000\nto\n").encode())
    assert files.tracks("film")["da"] == Track(2, 9.0)
    assert files.remove("film", "da")
    assert not files.remove("film", "da")
    assert files.file("film") is None
    assert sorted(each.name for each in tmp_path.iterdir()) == ["film.en.vtt"]


def test_those_of_a_film_made_here_are_seen_until_others_come(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "film.vtt").write_text(VTT + "\n00:03.000 --> 00:09.000\nto\n", "utf-8")
    (tmp_path / "own").mkdir()
    files = CaptionFiles(tmp_path / "own", made)
    assert files.tracks("film") == {"da": Track(2, 9.0)}
    files.put("film", "da", VTT.encode())
    assert files.tracks("film") == {"da": Track(1, 2.0)}
    assert files.remove("film", "da")
    assert files.tracks("film") == {"da": Track(2, 9.0)}
    assert not files.remove("film", "da")


@pytest.mark.parametrize("language", ["", "DA", "../x", "dansk", "d", "da.vtt", "d\0"])
def test_a_language_is_two_or_three_letters(tmp_path: Path, language: str) -> None:
    with pytest.raises(Refused, match="expected a language"):
        CaptionFiles(tmp_path).put("film", language, VTT.encode())


def test_there_is_a_limit_to_size_and_number(tmp_path: Path) -> None:
    files = CaptionFiles(tmp_path)
    with pytest.raises(Refused, match="at most 2097152 bytes"):
        files.put("film", "da", b" " * 2_097_153)
    for language in ("da", "en", "de", "sv", "nb", "fi", "kl", "fo"):
        files.put("film", language, VTT.encode())
    with pytest.raises(Refused, match="at most 8 languages"):
        files.put("film", "fr", VTT.encode())
    files.put("film", "fo", VTT.encode())


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    for begun in (b"", b"WEBVTT\n\n", b"1\n00:00:01,000 --> "):
        with suppress(CaptionFaults):
            assert read_captions(begun + data)
