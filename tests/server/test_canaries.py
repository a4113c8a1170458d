"""What is said in one room stays in it: ten virtual minutes of everybody writing and moving about.

Every municipality of the register has its people and its room, and thirty groups have theirs. Every
text carries a canary: its room and a number. Hosts name, remove and ask in at random meanwhile, so
people come and go with their lines open. An event may reach whoever was in the room when it was
said, a snapshot whoever was in it when they asked; anybody else is found by the canary.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field

from server.access.actor import Actor
from server.access.municipalities import register
from server.client_frames import Join
from server.clock import VirtualClock
from tests.server.register import registered
from tests.server.test_doors import Reader, Town, a_town

GROUPS = 30
ACTS = 200
STEP_S = 3
TRIED = 12
"""Rooms that everybody tries to join besides their own."""

CANARY = re.compile(r"kanarie<([^>]*)#(\d+)>")


@dataclass
class Person:
    actor: Actor
    reader: Reader


@dataclass
class Country:
    """On paper: who is in which room, and who was when each text was written."""

    town: Town
    chance: random.Random
    people: dict[str, Person] = field(default_factory=dict)
    inside: dict[str, set[str]] = field(default_factory=dict)
    ever: dict[str, set[str]] = field(default_factory=dict)
    heard_by: list[set[str]] = field(default_factory=list)

    async def settle(self) -> None:
        for slug in register():
            for number, role in enumerate(("host", "member", "member")):
                await self._comes(f"{slug}-{number}", role, slug)
            self.inside[slug] = {f"{slug}-{number}" for number in range(3)}
        for role in ("moderator", "committee", "secretariat", "individual"):
            await self._comes(role, role, None)
        await registered(self.town.house, *(one.actor for one in self.people.values()))
        for slug in self.chance.sample(sorted(register()), GROUPS):
            opened = await self.do(
                f"{slug}-0", f"groups:{slug}", "open_group", group="g", title="Gruppe"
            )
            assert opened == ""
            self.inside[f"{slug}.g"] = {f"{slug}-0"}
        self.ever = {room: set(inside) for room, inside in self.inside.items()}

    async def _comes(self, id: str, role: str, municipality: str | None) -> None:
        actor = Actor(id, id, role, municipality, id)
        self.people[id] = Person(actor, await self.town.reading(actor))

    async def do(self, id: str, topic: str, name: str, **data: object) -> str:
        return await self.town.do(self.people[id].actor, topic, name, **data)

    async def join(self, id: str, room: str) -> None:
        await self.town.gateway.act(self.people[id].reader, [Join(f"room:{room}")])

    async def everybody_tries(self) -> None:
        groups = [room for room in sorted(self.inside) if "." in room]
        for id in self.people:
            own = [room for room, inside in self.inside.items() if id in inside]
            tried = self.chance.sample(sorted(register()), TRIED)
            for room in {*own, *tried, *self.chance.sample(groups, TRIED)}:
                await self.join(id, room)

    async def act(self) -> None:
        room = self.chance.choice(sorted(self.inside))
        if "." not in room and self.chance.random() < 0.5:
            room = self.chance.choice([one for one in sorted(self.inside) if "." in one])
        if "." in room:
            await self._change(room)
        writers = [*self.chance.sample(sorted(self.people), 2), *sorted(self.inside[room])[:2]]
        for id in writers:
            await self._write(id, room)

    async def _write(self, id: str, room: str) -> None:
        text = f"kanarie<{room}#{len(self.heard_by)}>"
        code = await self.do(id, f"room:{room}", "post_message", text=text)
        assert (code == "not_found") is (id not in self.inside[room]), (room, id, code)
        self.heard_by.append(set(self.inside[room]) if code == "" else set())

    async def _change(self, room: str) -> None:
        """A host names or removes one of the people, or asks somebody in from outside."""
        slug = room.partition(".")[0]
        own = f"{slug}-{self.chance.randint(1, 2)}"
        guest = self.chance.choice([id for id in sorted(self.people) if not id.startswith(slug)])
        guests = [id for id in sorted(self.inside[room]) if not id.startswith(slug)]
        verb, who = self.chance.choice(
            [
                *(("name_member", own), ("remove_member", own), ("invite_guest", guest)),
                *(("dismiss_guest", one) for one in guests),
            ]
        )
        code = await self.do(f"{slug}-0", f"groups:{slug}", verb, group="g", person=who)
        assert code == "", (verb, who, code)
        if verb in ("name_member", "invite_guest"):
            self.inside[room].add(who)
            self.ever[room].add(who)
            await self.join(who, room)
        else:
            self.inside[room].discard(who)

    def look(self) -> int:
        """Search every line; returns how many canaries were heard by those who might."""
        found = 0
        for id, person in self.people.items():
            for frame in person.reader.heard:
                for room, number in CANARY.findall(json.dumps(frame)):
                    found += 1
                    may = self.heard_by[int(number)] if frame["op"] == "event" else self.ever[room]
                    assert id in may, f"{id} heard number {number} of {room}"
        return found


async def test_nobody_receives_another_rooms_canary() -> None:
    async with a_town(municipalities=tuple(register())) as town:
        country = Country(town, random.Random(2021))
        clock = town.house.clock
        assert isinstance(clock, VirtualClock)
        await country.settle()
        await country.everybody_tries()
        for _ in range(ACTS):
            clock.advance(STEP_S)
            await clock.settle()
            await country.act()
        assert country.look() > 500
