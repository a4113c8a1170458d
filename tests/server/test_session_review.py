"""Open lines keep no right that their person has lost: role and municipality are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from schedule.programme_file import builtin
from server.access.actor import Actor
from server.access.people import Person
from server.app import opened
from server.client_frames import Do, Join
from server.clients import EventClient
from server.clock import VirtualClock, same_as_wall
from server.parts import Installation, Parts
from server.processes import Part
from server.session_review import review_sessions
from server.settings import Settings
from tests.server.test_attendance import NINE

DAY = builtin("topmoede_2021")
HANNE = Person("hanne", "Hanne Holm", "host", "aalborg")
METTE = Person("mette", "Mette Ågård", "member", "aalborg")
JENS = Person("jens", "Jens Holm", "member", "aalborg")
MO = Person("mo", "Mo Nord", "moderator")
PEOPLE = (HANNE, METTE, JENS, MO)


class Line(EventClient):
    """An open line that keeps what is written to it."""

    def __init__(self, *session: Any) -> None:
        super().__init__(*session)
        self.heard: list[dict[str, Any]] = []

    def _put(self, event: bytes) -> None:
        self.heard.append(orjson.loads(event.split(b"data: ", 1)[1]))

    def told(self, op: str) -> list[str]:
        return [one.get("topic", one.get("code", "")) for one in self.heard if one["op"] == op]


@dataclass
class Front:
    parts: Parts
    sent: int = 0

    async def signed_in(self, key: str) -> Actor:
        link = await self.parts.signing_in.make_link(key, None, reusable=True)
        entered = await self.parts.signing_in.enter(link)
        assert entered is not None
        actor = await self.parts.signing_in.actor(entered.cookie)
        assert actor is not None
        return actor

    async def line(self, key: str, *topics: str) -> Line:
        gateway = self.parts.gateway
        line = Line(*gateway.new_session(await self.signed_in(key)))
        gateway.enter(line)
        await gateway.act(line, [Join(topic) for topic in topics])
        assert line.told("joined") == list(topics)
        return line

    async def do(self, line: Line, topic: str, name: str, **data: Any) -> str:
        """The refusal's code, or "" for what was done."""
        self.sent += 1
        await self.parts.gateway.act(line, [Do(f"c{self.sent}", topic, name, data)])
        last = line.heard[-1]
        return str(last["code"]) if last["op"] == "refused" else ""

    async def registers(self, *people: Person) -> None:
        """As `topmoede people import` does from a process of its own."""
        await self.parts.signing_in.register(people)
        await review_sessions(self.parts)


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    settings = Settings(data=tmp_path, edition=DAY.edition)
    clock = VirtualClock(NINE, same_as_wall())
    async with opened(Installation(settings, DAY, clock, part=Part.FRONT)) as parts:
        await parts.signing_in.register(PEOPLE)
        writing = asyncio.create_task(parts.house.dispatch.run())
        yield Front(parts)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def test_a_role_taken_away_is_taken_from_open_lines(front: Front) -> None:
    desk = await front.line("mo", "show", "committee.desk", "help.desk")
    host = await front.line("hanne", "room:aalborg", "room.host:aalborg")
    await front.registers(replace(MO, role="individual"), replace(HANNE, role="member"))

    assert desk.told("denied") == ["committee.desk", "help.desk"]
    assert await front.do(desk, "show", "hold") == "not_found"
    assert host.told("denied") == ["room.host:aalborg"]
    assert await front.do(host, "room:aalborg", "close_room") == "not_found"
    assert await front.do(host, "room:aalborg", "post_message", text="Hej") == ""


async def test_who_is_of_another_municipality_now_is_out_of_the_former_ones_rooms(
    front: Front,
) -> None:
    hanne = await front.line("hanne", "groups:aalborg")
    assert await front.do(hanne, "groups:aalborg", "open_group", group="udvalg", title="U") == ""
    named = (await front.signed_in("mette")).id
    asked = {"group": "udvalg", "person": named}
    assert await front.do(hanne, "groups:aalborg", "name_member", **asked) == ""
    topics = ("room:aalborg", "room:aalborg.udvalg", "notes:aalborg.udvalg")
    mette = await front.line("mette", *topics)
    await front.registers(replace(METTE, municipality="aarhus"))

    assert mette.told("denied") == list(topics)
    assert await front.do(mette, topics[1], "post_message", text="Hej") == "not_found"
    assert await front.do(mette, "room:aarhus", "post_message", text="Hej") == ""
    await front.registers(METTE)
    assert await front.do(mette, topics[1], "post_message", text="Igen") == ""


async def test_who_has_moved_is_counted_where_they_are_now(front: Front) -> None:
    mette, _ = await front.line("mette"), await front.line("jens")
    await front.registers(replace(METTE, municipality="aarhus"))
    tally = front.parts.presence.tally

    assert tally.all(0.0) == {"aalborg": 1, "aarhus": 1}
    front.parts.gateway.leave(mette)
    assert tally.all(60.0) == {"aalborg": 1}


async def test_the_same_rights_leave_a_line_alone_and_an_ended_session_ends_it(
    front: Front,
) -> None:
    lines: Sequence[Line] = [await front.line("mette", "room:aalborg") for _ in range(2)]
    before = [len(line.heard) for line in lines]
    await front.registers(*PEOPLE)
    assert [len(line.heard) for line in lines] == before
    session = lines[0].actor.session
    assert {line.actor.session for line in lines} != {session}, "each line has its own session"
    front.parts.gateway.revoke(session)
    assert [line.session.is_closed for line in lines] == [True, False]
