"""Reading what clients say: every way of being wrong has one answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.client_frames import (
    MAX_HISTORY,
    Do,
    Hello,
    History,
    Join,
    Leave,
    Ping,
    Unreadable,
    Wrong,
    read,
)

DO = {"op": "do", "id": "1", "topic": "show", "name": "next", "data": {}}


def one(value: Any) -> Any:
    """The one word in a message of one object."""
    words = read(value if isinstance(value, str) else json.dumps(value))
    assert not isinstance(words, Unreadable)
    (word,) = words
    return word


def do_with(data: str) -> Any:
    """A `do` whose data is this JSON text."""
    return one('{"op":"do","id":"1","topic":"show","name":"next","data":' + data + "}")


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ({"op": "hello", "v": 1}, Hello(())),
        (
            {"op": "hello", "v": 1, "topics": [{"topic": "show", "epoch": "a1", "seq": 812}]},
            Hello((Join("show", "a1", 812),)),
        ),
        ({"op": "join", "topic": "committee"}, Join("committee")),
        ({"op": "join", "topic": "committee", "epoch": "a1", "seq": 0}, Join("committee", "a1", 0)),
        ({"op": "leave", "topic": "committee"}, Leave("committee")),
        (DO, Do("1", "show", "next", {})),
        (
            {"op": "history", "id": "2", "topic": "show", "before": 300, "limit": 100},
            History("2", "show", 300, 100),
        ),
        ({"op": "ping"}, Ping()),
    ],
)
def test_every_word_of_the_protocol_is_read(value: Any, word: Any) -> None:
    assert one(value) == word


def test_half_a_position_is_none() -> None:
    assert one({"op": "join", "topic": "show", "seq": 12}) == Join("show")
    assert one({"op": "join", "topic": "show", "epoch": "a1"}) == Join("show")


def test_history_is_bounded_however_much_is_asked_for() -> None:
    asked = {"op": "history", "id": "2", "topic": "show", "before": 300, "limit": 10_000}
    assert one(asked).limit == MAX_HISTORY


def test_fields_of_a_newer_client_are_passed_over() -> None:
    assert one({"op": "ping", "since": "2031"}) == Ping()


def test_several_objects_in_one_message_are_read_in_order() -> None:
    assert read('{"op":"ping"}\n{"op":"leave","topic":"show"}\n') == (Ping(), Leave("show"))


@pytest.mark.parametrize(
    "message",
    ["", "\n", "hello", "{", '{"op":"ping"', "[]", "1", "null", '"ping"', "{'op':1}", "\x00"],
)
def test_what_is_no_json_object_is_unreadable(message: str) -> None:
    assert isinstance(read(message), Unreadable)


def test_one_unreadable_object_makes_the_message_unreadable() -> None:
    assert isinstance(read('{"op":"ping"}\n{"op":'), Unreadable)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({}, "missing_field"),
        ({"op": 3}, "missing_field"),
        ({"op": "sing"}, "unknown_op"),
        ({"op": "join"}, "missing_field"),
        ({"op": "join", "topic": ""}, "missing_field"),
        ({"op": "join", "topic": 7}, "wrong_type"),
        ({"op": "join", "topic": "x" * 129}, "too_long"),
        ({"op": "join", "topic": "show", "epoch": "a1", "seq": "12"}, "wrong_type"),
        ({"op": "join", "topic": "show", "epoch": "a1", "seq": -1}, "wrong_type"),
        ({"op": "join", "topic": "show", "epoch": "a1", "seq": True}, "wrong_type"),
        ({"op": "join", "topic": "show", "epoch": 1, "seq": 1}, "wrong_type"),
        ({"op": "hello"}, "missing_field"),
        ({"op": "hello", "v": 2}, "unsupported_version"),
        ({"op": "hello", "v": 1.0}, "wrong_type"),
        ({"op": "hello", "v": 1, "topics": "show"}, "wrong_type"),
        ({"op": "hello", "v": 1, "topics": ["show"]}, "wrong_type"),
        ({"op": "hello", "v": 1, "topics": [{}]}, "missing_field"),
        ({**DO, "id": None}, "wrong_type"),
        ({**DO, "id": "x" * 65}, "too_long"),
        ({**DO, "data": None}, "wrong_type"),
        ({**DO, "data": []}, "wrong_type"),
        ({**DO, "name": 1}, "wrong_type"),
        ({"op": "do", "id": "1", "topic": "show"}, "missing_field"),
        ({"op": "history", "id": "1", "topic": "show"}, "missing_field"),
        ({"op": "history", "id": "1", "topic": "show", "before": 1.5}, "wrong_type"),
    ],
)
def test_what_can_be_read_and_is_wrong_is_told_why(value: Any, code: str) -> None:
    word = one(value)
    assert isinstance(word, Wrong)
    assert word.code == code
    assert word.detail.startswith("expected")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ('{"x":NaN}', "not_a_number"),
        ('{"x":Infinity}', "number_too_large"),
        ('{"x":-1e999}', "number_too_large"),
        ('{"x":' + "9" * 5000 + "}", "number_too_large"),
        ('{"x":9007199254740992}', "number_too_large"),
        ('{"x":1,"x":2}', "duplicate_key"),
        ('{"x":{"y":1,"y":1}}', "duplicate_key"),
        ('{"x":"\\ud800"}', "bad_text"),
        ('{"x":"\\u0000"}', "bad_text"),
        ('{"\\udfff":1}', "bad_text"),
        ('{"x":' + "[" * 40 + "]" * 40 + "}", "too_deep"),
        ('{"x":' + "[" * 3900 + "]" * 3900 + "}", "too_deep"),
    ],
)
def test_json_that_no_field_may_hold_is_refused_with_the_objects_own_id(
    data: str, code: str
) -> None:
    word = do_with(data)
    assert isinstance(word, Wrong)
    assert word.code == code
    if len(data) < 6000:
        assert word.id == "1"


def test_whole_pair_of_surrogates_is_text() -> None:
    assert do_with('{"x":"\\ud83d\\ude00"}') == Do("1", "show", "next", {"x": "😀"})


def test_largest_number_that_a_browser_holds_is_read() -> None:
    assert do_with('{"x":9007199254740991}').data == {"x": 2**53 - 1}


def test_id_that_cannot_be_used_is_not_repeated() -> None:
    word = one('{"op":"do","id":"\\ud800","topic":"show","name":"next"}')
    assert isinstance(word, Wrong)
    assert word.id is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.text(max_size=200) | JSON.map(json.dumps))
def test_nothing_that_can_be_sent_makes_reading_fail(message: str) -> None:
    words = read(message)
    assert isinstance(words, Unreadable) or all(words)


@given(
    st.sampled_from(["hello", "join", "leave", "do", "history", "ping"]),
    st.dictionaries(
        st.sampled_from(["v", "id", "topic", "topics", "name", "data", "epoch", "seq", "before"]),
        JSON,
    ),
)
def test_objects_that_look_like_ours_are_read_or_told_why(op: str, fields: dict[str, Any]) -> None:
    word = one({"op": op, **fields})
    if isinstance(word, Wrong):
        assert word.op == op
