from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import Refused
from chat.folding import WORDS_MOST, listed_in, skeleton, tidy_list

LIST = ("idiot", "lort*", "får", "bøvl")


@pytest.mark.parametrize(
    "text",
    [
        *("idiot", "IDIOT", "Du er en Idiot!", "(idiot)", "idiot, altså", "@idiot", "»idiot«"),
        *("ÌDÍÖT", "i\u0301diot", "іdіоt", "ιdiοt", "ɩdiot", "ｉｄｉｏｔ", "𝐢𝐝𝐢𝐨𝐭", "iđiot"),
        *("id\u200biot", "i\u00addiot", "idio\ufefft", "id\u2060iot"),
        *("1d!0t", "idi0t", "|diot", "!diot"),
        *("i d i o t", "i.d.i.o.t", "I-D-I-O-T", "i d i 0 t", "i_d_i_o_t", "du i d i o t du er"),
        *("idiooot", "iiidiot", "IDIOOOOOOT"),
    ],
)
def test_a_listed_word_is_found_however_it_is_dressed_up(text: str) -> None:
    assert listed_in(text, LIST) == "idiot"


@pytest.mark.parametrize(
    "text",
    [
        *("idioter", "Vi er et diot", "idio t", "patriot", "idé, idræt og idealer"),
        *("far er her", "fare", "bovl", "flort", "2021", "kl. 10.15", "I 1 2 3", "", "👍", "!!!"),
    ],
)
def test_what_is_not_the_listed_word_is_let_through(text: str) -> None:
    assert listed_in(text, LIST) is None


def test_a_star_stands_for_whatever_follows() -> None:
    assert listed_in("Sikke et lorteforslag", LIST) == "lort*"
    assert listed_in("LØRT", LIST) is None


def test_danish_letters_are_letters_of_their_own_in_both_ways_of_writing_them() -> None:
    for text in ("får", "FÅR", "fa\u030ar", "faar"):
        assert listed_in(text, LIST) == "får"
    for text in ("bøvl", "boevl", "BØVL"):
        assert listed_in(text, LIST) == "bøvl"


def test_a_list_is_kept_tidied_and_each_word_once() -> None:
    assert tidy_list((" pokker ", "pokker", "bøvl*")) == ("pokker", "bøvl*")
    assert tidy_list(()) == ()


@pytest.mark.parametrize("word", ["", " ", "*", "to ord", "x" * 41, "!!", "\u202eabc"])
def test_what_is_no_word_is_refused(word: str) -> None:
    with pytest.raises(Refused):
        tidy_list(("pokker", word))


def test_a_list_is_bounded() -> None:
    words = tuple(f"ord{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(WORDS_MOST + 1))
    assert tidy_list(words[:-1])
    with pytest.raises(Refused) as caught:
        tidy_list(words)
    assert caught.value.code == "too_many_words"


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault_and_the_word_alone_is_found_in_it(text: str) -> None:
    assert listed_in(f"{text}\n pokker \n{text}", ("pokker",)) == "pokker"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Line Skov", "LINE SKOV"),
        ("Line Skov", "Iine Skov"),
        ("Line Skov", "L1ne Sk0v"),
        ("Line Skov", "Linе Skоv"),  # Cyrillic e and o
        ("Line Skov", "Line  Skov."),
        ("Line Skov", "Lineskov"),
        ("Line Skov", "Ｌｉｎｅ Ｓｋｏｖ"),
        ("Line Skov", "𝐋𝐢𝐧𝐞 𝐒𝐤𝐨𝐯"),
        ("Line Skov", "Line\u200b Skov"),
        ("Line Skov", "Lìnë Skøv".replace("ø", "o")),
        ("Karma Wind", "Karrna VVind"),
        ("Søren Ås", "Soeren Aas"),
    ],
)
def test_names_that_are_told_apart_only_by_looking_twice_look_the_same(
    name: str, other: str
) -> None:
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize("other", ["Lise Skov", "Line Skovby", "Søren Skov", "Skov Line"])
def test_names_that_people_tell_apart_stay_apart(other: str) -> None:
    assert skeleton("Line Skov") != skeleton(other)
