"""What has happened to a municipality's share links; its hosts and staff alone hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schedule.sharing.commands import Institution


@dataclass(frozen=True, slots=True)
class ShareMade:
    """`by` is the name of who made it, `owner` their id: who is told when something runs out."""

    share: str
    title: str
    items: tuple[str, ...]
    institution: Institution
    until: datetime
    code: str | None
    by: str
    owner: str


@dataclass(frozen=True, slots=True)
class ShareChanged:
    share: str
    title: str
    until: datetime
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ShareRevoked:
    share: str
    by: str


@dataclass(frozen=True, slots=True)
class EmbeddingSet:
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitsCounted:
    """How many have opened it on that day in all."""

    share: str
    day: str
    visits: int


EVENTS: tuple[type, ...] = (ShareMade, ShareChanged, ShareRevoked, EmbeddingSet, VisitsCounted)
