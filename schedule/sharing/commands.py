"""What a municipality's people may ask of their share links, and what the system adds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Institution = Literal["school", "day_care", "after_school", "health", "administration", "other"]


@dataclass(frozen=True, slots=True)
class MakeShare:
    """A link to these items.

    Args:
        title: what those who get it are told it is.
        institution: whom it is for; visits are counted by it.
        until: when it ends, of show time; None for the end of the school year.
        code: has to be typed in to see anything; None where the link is enough.
    """

    title: str
    items: tuple[str, ...]
    institution: Institution
    until: datetime | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeShare:
    """The same link, with another title, end or code; nobody needs a new address."""

    share: str
    title: str
    until: datetime
    code: str | None = None


@dataclass(frozen=True, slots=True)
class RevokeShare:
    """End a link for good, also for those who are watching."""

    share: str


@dataclass(frozen=True, slots=True)
class SetEmbedding:
    """The sites that may show the municipality's links inside their own pages, whole."""

    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountVisits:
    """So many have opened a link on a day; nobody knows who.

    Args:
        day: of the edition's own zone, as `2021-01-28`.
    """

    share: str
    day: str
    visits: int


COMMANDS: tuple[type, ...] = (MakeShare, ChangeShare, RevokeShare, SetEmbedding, CountVisits)
