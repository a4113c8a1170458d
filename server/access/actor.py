"""Who acts: the one value that permissions, deciders and frames know of a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, or the system itself.

    Args:
        id: opaque, stable for the edition.
        name: as others see it.
        role: member, host, committee, moderator, staff, secretariat, individual, or system.
        municipality: slug (lower case, æ ø å as ae oe aa), None for people without one.
        session: the session that carries the request; revoking it closes every transport.
    """

    id: str
    name: str
    role: str
    municipality: str | None = None
    session: str = ""


SYSTEM = Actor(id="system", name="Topmøde", role="system")
