"""One client session: the table of states, and what time does to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.client_frames import Do, History, Join, Leave
from server.connection import (
    Beat,
    Close,
    Drop,
    Effect,
    Limits,
    Recall,
    Send,
    Session,
    State,
    Welcome,
)

HELLO = {"op": "hello", "v": 1}


def a_session(*, is_open: bool = False, own_topic: str | None = None, **limits: Any) -> Session:
    session = Session(own_topic, 0.0, Limits(**limits))
    if is_open:
        say(session, HELLO)
    return session


def say(session: Session, *values: Any, now: float = 0.0) -> list[Effect]:
    return session.receive_message("\n".join(map(json.dumps, values)), now)


def told(effect: Effect) -> Any:
    assert isinstance(effect, Send)
    return json.loads(effect.frame)


def test_hello_is_welcomed_and_its_topics_are_joined_in_order() -> None:
    session = a_session()
    topics = [{"topic": "show", "epoch": "a1", "seq": 812}, {"topic": "room:aalborg"}]
    assert say(session, {**HELLO, "topics": topics}) == [
        Welcome(),
        Join("show", "a1", 812),
        Join("room:aalborg"),
    ]
    assert session.state is State.OPEN
    assert session.topics == {"show", "room:aalborg"}


def test_own_topic_is_joined_by_itself_and_last() -> None:
    session = a_session(own_topic="person:anna")
    assert say(session, {**HELLO, "topics": [{"topic": "show"}]}) == [
        Welcome(),
        Join("show"),
        Join("person:anna"),
    ]


def test_own_topic_with_a_position_is_joined_once() -> None:
    session = a_session(own_topic="person:anna")
    mine = {"topic": "person:anna", "epoch": "a1", "seq": 3}
    assert say(session, {**HELLO, "topics": [mine]}) == [Welcome(), Join("person:anna", "a1", 3)]


@pytest.mark.parametrize(
    "first",
    [
        {"op": "ping"},
        {"op": "join", "topic": "show"},
        {"op": "do", "id": "1", "topic": "show", "name": "next"},
        {"op": "sing"},
    ],
)
def test_anything_before_hello_closes(first: Any) -> None:
    session = a_session()
    (close,) = say(session, first)
    assert isinstance(close, Close)
    assert close.code == 4502
    assert session.is_closed


def test_hello_that_is_wrong_is_told_why_before_it_closes() -> None:
    refused, close = say(a_session(), {"op": "hello", "v": 9})
    assert told(refused)["code"] == "unsupported_version"
    assert isinstance(close, Close)
    assert close.code == 4502


@pytest.mark.parametrize("message", ["", "hej", "[]", '{"op":', b'{"op":"ping"}'])
def test_what_cannot_be_read_closes(message: str | bytes) -> None:
    (close,) = a_session(is_open=True).receive_message(message, 0.0)
    assert isinstance(close, Close)
    assert close.code == 4502
    assert len(close.reason.encode()) <= 123


def test_message_beyond_the_limit_closes_with_1009() -> None:
    (close,) = a_session(is_open=True).receive_message("ø" * 4097, 0.0)
    assert isinstance(close, Close)
    assert close.code == 1009


def test_what_can_be_read_and_is_wrong_is_refused_and_the_session_goes_on() -> None:
    session = a_session(is_open=True)
    (refused,) = say(session, {"op": "do", "id": "17", "topic": "show"})
    assert told(refused)["op"] == "refused"
    assert told(refused)["id"] == "17"
    assert told(refused)["code"] == "missing_field"
    (refused,) = say(session, {"op": "dance"})
    assert told(refused)["id"] is None
    assert [told(each) for each in say(session, {"op": "ping"})] == [{"op": "pong"}]


def test_second_hello_is_refused() -> None:
    (refused,) = say(a_session(is_open=True), HELLO)
    assert told(refused)["code"] == "already_open"


def test_words_of_an_open_session_are_handed_on() -> None:
    session = a_session(is_open=True)
    assert say(
        session,
        {"op": "join", "topic": "show"},
        {"op": "do", "id": "1", "topic": "show", "name": "next", "data": {"after": None}},
        {"op": "history", "id": "2", "topic": "show", "before": 9, "limit": 3},
        {"op": "leave", "topic": "show"},
    ) == [
        Join("show"),
        Do("1", "show", "next", {"after": None}),
        History("2", "show", 9, 3),
        Leave("show"),
    ]
    assert session.topics == set()


def test_one_topic_too_many_is_denied_and_joining_again_is_not_one_more() -> None:
    session = a_session(is_open=True, topics=2, own_topic="person:anna")
    say(session, {"op": "join", "topic": "a"}, {"op": "join", "topic": "b"})
    (denied,) = say(session, {"op": "join", "topic": "c"})
    assert told(denied) == {"op": "denied", "topic": "c", "code": "too_many_topics"}
    assert say(session, {"op": "join", "topic": "a"}) == [Join("a")]


def test_topic_that_was_denied_makes_room_for_another() -> None:
    session = a_session(is_open=True, topics=1)
    say(session, {"op": "join", "topic": "a"})
    session.denied("a")
    assert say(session, {"op": "join", "topic": "b"}) == [Join("b")]


def test_too_fast_is_refused_first_and_closed_only_when_it_goes_on() -> None:
    session = a_session(words_per_s=10, words_burst=5, refusals_in_a_row=3)
    say(session, HELLO)
    for _ in range(4):
        assert told(say(session, {"op": "ping"})[0]) == {"op": "pong"}
    asked = {"op": "history", "id": "9", "topic": "show", "before": 5}
    (refused,) = say(session, asked)
    assert told(refused)["code"] == "too_fast"
    assert told(refused)["id"] == "9"
    assert 0 < told(refused)["retry_ms"] <= 101
    say(session, {"op": "ping"})
    refused, close = say(session, {"op": "ping"})
    assert told(refused)["code"] == "too_fast"
    assert isinstance(close, Close)
    assert close.code == 4004


def test_command_too_many_is_looked_up_before_it_is_refused() -> None:
    session = a_session(words_per_s=10, words_burst=1)
    say(session, HELLO)
    (recall,) = say(session, {"op": "do", "id": "9", "topic": "show", "name": "next"})
    assert isinstance(recall, Recall)
    assert recall.do == Do("9", "show", "next", {})
    assert recall.refused.code == "too_fast"
    assert 0 < recall.refused.facts["retry_ms"] <= 101  # type: ignore[operator]


def test_join_too_many_is_refused_by_its_topic() -> None:
    session = a_session(words_per_s=10, words_burst=1)
    say(session, HELLO)
    (refused,) = say(session, {"op": "join", "topic": "show"})
    assert (told(refused)["id"], told(refused)["topic"]) == (None, "show")
    assert session.topics == set()


def test_command_before_hello_is_refused_as_anything_else_when_it_is_too_many() -> None:
    session = a_session(words_per_s=10, words_burst=0)
    (refused,) = say(session, {"op": "do", "id": "9", "topic": "show", "name": "next"})
    assert (told(refused)["code"], told(refused)["id"]) == ("too_fast", "9")


def test_who_waits_as_told_may_go_on() -> None:
    session = a_session(words_per_s=10, words_burst=1)
    say(session, HELLO)
    (refused,) = say(session, {"op": "ping"})
    wait_s = told(refused)["retry_ms"] / 1000
    assert told(say(session, {"op": "ping"}, now=wait_s)[0]) == {"op": "pong"}


def test_flood_in_one_message_ends_with_the_close_and_nothing_after_it() -> None:
    session = a_session(is_open=True, words_burst=10, refusals_in_a_row=20)
    effects = say(session, *[{"op": "ping"}] * 500)
    assert isinstance(effects[-1], Close)
    assert len(effects) == 9 + 20 + 1


def test_no_hello_within_ten_seconds_closes() -> None:
    session = a_session()
    assert session.receive_time(9.9, heard=True, wrote=True) == []
    (close,) = session.receive_time(10.0, heard=True, wrote=True)
    assert isinstance(close, Close)
    assert close.code == 4502


def test_line_on_which_nothing_happens_gets_a_beat_every_25_seconds() -> None:
    session = a_session(is_open=True)
    beats = [
        second
        for second in range(1, 60)
        if session.receive_time(second, heard=False, wrote=False) == [Beat()]
    ]
    assert beats == [25, 50]


def test_client_that_only_listens_is_asked_for_a_sign_of_life() -> None:
    session = a_session(is_open=True)
    effects = [session.receive_time(second, heard=False, wrote=True) for second in range(1, 26)]
    assert effects[-1] == [Beat()]
    assert not any(effects[:-1])


def test_client_that_only_talks_is_shown_a_sign_of_life() -> None:
    session = a_session(is_open=True)
    effects = [session.receive_time(second, heard=True, wrote=False) for second in range(1, 26)]
    assert effects[-1] == [Beat()]


def test_busy_line_needs_no_beat() -> None:
    session = a_session(is_open=True)
    for second in range(1, 200):
        assert session.receive_time(second, heard=True, wrote=True) == []


def test_client_that_answers_beats_stays_for_ever() -> None:
    session = a_session(is_open=True)
    answered = False
    for second in range(1, 600):
        effects = session.receive_time(second, heard=answered, wrote=False)
        assert effects in ([], [Beat()])
        answered = bool(effects)


def test_silence_of_sixty_seconds_drops() -> None:
    session = a_session(is_open=True)
    for second in range(1, 60):
        assert Drop() not in session.receive_time(second, heard=False, wrote=True)
    assert session.receive_time(60, heard=False, wrote=True) == [Drop()]


def test_closed_session_says_nothing_whatever_comes() -> None:
    session = a_session(is_open=True)
    session.receive_end()
    assert say(session, {"op": "ping"}) == []
    assert session.receive_time(1000, heard=False, wrote=False) == []
