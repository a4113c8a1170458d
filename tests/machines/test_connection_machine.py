"""One client session under every order of words, denials, times and ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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

pytestmark = pytest.mark.patient

OWN = "person:anna"
TOPICS = st.sampled_from(["show", "committee", "room:aalborg", "room:aarhus", OWN])
IDS = st.sampled_from(["1", "2", "01J"])
LIMITS = Limits(topics=2, words_per_s=2, words_burst=12, refusals_in_a_row=6)


def position(topic: str, placed: bool, seq: int) -> dict[str, Any]:
    return {"topic": topic, "epoch": "a1", "seq": seq} if placed else {"topic": topic}


POSITIONS = st.builds(position, TOPICS, st.booleans(), st.integers(0, 9))


class ConnectionMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.session = Session(OWN, 0.0, LIMITS)
        self.now = 0.0
        self.heard_at = 0.0
        self.shown_at = 0.0
        self.welcomes = 0
        self.ended = False
        self.joined: set[str] = set()
        self.steps = 0

    @initialize(early=st.sampled_from([True, True, True, True, False]))
    def begin(self, early: bool) -> None:
        # Most sessions must open, or nothing but first words is tried.
        if early:
            self.say_hello([])

    # What is said.

    @rule(topics=st.lists(POSITIONS, max_size=4))
    def say_hello(self, topics: list[dict[str, Any]]) -> None:
        opening = self.session.state is State.AWAITING
        effects = self.say({"op": "hello", "v": 1, "topics": topics})
        if opening:
            assert effects[0] == Welcome()
            assert OWN in self.session.topics
            assert len(effects) >= 1 + len(topics)

    @rule(position=POSITIONS)
    def join(self, position: dict[str, Any]) -> None:
        was_open = self.is_open
        effects = self.say({"op": "join", **position})
        if was_open:
            (effect, *_) = effects
            topic = effect.topic if isinstance(effect, Join) else told(effect).get("topic")
            assert topic in (position["topic"], None)

    @rule(topic=TOPICS)
    def leave(self, topic: str) -> None:
        was_open = self.is_open
        effects = self.say({"op": "leave", "topic": topic})
        if was_open:
            assert effects[0] == Leave(topic) or told(effects[0])["code"] == "too_fast"

    @rule(id=IDS, topic=TOPICS)
    def do(self, id: str, topic: str) -> None:
        was_open = self.is_open
        effects = self.say({"op": "do", "id": id, "topic": topic, "name": "next", "data": {}})
        if was_open:
            asked = Do(id, topic, "next", {})
            too_many = isinstance(effects[0], Recall) and effects[0].do == asked
            assert too_many or effects[0] == asked

    @rule(id=IDS, topic=TOPICS)
    def ask_history(self, id: str, topic: str) -> None:
        was_open = self.is_open
        effects = self.say({"op": "history", "id": id, "topic": topic, "before": 5, "limit": 5})
        if was_open:
            assert effects[0] == History(id, topic, 5, 5) or told(effects[0])["id"] == id

    @rule(count=st.integers(1, 4) | st.integers(15, 25))
    def ping(self, count: int) -> None:
        was_open = self.is_open
        effects = self.say(*[{"op": "ping"}] * count)
        if was_open:
            answered = self.only(Send, effects)
            assert len(answered) == count or isinstance(effects[-1], Close)

    @rule(id=IDS | st.none() | st.integers())
    def say_something_wrong(self, id: Any) -> None:
        was_open = self.is_open
        effects = self.say({"op": "dance", "id": id})
        if was_open:
            assert told(effects[0])["op"] == "refused"
            assert told(effects[0])["id"] == (id if isinstance(id, str) else None)

    @precondition(lambda self: self.steps > 25)
    @rule(message=st.sampled_from(["", "{", "[]", "hej", b"\x00", "x" * 9000]))
    def say_something_unreadable(self, message: str | bytes) -> None:
        live = not self.session.is_closed
        effects = self.take(self.session.receive_message(message, self.now))
        if live:
            (close,) = effects
            assert isinstance(close, Close)
            assert close.code in (4502, 1009)

    # What else happens.

    @precondition(lambda self: self.joined)
    @rule(data=st.data())
    def be_denied(self, data: st.DataObject) -> None:
        topic = data.draw(st.sampled_from(sorted(self.joined)))
        self.session.denied(topic)
        self.joined.discard(topic)

    @rule(seconds=st.integers(1, 40), heard=st.booleans(), wrote=st.booleans())
    def let_time_pass(self, seconds: int, heard: bool, wrote: bool) -> None:
        for _ in range(seconds):
            self.now += 1
            if heard:
                self.heard_at = self.now
            if wrote:
                self.shown_at = self.now
            effects = self.session.receive_time(self.now, heard=heard, wrote=wrote)
            if Beat() in effects:
                self.shown_at = self.now
            self.take(effects)

    @precondition(lambda self: self.steps > 25)
    @rule()
    def end(self) -> None:
        self.session.receive_end()
        self.ended = True

    # What always holds.

    @invariant()
    def count_steps(self) -> None:
        self.steps += 1

    @invariant()
    def welcome_is_said_at_most_once(self) -> None:
        assert self.welcomes <= 1
        assert self.welcomes == 1 or self.session.state is not State.OPEN

    @invariant()
    def topics_are_those_that_were_joined_and_bounded(self) -> None:
        if self.is_open:
            assert self.session.topics == self.joined
        assert len(self.session.topics - {OWN}) <= LIMITS.topics

    @invariant()
    def no_hello_is_not_waited_for_longer_than_the_limit(self) -> None:
        assert self.session.state is not State.AWAITING or self.now < LIMITS.hello_s

    @invariant()
    def open_line_was_heard_and_was_shown_a_sign_of_life(self) -> None:
        if self.is_open:
            assert self.now - self.heard_at < LIMITS.silence_s
            assert self.now - self.shown_at <= LIMITS.beat_s

    # How it is watched.

    @property
    def is_open(self) -> bool:
        return self.session.state is State.OPEN

    def say(self, *values: dict[str, Any]) -> list[Effect]:
        was_closed = self.session.is_closed
        text = "\n".join(map(json.dumps, values))
        effects = self.take(self.session.receive_message(text, self.now))
        assert effects or was_closed
        return effects

    def take(self, effects: list[Effect]) -> list[Effect]:
        assert not (self.ended and effects)
        for index, effect in enumerate(effects):
            match effect:
                case Welcome():
                    assert index == 0
                    self.welcomes += 1
                    self.shown_at = self.now
                case Join(topic):
                    self.joined.add(topic)
                case Leave(topic):
                    self.joined.discard(topic)
                case Close() | Drop():
                    assert index == len(effects) - 1
                    assert self.session.is_closed
                    self.ended = True
        return effects

    @staticmethod
    def only(kind: type, effects: list[Effect]) -> list[Effect]:
        return [effect for effect in effects if isinstance(effect, kind)]


def told(effect: Effect) -> Any:
    assert isinstance(effect, Send)
    return json.loads(effect.frame)


ConnectionMachine.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestConnection = ConnectionMachine.TestCase
