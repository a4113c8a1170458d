"""The doors of the rooms: whom the hosts have let into which, on this worker.

The truth is the log of `groups:<municipality>`. Every worker keeps all of these logs in memory
(most are empty), so that who may read a room is answered without waiting. What changes there
changes here in the same step, before anything of the room is written to anybody; then whoever
watches the doors is told which room it was, and takes it away from those who are out.

A member is one of the municipality's own people: who was named and is of another one by now finds
the door closed, and open again when that was put right. A guest is let in whoever they are.

A room that was opened stays known for ever; when its group is closed it lets nobody in, which looks
the same as a room that there never was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from chat.groups import OWN_ROLES, Groups, people_of
from server.access.actor import Actor
from server.dispatch import Dispatch
from server.entries import Entry

NOUN = "groups"
KINDS = ("members", "guests")
READ_IN_A_ROOM = ("room", "room.host", "notes", "people")
"""The topics whose readers go by these doors."""

SetState = Callable[[str, Mapping[str, Any]], None]


class Doors:
    """Who was let in, by person."""

    def __init__(self) -> None:
        self._rooms = {each: dict[str, frozenset[str]]() for each in KINDS}
        self._people: dict[str, Mapping[str, Any]] = {}
        self.on_change: list[Callable[[str], None]] = []

    def rooms_of(self, person: Actor) -> frozenset[str]:
        """The groups somebody is a member of, and the rooms they are a guest in."""
        guest = self._rooms["guests"].get(person.id, frozenset())
        member = self._rooms["members"].get(person.id)
        if not member or person.role not in OWN_ROLES:
            return guest
        own = f"{person.municipality}."
        return guest.union(room for room in member if room.startswith(own))

    def has_group(self, room: str) -> bool:
        return "." in room and room in self._people

    def receive(self, groups: Groups, set_state: SetState) -> None:
        """Stand as a municipality's log says now; tells who is in a room to those who are."""
        for room, group in groups.rooms():
            people = people_of(group)
            if self._people.get(room) == people:
                continue
            if not group.id and not group.guests and room not in self._people:
                continue
            former, self._people[room] = self._people.get(room, {}), people
            for kind in KINDS:
                self._move(self._rooms[kind], room, _ids(former, kind), _ids(people, kind))
            for tell in self.on_change:
                tell(room)
            set_state(f"people:{room}", people)

    def _move(
        self, rooms: dict[str, frozenset[str]], room: str, before: set[str], after: set[str]
    ) -> None:
        for person in before - after:
            left = rooms[person] - {room}
            if left:
                rooms[person] = left
            else:
                del rooms[person]
        for person in after - before:
            rooms[person] = rooms.get(person, frozenset()) | {room}

    async def follow(
        self, dispatch: Dispatch, municipalities: Collection[str], set_state: SetState
    ) -> None:
        """Read every municipality's log, and stand as it says from now on."""

        def hear(entries: Sequence[Entry]) -> None:
            for topic in {entry.envelope.topic for entry in entries}:
                if topic.partition(":")[0] == NOUN:
                    self.receive(dispatch.opened(topic).fold.state, set_state)

        dispatch.on_rows.append(hear)
        await dispatch.open_all(f"{NOUN}:{each}" for each in municipalities)


def _ids(people: Mapping[str, Any], kind: str) -> set[str]:
    return {one["id"] for one in people.get(kind, ())}
