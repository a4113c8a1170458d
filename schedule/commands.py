"""What may be asked of the run of show, of the programme, and of a municipality's choice.

`after`, `from_` and `Skip.item` say what the sender believes is on air, None before the first
item; when something else is, the command is refused `stale`. A trailing underscore, there because
`from` is a Python keyword, is dropped on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schedule.programme import Programme


@dataclass(frozen=True, slots=True)
class Take:
    """Put this item on air; spine items passed over on the way are skipped."""

    item: str
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """Put the next item on air."""

    after: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Drop the rest of what is on air and go on to the next item."""

    item: str | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """Give the previous item a new run; what was on air comes again after it."""

    from_: str | None = None


@dataclass(frozen=True, slots=True)
class EndItem:
    """End a side item that is running."""

    item: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep what is on air there; nothing starts by itself."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Let the clock rule again; what is overdue is taken at once."""


@dataclass(frozen=True, slots=True)
class Extend:
    """Give an item more minutes (1 to 240)."""

    item: str
    minutes: float


@dataclass(frozen=True, slots=True)
class Trim:
    """End an item earlier than expected."""

    item: str
    end: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """Give an item to come another start: the only thing that moves a hard item."""

    item: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Slate:
    """Cover what is on air; a film pauses under it."""

    text: str | None = None


@dataclass(frozen=True, slots=True)
class ClearSlate:
    """Take the slate away."""


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell everybody something, until a moment of show time if one is given.

    Args:
        urgent: worth interrupting people for, also those who listen to the page.
    """

    text: str
    until: datetime | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ClearAnnouncement:
    """Take the announcement away."""


@dataclass(frozen=True, slots=True)
class AnnounceBackup:
    """Tell everybody where to go if these pages fail: an https address, or a host's name."""

    address: str


@dataclass(frozen=True, slots=True)
class ClearBackup:
    """Take the backup address away."""


@dataclass(frozen=True, slots=True)
class SetMode:
    """Let the clock take what is due (`automatic`), or only people (`manual`)."""

    mode: str


@dataclass(frozen=True, slots=True)
class Reckon:
    """Work out the expected times anew: sent by the timekeeper while a person keeps the day."""


@dataclass(frozen=True, slots=True)
class StartOver:
    """Plan the whole day again, its first item at `start`: a demonstration goes round."""

    start: datetime


@dataclass(frozen=True, slots=True)
class AdoptProgramme:
    """Go on by another version of the programme: follows its publication."""

    programme: Programme


@dataclass(frozen=True, slots=True)
class PublishProgramme:
    """Publish a version of the programme, given as the text of a programme file."""

    text: str


@dataclass(frozen=True, slots=True)
class Choose:
    """Say what one's municipality will watch in a slot; no items takes the choice back."""

    slot: str
    items: tuple[str, ...]


COMMANDS = (
    Take,
    Next,
    Skip,
    Back,
    EndItem,
    Hold,
    Resume,
    Extend,
    Trim,
    Move,
    Slate,
    ClearSlate,
    Announce,
    ClearAnnouncement,
    AnnounceBackup,
    ClearBackup,
    SetMode,
    Reckon,
    StartOver,
    AdoptProgramme,
    PublishProgramme,
    Choose,
)

SYSTEM_COMMANDS = (Reckon, StartOver, AdoptProgramme)
"""Sent by the timekeeper and by reactions alone, never by a person."""
