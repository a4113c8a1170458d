"""A room under anything: people, hosts, impatience, clocks that step.

The model is what a careful host would keep on paper: who wrote what, what waits, who is in a
time-out. Every text is one of a kind, so that finding it anywhere is finding that text. After every
step: the people see what the paper says, never a text that waits; a deleted text is nowhere; and
whoever joined just now and hears the events over the wire sees the same as everybody.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat import hostingwords, moderation, rooms, roomwords
from chat.errors import Refused
from chat.people import author_of
from chat.viewing import commands as view
from chat.viewing import viewing
from tests.chat.meeting import (
    ANNA,
    BO,
    HANNE,
    HENRIK,
    Meeting,
    Somebody,
    a_room,
    cued,
    followed,
    somebody,
)

pytestmark = pytest.mark.patient

ALL, HOSTS = "room:aalborg", "room.host:aalborg"
PEOPLE = {one.id: one for one in (ANNA, BO, HANNE, HENRIK)}
WRITING_S, WRITING_MOST = 10, 10

people = st.sampled_from(sorted(PEOPLE)).map(PEOPLE.__getitem__)
hosts = st.sampled_from([HANNE, HENRIK])
back = st.integers(0, 3)
films = st.sampled_from(["tema-1", "tema-3"])
places = st.sampled_from([0.0, 12.25, 59.9, 60.0, 1320.4, 86_400.0, -1.0])


@dataclass
class Post:
    author: str
    text: str | None
    reactions: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Reel:
    """A film on a machine in the host's own room: `at` moves on while it runs."""

    item: str
    at_s: float
    length_s: float | None
    goes_at: datetime | None

    def now_s(self, now: datetime) -> float:
        if self.goes_at is None or now <= self.goes_at:
            return self.at_s
        run_s = self.at_s + (now - self.goes_at).total_seconds()
        return run_s if self.length_s is None else min(run_s, self.length_s)

    def is_over(self, now: datetime) -> bool:
        return self.goes_at is not None and self.now_s(now) == self.length_s


