from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from chat import committeewords, deskwords
from chat.committee import SHOWN
from server.access.actor import SYSTEM, Actor
from server.house import House
from server.published import A_PAGE, PublishedQuestions
from tests.server.test_topics import COMMITTEE, DESK, MODERATOR, START, a_day

PUBLIC = "committee"


class Hour:
    def __init__(self, house: House) -> None:
        self.house = house
        self.published = PublishedQuestions(house.board)
        self._count = 0

    async def does(self, actor: Actor, topic: str, *commands: object) -> None:
        """All at once, so that they share their commits."""
        ids = [f"c{self._count + n}" for n in range(len(commands))]
        self._count += len(commands)
        together = zip(ids, commands, strict=True)
        asks = (self.house.dispatch.command(actor, id, topic, one) for id, one in together)
        await asyncio.gather(*asks)

    async def asked(self, count: int) -> None:
        people = [Actor(f"p{n}", f"P {n}", "member", "aalborg") for n in range(count)]
        numbered = (committeewords.AskQuestion(f"Nummer {n + 1}?") for n in range(count))
        together = zip(people, numbered, strict=True)
        await asyncio.gather(*(self.does(by, PUBLIC, one) for by, one in together))

    async def texts(self, item: str = "18") -> list[str]:
        return [one["text"] for one in await self.published.of(item)]


@pytest_asyncio.fixture
async def hour() -> AsyncIterator[Hour]:
    async with a_day() as (house, _, _):
        hour = Hour(house)
        await hour.does(SYSTEM, DESK, deskwords.OpenWindow("18", START, START + timedelta(hours=1)))
        yield hour


async def test_all_are_published_also_those_a_snapshot_has_no_room_for(hour: Hour) -> None:
    await hour.asked(SHOWN + A_PAGE + 5)
    await hour.does(COMMITTEE, DESK, deskwords.Answer("q1", "Ja"))
    published = await hour.published.of("18")
    assert [one["text"] for one in published] == [
        f"Nummer {n + 1}?" for n in range(SHOWN + A_PAGE + 5)
    ]
    assert published[0]["answer"]["text"] == "Ja"


async def test_what_is_gone_is_not_published_however_much_of_it_there_is(hour: Hour) -> None:
    await hour.asked(A_PAGE + 20)
    gone = (deskwords.DeclineQuestion(f"q{n}") for n in range(10, A_PAGE + 21))
    await hour.does(MODERATOR, DESK, *gone)
    assert await hour.texts() == [f"Nummer {n}?" for n in range(1, 10)]


async def test_an_answer_that_comes_later_is_published_with_its_item(hour: Hour) -> None:
    await hour.asked(2)
    assert "answer" not in (await hour.published.of("18"))[0]
    await hour.does(SYSTEM, DESK, deskwords.CloseWindow("18"))
    await hour.does(COMMITTEE, DESK, deskwords.Answer("q1", "Ja"))
    assert (await hour.published.of("18"))[0]["answer"]["text"] == "Ja"


async def test_each_item_has_its_own(hour: Hour) -> None:
    await hour.asked(1)
    assert await hour.texts("05") == []


async def test_the_log_is_read_once_for_all_who_ask_together(hour: Hour) -> None:
    await hour.asked(3)
    reads: list[int] = []
    read = hour.house.board.history

    async def counted(topic: str, before: int, limit: int, *, of: str | None = None) -> Any:
        reads.append(before)
        return await read(topic, before, limit, of=of)

    hour.house.board.history = counted  # type: ignore[method-assign]
    found = await asyncio.gather(*(hour.published.of("18") for _ in range(50)))
    assert all(len(one) == 3 for one in found)
    assert len(reads) == 1
