"""The people of a rehearsal with a seed: speakers, a moderator, two municipalities, a committee.

They are drawn from one source of chance, in the order in which things happen, so that the same
seed gives the same day.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from chat.committeewords import AskQuestion, Vote
from chat.deskwords import AnswerOnAir
from chat.roomwords import PostMessage, React
from schedule.commands import Extend, Next
from schedule.show import Show
from server.access.actor import Actor
from server.entries import Entry

MUNICIPALITIES = ("aalborg", "aarhus")
MODERATOR = Actor("moderator", "Moderator", "moderator")
COMMITTEE = Actor("committee", "Udvalget", "committee")
MEMBERS = tuple(
    Actor(f"{slug}-{n}", f"Medlem {n}", "member", slug) for slug in MUNICIPALITIES for n in range(9)
)

OVERRUNS, FINISHES_EARLY = 0.3, 0.1
MESSAGES, QUESTIONS = 6, 5


class Stage(Protocol):
    """What the people act on."""

    def later(self, moment: datetime, act: Callable[[], Awaitable[None]]) -> None: ...

    async def ask(self, actor: Actor, topic: str, command: Any) -> None: ...

    async def moderate(self, command: Any) -> None: ...

    async def show(self) -> Show: ...


class People:
    """Does what people do when they see something happen."""

    def __init__(self, chance: random.Random, stage: Stage) -> None:
        self._chance = chance
        self._stage = stage

    def notice(self, entry: Entry) -> None:
        """See an event; what it leads to happens later."""
        data, at = entry.data, entry.envelope.show_at or entry.envelope.at
        match entry.envelope.name:
            case "item_started" if data["kind"] == "live":
                self._speak(data["item"], at)
            case "item_started" if data["kind"] == "discussion":
                self._discuss(at)
            case "window_opened":
                self._question(at)
            case "question_asked":
                self._vote(data["question"], at)
            case "question_queued":
                self._answer(data["question"], at)

    def _speak(self, item: str, at: datetime) -> None:
        roll = self._chance.random()
        if roll < OVERRUNS:
            minutes = self._chance.randint(1, 6)
            self._stage.later(at + timedelta(minutes=4), partial(self._extend, item, minutes))
        elif roll < OVERRUNS + FINISHES_EARLY:
            self._stage.later(at + timedelta(minutes=4), partial(self._go_on, item))

    async def _extend(self, item: str, minutes: int) -> None:
        await self._stage.moderate(Extend(item, minutes))

    async def _go_on(self, item: str) -> None:
        """On to the next item, unless that one has promised an hour."""
        show = await self._stage.show()
        following = show.next
        if show.now == item and following is not None and following.item.timing != "hard":
            await self._stage.moderate(Next(after=item))

    def _discuss(self, at: datetime) -> None:
        for _ in range(MESSAGES):
            member = self._chance.choice(MEMBERS)
            moment = at + timedelta(seconds=self._chance.randint(60, 1500))
            self._stage.later(moment, partial(self._write, member))

    async def _write(self, member: Actor) -> None:
        room = f"room:{member.municipality}"
        await self._stage.ask(member, room, PostMessage("Det prøver vi også hos os."))
        if self._chance.random() < 0.3:
            await self._stage.ask(member, room, React("m1", "👍"))

    def _question(self, at: datetime) -> None:
        for _ in range(QUESTIONS):
            member = self._chance.choice(MEMBERS)
            moment = at + timedelta(seconds=self._chance.randint(10, 900))
            self._stage.later(moment, partial(self._wonder, member))

    async def _wonder(self, member: Actor) -> None:
        question = AskQuestion("Hvad gør I selv?", anonymous=self._chance.random() < 0.3)
        await self._stage.ask(member, "committee", question)

    def _vote(self, question: str, at: datetime) -> None:
        for member in self._chance.sample(MEMBERS, k=self._chance.randint(0, 6)):
            moment = at + timedelta(seconds=self._chance.randint(1, 120))
            self._stage.later(moment, partial(self._support, member, question))

    async def _support(self, member: Actor, question: str) -> None:
        await self._stage.ask(member, "committee", Vote(question))

    def _answer(self, question: str, at: datetime) -> None:
        moment = at + timedelta(seconds=self._chance.randint(60, 300))
        self._stage.later(moment, partial(self._say, question))

    async def _say(self, question: str) -> None:
        await self._stage.ask(COMMITTEE, "committee.desk", AnswerOnAir(question))
