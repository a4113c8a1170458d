from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.films.captions import (
    LONGEST_CUE,
    LONGEST_LINE,
    MOST_LINES,
    CaptionFaults,
    Cue,
    read_webvtt,
    write_webvtt,
)
from streams.films.subrip import read_subrip

CUES = (Cue(0.0, 1.5, "Godmorgen"), Cue(3661.25, 3662.0, "Vi er i gang\nigen"))


def faults(text: str) -> list[str]:
    with pytest.raises(CaptionFaults) as refusal:
        read_webvtt(text)
    return str(refusal.value).splitlines()


def test_what_is_written_is_read_back() -> None:
    assert read_webvtt(write_webvtt(CUES)) == CUES


def test_signs_that_mean_markup_survive_as_text() -> None:
    cue = Cue(0.0, 1.0, "Skole & SFO <3 > 2")
    assert "&amp;" in write_webvtt([cue])
    assert read_webvtt(write_webvtt([cue])) == (cue,)


def test_markup_ids_notes_and_settings_are_read_past() -> None:
    text = (
        "\ufeffWEBVTT dansk\r\n\r\nNOTE til redaktøren\r\n\r\nSTYLE\r\n::cue { }\r\n\r\n"
        "7\r\n00:01.000 --> 00:02.000 align:start\r\n<v Anja>Goddag</v> og <i>velkommen</i>\r\n"
    )
    assert read_webvtt(text) == (Cue(1.0, 2.0, "Goddag og velkommen"),)


def test_cues_come_in_order_of_time() -> None:
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nto\n\n00:01.000 --> 00:02.000\net\n"
    assert [cue.text for cue in read_webvtt(text)] == ["et", "to"]


def test_every_fault_is_told_with_its_line() -> None:
    text = (
        "WEBVTT\n\n00:01.000 -> 00:02.000\nx\n\n00:03.000 --> 00:02.000\ny\n\n"
        "0:1 --> 00:02.000\nz\n\nid\n"
    )
    assert [line.split(":")[0] for line in faults(text)] == [
        "line 3",
        "line 6",
        "line 9",
        "line 12",
    ]


def test_a_file_that_is_no_webvtt_is_refused() -> None:
    assert faults("1\n00:00:01,000 --> 00:00:02,000\nsrt\n") == [
        "line 1: expected WEBVTT; came '1'"
    ]
    assert faults("")[0].startswith("line 1")


def test_a_huge_file_is_refused_unread() -> None:
    assert "at most 2000000" in faults("WEBVTT" + " " * 2_000_000)[0]


CUE = "WEBVTT\n\n00:01.000 --> 00:02.000\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("WEBVTT\n" + "\r\n" * MOST_LINES, f"line 120001: expected at most {MOST_LINES} lines"),
        (CUE + "x" * (LONGEST_LINE + 1), f"line 4: expected at most {LONGEST_LINE} characters"),
        (CUE + f"{'x' * 100}\n" * 10, f"line 3: expected at most {LONGEST_CUE} characters"),
        (CUE + f"{'<b>' * 1000}\n" * 4, f"line 3: expected at most {LONGEST_CUE} characters"),
    ],
    ids=["lines", "line", "cue", "markup"],
)
@pytest.mark.parametrize("reader", [read_webvtt, read_subrip])
def test_no_step_over_a_file_is_long(
    text: str, fault: str, reader: Callable[[str], tuple[Cue, ...]]
) -> None:
    with pytest.raises(CaptionFaults) as refusal:
        reader(text)
    assert any(str(each).startswith(fault) for each in refusal.value.faults)


def test_the_longest_that_is_allowed_is_read() -> None:
    words = "x" * LONGEST_CUE
    marked = f"{words}{'<b>' * ((LONGEST_LINE - LONGEST_CUE) // 3)}"
    (cue,) = read_webvtt(CUE + marked + "\n" * (MOST_LINES - 4))
    assert cue.text == words


@given(st.text(max_size=400))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    cues: tuple[Cue, ...] = ()
    with suppress(CaptionFaults):
        cues = read_webvtt("WEBVTT\n\n" + text)
    assert all(cue.start_s < cue.end_s for cue in cues)
