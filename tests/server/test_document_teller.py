"""What everybody registered is told of documents: what is open to them all, and no sooner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from schedule.commands import Take
from schedule.library.commands import CloseNow, OpenNow
from schedule.library.documentwords import AddDocument, Document, RemoveDocument, RenameDocument
from schedule.library.unlocking import CaptionRule
from server.access.actor import SYSTEM, Actor
from server.document_teller import DocumentTeller
from server.house import House
from server.newest import library_of, show_of
from server.unlocking import Unlocking
from tests.server.test_retention import MADS, a_house

LIS = Actor("lis", "Lis", "secretariat")
SLIDES = Document("a" * 32, "Slides", "pdf", 1_000)
ITEM = "01"


class Told:
    """A house whose teller looks after each command."""

    def __init__(self, house: House) -> None:
        self.house = house
        unlocking = Unlocking(
            lambda: show_of(house.dispatch),
            lambda: library_of(house.dispatch),
            house.clock,
            CaptionRule(),
        )
        self.teller = DocumentTeller(house.dispatch, unlocking, house.clock)
        self.asked = 0

    async def after(self, by: Actor, topic: str, command: Any) -> list[str]:
        """The titles that the topic `library` tells of an item after a command."""
        self.asked += 1
        await self.house.dispatch.command(by, f"c{self.asked}", topic, command)
        await self.teller.tell()
        return await self.now()

    async def now(self) -> list[str]:
        return [one.title for one in (await library_of(self.house.dispatch)).items[ITEM].documents]

    async def head(self) -> int:
        return (await self.house.dispatch.unit_of("library")).position("library").head


@asynccontextmanager
async def told() -> AsyncIterator[Told]:
    async with a_house("sqlite+aiosqlite://") as (house, _, _):
        yield Told(house)


async def test_nothing_is_told_before_an_item_opens_and_everything_as_it_does() -> None:
    async with told() as day:
        before = await day.head()
        topic = "library.documents"
        assert await day.after(SYSTEM, topic, AddDocument(ITEM, SLIDES)) == []
        assert await day.after(LIS, topic, RenameDocument(ITEM, SLIDES.id, "Oplæg")) == []
        assert await day.head() == before
        assert await day.after(MADS, "show", Take(ITEM)) == ["Oplæg"]
        assert await day.after(LIS, topic, RenameDocument(ITEM, SLIDES.id, "Slides")) == ["Slides"]
        head = await day.head()
        await day.teller.tell()
        assert await day.head() == head
        assert await day.after(LIS, topic, RemoveDocument(ITEM, SLIDES.id)) == []


async def test_what_closes_is_told_no_longer_and_what_opens_for_some_is_not_told_to_all() -> None:
    async with told() as day:
        await day.after(SYSTEM, "library.documents", AddDocument(ITEM, SLIDES))
        assert await day.after(LIS, "library", OpenNow(ITEM, "municipality", "aalborg")) == []
        assert await day.after(LIS, "library", OpenNow(ITEM, "link")) == []
        assert await day.after(LIS, "library", OpenNow(ITEM, "registered")) == ["Slides"]
        assert await day.after(LIS, "library", CloseNow(ITEM, "registered")) == []
