from __future__ import annotations

import pytest

from chat.errors import Refused
from chat.finding import asked, folded, matches


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("århus", "Vi er i Aarhus nu"),
        ("aarhus", "Vi er i ÅRHUS nu"),
        ("a\u030arhus", "Århus"),
        ("boern", "Børn og unge"),
        ("børn", "BOERN"),
        ("äldre", "Ældre"),
        ("idé", "en god ide"),
        ("ide", "en god idé"),
        ("skole trivsel", "Trivsel hører til i folkeskolen"),
        ("strasse", "Straße"),
    ],
)
def test_a_text_is_found_however_its_letters_are_typed(query: str, text: str) -> None:
    assert matches(asked(query), "", text)


@pytest.mark.parametrize(("query", "text"), [("aa", "a a"), ("ol", "øl"), ("skole børn", "skole")])
def test_another_word_is_not_found(query: str, text: str) -> None:
    assert not matches(asked(query), "", text)


def test_a_message_is_found_by_who_wrote_it() -> None:
    assert matches(asked("mette budget"), "Mette Ågård", "Om budgettet")
    assert not matches(asked("mette"), "Bo", "Hej")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "text_empty"),
        ("a", "search_too_short"),
        ("x" * 101, "text_too_long"),
        ("a\x00b", "text_control"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(query: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(query)
    assert refused.value.code == code


def test_a_word_asked_for_twice_is_looked_for_once() -> None:
    assert asked("Skole skole") == ("skole",)
    assert folded("Å") == "aa"
