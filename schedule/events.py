"""What has happened to the run of show, the programme, and the choices.

An event that moves time carries `times`: every item whose times changed, with all of them, so that
nobody who follows the log ever works out a time. A field left out on the wire is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schedule.programme import Kind, Place, Programme


@dataclass(frozen=True, slots=True)
class ItemTimes:
    """All times of one item.

    Args:
        earliest_start: before this it does not start by itself; a hard item starts then.
        length_s: what it needs, after what people added or took.
    """

    item: str
    planned_start: datetime
    planned_end: datetime
    expected_start: datetime
    expected_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None
    earliest_start: datetime
    length_s: float


Times = tuple[ItemTimes, ...]


@dataclass(frozen=True, slots=True)
class ItemStarted:
    """An item is on air (spine) or has begun to run beside it (a side item, with a parent)."""

    item: str
    run: int
    kind: Kind
    source: str | None
    film: str | None
    on: Place
    parent: str | None
    title: str
    times: Times = ()


@dataclass(frozen=True, slots=True)
class ItemEnded:
    """A run is over; `again` says that the item will come again, after what `back` went to."""

    item: str
    run: int
    again: bool = False
    times: Times = ()


@dataclass(frozen=True, slots=True)
class ItemSkipped:
    """An item will not come, or the rest of its run was dropped."""

    item: str
    times: Times = ()


@dataclass(frozen=True, slots=True)
class ShowHeld:
    times: Times = ()


@dataclass(frozen=True, slots=True)
class ShowResumed:
    times: Times = ()


@dataclass(frozen=True, slots=True)
class ItemExtended:
    item: str
    minutes: float
    times: Times = ()


@dataclass(frozen=True, slots=True)
class ItemTrimmed:
    item: str
    end: datetime
    times: Times = ()


@dataclass(frozen=True, slots=True)
class ItemMoved:
    item: str
    start: datetime
    times: Times = ()


@dataclass(frozen=True, slots=True)
class SlateShown:
    """The item on air is covered, until it is cleared or the next item starts."""

    item: str
    text: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class SlateCleared:
    item: str


@dataclass(frozen=True, slots=True)
class Announced:
    """After `until` it is over; nothing more is said about it."""

    text: str
    until: datetime | None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class AnnouncementCleared:
    pass


@dataclass(frozen=True, slots=True)
class BackupAnnounced:
    """Where to go if these pages fail; a whole https address."""

    address: str


@dataclass(frozen=True, slots=True)
class BackupCleared:
    pass


@dataclass(frozen=True, slots=True)
class ModeSet:
    mode: str
    times: Times = ()


@dataclass(frozen=True, slots=True)
class TimesReckoned:
    times: Times = ()


@dataclass(frozen=True, slots=True)
class DayEnded:
    at: datetime
    times: Times = ()


@dataclass(frozen=True, slots=True)
class DayStartedOver:
    """Everything is planned again; `lap` counts from 1, runs go on being counted."""

    lap: int
    start: datetime
    times: Times = ()


@dataclass(frozen=True, slots=True)
class ProgrammeAdopted:
    """The day goes on by another version.

    Args:
        show: the whole snapshot of the show after it: to read this event is to join anew.
    """

    version: str
    show: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as text people read; None where there was or is nothing."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one item between two versions; `item` is None for the head.

    Args:
        what: added, removed or changed.
        fields: only of a changed one.
    """

    what: str
    item: str | None
    title: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    version: str
    programme: Programme
    difference: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A municipality's choice in a slot; `notice` says that the slot had already begun."""

    municipality: str
    slot: str
    items: tuple[str, ...]
    by: str
    notice: bool


EVENTS = (
    ItemStarted,
    ItemEnded,
    ItemSkipped,
    ShowHeld,
    ShowResumed,
    ItemExtended,
    ItemTrimmed,
    ItemMoved,
    SlateShown,
    SlateCleared,
    Announced,
    AnnouncementCleared,
    BackupAnnounced,
    BackupCleared,
    ModeSet,
    TimesReckoned,
    DayEnded,
    DayStartedOver,
    ProgrammeAdopted,
    ProgrammePublished,
    Chosen,
)
