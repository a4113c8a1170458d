"""Who may read a room, from the host's command to the open line of whoever is out."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from schedule.programme_file import builtin
from server.access.actor import Actor
from server.access.directory import Directory
from server.bus import LocalBus
from server.client_frames import Join
from server.clients import EventClient
from server.clock import VirtualClock
from server.database import Database
from server.doors import READ_IN_A_ROOM
from server.errors import Refusal
from server.fanout import Fanout
from server.gateway import Gateway
from server.house import House, open_house
from server.origins import Origins
from tests.server.register import registered

DAY = builtin("topmoede_2021")
ANNA = Actor("anna", "Anna Dam", "member", "aalborg", "s1")
BO = Actor("bo", "Bo Friis", "member", "aalborg", "s2")
HANNE = Actor("hanne", "Hanne Holm", "host", "aalborg", "s3")
HENRIK = Actor("henrik", "Henrik Holst", "host", "aalborg", "s4")
ÅSE = Actor("aase", "Åse Lindholm", "host", "aarhus", "s5")
MADS = Actor("mads", "Mads Nord", "moderator", None, "s6")
IDA = Actor("ida", "Ida Juul", "individual", None, "s7")
PEOPLE = (ANNA, BO, HANNE, HENRIK, ÅSE, MADS, IDA)
GROUPS, GROUP, ROOM = "groups:aalborg", "room:aalborg.udvalg", "room:aalborg"


class Reader(EventClient):
    """Somebody with an open line; keeps all that is written to it."""

    def __init__(self, *session: Any) -> None:
        self.heard: list[dict[str, Any]] = []
        self.news = asyncio.Event()
        super().__init__(*session)

    def _put(self, event: bytes) -> None:
        self.heard.append(orjson.loads(event.split(b"data: ", 1)[1]))
        self.news.set()

    async def hears(self, text: str) -> None:
        async with asyncio.timeout(20):
            while text not in str(self.heard):
                self.news.clear()
                await self.news.wait()


@dataclass
class Town:
    """One worker with everybody's rooms, and lines into it."""

    house: House
    gateway: Gateway
    clock: VirtualClock
    ids: Any

    async def do(self, by: Actor, topic: str, name: str, **data: Any) -> str:
        """The refusal's code, or "" for what was done."""
        try:
            await self.house.board.do(by, f"c{next(self.ids)}", topic, name, data)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            return error.code
        return ""

    async def reading(self, who: Actor, *topics: str) -> Reader:
        reader = Reader(*self.gateway.new_session(who))
        self.gateway.enter(reader)
        await self.gateway.act(reader, [Join(topic) for topic in topics])
        return reader

    async def opens(self, *members: Actor) -> None:
        assert (
            await self.do(HANNE, GROUPS, "open_group", group="udvalg", title="Kanariegruppen") == ""
        )
        for one in members:
            assert await self.do(HANNE, GROUPS, "name_member", group="udvalg", person=one.id) == ""


@asynccontextmanager
async def a_town(
    url: str = "sqlite://",
    bus: LocalBus | None = None,
    municipalities: Sequence[str] = ("aalborg", "aarhus"),
) -> AsyncIterator[Town]:
    clock = VirtualClock(DAY.items[0].start)
    database, fanout = Database(url), Fanout(clock.monotonic)
    end = bus.join() if bus else None
    house = await open_house(database, DAY, clock, municipalities, fanout, bus=end)

    async def nobody(scope: object) -> None:
        return None

    gateway = Gateway(house.board, fanout, nobody, Origins([]), clock)
    house.doors.on_change.append(
        lambda room: gateway.review_topics(f"{noun}:{room}" for noun in READ_IN_A_ROOM)
    )
    async with asyncio.TaskGroup() as tasks:
        long = [house.dispatch.run, fanout.run, house.follow_others]
        running = [tasks.create_task(task()) for task in long]
        try:
            yield Town(house, gateway, clock, itertools.count())
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await database.close()


@asynccontextmanager
async def a_town_with_people() -> AsyncIterator[Town]:
    async with a_town() as town:
        await registered(town.house, *PEOPLE)
        yield town


def denied(topic: str) -> dict[str, str]:
    return {"op": "denied", "topic": topic, "code": "not_found"}


async def test_a_groups_room_is_read_by_its_members_and_by_nobody_else() -> None:
    async with a_town_with_people() as town:
        await town.opens(ANNA)
        for member in (ANNA, HANNE):
            reader = await town.reading(member, GROUP, "people:aalborg.udvalg")
            assert reader.heard[0]["op"] == "joined"
            await reader.hears("Kanariegruppen")
        for outside in (BO, HENRIK, ÅSE, MADS, IDA):
            reader = await town.reading(outside, GROUP, "people:aalborg.udvalg")
            assert reader.heard == [denied(GROUP), denied("people:aalborg.udvalg")]
            code = await town.do(outside, GROUP, "post_message", text="Hej")
            assert code == "not_found"


