"""A room's question on its way: proposed and voted for inside, sent on, taken in, let go of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import orjson
import pytest_asyncio

from chat import committeewords, deskwords, proposalwords
from server import wire
from server.access.actor import SYSTEM, Actor
from server.errors import Refusal
from server.house import House
from tests.server.test_topics import ANNA, BO, DESK, EVA, HOST, MODERATOR, PROPOSALS, START, a_day

FIRST = "aalborg.p1"
SENT = committeewords.SendQuestion(FIRST, "Hvad koster det i alt?")


class Day:
    """A day with the committee's window open."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._count = 0

    async def does(self, actor: Actor, topic: str, command: object) -> str:
        """The refusal's code, or "" when it was done and the reactions with it."""
        self._count += 1
        data = orjson.loads(orjson.dumps(wire.data_of(command)))
        name = wire.name_of(type(command))
        try:
            await self.house.dispatch.do(actor, f"c{self._count}", topic, name, data)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            return error.code
        await self.house.reactor.catch_up()
        return ""

    async def is_sent(self) -> bool:
        await self.house.board.open(PROPOSALS)
        found = orjson.loads(self.house.board.snapshot(PROPOSALS))["proposals"]
        return bool(found[0]["sent"])


@pytest_asyncio.fixture
async def day() -> AsyncIterator[Day]:
    async with a_day() as (house, _, _):
        window = deskwords.OpenWindow("18", START, START + timedelta(hours=1))
        await house.dispatch.command(SYSTEM, "open", DESK, window)
        day = Day(house)
        assert await day.does(ANNA, PROPOSALS, proposalwords.Propose("Hvad koster det?")) == ""
        assert await day.does(BO, PROPOSALS, proposalwords.BackProposal(FIRST)) == ""
        yield day


async def test_the_room_learns_that_its_question_is_sent(day: Day) -> None:
    assert await day.does(HOST, "committee", SENT) == ""
    assert await day.is_sent()


async def test_the_room_may_send_another_when_the_desk_lets_go(day: Day) -> None:
    for letting_go, by, topic in (
        (deskwords.DeclineQuestion("hanne.q1"), MODERATOR, DESK),
        (committeewords.WithdrawQuestion("hanne.q2"), HOST, "committee"),
    ):
        assert await day.does(HOST, "committee", SENT) == ""
        assert await day.is_sent()
        assert await day.does(by, topic, letting_go) == ""
        assert not await day.is_sent()


async def test_the_room_learns_when_a_declined_question_comes_back(day: Day) -> None:
    await day.does(HOST, "committee", SENT)
    await day.does(MODERATOR, DESK, deskwords.DeclineQuestion("hanne.q1"))
    await day.does(MODERATOR, DESK, deskwords.ApproveQuestion("hanne.q1"))
    assert await day.is_sent()


async def test_what_the_desk_does_not_take_the_host_is_told_and_the_room_keeps(day: Day) -> None:
    await day.house.dispatch.command(SYSTEM, "close", DESK, deskwords.CloseWindow("18"))
    assert await day.does(HOST, "committee", SENT) == "window_closed"
    assert not await day.is_sent()


async def test_a_member_speaks_for_no_municipality_and_a_neighbour_sees_no_proposals(
    day: Day,
) -> None:
    assert await day.does(ANNA, "committee", SENT) == "not_found"
    assert await day.does(EVA, PROPOSALS, proposalwords.BackProposal(FIRST)) == "not_found"
    assert not day.house.board.may_read(EVA, PROPOSALS)


async def test_nobody_reads_the_ballots(day: Day) -> None:
    for actor in (ANNA, HOST, MODERATOR, Actor("kl", "KL", "committee")):
        for topic in ("committee.ballots", "proposals.ballots:aalborg"):
            assert not day.house.board.may_read(actor, topic)
