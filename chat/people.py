"""Who acts, and how a person is shown beside what they wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Badge = Literal["host", "committee", "moderator"]

BADGES: dict[str, Badge] = {"host": "host", "committee": "committee", "moderator": "moderator"}


class Person(Protocol):
    """The signed-in person a command comes from; the server's actor is one."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def municipality(self) -> str | None: ...
    @property
    def like(self) -> Badge | None: ...


@dataclass(frozen=True, slots=True)
class Author:
    """A name as it stands beside a text. The badge comes from the role, never from the name.

    Args:
        like: the role of somebody else whose name this one looks like.
    """

    id: str
    name: str
    badge: Badge | None = None
    like: Badge | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody in a room of another municipality than their own."""

    id: str
    name: str
    role: str = "guest"
    municipality: str | None = None
    like: Badge | None = None


def within(municipality: str, by: Person) -> Person:
    """The person as they are in a municipality's rooms: a host is one among their own people."""
    if by.role == "host" and by.municipality != municipality:
        return Visitor(by.id, by.name, like=by.like)
    return by


def author_of(by: Person) -> Author:
    return Author(by.id, by.name, BADGES.get(by.role), by.like)
