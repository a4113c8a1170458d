"""Who acts: the one value that permissions, deciders and frames know of a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chat.people import Badge


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, or the system itself.

    Args:
        id: opaque, stable for the edition.
        name: as others see it.
        role: member, host, committee, moderator, staff, secretariat, individual, or system.
        municipality: slug (lower case, æ ø å as ae oe aa), None for people without one.
        session: the session that carries the request; revoking it closes every transport.
        rooms: those a host has let the person into, as it stands at the moment of asking; a
            session never keeps them.
        attended: was there while the show ran.
        like: the role of whoever's name this name looks like, as it stands at that moment.
    """

    id: str
    name: str
    role: str
    municipality: str | None = None
    session: str = ""
    rooms: frozenset[str] = frozenset()
    attended: bool = False
    like: Badge | None = None


RoomsOf = Callable[[Actor], frozenset[str]]
"""The rooms that a host has let a person into, and that are open to who they are by now."""


def let_in_nowhere(person: Actor) -> frozenset[str]:
    return frozenset()


def as_let_in(actor: Actor, rooms_of: RoomsOf) -> Actor:
    """The person with the rooms they have been let into by now."""
    rooms = rooms_of(actor)
    return replace(actor, rooms=rooms) if rooms != actor.rooms else actor


SYSTEM = Actor(id="system", name="Topmøde", role="system")
