"""The help desk under anything: askers, a crew of two, clocks that step.

The model is a card for each thread, with who has it and whether its asker waits. Every text is one
of a kind. After every step: the crew sees the cards, a person sees their newest alone, and nothing
that one person wrote or was answered has ever been sent to another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat.helpdesk import helpdesk
from chat.helpdesk.commands import (
    AddToHelp,
    AnswerHelp,
    AskForHelp,
    ReleaseHelp,
    SettleHelp,
    TakeHelp,
)
from chat.helpdesk.queue import in_order
from server import wire
from tests.chat.meeting import ANNA, BO, IDA, MADS, SEEN, SIV, Meeting, Somebody, a_helpdesk
from tests.chat.meeting import followed as read_on

askers = st.sampled_from([ANNA, BO, IDA])
crew = st.sampled_from([MADS, SIV])
back = st.integers(0, 3)


pytestmark = pytest.mark.patient


@dataclass
class Card:
    asker: Somebody
    texts: list[str] = field(default_factory=list)
    taken: str | None = None
    waits: bool = True
    open: bool = True


class Help(RuleBasedStateMachine):
    @initialize()
    def open_the_desk(self) -> None:
        self.meeting: Meeting = a_helpdesk()
        self.cards: dict[str, Card] = {}
        self.spoken: dict[str, list[datetime]] = {}
        self.texts = 0
        self.read = 0

    def a_text(self) -> str:
        self.texts += 1
        return f"<{self.texts}>"

    def a_card(self, which: int) -> tuple[str, Card | None]:
        ids = list(self.cards)
        return (
            (ids[-1 - which], self.cards[ids[-1 - which]]) if which < len(ids) else ("x.h1", None)
        )

    def open_of(self, by: Somebody) -> str | None:
        return next((id for id, one in self.cards.items() if one.open and one.asker == by), None)

    def attempt(self, command: object, by: Somebody, expected: str | None) -> bool:
        before = self.meeting.again()
        assert self.meeting.refused(command, by) == expected, f"{command} by {by.id}"
        if expected is not None:
            return False
        entries = self.meeting.log[len(before.log) :]
        for topic, snapshot in self.meeting.snapshots().items():
            assert read_on(topic, before.snapshot(topic), entries) == snapshot, topic
        return True

    def hasty(self, by: Somebody) -> str | None:
        now, last = self.meeting.now, self.spoken.get(by.id, [])[-6:]
        within = [one for one in last if now - timedelta(seconds=60) < one <= now]
        return "too_fast" if len(within) == 6 else None

    def spoke(self, by: Somebody) -> None:
        self.spoken.setdefault(by.id, []).append(self.meeting.now)

    @rule(by=askers, with_text=st.booleans())
    def ask(self, by: Somebody, with_text: bool) -> None:
        text = self.a_text() if with_text else None
        expected = ("help_open" if self.open_of(by) else None) or self.hasty(by)
        if self.attempt(AskForHelp("no_sound", SEEN, text), by, expected):
            number = sum(one.asker == by for one in self.cards.values()) + 1
            self.cards[f"{by.id}.h{number}"] = Card(by, [text] if text else [])
            self.spoke(by)

    @rule(by=askers)
    def add(self, by: Somebody) -> None:
        id, text = self.open_of(by), self.a_text()
        expected = self.hasty(by) if id else "no_open_help"
        if self.attempt(AddToHelp(text), by, expected) and id:
            self.cards[id].texts.append(text)
            self.cards[id].waits = True
            self.spoke(by)

    def works(self, card: Card | None, by: Somebody) -> str | None:
        if card is None:
            return "unknown_request"
        if not card.open:
            return "help_settled"
        return "taken_by_other" if card.taken not in (None, by.id) else None

    @rule(by=crew, which=back)
    def take(self, by: Somebody, which: int) -> None:
        id, card = self.a_card(which)
        if self.attempt(TakeHelp(id), by, self.works(card, by)) and card:
            card.taken = by.id

    @rule(by=crew, which=back)
    def release(self, by: Somebody, which: int) -> None:
        id, card = self.a_card(which)
        expected = self.works(card, by)
        if self.attempt(ReleaseHelp(id), by, None if expected == "taken_by_other" else expected):
            assert card
            card.taken = None

    @rule(by=crew, which=back)
    def answer(self, by: Somebody, which: int) -> None:
        (id, card), text = self.a_card(which), self.a_text()
        if self.attempt(AnswerHelp(id, text), by, self.works(card, by)) and card:
            card.texts.append(text)
            card.taken, card.waits = by.id, False

    @rule(by=st.one_of(askers, crew), which=back)
    def settle(self, by: Somebody, which: int) -> None:
        id, card = self.a_card(which)
        expected = "unknown_request" if card is None else None if card.open else "help_settled"
        if card and by not in (card.asker, MADS, SIV):
            expected = "unknown_request"
        if self.attempt(SettleHelp(id), by, expected) and card:
            card.open = False

    @rule(step_s=st.sampled_from([-3600, -1, 0.5, 20, 90]))
    def the_clock_steps(self, step_s: float) -> None:
        self.meeting.now += timedelta(seconds=step_s)

    @invariant()
    def the_crew_sees_every_card(self) -> None:
        seen = {one["id"]: one for one in self.meeting.snapshot("help.desk")["requests"]}
        assert seen.keys() == self.cards.keys()
        for id, card in self.cards.items():
            one = seen[id]
            state = "settled" if not card.open else "taken" if card.taken else "waiting"
            assert one["status"] == state
            assert ("need" in one) is (card.open and card.waits)
            texts = [one["text"]] if "text" in one else []
            assert texts + [line["text"] for line in one["lines"]] == card.texts[-21:]

    @invariant()
    def whoever_waits_comes_first_and_the_settled_last(self) -> None:
        ranks = [(not one.is_open, one.need is None) for one in in_order(self.meeting.state.queue)]
        assert ranks == sorted(ranks)

    @invariant()
    def a_person_has_one_open_thread_and_it_is_the_newest(self) -> None:
        for by in (ANNA, BO, IDA):
            ids = [id for id, card in self.cards.items() if card.asker == by]
            own = self.meeting.snapshot(f"person:{by.id}").get("help")
            assert (own or {}).get("id") == (ids[-1] if ids else None)
            assert not any(self.cards[id].open for id in ids[:-1])

    @invariant()
    def nobody_is_sent_what_stands_in_anothers_thread(self) -> None:
        fresh, self.read = self.meeting.log[self.read :], len(self.meeting.log)
        for entry in fresh:
            said = json.dumps(wire.data_of(entry.event))
            for card in self.cards.values():
                theirs = f"person:{card.asker.id}", "help.desk"
                assert entry.topic in theirs or not any(text in said for text in card.texts)

    def teardown(self) -> None:
        if hasattr(self, "meeting"):
            again = self.meeting.restarted(helpdesk.initial())
            assert again.state == self.meeting.state
            assert again.snapshots() == self.meeting.snapshots()


TestHelp = Help.TestCase
TestHelp.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
