"""Captions along a recording: a film under a slate, begun anew, within a cut; and back again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.films.captions import Cue, read_webvtt, write_webvtt
from streams.films.stretches import Stretch, given_out, joined, taken_in
from streams.timeline import VIDEO_HZ


def stretch(at_s: float, from_s: float, lasts_s: float | None = None) -> Stretch:
    lasts = None if lasts_s is None else int(lasts_s * VIDEO_HZ)
    return Stretch(int(at_s * VIDEO_HZ), int(from_s * VIDEO_HZ), lasts)


HELLO, MIDDLE, BYE = Cue(1, 3, "Hej"), Cue(4, 7, "Midt i"), Cue(9, 11, "Farvel")
TEXT = (HELLO, MIDDLE, BYE)
UNDER_A_SLATE = (stretch(0, 0, 5), stretch(15, 5, 7))
"""A film whose picture is covered for ten seconds, five seconds in."""
SHOWN_TWICE = (stretch(0, 0, 6), stretch(6, 0, 12))


def test_a_slate_over_a_film_parts_a_cue_and_moves_what_comes_behind() -> None:
    assert given_out(TEXT, UNDER_A_SLATE) == (
        HELLO,
        Cue(4, 5, "Midt i"),
        Cue(15, 17, "Midt i"),
        Cue(19, 21, "Farvel"),
    )


def test_a_film_that_is_begun_anew_has_its_text_anew() -> None:
    assert given_out(TEXT, SHOWN_TWICE) == (
        HELLO,
        Cue(4, 6, "Midt i"),
        Cue(7, 9, "Hej"),
        Cue(10, 13, "Midt i"),
        Cue(15, 17, "Farvel"),
    )


def test_what_lies_before_or_behind_the_recording_is_not_given_out() -> None:
    assert given_out(TEXT, [stretch(0, 3, 4)]) == (Cue(1, 4, "Midt i"),)
    assert given_out(TEXT, [stretch(0, 3.95, 0.5)]) == (Cue(4 - 3.95, 0.5, "Midt i"),)
    assert given_out(TEXT, [stretch(0, 2.95, 1)]) == (), "nobody reads a twentieth of a second"
    assert given_out(TEXT, []) == ()


def test_a_text_that_begins_later_than_its_recording_comes_later() -> None:
    assert given_out([HELLO], [stretch(0, -2, 10)]) == (Cue(3, 5, "Hej"),)


def test_a_stretch_that_goes_on_has_no_end_yet() -> None:
    assert given_out(TEXT, [stretch(0, 0)]) == TEXT


def test_what_follows_on_another_is_one_stretch() -> None:
    halves = [stretch(0, 2, 3), stretch(3, 5, 4), stretch(7, 9), stretch(20, 9, 1)]
    assert joined(halves) == (stretch(0, 2), stretch(20, 9, 1))
    assert joined([stretch(0, 2, 3), stretch(3, 4, 1)]) == (stretch(0, 2, 3), stretch(3, 4, 1))


def test_what_nobody_changed_stays_as_it_was() -> None:
    for stretches in (UNDER_A_SLATE, SHOWN_TWICE, [stretch(0, 4.5, 3)], []):
        assert taken_in(given_out(TEXT, stretches), TEXT, stretches) == TEXT


def test_a_cue_that_is_changed_where_it_is_shown_again_is_changed_once() -> None:
    again = [*given_out(TEXT, SHOWN_TWICE)]
    again[2] = Cue(7, 9, "Goddag")
    assert taken_in(again, TEXT, SHOWN_TWICE) == (Cue(1, 3, "Goddag"), MIDDLE, BYE)


def test_a_cue_that_is_taken_away_is_gone_wherever_it_was_shown() -> None:
    rest = [cue for cue in given_out(TEXT, SHOWN_TWICE) if cue.start_s != 7]
    assert taken_in(rest, TEXT, SHOWN_TWICE) == (MIDDLE, BYE)


def test_half_a_cue_that_is_changed_leaves_the_other_half() -> None:
    changed = [*given_out(TEXT, UNDER_A_SLATE)]
    changed[1] = Cue(4, 5, "Midt")
    assert taken_in(changed, TEXT, UNDER_A_SLATE) == (
        HELLO,
        Cue(4, 5, "Midt"),
        Cue(5, 7, "Midt i"),
        BYE,
    )


def test_what_a_cut_leaves_out_is_kept() -> None:
    cut = [stretch(0, 3.5, 4)]
    assert taken_in([Cue(0.5, 2, "Nyt")], TEXT, cut) == (HELLO, Cue(4, 5.5, "Nyt"), BYE)


def test_what_is_written_over_a_slate_is_not_lost() -> None:
    over = Cue(8, 9, "Et øjeblik")
    written = (*given_out(TEXT, UNDER_A_SLATE), over)
    assert Cue(8, 9, "Et øjeblik") in taken_in(written, TEXT, UNDER_A_SLATE)
    into = Cue(14, 16, "Og videre")
    assert taken_in([into], [], UNDER_A_SLATE) == (Cue(5, 6, "Og videre"),)
    assert taken_in([over], [], [stretch(20, 5, 7)]) == (Cue(0, 1, "Et øjeblik"),)
    assert taken_in([over], [], []) == (over,)


# Everything on a grid of half a second, where no shard is too short to be shown.
HALVES = st.integers(0, 60)


@st.composite
def texts(draw: st.DrawFn) -> tuple[Cue, ...]:
    """Cues that do not overlap, in order."""
    edges = sorted(draw(st.sets(HALVES, max_size=16)))
    spans = list(pairwise(edges))[::2]
    return tuple(Cue(start / 2, end / 2, f"cue {start}") for start, end in spans)


@st.composite
def recordings(draw: st.DrawFn) -> list[Stretch]:
    """Stretches of it, with slates between."""
    stretches, at = [], 0
    for _ in range(draw(st.integers(0, 4))):
        at += draw(st.integers(0, 10))
        lasts = draw(st.integers(1, 30))
        stretches.append(stretch(at / 2, draw(HALVES) / 2, lasts / 2))
        at += lasts
    return stretches


def seen(cues: Sequence[Cue], at_s: float) -> set[str]:
    return {cue.text for cue in cues if cue.start_s <= at_s < cue.end_s}


@given(texts(), recordings())
def test_at_every_instant_the_text_is_the_picture_s(
    text: tuple[Cue, ...], recording: list[Stretch]
) -> None:
    given_text = given_out(text, recording)
    for half in range(200):
        at_s = half / 2 + 0.25
        pictured = [
            each.from_s + at_s - each.at_s
            for each in recording
            if 0 <= at_s - each.at_s < each.until_s - each.from_s
        ]
        wanted = {words for own_s in pictured for words in seen(text, own_s)}
        assert seen(given_text, at_s) == wanted


@given(texts(), recordings())
def test_saving_what_was_given_out_changes_nothing(
    text: tuple[Cue, ...], recording: list[Stretch]
) -> None:
    recording = [
        Stretch(each.at_ticks + 7, each.from_ticks + 11, each.lasts_ticks) for each in recording
    ]
    shown = given_out(text, recording)
    as_sent = read_webvtt(write_webvtt(shown)) if shown else ()
    assert taken_in(as_sent, text, recording) == text


@given(texts(), texts(), st.integers(0, 40), st.integers(1, 60))
def test_what_is_written_beside_a_cut_is_seen_as_it_was_written(
    text: tuple[Cue, ...], written: tuple[Cue, ...], begins: int, lasts: int
) -> None:
    cut = [stretch(0, begins / 2, lasts / 2)]
    inside = tuple(cue for cue in written if cue.end_s <= lasts / 2)
    assert given_out(taken_in(inside, text, cut), cut) == inside
