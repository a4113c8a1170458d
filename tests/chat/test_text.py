from __future__ import annotations

import pytest

from chat.errors import Refused
from chat.text import tidy


def refusal(text: str, most: int = 10) -> Refused:
    with pytest.raises(Refused) as caught:
        tidy(text, most)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Hej \n", "Hej"),
        ("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ("a\tb", "a b"),
        ("A\u030aben", "Åben"),
        ("👩‍👧", "👩‍👧"),
        ("\u200ba", "\u200ba"),
        ("blåbærgrød", "blåbærgrød"),
    ],
)
def test_a_text_is_kept_as_any_keyboard_means_it(typed: str, kept: str) -> None:
    assert tidy(typed, 10) == kept


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t\r\n", "\u200b", "\u200d\ufeff\u2060", "\u2800\u3164", "\u00ad \u00a0"]
)
def test_a_text_that_shows_nothing_is_empty(text: str) -> None:
    assert refusal(text).code == "text_empty"


def test_length_is_counted_after_tidying() -> None:
    assert tidy("  " + "a" * 10 + "  ", 10) == "a" * 10
    assert tidy("A\u030a" * 10, 10) == "Å" * 10
    assert refusal("a" * 11).facts == {"most": 10}


def test_a_text_far_too_long_is_refused_unread() -> None:
    assert refusal("\x00" * 41).code == "text_too_long"
    assert refusal(" " * 41).code == "text_too_long"


@pytest.mark.parametrize(
    "letter", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\ud800", "\u202e", "\u2066"]
)
def test_characters_nobody_types_are_refused_by_number(letter: str) -> None:
    refused = refusal(f"a{letter}b")
    assert refused.code == "text_control"
    assert f"U+{ord(letter):04X}" in refused.detail
