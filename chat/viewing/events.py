"""What has happened to what a room watches together. Moments are wall time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.event import Event


@dataclass(frozen=True, slots=True)
class ViewingStarted(Event):
    """
    Args:
        begins: when the film goes on from `position_s`; a little ahead, so that all are ready.
        length_s: of the film; None where it is not known.
    """

    item: str
    position_s: float
    begins: datetime
    length_s: float | None = None


@dataclass(frozen=True, slots=True)
class ViewingPaused(Event):
    position_s: float


@dataclass(frozen=True, slots=True)
class ViewingResumed(Event):
    begins: datetime


@dataclass(frozen=True, slots=True)
class ViewingMoved(Event):
    """`begins`: None while it is paused."""

    position_s: float
    begins: datetime | None = None


@dataclass(frozen=True, slots=True)
class ViewingEnded(Event):
    pass


EVENTS: tuple[type, ...] = (
    ViewingStarted,
    ViewingPaused,
    ViewingResumed,
    ViewingMoved,
    ViewingEnded,
)
