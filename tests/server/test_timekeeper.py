from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from schedule.commands import Hold, Next, SetMode
from schedule.programme import Programme
from schedule.programme_file import builtin
from schedule.show import Show
from server.access.actor import Actor
from server.clock import ShowMap, VirtualClock
from server.database import Database
from server.house import House, open_house
from server.timekeeper import Timekeeper
from tests.server.guestbook import RecordingFanout

MODERATOR = Actor("mo", "Moderator", "moderator")
DAY: Programme = builtin("topmoede_2021")
START = DAY.items[0].start


@dataclass
class Theatre:
    house: House
    clock: VirtualClock
    fanout: RecordingFanout

    @property
    def show(self) -> Show:
        show: Show = self.house.dispatch.opened("show").face("show")
        return show

    async def at(self, moment: datetime) -> None:
        """Jump to a moment of show time and let the timekeeper look once."""
        self.clock.advance_to(moment)
        await self.house.timekeeper.take_due()

    async def ask(self, command: object) -> None:
        id = f"m{len(self.fanout.frames.get('show', ()))}"
        await self.house.dispatch.command(MODERATOR, id, "show", command)


@asynccontextmanager
async def a_theatre(
    url: str = "sqlite://", *, speed: float = 1.0, start_over_after: timedelta | None = None
) -> AsyncIterator[Theatre]:
    clock = VirtualClock(START, ShowMap(wall=START, show=START - timedelta(minutes=1), speed=speed))
    fanout = RecordingFanout()
    database = Database(url)
    house = await open_house(
        database, DAY, clock, ["aalborg"], fanout, start_over_after=start_over_after
    )
    await house.board.open("show")
    writing = asyncio.create_task(house.dispatch.run())
    try:
        yield Theatre(house, clock, fanout)
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await database.close()


async def test_what_is_due_is_taken_and_nothing_before_its_time() -> None:
    async with a_theatre() as theatre:
        assert await theatre.house.timekeeper.take_due() == 0
        assert await theatre.house.timekeeper.next_due() == START
        await theatre.at(START)

        assert theatre.show.now == "01"
        assert await theatre.house.timekeeper.take_due() == 0


async def test_it_wakes_by_itself_at_the_next_due_moment() -> None:
    async with a_theatre() as theatre, asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(theatre.house.timekeeper.run())
        started: asyncio.Event = asyncio.Event()
        theatre.house.dispatch.on_rows.append(lambda rows: started.set())
        for item in ("01", "02"):
            await theatre.clock.settle()
            theatre.clock.advance_to(START if item == "01" else START + timedelta(minutes=15))
            await started.wait()
            started.clear()
            assert theatre.show.now == item
        keeping.cancel()


async def test_two_timekeepers_take_each_item_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    async with a_theatre(url) as one, a_theatre(url) as two:
        moment = START
        while moment < START + timedelta(hours=2):
            one.clock.advance_to(moment)
            two.clock.advance_to(moment)
            await asyncio.gather(one.house.timekeeper.take_due(), two.house.timekeeper.take_due())
            await asyncio.gather(one.house.dispatch.catch_up(), two.house.dispatch.catch_up())
            moment += timedelta(minutes=5)

        assert one.show == two.show
        assert one.fanout.frames["show"] == two.fanout.frames["show"]
        runs = [entry.run for entry in one.show.items if entry.state in ("on_air", "done")]
        assert set(runs) == {1}
        assert len(runs) > 7


async def test_a_day_whose_machine_slept_goes_on_at_the_item_of_the_hour() -> None:
    async with a_theatre() as theatre:
        await theatre.at(START)
        await theatre.at(DAY.item("08").start + timedelta(minutes=3))

        assert theatre.show.now == "08"
        assert [e.id for e in theatre.show.items if e.state == "skipped"] == [
            "02", "03", "04", "05", "06", "07",
        ]  # fmt: skip


@pytest.mark.parametrize("step", [timedelta(hours=-2), timedelta(days=-1)])
async def test_a_clock_set_back_starts_nothing_twice(step: timedelta) -> None:
    async with a_theatre() as theatre:
        await theatre.at(START + timedelta(minutes=15))
        before = theatre.show
        theatre.clock.step(step.total_seconds())

        assert await theatre.house.timekeeper.take_due() == 0
        assert theatre.show == before


async def test_a_clock_set_forward_is_noticed() -> None:
    async with a_theatre() as theatre:
        await theatre.at(START)
        theatre.clock.step(timedelta(minutes=16).total_seconds())
        await theatre.house.timekeeper.take_due()

        assert theatre.show.now == "02"


@pytest.mark.parametrize("command", [Hold(), SetMode("manual")])
async def test_while_a_person_keeps_the_day_nothing_starts_by_itself(command: object) -> None:
    async with a_theatre() as theatre:
        await theatre.at(START)
        await theatre.ask(command)
        await theatre.at(START + timedelta(minutes=40))

        assert theatre.show.now == "01"
        late = theatre.show.items[1].expected_start - theatre.show.items[1].item.start
        assert late >= timedelta(minutes=24)


async def test_a_moderator_may_be_faster_than_the_clock() -> None:
    async with a_theatre() as theatre:
        await theatre.at(START)
        await theatre.ask(Next(after="01"))
        await theatre.at(START + timedelta(minutes=15))

        assert theatre.show.now == "02"
        assert theatre.show.find("02") is not None
        assert [e.run for e in theatre.show.items][:3] == [1, 1, 0]


async def test_the_day_goes_round_when_it_is_asked_to() -> None:
    async with a_theatre(start_over_after=timedelta(minutes=2)) as theatre:
        end = DAY.items[-1].end
        while theatre.clock.show() < end:
            due = await theatre.house.timekeeper.next_due()
            assert due is not None
            await theatre.at(due)
        assert theatre.show.state == "ended"
        await theatre.at(end + timedelta(minutes=1))
        assert theatre.show.state == "ended"
        await theatre.at(end + timedelta(minutes=2))

        assert theatre.show.lap == 1
        assert theatre.show.now == "01"


async def test_a_day_that_is_over_stays_over() -> None:
    async with a_theatre() as theatre:
        await theatre.at(DAY.items[-1].end)

        assert theatre.show.state == "ended"
        assert await theatre.house.timekeeper.next_due() is None


async def test_it_looks_again_once_a_minute_of_the_wall_at_any_speed() -> None:
    async with a_theatre(speed=60) as theatre:
        await theatre.at(DAY.items[-1].end)
        now = theatre.clock.show()
        house = theatre.house
        timekeeper = Timekeeper(house.dispatch, theatre.clock)

        assert await timekeeper.next_moment() == now + timedelta(minutes=60)
