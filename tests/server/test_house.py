from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson

from schedule.commands import PublishProgramme
from schedule.programme_file import builtin, dump
from server.access.actor import Actor
from server.bus import LocalBus, State
from server.clock import ShowMap, VirtualClock
from server.database import Database
from server.house import House, open_house
from tests.server.guestbook import RecordingFanout

DAY = builtin("topmoede_2021")
NEWER = replace(DAY, version="ny udgave", theme="Et andet tema")
START = DAY.items[0].start
SECRETARIAT = Actor("se", "Sekretariatet", "secretariat")
ANNA = Actor("anna", "Anna", "member", "aalborg")


@asynccontextmanager
async def a_house(
    url: str = "sqlite://", *, bus: LocalBus | None = None, show_map: ShowMap | None = None
) -> AsyncIterator[tuple[House, RecordingFanout]]:
    clock = VirtualClock(START, show_map or ShowMap(START, START))
    database, fanout = Database(url), RecordingFanout()
    end = bus.join() if bus else None
    house = await open_house(database, DAY, clock, ["aalborg"], fanout, bus=end)
    writing = asyncio.create_task(house.dispatch.run())
    try:
        yield house, fanout
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await database.close()


async def version_of(house: House) -> str:
    await house.board.open("show")
    version: str = orjson.loads(house.board.snapshot("show"))["version"]
    return version


async def test_a_published_version_is_adopted_by_the_show() -> None:
    async with a_house() as (house, _):
        publish = PublishProgramme(dump(NEWER))
        await house.dispatch.command(SECRETARIAT, "p1", "programme", publish)
        await house.reactor.catch_up()

        assert await version_of(house) == "ny udgave"


async def test_logs_stand_on_the_version_they_began_with(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    async with a_house(url) as (house, _):
        await house.timekeeper.take_due()
        before = await version_of(house)

    database, fanout = Database(url), RecordingFanout()
    house = await open_house(database, NEWER, VirtualClock(START), ["aalborg"], fanout)
    assert await version_of(house) == before == DAY.version
    await database.close()


async def test_the_stored_clock_goes_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    first = ShowMap(START, START - timedelta(hours=3), speed=20)
    async with a_house(url, show_map=first):
        pass
    async with a_house(url) as (house, _):
        assert house.clock.show_map == first


async def test_a_hint_brings_another_workers_rows(tmp_path: Path) -> None:
    url, bus = f"sqlite:///{tmp_path / 'day.db'}", LocalBus()
    async with a_house(url, bus=bus) as (one, _), a_house(url, bus=bus) as (two, seen):
        await two.board.open("room:aalborg")
        following = asyncio.create_task(two.follow_others())
        arrived = asyncio.Event()
        two.dispatch.on_rows.append(lambda rows: arrived.set())
        await one.board.do(ANNA, "c1", "room:aalborg", "post_message", {"text": "hej"})
        await arrived.wait()
        following.cancel()

        assert seen.seqs("room:aalborg") == [1]
        assert two.board.position("room:aalborg") == one.board.position("room:aalborg")


async def test_without_hints_the_heads_are_compared(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    async with a_house(url) as (one, _), a_house(url) as (two, seen):
        await two.board.open("room:aalborg")
        comparing = asyncio.create_task(two.compare_heads())
        arrived = asyncio.Event()
        two.dispatch.on_rows.append(lambda rows: arrived.set())
        await one.board.do(ANNA, "c1", "room:aalborg", "post_message", {"text": "hej"})
        assert isinstance(two.clock, VirtualClock)
        await two.clock.settle()
        two.clock.advance(3)
        await arrived.wait()
        comparing.cancel()

        assert seen.seqs("room:aalborg") == [1]


async def test_long_tasks_have_names_and_can_be_started_again(tmp_path: Path) -> None:
    async with a_house(f"sqlite:///{tmp_path / 'day.db'}") as (house, _):
        tasks = house.long_tasks()
        for name in tasks:
            running = asyncio.ensure_future(tasks[name]())
            await asyncio.sleep(0)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        assert {"dispatch", "timekeeper", "reactor", "hints", "heads"} <= tasks.keys()
        assert (await house.board.do(ANNA, "c", "room:aalborg", "post_message", {"text": "a"})).seq


async def test_a_state_of_another_process_is_shown_here_too() -> None:
    bus = LocalBus()
    other = bus.join()
    async with a_house(bus=bus) as (house, fanout):
        other.publish(State("nothing-of-ours", {}))
        other.publish(State("sources", {"sources": {"hall": {"live": True}}}))
        following = asyncio.create_task(house.follow_others())
        await asyncio.sleep(0)
        following.cancel()
        assert house.board.state("sources") == fanout.states[0][1]

    assert [topic for topic, _ in fanout.states] == ["sources"]
    assert orjson.loads(fanout.states[0][1])["data"] == {"sources": {"hall": {"live": True}}}