async def test_a_denied_room_looks_the_same_as_an_absent_one() -> None:
    async with a_town_with_people() as town:
        await town.opens(ANNA)
        absent = "room:aalborg.findes-ikke"
        there, not_there = await town.reading(BO, GROUP), await town.reading(BO, absent)
        assert str(there.heard).replace(GROUP, absent) == str(not_there.heard)
        told = []
        for topic in (GROUP, absent):
            for name in ("post_message", "pin_message", "fly"):
                told.append((topic, name, await town.do(BO, topic, name, text="x")))
        assert {code for _, _, code in told} == {"not_found"}


async def test_who_is_removed_hears_nothing_more_on_an_open_line() -> None:
    async with a_town_with_people() as town:
        await town.opens(ANNA, BO)
        anna, bo = await town.reading(ANNA, GROUP), await town.reading(BO, GROUP)
        assert await town.do(BO, GROUP, "post_message", text="Kun os tre") == ""
        await anna.hears("Kun os tre")
        assert await town.do(HANNE, GROUPS, "remove_member", group="udvalg", person="anna") == ""
        assert await town.do(BO, GROUP, "post_message", text="Nu er vi to") == ""
        await bo.hears("Nu er vi to")
        assert anna.heard[-1] == denied(GROUP)
        assert await town.do(ANNA, GROUP, "post_message", text="Hvad nu?") == "not_found"
        assert (await town.reading(ANNA, GROUP)).heard == [denied(GROUP)]


async def test_who_was_let_in_leaves_by_itself_though_the_list_is_not_theirs_to_read() -> None:
    async with a_town_with_people() as town:
        await town.opens(ANNA)
        for outside in (BO, HENRIK, ÅSE):
            assert await town.do(outside, GROUPS, "leave_group", group="udvalg") == "not_found"
        assert (await town.reading(ANNA, GROUPS)).heard == [denied(GROUPS)]
        assert await town.do(ANNA, GROUPS, "leave_group", group="udvalg") == ""
        reader = await town.reading(ANNA, GROUP)
        assert reader.heard == [denied(GROUP)]
        assert await town.do(ANNA, GROUPS, "leave_group", group="udvalg") == "not_found"


async def test_who_is_named_again_reads_again() -> None:
    async with a_town_with_people() as town:
        await town.opens(ANNA)
        for verb in ("remove_member", "name_member"):
            await town.do(HANNE, GROUPS, verb, group="udvalg", person="anna")
        assert (await town.reading(ANNA, GROUP)).heard[0]["op"] == "joined"


async def test_a_closed_group_is_read_by_nobody() -> None:
    async with a_town_with_people() as town:
        await town.opens(ANNA)
        anna = await town.reading(ANNA, GROUP)
        assert await town.do(HANNE, GROUPS, "close_group", group="udvalg") == ""
        assert anna.heard[-1] == denied(GROUP)
        for one in PEOPLE:
            assert (await town.reading(one, GROUP)).heard == [denied(GROUP)]


async def test_members_names_reach_nobody_outside_the_group_but_the_hosts() -> None:
    async with a_town_with_people() as town:
        topics = ("show", "presence", "committee", ROOM, GROUPS, GROUP, "people:aalborg.udvalg")
        lines = {
            one.id: await town.reading(one, *topics, f"person:{one.id}")
            for one in (BO, ÅSE, MADS, IDA)
        }
        hosts = await town.reading(HENRIK, GROUPS)
        await town.opens(ANNA)
        await hosts.hears("Anna Dam")
        for who, line in lines.items():
            for secret in ("Anna", "anna", "Kanariegruppen", "Hanne"):
                assert secret not in str(line.heard), who


async def test_a_guest_reads_and_writes_until_dismissed_and_all_there_see_who_it_is() -> None:
    async with a_town_with_people() as town:
        bo = await town.reading(BO, ROOM, "people:aalborg")
        assert (await town.reading(MADS, ROOM)).heard == [denied(ROOM)]
        assert await town.do(HANNE, GROUPS, "invite_guest", person="mads") == ""
        await bo.hears("Mads Nord")
        mads = await town.reading(MADS, ROOM)
        assert mads.heard[0]["op"] == "joined"
        assert await town.do(MADS, ROOM, "post_message", text="Tak for invitationen") == ""
        assert await town.do(HANNE, GROUPS, "dismiss_guest", person="mads") == ""
        assert mads.heard[-1] == denied(ROOM)
        assert await town.do(MADS, ROOM, "post_message", text="Farvel") == "not_found"


