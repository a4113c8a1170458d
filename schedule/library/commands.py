"""What may be asked of the library: by the secretariat, by moderators, and by the system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schedule.library.documentwords import ShowDocuments
from schedule.library.unlocking import Audience, Grant
from schedule.programme import Programme


@dataclass(frozen=True, slots=True)
class SetRelease:
    """An item's grants, whole; they stand in the place of those before."""

    item: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class OpenNow:
    """Open an item to an audience now, whatever it waits for.

    Args:
        municipality: whose people, of that audience alone.
    """

    item: str
    audience: Audience
    municipality: str | None = None


@dataclass(frozen=True, slots=True)
class CloseNow:
    """Close an item to an audience; it opens again when a person says so."""

    item: str
    audience: Audience
    municipality: str | None = None


@dataclass(frozen=True, slots=True)
class WaiveCaptions:
    """Let an item be seen without captions. Name and reason are kept."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class EndWaiver:
    item: str


@dataclass(frozen=True, slots=True)
class NoteCaptions:
    """An item has captions in these languages now; the media side says so.

    Args:
        version: another one whenever a text is another.
    """

    item: str
    languages: tuple[str, ...]
    version: str = ""


@dataclass(frozen=True, slots=True)
class WarnOfCaptions:
    """The day of the warning has come; the clock says so.

    Args:
        closes_at: when the item will close, of show time.
        owners: the ids of those whose share links cover it.
    """

    item: str
    closes_at: datetime
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListItems:
    """A version of the programme is out: these are the items now."""

    programme: Programme


COMMANDS: tuple[type, ...] = (
    *(SetRelease, OpenNow, CloseNow, WaiveCaptions, EndWaiver),
    *(NoteCaptions, WarnOfCaptions, ListItems, ShowDocuments),
)
