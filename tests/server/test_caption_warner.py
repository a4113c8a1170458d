"""The deadline of captions on the virtual clock: the day itself, day 10, day 14 and day 20."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from schedule.commands import Next, SetMode, Take
from schedule.library.commands import NoteCaptions, OpenNow, WaiveCaptions
from schedule.library.library import Library
from schedule.library.unlocking import CaptionRule, Opening, Viewer
from schedule.programme_file import builtin
from schedule.sharing.commands import MakeShare, RevokeShare
from schedule.show import Show
from server.access.actor import SYSTEM, Actor
from server.caption_warner import CaptionWarner
from server.clock import ShowMap, VirtualClock
from server.database import Database
from server.house import House, open_house
from server.unlocking import Unlocking
from tests.server.guestbook import RecordingFanout

DAY = builtin("topmoede_2021")
START = DAY.items[0].start
MODERATOR = Actor("mo", "Moderator", "moderator")
SECRETARY = Actor("sek", "Lis Lund", "secretariat")
HOST = Actor("ha", "Hanne Aa", "host", municipality="aalborg")
OTHER = Actor("bo", "Bo Bek", "host", municipality="aarhus")
ANNA = Viewer(signed_in=True, municipality="aalborg")
ITEM = "02"
TWO = ["aalborg", "aarhus"]


class Closing:
    """A day that is over, its library, and who warns."""

    def __init__(self, house: House, clock: VirtualClock, fanout: RecordingFanout) -> None:
        self.house, self.clock, self.fanout = house, clock, fanout
        self.warner = CaptionWarner(house.dispatch, clock, CaptionRule(), TWO)
        self._asked = 0

    async def ask(self, by: Actor, topic: str, command: object) -> None:
        self._asked += 1
        await self.house.dispatch.command(by, f"c{self._asked}", topic, command)

    async def show(self) -> Show:
        show: Show = (await self.house.dispatch.unit_of("show")).face("show")
        return show

    async def library(self) -> Library:
        library: Library = (await self.house.dispatch.unit_of("library")).fold.state
        return library

    async def on_day(self, days: float) -> int:
        """Goes to so many days after the item's end and looks; how many items are warned of."""
        entry = (await self.show()).find(ITEM)
        assert entry is not None
        assert entry.actual_end is not None
        self.clock.advance_to(entry.actual_end + timedelta(days=days))
        return await self.warner.take_due()

    async def opening(self) -> Opening:
        unlocking = Unlocking(self.show, self.library, self.clock, CaptionRule())
        show = await self.show()
        entry = show.find(ITEM)
        assert entry is not None
        return await unlocking.of(entry, ANNA, show)

    async def own(self, person: str) -> dict[str, datetime]:
        state = (await self.house.dispatch.unit_of(f"person:{person}")).fold.state
        return dict(state.captions or {})


@asynccontextmanager
async def a_day_that_is_over() -> AsyncIterator[Closing]:
    clock = VirtualClock(START, ShowMap(wall=START, show=START, speed=1.0))
    fanout, database = RecordingFanout(), Database("sqlite://")
    house = await open_house(database, DAY, clock, TWO, fanout)
    writing = asyncio.create_task(house.dispatch.run())
    closing = Closing(house, clock, fanout)
    try:
        await closing.ask(MODERATOR, "show", SetMode("manual"))
        await closing.ask(MODERATOR, "show", Take(ITEM))
        clock.advance(600)
        await closing.ask(MODERATOR, "show", Next(after=ITEM))
        yield closing
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await database.close()


async def test_a_live_item_opens_at_once_is_warned_of_on_day_10_and_closes_on_day_14() -> None:
    async with a_day_that_is_over() as day:
        await day.ask(HOST, "shares:aalborg", MakeShare("Til skolerne", (ITEM,), "school"))
        await day.ask(OTHER, "shares:aarhus", MakeShare("Andet", ("oplaeg-1",), "school"))
        assert (await day.on_day(0), (await day.opening()).state) == (0, "open")
        assert await day.on_day(9.99) == 0
        assert await day.on_day(10) == 1
        assert (await day.opening()).state == "open"
        closes = (await day.library()).warned[ITEM]
        assert (await day.own("ha"), await day.own("bo")) == ({ITEM: closes}, {})
        assert await day.on_day(10.5) == 0, "once is enough"
        await day.on_day(14)
        found = await day.opening()
        assert (found.state, found.reason, closes) == (
            *("locked", "captions_overdue"),
            day.clock.show(),
        )
        await day.on_day(20)
        assert (await day.opening()).state == "locked"
        await day.ask(SYSTEM, "library", NoteCaptions(ITEM, ("da",), "1"))
        assert (await day.opening()).state == "open"


async def test_what_is_captioned_or_waived_by_day_10_is_warned_of_by_nobody() -> None:
    async with a_day_that_is_over() as day:
        await day.ask(SECRETARY, "library", WaiveCaptions(ITEM, "Musik uden ord"))
        assert await day.on_day(10) == 0
        await day.on_day(20)
        assert (await day.opening()).state == "open"


async def test_a_link_that_is_over_has_no_owner_to_warn_and_a_late_start_warns_still() -> None:
    async with a_day_that_is_over() as day:
        await day.ask(HOST, "shares:aalborg", MakeShare("Til skolerne", (ITEM,), "school"))
        await day.ask(HOST, "shares:aalborg", RevokeShare("s1"))
        await day.ask(MODERATOR, "library", OpenNow(ITEM, "link"))
        assert await day.on_day(12) == 1, "it was down on day 10"
        assert ITEM in (await day.library()).warned
        assert await day.own("ha") == {}


async def test_it_sleeps_until_the_next_warning_and_wakes_when_the_library_changes() -> None:
    async with a_day_that_is_over() as day:
        assert await day.warner.take_due() == 0  # what it looks at is in memory from here on
        told = asyncio.Event()
        day.house.dispatch.on_rows.append(
            lambda rows: (
                told.set() if any(each.envelope.topic == "library.desk" for each in rows) else None
            )
        )
        running = asyncio.create_task(day.warner.run())
        try:
            for _ in range(10 * 24 + 1):
                day.clock.advance(3600)
                await day.clock.settle()
            async with asyncio.timeout(20):
                await told.wait()
            assert ITEM in (await day.library()).warned
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
