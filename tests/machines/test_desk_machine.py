"""The committee's desk under anything: askers, voters, colleagues, moderators, clocks that step.

The model is a stack of cards, one for each question, with the names of those who voted for it.
Every text is one of a kind, and so is everything about the people who only ever ask anonymously;
what not everybody may read (held, drafted, waiting for approval, a note) is found by that among the
bytes an audience receives. After every step: the audience
sees the public cards in the order they became public, and nothing of what the desk keeps; the desk
sees all cards; whoever joined just now sees the same as everybody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat import committeewords, deskwords, questions, roomwords
from chat import events as did
from chat.errors import Refused
from chat.event import Event
from chat.plain import moment
from server import wire
from tests.chat.meeting import (
    ANNA,
    BO,
    HANNE,
    KIM,
    LIS,
    MADS,
    SYSTEM,
    Meeting,
    Somebody,
    a_desk,
    followed,
)

pytestmark = pytest.mark.patient

DESK, PUBLIC, BALLOTS = "committee.desk", "committee", "committee.ballots"
HIDDEN = [Somebody(f"skjult-{n}", f"Navnløs {n}", "member", f"skjulteby-{n}") for n in (1, 2)]
WORKED = ("queued", "claimed", "drafted", "submitted")
OPEN = {"held", *WORKED}
SHOWN = {*WORKED, "answered", "answered_on_air"}
SETTLED = ("answered", "answered_on_air", "declined", "withdrawn", "merged")
CLAIM_LASTS = timedelta(minutes=5)

everybody = st.sampled_from([ANNA, BO, *HIDDEN, KIM])
approvers = st.sampled_from([KIM, LIS, MADS])
colleagues = st.sampled_from([KIM, LIS])
back, few = st.integers(0, 4), st.integers(0, 2)


@dataclass
class Card:
    asker: Somebody
    text: str
    anonymous: bool
    status: str = "held"
    public: str | None = None
    voters: set[str] = field(default_factory=set)
    claimed: str | None = None
    touched: datetime | None = None
    draft: str | None = None
    submitted: int | None = None
    answered: str | None = None
    said: str | None = None
    room: bool = False


def waits(card: Card) -> bool:
    """Whether its answer waits for approval."""
    return card.submitted is not None


class Desk(RuleBasedStateMachine):
    @initialize(review=st.booleans())
    def open(self, review: bool) -> None:
        self.meeting = a_desk(review=review)
        self.review, self.window = review, "open"
        self.approval = "nobody"
        self.pinned: str | None = None
        self.times = self.meeting.now, self.meeting.now + timedelta(minutes=30)
        self.cards: dict[str, Card] = {}
        self.leads: dict[str, str] = {}  # from public ids to cards
        self.in_order: list[str] = []  # public ids
        self.texts = 0
        self.asked: dict[str, list[datetime]] = {}
        self.told: dict[str, datetime] = {}
        self.secrets = {part for one in HIDDEN for part in (one.id, one.name)}
        self.secrets |= {str(one.municipality) for one in HIDDEN}
        for by in (ANNA, HIDDEN[0], BO):
            self.ask(by, False)

    def a_secret(self) -> str:
        text = self.a_text()
        self.secrets.add(text)
        return text

    def a_text(self) -> str:
        self.texts += 1
        return f"<{self.texts}>"

    @property
    def now(self) -> datetime:
        return self.meeting.now

    def attempt(self, command: object, by: Somebody, expected: str | None) -> list[Event]:
        """Do a thing, or be refused it, as the cards say."""
        before = self.meeting.again()
        try:
            events = self.meeting.do(command, by)
        except Refused as refused:
            refusal = refused
        else:
            assert expected is None, f"{command} by {by.id} was not refused as {expected}"
            self._follow(before)
            return events
        assert refusal.code == expected
        assert self.meeting.state == before.state
        named = str(getattr(command, "question", "nothing"))  # saying it back tells nothing
        self._hides(spoken([refusal.detail.replace(named, ""), refusal.facts]), by)
        if expected == "window_closed":
            opens, closes = self.times
            assert refusal.facts == {"opens": moment(opens), "closes": moment(closes)}
        return []

    def _follow(self, before: Meeting) -> None:
        entries = self.meeting.log[len(before.log) :]
        for topic, snapshot in self.meeting.snapshots().items():
            assert followed(topic, before.snapshot(topic), entries) == snapshot, topic
        for entry in entries:
            if isinstance(entry.event, committeewords.VotesTallied):
                self._told(entry.event)

    def _told(self, event: committeewords.VotesTallied) -> None:
        """At most once a second for each question, unless the clock has been set back."""
        for public in event.votes:
            last = self.told.get(public)
            assert last is None or last > self.now or last + timedelta(seconds=1) <= self.now
            self.told[public] = self.now

    def _hides(self, said: str, by: Somebody) -> None:
        own = {by.id, by.name, str(by.municipality)}
        assert not [secret for secret in self.secrets - own if secret in said]

    # --- which question is meant

    def a_card(self, which: int, wanted: Callable[[Card], object] = lambda card: True) -> str:
        """One of the last cards, of the wanted where there are any; else an id nobody has."""
        ids = [id for id, card in self.cards.items() if wanted(card)] or list(self.cards)
        return ids[-1 - which] if which < len(ids) else "nobody.q1"

    def a_public(self, which: int) -> str:
        ids = self.in_order
        return ids[-1 - which] if which < len(ids) else "q99"

    def card_at_desk(self, id: str) -> tuple[str, Card | None]:
        found = self.leads.get(id, id)
        return found, self.cards.get(found)

    def takes(self, card: Card | None, *statuses: str) -> str | None:
        if card is None:
            return "unknown_question"
        return None if card.status in statuses else f"question_{card.status}"

    def closed(self) -> str | None:
        return None if self.window == "open" else "window_closed"

    # --- everybody

    @rule(by=everybody, anonymous=st.booleans())
    def ask(self, by: Somebody, anonymous: bool) -> None:
        text, anonymous = self.a_text(), anonymous or by in HIDDEN
        within = [one for one in self.asked.get(by.id, [])[-3:] if self.recently(one)]
        mine = [one for one in self.cards.values() if one.asker == by and one.status in OPEN]
        expected = (
            self.closed()
            or ("too_fast" if len(within) == 3 else None)
            or ("too_many_waiting" if len(mine) >= 5 else None)
        )
        events = self.attempt(committeewords.AskQuestion(text, anonymous), by, expected)
        if not events:
            return
        self.asked.setdefault(by.id, []).append(self.now)
        received: Any = events[0]
        self.cards[received.question] = Card(by, text, anonymous)
        assert did.holds(events) is self.review
        if not self.review:
            self.goes_public(received.question)

    def goes_public(self, id: str) -> None:
        card, public = self.cards[id], f"q{len(self.in_order) + 1}"
        card.status, card.public = "queued", public
        self.in_order.append(public)
        self.leads[public] = id

    @rule(by=st.sets(everybody, min_size=1), which=st.integers(0, 2), on=st.booleans())
    def vote(self, by: set[Somebody], which: int, on: bool) -> None:
        for one in sorted(by, key=lambda one: one.id):
            self.votes(one, self.a_public(which), on)

    @rule(by=everybody, which=back)
    def vote_by_the_desks_id(self, by: Somebody, which: int) -> None:
        self.votes(by, self.a_card(which), True)

    def votes(self, by: Somebody, id: str, on: bool) -> None:
        card = self.cards.get(self.leads.get(id, ""))
        expected = self.closed() or self.takes(card, *WORKED)
        self.attempt((committeewords.Vote if on else committeewords.Unvote)(id), by, expected)
        if expected is None and card is not None:
            (card.voters.add if on else card.voters.discard)(by.id)

    @rule(by=everybody, which=back, by_public_id=st.booleans())
    def withdraw(self, by: Somebody, which: int, by_public_id: bool) -> None:
        id = self.a_public(which) if by_public_id else self.a_card(which)
        mine = [one for key, one in self.cards.items() if id in (key, one.public)]
        card = next((one for one in mine if one.asker == by), None)
        expected = self.takes(card, *OPEN)
        if card is None and id in self.leads:
            expected = "not_yours"
        if self.attempt(committeewords.WithdrawQuestion(id), by, expected) and card is not None:
            self.goes(card, "withdrawn")
            card.text = ""

    def goes(self, card: Card, status: str) -> None:
        id = next(key for key, one in self.cards.items() if one is card)
        self.leads = {public: leads for public, leads in self.leads.items() if leads != id}
        self.unpins(card.public)
        card.status, card.public, card.voters = status, None, set()
        self.drops_the_work(card)

    def drops_the_work(self, card: Card) -> None:
        card.claimed, card.touched, card.draft, card.submitted = None, None, None, None

    def unpins(self, public: str | None, into: str | None = None) -> None:
        if public is not None and self.pinned == public:
            self.pinned = into

    @rule(which=back)
    def a_host_speaks_for_the_room(self, which: int) -> None:
        text = self.a_text()
        waiting = [one for one in self.cards.values() if one.room and one.status in OPEN]
        mine = [one for one in self.cards.values() if one.asker == HANNE and one.status in OPEN]
        within = [one for one in self.asked.get(HANNE.id, [])[-3:] if self.recently(one)]
        expected = (
            self.closed()
            or ("too_fast" if len(within) == 3 else None)
            or ("too_many_waiting" if len(mine) >= 5 else None)
            or ("one_at_a_time" if waiting else None)
        )
        events = self.attempt(
            committeewords.SendQuestion(f"aalborg.p{which + 1}", text), HANNE, expected
        )
        if not events:
            return
        self.asked.setdefault(HANNE.id, []).append(self.now)
        received: Any = events[0]
        self.cards[received.question] = Card(HANNE, text, False, room=True)
        if not self.review:
            self.goes_public(received.question)

    def recently(self, at: datetime) -> bool:
        return self.now - timedelta(seconds=60) < at <= self.now

    # --- the committee

    @rule(by=colleagues, which=back)
    def claim(self, by: Somebody, which: int) -> None:
        id, card = self.card_at_desk(self.a_card(which))
        self.attempt(deskwords.Claim(id), by, expected := self.works(card, by))
        if expected is None and card is not None and card.claimed != by.id:
            self.claims(card, by)

    def claims(self, card: Card, by: Somebody) -> None:
        if card.claimed != by.id:
            card.status = "drafted" if card.draft else "claimed"
            card.claimed, card.touched = by.id, self.now

    def lapsed(self, card: Card) -> bool:
        at = card.touched
        return card.submitted is None and at is not None and at + CLAIM_LASTS <= self.now

    def works(self, card: Card | None, by: Somebody, *more: str) -> str | None:
        refused = self.takes(card, *WORKED, *more)
        if refused is None and card is not None:
            if card.claimed not in (None, by.id) and not self.lapsed(card):
                return "claimed_by_other"
            if card.answered not in (None, by.id):
                return "answered_by_other"
        return refused

    @rule(by=approvers, which=back)
    def release(self, by: Somebody, which: int) -> None:
        id, card = self.card_at_desk(self.a_card(which))
        expected = self.takes(card, "claimed", "drafted", "submitted")
        if by != MADS:
            expected = expected or self.works(card, by)
        if self.attempt(deskwords.Release(id), by, expected) and card is not None:
            card.claimed, card.touched, card.submitted = None, None, None
            card.status = "queued"

    @rule(by=colleagues, which=few, late_s=st.sampled_from([0, 299, 300]))
    def a_claim_is_taken_over(self, by: Somebody, which: int, late_s: int) -> None:
        id = self.a_card(which, lambda card: card.touched)
        touched = self.cards[id].touched if id in self.cards else None
        if touched is not None:
            self.meeting.now = max(self.now, touched + timedelta(seconds=late_s))
        card = self.cards.get(id)
        expected = self.works(card, by)
        self.attempt(deskwords.Claim(id), by, expected)
        if expected is None and card is not None:
            self.claims(card, by)

    @rule(by=colleagues, which=few, anew=st.booleans())
    def draft(self, by: Somebody, which: int, anew: bool) -> None:
        id, card = self.card_at_desk(self.a_card(which, waits) if anew else self.a_card(which))
        text = self.a_secret()
        if self.attempt(deskwords.Draft(id, text), by, self.works(card, by)) and card is not None:
            card.claimed, card.status, card.draft = by.id, "drafted", text
            card.touched, card.submitted = self.now, None

    @rule(by=colleagues, which=back, ago_s=st.none() | st.integers(0, 60))
    def answer_on_air(self, by: Somebody, which: int, ago_s: int | None) -> None:
        id, card = self.card_at_desk(self.a_card(which))
        at = None if ago_s is None else self.now - timedelta(seconds=ago_s)
        expected = self.works(card, by, "answered_on_air")
        if self.attempt(deskwords.AnswerOnAir(id, at), by, expected) and card is not None:
            self.answers(card, by.id, None)

    def answers(self, card: Card, by: str, text: str | None) -> None:
        card.status = "answered_on_air" if text is None else "answered"
        card.answered, card.said = by, text
        self.drops_the_work(card)

    @rule(by=colleagues, which=back)
    def answer(self, by: Somebody, which: int) -> None:
        id, card = self.card_at_desk(self.a_card(which))
        is_read_first = self.approval != "nobody"
        text = self.a_secret() if is_read_first else self.a_text()
        expected = self.works(card, by, "answered", "answered_on_air")
        events = self.attempt(deskwords.Answer(id, text), by, expected)
        if not events or card is None:
            return
        if not is_read_first:
            self.answers(card, by.id, text)
            return
        assert did.holds(events)
        card.draft, card.submitted = text, self.meeting.head(DESK)
        if card.answered is None:
            card.claimed, card.touched, card.status = by.id, self.now, "submitted"

    # --- whoever approves

    def judges(self, card: Card | None, by: Somebody) -> str | None:
        refused = self.takes(card, "submitted", "answered", "answered_on_air")
        if refused is not None or card is None:
            return refused
        if card.submitted is None:
            return "nothing_submitted"
        if by.id == (card.claimed or card.answered):
            return "own_answer"
        if by != MADS and self.approval == "moderators":
            return "moderators_approve"
        return None

    @rule(by=approvers, which=few, late=st.booleans())
    def approve_answer(self, by: Somebody, which: int, late: bool) -> None:
        id, card = self.card_at_desk(self.a_card(which, waits))
        read = ((card and card.submitted) or 1) - late
        expected = self.judges(card, by) or ("stale_answer" if late else None)
        if card and card.draft and expected is None:
            self.secrets.discard(card.draft)  # from now on it is everybody's
        if self.attempt(deskwords.ApproveAnswer(id, read), by, expected) and card is not None:
            self.answers(card, card.claimed or card.answered or "", card.draft)

    @rule(by=approvers, which=few, noted=st.booleans())
    def return_answer(self, by: Somebody, which: int, noted: bool) -> None:
        id, card = self.card_at_desk(self.a_card(which, waits))
        note = self.a_secret() if noted else None
        if self.attempt(deskwords.ReturnAnswer(id, note), by, self.judges(card, by)) and card:
            card.submitted = None
            if card.answered is None:
                card.status, card.touched = "drafted", self.now

    @rule(approval=st.sampled_from(["nobody", "moderators", "colleagues", "colleagues"]))
    def set_approval(self, approval: Any) -> None:
        self.attempt(deskwords.SetApproval(approval), MADS, None)
        self.approval = approval

    # --- the moderators

    @rule(which=back)
    def approve(self, which: int) -> None:
        id = self.a_card(which)
        expected = self.takes(self.cards.get(id), "held", "declined")
        if self.attempt(deskwords.ApproveQuestion(id), MADS, expected):
            self.goes_public(id)

    @rule(which=st.sets(back, min_size=1), through=st.booleans())
    def settle_many(self, which: set[int], through: bool) -> None:
        ids = tuple(self.a_card(one) for one in sorted(which))
        expected = None if all(id in self.cards for id in ids) else "unknown_question"
        command = deskwords.ApproveQuestions(ids) if through else deskwords.DeclineQuestions(ids)
        held = [id for id in ids if id in self.cards and self.cards[id].status == "held"]
        self.attempt(command, MADS, expected)
        for id in held if expected is None else ():
            if through:
                self.goes_public(id)
            else:
                self.goes(self.cards[id], "declined")

    @rule(which=back, on=st.booleans())
    def pin(self, which: int, on: bool) -> None:
        id, card = self.card_at_desk(self.a_card(which))
        expected = self.takes(card, *SHOWN) if on else self.takes(card, *OPEN, *SETTLED)
        self.attempt((deskwords.PinQuestion if on else deskwords.UnpinQuestion)(id), MADS, expected)
        if expected is None and card is not None and (on or self.pinned == card.public):
            self.pinned = card.public if on else None

    @rule(which=back)
    def decline(self, which: int) -> None:
        id, card = self.card_at_desk(self.a_public(which))
        if not self.leads:
            id, card = self.card_at_desk(self.a_card(which))
        expected = self.takes(card, *OPEN)
        if self.attempt(deskwords.DeclineQuestion(id), MADS, expected) and card is not None:
            self.goes(card, "declined")

    @rule(which=few, into=back, by_public_id=st.booleans(), pinned=st.booleans())
    def merge(self, which: int, into: int, by_public_id: bool, pinned: bool) -> None:
        named = self.a_card(which, lambda card: not pinned or card.public == self.pinned)
        id, card = self.card_at_desk(named)
        asked_into = self.a_public(into) if by_public_id else self.a_card(into)
        target_id, target = self.card_at_desk(asked_into)
        expected = (
            (None if card and target else "unknown_question")
            or self.takes(card, *OPEN)
            or ("merge_into_itself" if card is target else None)
            or self.takes(target, *SHOWN)
        )
        if self.attempt(deskwords.Merge(id, asked_into), MADS, expected) and card and target:
            target.voters |= card.voters
            card.status, card.voters = "merged", set()
            self.drops_the_work(card)
            self.unpins(card.public, target.public)
            leads = self.leads.items()
            self.leads = {public: target_id if at == id else at for public, at in leads}

    @rule(on=st.booleans())
    def set_review(self, on: bool) -> None:
        self.attempt(roomwords.SetReview(on), MADS, None)
        self.review = on

    # --- the programme and the clock

    @rule(turn=st.sampled_from(["plan", "open", "open", "close"]), minutes=st.integers(0, 30))
    def the_programme_moves_on(self, turn: str, minutes: int) -> None:
        opens = self.now + timedelta(minutes=minutes)
        times = opens, opens + timedelta(minutes=30)
        if turn == "plan":
            self.attempt(deskwords.PlanWindow("18", *times), SYSTEM, None)
            if self.window != "open":
                self.window, self.times = "before", times
        elif turn == "open":
            self.attempt(deskwords.OpenWindow("18", *times), SYSTEM, None)
            self.window, self.times = "open", times
        else:
            self.attempt(deskwords.CloseWindow("18"), SYSTEM, None)
            self.window = "closed"

    @rule(step_s=st.sampled_from([0.1, 0.5, 1, 60, 301]))
    def time_passes(self, step_s: float) -> None:
        self.meeting.now += timedelta(seconds=step_s)

    @rule(step_s=st.sampled_from([0.1, 86400]))
    def the_clock_is_set_back(self, step_s: float) -> None:
        self.meeting.now -= timedelta(seconds=step_s)

    @rule()
    def the_tallier_runs(self) -> None:
        """Whatever has happened, what waits is told within a second, and then nothing waits."""
        latest = self.now + timedelta(seconds=1)
        for _ in range(len(self.cards) + 1):
            due = questions.tally_due(self.meeting.state, self.now)
            if due is None:
                break
            assert due <= latest
            self.meeting.now = max(self.now, due)
            assert self.attempt(deskwords.Tally(), SYSTEM, None), "a tally was due and told nothing"
        assert questions.tally_due(self.meeting.state, self.now) is None
        seen = self.meeting.snapshot(PUBLIC)["questions"]
        assert {one["id"]: one["votes"] for one in seen} == {
            public: len(self.cards[self.leads[public]].voters) for public in self.shown()
        }
        for one in self.meeting.snapshot(DESK)["questions"]:
            assert one["votes"] == len(self.cards[one["id"]].voters), "the desk is told as well"

    # --- what everybody sees

    def shown(self) -> list[str]:
        """Public ids of the cards the audience sees."""
        shown = {card.public for card in self.cards.values() if card.status in SHOWN}
        return [public for public in self.in_order if public in shown]

    @invariant()
    def the_audience_sees_the_public_cards_in_order(self) -> None:
        seen = self.meeting.snapshot(PUBLIC)
        assert [one["id"] for one in seen["questions"]] == self.shown()
        for one in seen["questions"]:
            card = self.cards[self.leads[one["id"]]]
            assert one["text"] == card.text
            assert (one.get("author") or {}).get("id") == (
                None if card.anonymous else card.asker.id
            )
            assert ("answer" in one) is (card.answered is not None)
            assert one.get("answer", {}).get("text") == card.said
            assert one.get("on_behalf", False) is card.room
        assert seen.get("pinned") == self.pinned
        merged = {public for public in self.leads if public not in self.shown()}
        assert seen["merged"] == {p: self.cards[self.leads[p]].public for p in merged}
        assert seen["window"]["state"] == self.window

    @invariant()
    def the_desk_sees_every_card(self) -> None:
        seen = self.meeting.snapshot(DESK)["questions"]
        assert [one["id"] for one in seen] == list(self.cards)
        for one, card in zip(seen, self.cards.values(), strict=True):
            assert (one["status"], one.get("public")) == (card.status, card.public)
            assert one.get("submitted") == card.submitted
            assert (one.get("claimed_by") or {}).get("id") == card.claimed
            assert one.get("draft") == card.draft
            assert one.get("text", "") == card.text
            assert ((one.get("answer") or {}).get("author") or {}).get("id") == card.answered

    @invariant()
    def no_reader_learns_whose_vote_it_was(self) -> None:
        """The desk and the audience are told sums; a name stands in the ballots and there alone."""
        for entry in self.meeting.log[self._counted :]:
            if isinstance(entry.event, (committeewords.VotesTallied, deskwords.VotesCounted)):
                assert wire.data_of(entry.event).keys() == {"votes"}
            assert (entry.topic == BALLOTS) is isinstance(
                entry.event, (committeewords.Voted, committeewords.Unvoted)
            )
        self._counted = len(self.meeting.log)
        assert self.meeting.snapshot(BALLOTS) == {}

    _counted = 0

    @invariant()
    def a_person_is_marked_where_they_voted(self) -> None:
        for by in (ANNA, BO, *HIDDEN, KIM):
            marks = set(self.meeting.snapshot(f"person:{by.id}")["votes"])
            led = {self.leads[mark] for mark in marks if mark in self.leads}
            assert led == {id for id, card in self.cards.items() if by.id in card.voters}

    @invariant()
    def no_audience_gets_what_the_desk_keeps(self) -> None:
        """Every frame ever sent to everybody, or to another person; and what joins now gives."""
        fresh = self.meeting.log[self._read :]
        self._read = len(self.meeting.log)
        held = {card.text for card in self.cards.values() if card.status == "held"} - {""}
        for entry in fresh:
            if entry.kind == "person":
                owner = entry.topic.partition(":")[2]
                held_by_others = {
                    card.text
                    for card in self.cards.values()
                    if card.status == "held" and card.asker.id != owner
                }
                said = spoken(wire.data_of(entry.event))
                assert not [text for text in held_by_others if text and f'"{text}"' in said]
                self._hides(said, _by_id(owner))
            if entry.topic == PUBLIC:
                self._is_public(wire.data_of(entry.event), held)
        self._is_public(self.meeting.snapshot(PUBLIC), held)

    _read = 0

    def _is_public(self, data: Any, held: set[str]) -> None:
        said = spoken(data)
        assert not [secret for secret in self.secrets | held if secret in said]

    def teardown(self) -> None:
        if hasattr(self, "meeting"):
            again = self.meeting.restarted(questions.initial())
            assert again.state == self.meeting.state
            assert again.snapshots() == self.meeting.snapshots()


def spoken(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _by_id(id: str) -> Somebody:
    return next(one for one in (ANNA, BO, HANNE, KIM, LIS, MADS, *HIDDEN) if one.id == id)


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
