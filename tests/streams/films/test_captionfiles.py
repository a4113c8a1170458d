from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import Refused
from streams.films import captionreader
from streams.films.captionfiles import LARGEST_WRITTEN_BYTES, CaptionFiles
from streams.films.captionreader import Track, read_captions
from streams.films.captions import LONGEST_CUE, CaptionFaults, Cue, read_webvtt

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


def test_utf_16_that_breaks_off_is_told_by_its_line() -> None:
    with pytest.raises(CaptionFaults, match="line 3: expected UTF-16; came 00 d8"):
        read_captions("1\n00:00:01,000 --> 00:00:02,000\n".encode("utf-16") + b"\x00\xd8")


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT\n\n" + f"00:01.000 --> 00:02.000\n{'&' * LONGEST_CUE}\n\n" * 500,
        "00:00:01,000 --> 00:00:02,000\n"
        + "x\n" * 400
        + "00:00:01,000 --> 00:00:02,000\n\n" * 59_799,
    ],
    ids=["characters", "lines"],
)
def test_captions_that_we_could_not_read_back_are_not_written(tmp_path: Path, text: str) -> None:
    """An ampersand is five signs as we write it, and a header two lines."""
    files = CaptionFiles(tmp_path)
    with pytest.raises(CaptionFaults):
        files.put("film", "da", text.encode())
    assert list(tmp_path.iterdir()) == []


def test_the_longest_cue_is_read_back(tmp_path: Path) -> None:
    files = CaptionFiles(tmp_path)
    files.put("film", "da", f"WEBVTT\n\n00:01.000 --> 00:02.000\n{'&' * LONGEST_CUE}".encode())
    assert CaptionFiles(tmp_path).tracks("film") == {"da": Track(1, 2.0)}


def test_a_file_beside_a_film_that_cannot_be_shown_is_read_once(tmp_path: Path) -> None:
    files = CaptionFiles(tmp_path)
    path = tmp_path / "film.da.vtt"
    path.write_bytes(b"nothing to read")
    assert files.tracks("film") == {}
    changed = path.stat().st_mtime_ns
    path.write_text(VTT, "utf-8")
    os.utime(path, ns=(changed, changed))
    assert files.tracks("film") == {}
    os.utime(path, ns=(changed, changed + 1))
    assert files.tracks("film") == {"da": Track(1, 2.0)}


def test_a_file_that_is_larger_than_any_of_ours_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "film.da.vtt").open("wb") as file:
        file.write(VTT.encode())
        file.truncate(LARGEST_WRITTEN_BYTES + 1)
    assert CaptionFiles(tmp_path).tracks("film") == {}


DEAR = ("WEBVTT\n\n" + "00:01.000 --> 00:02.000\n<b>x</b>\n\n" * 19_000).encode()


async def test_others_have_their_turn_while_captions_are_read(tmp_path: Path) -> None:
    taking = asyncio.create_task(CaptionFiles(tmp_path).take("film", "da", DEAR))
    turns = 0
    while not taking.done():
        turns += 1
        await asyncio.sleep(0)
    assert await taking == Track(19_000, 2.0)
    assert turns > 5


async def test_reading_captions_takes_next_to_nothing_of_our_own_time(tmp_path: Path) -> None:
    began_s = time.process_time()
    read_captions(DEAR)
    here_s = time.process_time() - began_s
    began_s = time.process_time()
    files = CaptionFiles(tmp_path)
    assert await files.take("film", "da", DEAR) == Track(19_000, 2.0)
    assert files.tracks("film") == {"da": Track(19_000, 2.0)}
    assert CaptionFiles(tmp_path).tracks("film") == {"da": Track(19_000, 2.0)}
    assert time.process_time() - began_s < here_s / 3


def test_captions_that_cannot_be_written_or_take_too_long_say_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "film.da.new").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        CaptionFiles(tmp_path).put("film", "da", VTT.encode())
    monkeypatch.setattr(captionreader, "ENDS_WITHIN_S", 0.001)
    with pytest.raises(Refused, match="expected captions that are read in time") as refusal:
        CaptionFiles(tmp_path).put("film", "en", VTT.encode())
    assert refusal.value.code == "captions_unreadable"
    assert [each.name for each in tmp_path.iterdir()] == ["film.da.new"]


async def test_captions_wait_for_those_before_them_but_not_for_ever(tmp_path: Path) -> None:
    files = CaptionFiles(tmp_path)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(files.take("film", "da", DEAR))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as refusal:
            await files.take("film", "en", VTT.encode(), waits_s=0.0)
    assert refusal.value.code == "busy"
    assert await files.take("film", "en", VTT.encode()) == Track(1, 2.0)
    assert files.tracks("film") == {"da": Track(19_000, 2.0), "en": Track(1, 2.0)}


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
