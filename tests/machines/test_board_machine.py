"""The board between municipalities under anything: hosts of two, readers, a moderator, clocks.

The model is a list of cards with replies. Every text is one of a kind, so that what should be gone
can be looked for: after every step the board shows the cards, a text that was hidden, replaced or
taken back stands nowhere in what is stored, and a reader who has followed sees the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat.conclusions import conclusions
from chat.conclusions.commands import (
    EditConclusion,
    HideConclusion,
    HideReply,
    PublishConclusion,
    ReplyToConclusion,
    WithdrawConclusion,
    WithdrawReply,
)
from server import wire
from tests.chat.meeting import (
    AASE,
    BO,
    HANNE,
    HENRIK,
    IDA,
    MADS,
    SECTORS,
    Somebody,
    a_board,
    followed,
)

hosts = st.sampled_from([HANNE, HENRIK, AASE])
everybody = st.sampled_from([HANNE, AASE, BO, IDA])
themes = st.sampled_from([None, *SECTORS])
back = st.integers(0, 4)


pytestmark = pytest.mark.patient


@dataclass
class Reply:
    id: str
    by: Somebody
    text: str | None


@dataclass
class Card:
    id: str
    by: Somebody
    text: str | None
    theme: str | None
    replies: list[Reply] = field(default_factory=list)
    ever: int = 0
    edited: datetime | None = None


class Board(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.meeting = a_board()
        self.cards: list[Card] = []
        self.published = 0
        self.texts = 0
        self.gone: set[str] = set()
        self.wrote: dict[str, list[datetime]] = {}

    def a_text(self) -> str:
        self.texts += 1
        return f"<{self.texts}>"

    def a_card(self, which: int) -> tuple[str, Card | None]:
        return (
            (self.cards[-1 - which].id, self.cards[-1 - which])
            if which < len(self.cards)
            else ("c999", None)
        )

    def attempt(self, command: object, by: Somebody, expected: str | None) -> bool:
        before = self.meeting.again()
        assert self.meeting.refused(command, by) == expected, f"{command} by {by.id}"
        if expected is not None:
            return False
        entries = self.meeting.log[len(before.log) :]
        seen = self.meeting.snapshot("board")
        assert followed("board", before.snapshot("board"), entries) == seen
        return True

    def hasty(self, by: Somebody) -> str | None:
        now, last = self.meeting.now, self.wrote.get(by.id, [])[-5:]
        within = [one for one in last if now - timedelta(seconds=60) < one <= now]
        return "too_fast" if len(within) == 5 else None

    def just_edited(self, card: Card) -> str | None:
        now, last = self.meeting.now, card.edited
        is_new = last is not None and last <= now < last + timedelta(seconds=3)
        return "too_fast" if is_new else None

    def standing(self, card: Card | None) -> str | None:
        return None if card and card.text else "unknown_conclusion"

    def theirs(self, card: Card | None, by: Somebody) -> str | None:
        refused = self.standing(card)
        if refused is None and card and card.by.municipality != by.municipality:
            return "not_yours"
        return refused

    def empties(self, *texts: str | None) -> None:
        self.gone |= {text for text in texts if text}

    @rule(by=hosts, theme=themes)
    def publish(self, by: Somebody, theme: str | None) -> None:
        text = self.a_text()
        own = [one for one in self.cards if one.text and one.by.municipality == by.municipality]
        expected = self.hasty(by) or ("too_many_conclusions" if len(own) >= 4 else None)
        if self.attempt(PublishConclusion(text, theme), by, expected):
            self.published += 1
            self.cards.append(Card(f"c{self.published}", by, text, theme))
            self.wrote.setdefault(by.id, []).append(self.meeting.now)

    @rule(by=hosts, which=back, theme=themes)
    def edit(self, by: Somebody, which: int, theme: str | None) -> None:
        (id, card), text = self.a_card(which), self.a_text()
        expected = self.theirs(card, by) or (self.just_edited(card) if card else None)
        if self.attempt(EditConclusion(id, text, theme), by, expected) and card:
            self.empties(card.text)
            card.text, card.theme, card.edited = text, theme, self.meeting.now

    @rule(by=hosts, which=back)
    def withdraw(self, by: Somebody, which: int) -> None:
        id, card = self.a_card(which)
        if self.attempt(WithdrawConclusion(id), by, self.theirs(card, by)) and card:
            self.empties(card.text, *(one.text for one in card.replies))
            self.cards.remove(card)

    @rule(which=back)
    def hide(self, which: int) -> None:
        id, card = self.a_card(which)
        if self.attempt(HideConclusion(id), MADS, self.standing(card)) and card:
            self.empties(card.text, *(one.text for one in card.replies))
            card.text, card.theme, card.replies = None, None, []

    @rule(by=everybody, which=back)
    def reply(self, by: Somebody, which: int) -> None:
        (id, card), text = self.a_card(which), self.a_text()
        mine = [one for one in card.replies if one.by == by] if card else []
        full = card is not None and (len(card.replies) >= 30 or len(mine) >= 5)
        expected = self.standing(card) or self.hasty(by) or ("too_many_replies" if full else None)
        if self.attempt(ReplyToConclusion(id, text), by, expected) and card:
            card.ever += 1
            card.replies.append(Reply(f"{id}.r{card.ever}", by, text))
            self.wrote.setdefault(by.id, []).append(self.meeting.now)

    def a_reply(self, which: int) -> tuple[str, Card | None, Reply | None]:
        both = [(card, reply) for card in self.cards for reply in card.replies]
        if which >= len(both):
            return "c999.r1", None, None
        card, reply = both[-1 - which]
        return reply.id, card, reply

    @rule(by=everybody, which=back)
    def take_back(self, by: Somebody, which: int) -> None:
        id, card, reply = self.a_reply(which)
        expected = None if reply and reply.text else "unknown_reply"
        if expected is None and reply and reply.by != by:
            expected = "not_yours"
        if self.attempt(WithdrawReply(id), by, expected) and card and reply:
            self.empties(reply.text)
            card.replies.remove(reply)

    @rule(which=back)
    def hide_a_reply(self, which: int) -> None:
        id, _, reply = self.a_reply(which)
        expected = None if reply and reply.text else "unknown_reply"
        if self.attempt(HideReply(id), MADS, expected) and reply:
            self.empties(reply.text)
            reply.text = None

    @rule(step_s=st.sampled_from([-3600, 1, 20, 90]))
    def the_clock_steps(self, step_s: float) -> None:
        self.meeting.now += timedelta(seconds=step_s)

    @invariant()
    def the_board_shows_the_cards(self) -> None:
        seen = self.meeting.snapshot("board")["conclusions"]
        assert [(one["id"], one.get("text"), one.get("theme")) for one in seen] == [
            (card.id, card.text, card.theme) for card in self.cards
        ]
        for one, card in zip(seen, self.cards, strict=True):
            assert one["municipality"] == card.by.municipality
            assert one.get("hidden", False) is (card.text is None)
            assert [
                (reply["id"], reply.get("text"), reply.get("municipality"), reply["author"]["id"])
                for reply in one["replies"]
            ] == [(r.id, r.text, r.by.municipality, r.by.id) for r in card.replies]

    @invariant()
    def what_is_gone_stands_nowhere(self) -> None:
        kept = [wire.data_of(one.event) for one in self.meeting.stored]
        said = json.dumps([kept, self.meeting.snapshot("board")])
        assert not [text for text in self.gone if f'"{text}"' in said]

    def teardown(self) -> None:
        if hasattr(self, "meeting"):
            again = self.meeting.restarted(conclusions.initial(SECTORS))
            assert again.state == self.meeting.state


TestBoard = Board.TestCase
TestBoard.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