@dataclass
class Paper:
    """The model."""

    posts: dict[str, Post] = field(default_factory=dict)
    held: dict[str, tuple[str, str]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    pinned: str | None = None
    review: bool = False
    slow_s: int = 0
    closed: bool = False
    listed: bool = False
    wrote: dict[str, list[datetime]] = field(default_factory=dict)
    posted: dict[str, datetime] = field(default_factory=dict)
    mutes: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    reel: Reel | None = None
    never_public: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def shows(self, id: str) -> None:
        self.shown.append(id)
        while len(self.shown) > 100:
            self.shown.remove(next(one for one in self.shown if one != self.pinned))

    def writing(self, by: Somebody, now: datetime) -> str | None:
        """Why this person may not write now."""
        if self.shut(by):
            return "room_closed"
        since, until = self.mutes.get(by.id, (now, now))
        if since <= now < until:
            return "muted"
        last = self.wrote.get(by.id, [])[-WRITING_MOST:]
        window = timedelta(seconds=WRITING_S)
        within = [one for one in last if now - window < one <= now]
        return "too_fast" if len(within) == WRITING_MOST else None

    def shut(self, by: Somebody) -> bool:
        return self.closed and by.role != "host"

    def waits(self, by: Somebody, text: str) -> bool:
        """Whether a host reads this before the others do."""
        return by.role != "host" and (self.review or (self.listed and "p0kker" in text))

    def slowed(self, by: Somebody, now: datetime) -> bool:
        posted = self.posted.get(by.id)
        if by.role == "host" or posted is None:
            return False
        return posted <= now < posted + timedelta(seconds=self.slow_s)


class Room(RuleBasedStateMachine):
    @initialize(before=st.sampled_from([2, 97]))
    def open(self, before: int) -> None:
        self.meeting, self.paper, self.texts = a_room(), Paper(), 0
        for number in range(before):
            by, text = somebody(number), self.a_text()
            self.meeting.fold(roomwords.MessagePosted(f"m{number + 1}", author_of(by), text))
            self.paper.posts[f"m{number + 1}"] = Post(by.id, text)
            self.paper.shows(f"m{number + 1}")

    def a_text(self) -> str:
        self.texts += 1
        return f"<{self.texts}>"

    @property
    def now(self) -> datetime:
        return self.meeting.now

    def attempt(self, command: object, by: Somebody, expected: str | None) -> bool:
        """Do a thing, or be refused it, as the paper says."""
        before = self.meeting.again()
        try:
            self.meeting.do(command, by)
        except Refused as refused:
            refusal = refused
        else:
            assert expected is None, f"{command} by {by.id} was not refused as {expected}"
            self._follow(before)
            return True
        assert refusal.code == expected
        assert self.meeting.state == before.state
        assert json.dumps(refusal.facts)
        return False

    def _follow(self, before: Meeting) -> None:
        """Whoever joined before, and heard the events over the wire, sees the same."""
        entries = self.meeting.log[len(before.log) :]
        for topic, snapshot in self.meeting.snapshots().items():
            assert followed(topic, before.snapshot(topic), entries) == snapshot, topic

    def a_post(self, back: int) -> str:
        """One of the last messages; beyond the first, an id that nobody has."""
        ids = list(self.paper.posts)
        return ids[-1 - back] if back < len(ids) else "m0"

    def standing(self, id: str) -> str | None:
        post = self.paper.posts.get(id)
        if post is None:
            return "unknown_message"
        return "already_deleted" if post.text is None else None

    # --- writing

    @rule(by=people, reply=st.none() | back, rude=st.booleans())
    def post(self, by: Somebody, reply: int | None, rude: bool) -> None:
        paper, text = self.paper, self.a_text() + " P0kker".casefold() * rude
        reply_to = None if reply is None else self.a_post(reply)
        reviewed = paper.waits(by, text)
        waiting = sum(author == by.id for author, _ in paper.held.values())
        expected = (
            paper.writing(by, self.now)
            or ("slow_mode" if paper.slowed(by, self.now) else None)
            or (self.standing(reply_to) if reply_to else None)
            or ("too_many_waiting" if reviewed and waiting >= moderation.HELD_PER_PERSON else None)
        )
        if not self.attempt(roomwords.PostMessage(text, reply_to), by, expected):
            return
        paper.wrote.setdefault(by.id, []).append(self.now)
        paper.posted[by.id] = self.now
        event: Any = self.meeting.log[-2 if reviewed else -1].event
        if reviewed:
            paper.held[event.message] = (by.id, text)
            paper.never_public.add(text)
        else:
            paper.posts[event.message] = Post(by.id, text)
            paper.shows(event.message)

    @rule(by=people, which=back)
    def edit(self, by: Somebody, which: int) -> None:
        paper, id, text = self.paper, self.a_post(which), self.a_text()
        yours = id in paper.posts and paper.posts[id].author == by.id
        expected = (
            self.standing(id)
            or (None if yours else "not_yours")
            or paper.writing(by, self.now)
            or ("under_review" if paper.waits(by, text) else None)
        )
        if self.attempt(roomwords.EditMessage(id, text), by, expected):
            paper.wrote.setdefault(by.id, []).append(self.now)
            paper.gone.add(str(paper.posts[id].text))
            paper.posts[id].text = text

    @rule(by=people, which=back)
    def delete(self, by: Somebody, which: int) -> None:
        id = self.a_post(which)
        yours = id in self.paper.posts and self.paper.posts[id].author == by.id
        expected = self.standing(id) or (None if yours or by.role == "host" else "not_yours")
        if self.attempt(roomwords.DeleteMessage(id), by, expected):
            post = self.paper.posts[id]
            self.paper.gone.add(str(post.text))
            post.text, post.reactions = None, set()
            if self.paper.pinned == id:
                self.paper.pinned = None

    @rule(by=people, which=back, emoji=st.sampled_from(["👍", "✅", "x"]), on=st.booleans())
    def react(self, by: Somebody, which: int, emoji: str, on: bool) -> None:
        paper, id = self.paper, self.a_post(which)
        given = id in paper.posts and (emoji, by.id) in paper.posts[id].reactions
        since, until = paper.mutes.get(by.id, (self.now, self.now))
        expected = (
            ("unknown_emoji" if emoji == "x" else None)
            or self.standing(id)
            or (None if id in paper.shown else "too_old")
            or ("room_closed" if on and not given and paper.shut(by) else None)
            or ("muted" if on and not given and since <= self.now < until else None)
        )
        command = (roomwords.React if on else roomwords.Unreact)(id, emoji)
        self.meeting.now += timedelta(seconds=0.6)  # within the pace of reacting
        if self.attempt(command, by, expected):
            (paper.posts[id].reactions.add if on else paper.posts[id].reactions.discard)(
                (emoji, by.id)
            )

    # --- the hosts' hand

    @rule(by=hosts, which=back)
    def pin(self, by: Somebody, which: int) -> None:
        id = self.a_post(which)
        expected = self.standing(id) or (None if id in self.paper.shown else "too_old")
        if self.attempt(roomwords.PinMessage(id), by, expected):
            self.paper.pinned = id

    @rule(by=hosts, which=back)
    def unpin(self, by: Somebody, which: int) -> None:
        id = self.a_post(which)
        self.attempt(roomwords.UnpinMessage(id), by, None)
        if self.paper.pinned == id:
            self.paper.pinned = None

    @rule(by=hosts, whom=people, minutes=st.sampled_from([1, 5, 60]))
    def mute(self, by: Somebody, whom: Somebody, minutes: int) -> None:
        expected = None if whom.id in self.paper.posted else "unknown_person"
        if whom.role == "host" and expected is None:
            expected = "not_mutable"
        if self.attempt(hostingwords.MutePerson(whom.id, minutes), by, expected):
            others = self.paper.mutes.items()
            self.paper.mutes = {id: one for id, one in others if one[1] > self.now}
            self.paper.mutes[whom.id] = self.now, self.now + timedelta(minutes=minutes)

    @rule(by=hosts, whom=people)
    def unmute(self, by: Somebody, whom: Somebody) -> None:
        self.attempt(hostingwords.UnmutePerson(whom.id), by, None)
        if self.paper.mutes.get(whom.id, (self.now, self.now))[1] > self.now:
            del self.paper.mutes[whom.id]

    @rule(by=hosts, seconds=st.sampled_from([0, 1, 30]))
    def slow_down(self, by: Somebody, seconds: int) -> None:
        self.attempt(roomwords.SetSlowMode(seconds), by, None)
        self.paper.slow_s = seconds

    @rule(by=hosts, on=st.booleans())
    def review(self, by: Somebody, on: bool) -> None:
        self.attempt(roomwords.SetReview(on), by, None)
        self.paper.review = on

    @rule(by=hosts, closed=st.booleans())
    def close(self, by: Somebody, closed: bool) -> None:
        self.attempt(roomwords.CloseRoom() if closed else roomwords.OpenRoom(), by, None)
        self.paper.closed = closed

    @rule(by=hosts, words=st.sampled_from([(), ("pokker",)]))
    def list_words(self, by: Somebody, words: tuple[str, ...]) -> None:
        self.attempt(hostingwords.SetWordList(words), by, None)
        self.paper.listed = bool(words)

    @rule(by=people, count=st.integers(1, 4))
    def sit_together(self, by: Somebody, count: int) -> None:
        self.meeting.now += timedelta(seconds=0.6)
        self.attempt(roomwords.CountHeads(count), by, None)
        self.paper.heads.pop(by.id, None)
        if count > 1:
            self.paper.heads[by.id] = count

    # --- what the room watches together

    @rule(
        by=hosts,
        item=films,
        place=places,
        length=st.sampled_from([None, 60.0, 1320.5]),
        opens_s=st.none() | st.just(600),
    )
    def show_a_film(
        self, by: Somebody, item: str, place: float, length: float | None, opens_s: int | None
    ) -> None:
        command = cued(item, place, length)
        if opens_s is not None:
            opens = self.now + timedelta(seconds=opens_s)
            command = view.Cued(command.asked, view.Reel(False, opens, length))
        fits = 0 <= place < (length or 86_400)
        expected = "locked" if opens_s is not None else None if fits else "out_of_range"
        if self.attempt(command, by, expected):
            self.paper.reel = Reel(item, place, length, self.now + timedelta(seconds=2))

    @rule(by=hosts, item=films)
    def show_what_nobody_knows(self, by: Somebody, item: str) -> None:
        self.attempt(view.StartViewing(item), by, "unknown_item")

    @rule(by=hosts, item=films)
    def pause_the_film(self, by: Somebody, item: str) -> None:
        reel = self.paper.reel
        over = reel is not None and reel.is_over(self.now)
        expected = None if reel and reel.item == item and not over else "no_viewing"
        if self.attempt(view.PauseViewing(item), by, expected) and reel:
            reel.at_s, reel.goes_at = reel.now_s(self.now), None

    @rule(by=hosts, item=films)
    def go_on(self, by: Somebody, item: str) -> None:
        reel = self.paper.reel
        expected = None if reel and reel.item == item else "no_viewing"
        if self.attempt(view.ResumeViewing(item), by, expected) and reel and not reel.goes_at:
            reel.goes_at = self.now + timedelta(seconds=1)

    @rule(by=hosts, item=films, place=places)
    def go_to(self, by: Somebody, item: str, place: float) -> None:
        reel = self.paper.reel
        fits = reel is not None and 0 <= place < (reel.length_s or 86_400)
        expected = None if reel and reel.item == item else "no_viewing"
        expected = expected or (None if fits else "out_of_range")
        if self.attempt(view.MoveViewing(item, place), by, expected) and reel:
            reel.at_s = place
            reel.goes_at = reel.goes_at and self.now + timedelta(seconds=2)

    @rule(by=hosts, item=films)
    def end_the_film(self, by: Somebody, item: str) -> None:
        reel = self.paper.reel
        expected = None if reel is None or reel.item == item else "no_viewing"
        if self.attempt(view.EndViewing(item), by, expected):
            self.paper.reel = None

    # --- what waits

    def a_waiting(self, which: int) -> str:
        ids = list(self.paper.held)
        return ids[which % len(ids)] if ids else "anna.m99"

    @rule(by=hosts, which=back)
    def approve(self, by: Somebody, which: int) -> None:
        id = self.a_waiting(which)
        expected = None if id in self.paper.held else "unknown_message"
        if self.attempt(hostingwords.ApproveMessage(id), by, expected):
            author, text = self.paper.held.pop(id)
            self.paper.never_public.discard(text)
            posted = f"m{len(self.paper.posts) + 1}"
            self.paper.posts[posted] = Post(author, text)
            self.paper.shows(posted)

    @rule(by=hosts, which=back)
    def decline(self, by: Somebody, which: int) -> None:
        id = self.a_waiting(which)
        expected = None if id in self.paper.held else "unknown_message"
        if self.attempt(hostingwords.DeclineMessage(id), by, expected):
            del self.paper.held[id]

    @rule(by=people, which=back)
    def take_back(self, by: Somebody, which: int) -> None:
        id = self.a_waiting(which)
        author, text = self.paper.held.get(id, ("", ""))
        if self.attempt(
            roomwords.DeleteMessage(id), by, None if author == by.id else "unknown_message"
        ):
            del self.paper.held[id]
            self.paper.gone.add(text)

    # --- the clock

    @rule(step_s=st.sampled_from([0.1, 1, 5, 60, 3600]))
    def time_passes(self, step_s: float) -> None:
        self.meeting.now += timedelta(seconds=step_s)

    @rule(step_s=st.sampled_from([0.1, 5, 3600, 86400]))
    def the_clock_is_set_back(self, step_s: float) -> None:
        self.meeting.now -= timedelta(seconds=step_s)

    @rule(by=people)
    def whoever_waits_as_told_may_write(self, by: Somebody) -> None:
        longest = timedelta(minutes=60)
        now, command = self.now, roomwords.PostMessage(self.a_text())
        for _ in range(4):
            try:
                rooms.decide(self.meeting.state, command, by, now)
            except Refused as refused:
                if refused.code in ("too_many_waiting", "room_closed"):
                    return
                wait = timedelta(milliseconds=refused.facts["retry_ms"])  # type: ignore[arg-type]
                assert timedelta(0) < wait <= longest
                now += wait
            else:
                return
        raise AssertionError("waited as long as told four times, and still may not write")

    # --- what everybody sees

    @invariant()
    def the_people_see_what_the_paper_says(self) -> None:
        seen, paper = self.meeting.snapshot(ALL), self.paper
        assert [one["id"] for one in seen["messages"]] == paper.shown
        for one in seen["messages"]:
            post = paper.posts[one["id"]]
            assert (one["author"]["id"], one.get("text")) == (post.author, post.text)
            given = {(emoji, who) for emoji, whose in one["reactions"].items() for who in whose}
            assert given == post.reactions
        assert (seen.get("pinned"), seen["review"]) == (paper.pinned, paper.review)
        assert (seen["closed"], seen["heads"]) == (paper.closed, paper.heads)

    @invariant()
    def everybody_sees_the_same_second_of_the_film(self) -> None:
        seen, reel = rooms.restore(self.meeting.snapshot(ALL)).board.viewing, self.paper.reel
        assert (seen and seen.item) == (reel and reel.item)
        for later_s in (0, 1.5, 40, 5_000):
            then = self.now + timedelta(seconds=later_s)
            if seen and reel:
                assert abs(viewing.position_s(seen, then) - reel.now_s(then)) < 0.002
                assert viewing.is_over(seen, then) is reel.is_over(then)

    @invariant()
    def the_hosts_see_what_waits(self) -> None:
        held = {one["id"]: one["text"] for one in self.meeting.snapshot(HOSTS)["held"]}
        assert held == {id: text for id, (_, text) in self.paper.held.items()}

    @invariant()
    def nobody_but_its_author_and_the_hosts_gets_a_text_that_was_never_approved(self) -> None:
        for topic, text in self._sent():
            if text in self.paper.never_public:
                assert topic == HOSTS or topic == f"person:{self._author_of(text)}"

    def _sent(self) -> list[tuple[str, str]]:
        return [
            (entry.topic, text)
            for entry in self.meeting.log
            if (text := getattr(entry.event, "text", None)) is not None
        ]

    def _author_of(self, text: str) -> str:
        held = (
            one.event for one in self.meeting.log if isinstance(one.event, hostingwords.MessageHeld)
        )
        return next(event.author.id for event in held if event.text == text)

    @invariant()
    def a_text_that_is_gone_is_nowhere(self) -> None:
        kept = {getattr(entry.event, "text", None) for entry in self.meeting.stored}
        assert not kept & self.paper.gone
        everything = json.dumps(self.meeting.snapshots())
        assert not [text for text in self.paper.gone if text in everything]

    def teardown(self) -> None:
        if hasattr(self, "meeting"):
            again = self.meeting.restarted(rooms.initial("aalborg"))
            assert again.state == self.meeting.state
            assert again.snapshots() == self.meeting.snapshots()


TestRoom = Room.TestCase
TestRoom.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