async def test_a_host_of_another_municipality_hosts_nothing_as_a_guest() -> None:
    async with a_town_with_people() as town:
        await town.do(ANNA, ROOM, "post_message", text="Hej")
        assert await town.do(HANNE, GROUPS, "invite_guest", person="aase") == ""
        for name, data in (
            ("pin_message", {"message": "m1"}),
            ("set_review", {"on": True}),
            ("mute_person", {"person": "anna"}),
        ):
            assert await town.do(ÅSE, ROOM, name, **data) == "not_found"
        assert await town.do(ÅSE, ROOM, "delete_message", message="m1") == "not_yours"
        assert (await town.reading(ÅSE, "room.host:aalborg")).heard == [denied("room.host:aalborg")]


@pytest.mark.parametrize(
    "data",
    [
        {"group": "udvalg", "person": "nobody"},
        {"group": "udvalg", "person": "ida"},
        {"group": "udvalg", "person": ""},
    ],
)
async def test_nobody_is_named_whom_the_register_does_not_have_there(data: Any) -> None:
    async with a_town_with_people() as town:
        await town.opens()
        assert await town.do(HANNE, GROUPS, "name_member", **data) == "unknown_person"


async def test_nobody_says_who_the_person_they_name_is() -> None:
    async with a_town_with_people() as town:
        await town.opens()
        ida = {"id": "ida", "name": "Ida", "role": "member", "municipality": "aalborg"}
        command = {"group": "udvalg", "person": "ida"}
        for extra in ({"who": ida}, {"role": "member"}, {"is_admin": True}):
            code = await town.do(HANNE, GROUPS, "name_member", **command, **extra)
            assert code == "bad_data"
        asked = {"asked": command, "who": ida}
        assert await town.do(HANNE, GROUPS, "introduced", **asked) == "unknown_command"


async def test_after_a_restart_the_doors_stand_as_before(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    async with a_town(url) as town:
        await registered(town.house, *PEOPLE)
        await town.opens(ANNA)
        await town.do(HANNE, GROUPS, "invite_guest", person="mads")
    async with a_town(url) as town:
        anna = await town.reading(ANNA, GROUP, "people:aalborg.udvalg", "people:aalborg")
        await anna.hears("Kanariegruppen")
        await anna.hears("Mads Nord")
        assert (await town.reading(BO, GROUP)).heard == [denied(GROUP)]


async def test_another_worker_shows_out_whom_this_one_has_removed(tmp_path: Path) -> None:
    url, bus = f"sqlite:///{tmp_path / 'day.db'}", LocalBus()
    async with a_town(url, bus) as one, a_town(url, bus) as two:
        await registered(one.house, *PEOPLE)
        bo = await two.reading(BO, "people:aalborg", "person:bo")
        await one.opens(ANNA, BO)
        await bo.hears("room_entered")
        await two.gateway.act(bo, [Join(GROUP)])
        assert bo.heard[-1]["op"] == "joined"
        await one.do(HANNE, GROUPS, "remove_member", group="udvalg", person="bo")
        await bo.hears("denied")
        await one.do(ANNA, GROUP, "post_message", text="Uden Bo")
        await two.house.dispatch.catch_up()
        assert "Uden Bo" not in str(bo.heard)


async def test_the_directory_finds_colleagues_by_any_part_of_a_name_and_guests_by_all_of_it() -> (
    None
):
    async with a_town_with_people() as town:
        directory: Directory = town.house.directory

        async def own(name: str) -> list[str]:
            return [one.id for one in await directory.of_municipality("aalborg", name)]

        async def outside(name: str) -> list[str]:
            return [one.id for one in await directory.from_outside("aalborg", name)]

        assert await own("h") == ["hanne", "henrik"]
        assert await own("DAM") == ["anna"]
        assert await own("nna") == await own("") == await own(" ") == []
        assert await own("ida") == await own("mads") == []
        assert await outside("Ida") == await outside("Åse") == []
        assert await outside("Ida Juul") == ["ida"]
        assert await outside("mads") == ["mads"]
        assert await outside("Anna Dam") == []
        assert await directory.find("nobody") is None


async def test_a_screen_counts_for_as_many_as_its_person_says() -> None:
    async with a_town_with_people() as town:
        assert await town.do(ANNA, ROOM, "count_heads", people=6) == ""
        assert town.house.heads("aalborg", "anna") == 6
        assert town.house.heads("aalborg", "bo") == 1
        assert town.house.heads("aarhus", "aase") == town.house.heads(None, "ida") == 1
