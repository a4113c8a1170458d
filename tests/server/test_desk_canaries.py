"""Ten minutes of the committee's hour by chance: what the desk keeps reaches nobody else.

The house is real (journal, dispatch, reactions, tallier), the time virtual. Every text, name and
municipality that not everybody may read is one of a kind, and is looked for among all bytes that
each reader could ever get: every frame of every topic they may join, its snapshot, the history, and
what is said to them when they are refused.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
import pytest

from chat import committeewords, deskwords, proposalwords, roomwords
from server import wire
from server.access.actor import SYSTEM, Actor
from server.clock import VirtualClock
from server.errors import Refusal
from server.house import House
from tests.server.guestbook import RecordingFanout
from tests.server.test_topics import START, a_day

DESK, PUBLIC = "committee.desk", "committee"
STEPS, STEP_S = 400, 1.5  # ten minutes
TOWNS = ("aalborg", "aarhus")

NAMED = [Actor(f"navn{n}", f"Navn {n}", "member", TOWNS[n % 2]) for n in range(4)]
HIDDEN = [Actor(f"skjult-{n}x", f"Kanarie Skjult {n}x", "member", TOWNS[n % 2]) for n in range(3)]
VOTERS = [Actor(f"stille-{n}x", f"Kanarie Stille {n}x", "staff", TOWNS[n % 2]) for n in range(3)]
HOSTS = [Actor(f"vaert-{town}", f"Vært {town}", "host", town) for town in TOWNS]
COLLEAGUES = [Actor(f"kl{n}", f"Politiker {n}", "committee") for n in range(3)]
MODERATOR = Actor("mo", "Moderator", "moderator")
ALONE = Actor("ene", "En Ene", "individual")

AT_THE_DESK = [*COLLEAGUES, MODERATOR]
AUDIENCE = [*NAMED, *HIDDEN, *VOTERS, *HOSTS, ALONE, Actor("se", "Sekretariat", "secretariat")]
SECRET_NAMES = {word for one in (*HIDDEN, *VOTERS) for word in (one.id, one.name)}


@dataclass
class Hour:
    """Random traffic, and what of it is whose secret.

    Args:
        secrets: texts that are not everybody's (yet), each with those who may read it beside the
            desk: the asker of a held question.
    """

    house: House
    clock: VirtualClock
    chance: random.Random
    secrets: dict[str, set[str]] = field(default_factory=dict)
    published: set[str] = field(default_factory=set)
    refusals: list[tuple[Actor, bytes]] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    _texts: int = 0

    def text(self, *owners: str) -> str:
        """A secret from now on; until the same words are given to everybody on purpose."""
        self._texts += 1
        text = f"kanarie-{self._texts}-tekst"
        self.secrets[text] = set(owners)
        return text

    async def do(self, actor: Actor, topic: str, command: Any) -> bool:
        name, data = wire.name_of(type(command)), orjson.loads(orjson.dumps(wire.data_of(command)))
        try:
            if actor is SYSTEM:
                await self.house.dispatch.command(actor, self._id(), topic, command)
            else:
                await self.house.dispatch.do(actor, self._id(), topic, name, data)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            facts = getattr(error, "facts", {})
            told = orjson.dumps([error.code, error.detail, facts], default=str)
            for word in map(str, data.values()):  # saying it back tells nothing
                told = told.replace(word.encode(), b"")
            self.refusals.append((actor, told))
            return False
        self.done[name] = self.done.get(name, 0) + 1
        return True

    def _id(self) -> str:
        return f"c{self.chance.random()}"

    @property
    def questions(self) -> list[Any]:
        return list(self.house.dispatch.opened(DESK).face(DESK).board.questions.values())

    def one(self, *statuses: str) -> Any:
        found = [one for one in self.questions if one.status in statuses]
        return self.chance.choice(found) if found else None

    async def step(self) -> None:
        act = self.chance.choice(ACTS)
        await act(self)
        self.clock.advance(STEP_S)
        await self.house.reactor.catch_up()
        await self.house.tallier.take_due()


async def ask(hour: Hour) -> None:
    by = hour.chance.choice([*NAMED, *HIDDEN])
    hidden = by in HIDDEN or hour.chance.random() < 0.3
    text = hour.text(by.id)
    review = hour.house.dispatch.opened(DESK).face(DESK).board.review
    if await hour.do(by, PUBLIC, committeewords.AskQuestion(text, hidden)) and not review:
        hour.published.add(text)


async def vote(hour: Hour) -> None:
    by = hour.chance.choice([*VOTERS, *NAMED])
    known = [one.public for one in hour.questions if one.public] + ["q999"]
    word = hour.chance.choice([committeewords.Vote, committeewords.Vote, committeewords.Unvote])
    await hour.do(by, PUBLIC, word(hour.chance.choice(known)))


async def vet(hour: Hour) -> None:
    question = hour.one("held")
    if question is None:
        await hour.do(MODERATOR, DESK, roomwords.SetReview(hour.chance.random() < 0.8))
        return
    many = hour.chance.choice(
        [deskwords.ApproveQuestions, deskwords.ApproveQuestions, deskwords.DeclineQuestions]
    )
    if await hour.do(MODERATOR, DESK, many((question.id,))) and many is deskwords.ApproveQuestions:
        hour.published.add(question.text)


async def work(hour: Hour) -> None:
    question = hour.one("queued", "claimed", "drafted", "submitted")
    if question is not None:
        by = hour.chance.choice(COLLEAGUES)
        word = hour.chance.choice([deskwords.Claim, deskwords.Release, deskwords.AnswerOnAir])
        await hour.do(by, DESK, word(question.id))


async def write(hour: Hour) -> None:
    question = hour.one("queued", "claimed", "drafted", "submitted", "answered")
    if question is None:
        return
    by, text = hour.chance.choice(COLLEAGUES), hour.text()
    waits = hour.house.dispatch.opened(DESK).face(DESK).board.approval != "nobody"
    word = hour.chance.choice([deskwords.Draft, deskwords.Answer])
    given = await hour.do(by, DESK, word(question.id, text)) and word is deskwords.Answer
    if given and not waits:
        hour.published.add(text)


async def approve(hour: Hour) -> None:
    waiting = [one for one in hour.questions if one.submitted is not None]
    if not waiting:
        kind: Any = hour.chance.choice(["nobody", "moderators", "colleagues", "colleagues"])
        await hour.do(MODERATOR, DESK, deskwords.SetApproval(kind))
        return
    question, by = hour.chance.choice(waiting), hour.chance.choice(AT_THE_DESK)
    if hour.chance.random() < 0.4:
        await hour.do(by, DESK, deskwords.ReturnAnswer(question.id, hour.text()))
    elif await hour.do(by, DESK, deskwords.ApproveAnswer(question.id, question.submitted)):
        hour.published.add(question.draft)


async def settle(hour: Hour) -> None:
    question, other = hour.one("held", "queued", "drafted"), hour.one("queued", "claimed")
    if question is None:
        return
    asker = next(one for one in AUDIENCE if one.id == question.asker.id)
    match hour.chance.randrange(4):
        case 0:
            await hour.do(asker, PUBLIC, committeewords.WithdrawQuestion(question.id))
        case 1:
            await hour.do(MODERATOR, DESK, deskwords.DeclineQuestion(question.id))
        case 2 if other is not None:
            await hour.do(MODERATOR, DESK, deskwords.Merge(question.id, other.id))
        case _:
            await hour.do(MODERATOR, DESK, deskwords.PinQuestion(question.id))


async def propose(hour: Hour) -> None:
    """A room's words are its people's alone, until its host sends them on."""
    by = hour.chance.choice([*NAMED, *VOTERS])
    topic = f"proposals:{by.municipality}"
    await hour.house.board.open(topic)
    listed = hour.house.dispatch.opened(topic).face(topic).shown.proposals
    theirs = {one.id for one in AUDIENCE if one.municipality == by.municipality}
    match hour.chance.randrange(3):
        case 1 if listed:
            await hour.do(by, topic, proposalwords.BackProposal(hour.chance.choice(listed).id))
        case 2 if listed:
            host = next(one for one in HOSTS if one.municipality == by.municipality)
            text, review = hour.text(host.id), _reviews(hour)
            sent = committeewords.SendQuestion(listed[0].id, text)
            if await hour.do(host, PUBLIC, sent) and not review:
                hour.published.add(text)
        case _:
            await hour.do(NAMED[TOWNS.index(str(by.municipality))], topic, _proposal(hour, theirs))


def _reviews(hour: Hour) -> bool:
    return bool(hour.house.dispatch.opened(DESK).face(DESK).board.review)


def _proposal(hour: Hour, theirs: set[str]) -> proposalwords.Propose:
    return proposalwords.Propose(hour.text(*theirs))


async def spy(hour: Hour) -> None:
    """Somebody of the audience tries what is not theirs."""
    by, question = hour.chance.choice(AUDIENCE), hour.one("held", "drafted", "submitted", "queued")
    if question is not None:
        word = hour.chance.choice(
            [committeewords.Vote, committeewords.Unvote, committeewords.WithdrawQuestion]
        )
        id = hour.chance.choice([question.id, question.public or "q99"])
        if by.id != question.asker.id:
            await hour.do(by, PUBLIC, word(id))
        await hour.do(by, DESK, deskwords.Draft(question.id, "Må jeg se?"))


ACTS = [*[ask] * 5, *[vote] * 5, *[vet] * 3, *[work] * 3, *[write] * 4, *[approve] * 3]
ACTS += [settle, propose, propose, spy]


async def read_by(house: House, fanout: RecordingFanout, reader: Actor) -> list[tuple[str, bytes]]:
    """Every byte of every log this person may join, with the topic."""
    said = []
    for topic, frames in fanout.frames.items():
        if house.board.may_read(reader, topic):
            await house.board.open(topic)
            said += [(topic, frame) for _, frame in frames]
            said.append((topic, house.board.snapshot(topic)))
    return said


def secrets_from(hour: Hour, reader: Actor) -> set[bytes]:
    """What this reader must never have got."""
    texts = {text for text, owners in hour.secrets.items() if reader.id not in owners}
    names = SECRET_NAMES - {reader.id, reader.name}
    return {word.encode() for word in (texts - hour.published) | names}


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.long) for n in (2, 3, 4))])
async def test_ten_minutes_by_chance_and_no_canary_leaves_the_desk(seed: int) -> None:
    async with a_day() as (house, clock, fanout):
        hour = Hour(house, clock, random.Random(seed))
        closes = START + timedelta(hours=1)
        await hour.do(SYSTEM, DESK, deskwords.OpenWindow("18", START, closes))
        await hour.do(MODERATOR, DESK, roomwords.SetReview(True))
        await hour.do(MODERATOR, DESK, deskwords.SetApproval("colleagues"))
        for _ in range(STEPS):
            await hour.step()

        assert sum(hour.done.values()) > STEPS / 3
        assert {"answer", "approve_answer", "send_question", "vote"} <= hour.done.keys()
        for reader in AUDIENCE:
            secrets = secrets_from(hour, reader)
            assert len(secrets) > 40, "there was something to keep"
            for topic, said in await read_by(house, fanout, reader):
                found = [word for word in secrets if word in said]
                assert not found, (reader.id, topic, found, said[:300])
            history, _ = await house.board.history(PUBLIC, 10**9, 100)
            assert not [word for word in secrets if word in orjson.dumps(history)]
        for reader, told in hour.refusals:
            if reader in AUDIENCE:
                assert not [word for word in secrets_from(hour, reader) if word in told]
        for reader in AT_THE_DESK:
            for topic, said in await read_by(house, fanout, reader):
                whose = [one.id for one in VOTERS if one.id.encode() in said]
                assert not whose, f"{reader.id} learnt from {topic} that {whose} voted"
        ballots = [topic for topic in fanout.frames if ".ballots" in topic]
        assert len(ballots) == 3, "votes were cast, and stand where nobody reads"
