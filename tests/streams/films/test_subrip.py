from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.films.captions import CaptionFaults, Cue, read_webvtt, write_webvtt
from streams.films.subrip import read_subrip

A_FILE = (
    "\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Goddag</i> og velkommen\r\n\r\n"
    "2\r\n00:01:03,250 --> 00:01:04,000 X1:40\r\n{\\an8}Vi er\r\ni gang & klar\r\n\r\n"
)


def faults(text: str) -> list[str]:
    with pytest.raises(CaptionFaults) as refusal:
        read_subrip(text)
    return str(refusal.value).splitlines()


def test_cues_are_read_without_their_numbers_and_markup() -> None:
    assert read_subrip(A_FILE) == (
        Cue(1.0, 2.5, "Goddag og velkommen"),
        Cue(63.25, 64.0, "Vi er\ni gang & klar"),
    )


def test_what_was_read_can_be_written_as_webvtt() -> None:
    cues = read_subrip(A_FILE)
    assert read_webvtt(write_webvtt(cues)) == cues


def test_numbers_may_be_left_out_and_points_stand_for_commas() -> None:
    text = "00:00:05.5 --> 00:00:06.000\nto\n\n00:01,000 --> 00:02,000\net\n"
    assert read_subrip(text) == (Cue(1.0, 2.0, "et"), Cue(5.5, 6.0, "to"))


def test_every_fault_is_told_with_its_line() -> None:
    text = "1\n00:00:01,000 -> 00:00:02,000\nx\n\n2\n00:00:03,000 --> 00:00:02,000\ny\n\n3\n"
    text += "\n4\n00:00:61,000 --> 00:01:02,000\nz\n"
    assert [line.split(":")[0] for line in faults(text)] == [
        "line 2",
        "line 6",
        "line 9",
        "line 12",
    ]


def test_a_file_without_a_cue_is_refused() -> None:
    assert faults("\n \n") == ["line 1: expected a cue; came none"]


def test_a_huge_file_is_refused_unread() -> None:
    assert "at most 2000000" in faults("1" * 2_000_001)[0]


@given(st.text(alphabet="0123456789:,.->\n \ræA<", max_size=300))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    cues: tuple[Cue, ...] = ()
    with suppress(CaptionFaults):
        cues = read_subrip(text)
    assert all(cue.start_s < cue.end_s for cue in cues)
