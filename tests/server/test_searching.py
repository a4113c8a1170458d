from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Refused
from server.searching import AROUND, WORDS_MOST, Piece, asked, ordered, pieces, words_of


def hits(text: str, query: str) -> list[str]:
    return [piece.text for piece in pieces(text, asked(query)) if piece.hit]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Børn i Århus", "born"),
        ("Børn i Århus", "BOERN aarhus"),
        ("Aabenraa", "åbenrå"),
        ("Sammenhæng i økonomi", "sammenhaeng oekon"),
        ("Lotte Bøgh Andersen", "bögh"),
        ("En e\u0301n", "én"),
    ],
)
def test_letters_and_their_spellings_are_the_same_word(text: str, query: str) -> None:
    found = words_of(text)
    for word in asked(query):
        if word != "born":
            assert any(one.startswith(word) for one in found), (word, found)


def test_a_foreign_keyboard_s_plain_o_is_not_the_danish_letter() -> None:
    assert hits("Børn", "born") == []
    assert hits("Børn", "boern") == ["Børn"]


def test_the_beginning_of_a_word_is_enough_and_its_middle_is_not() -> None:
    assert hits("Trivselsmåling i dagtilbud", "trivsel dag") == ["Trivselsmåling", "dagtilbud"]
    assert hits("Trivselsmåling", "måling") == []


def test_what_is_shown_is_cut_around_the_first_hit_at_whole_words() -> None:
    text = "Indledning " * 40 + "om trivsel for alle " + "afslutning " * 40
    shown = pieces(text, asked("trivsel"))
    assert shown[0] == Piece("… ")
    assert shown[-1] == Piece(" …")
    assert Piece("trivsel", hit=True) in shown
    middle = "".join(piece.text for piece in shown[1:-1])
    assert middle in text
    assert not middle.startswith(" ")
    assert len(middle) <= 2 * AROUND
    assert text[text.index(middle) + len(middle)] == " "


@given(st.text(max_size=400), st.text(alphabet="abcæøåé 1", min_size=2, max_size=20))
def test_what_is_shown_is_a_stretch_of_the_text(text: str, query: str) -> None:
    try:
        words = asked(query)
    except Refused:
        return
    shown = [piece.text for piece in pieces(text, words)]
    middle = "".join(shown).removeprefix("… ").removesuffix(" …")
    assert middle in text or "".join(shown) in text


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "search_too_short"),
        ("a", "search_too_short"),
        ("!!", "search_too_short"),
        ("a" * 101, "bad_request"),
        (" ".join(f"ord{n}" for n in range(WORDS_MOST + 1)), "bad_request"),
    ],
)
def test_too_little_and_too_much_are_refused(query: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(query)
    assert refused.value.code == code


def test_the_best_kind_comes_first_then_the_most_then_the_programme() -> None:
    found = [("03", 4, 9), ("02", 4, 9), ("05", 0, 1), ("01", 4, 12)]
    assert ordered(found, ["01", "02", "03", "04", "05"]) == ["05", "01", "02", "03"]
