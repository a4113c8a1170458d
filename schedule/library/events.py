"""What has happened to the library, by who may hear of it.

Everybody hears which rules hold, because open pages and running players live by them. Who waived
captions and why stands on `library.desk`, for those who prepare the day, and so does the warning
before an item closes; who has shared the item hears of that on a topic of their own. What documents
an item has (`documentwords`) stands on `library.documents` until it may be told to everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schedule.library import documentwords
from schedule.library.documentwords import DocumentsShown
from schedule.library.unlocking import Grant
from schedule.programme import Kind

# --- library ---


@dataclass(frozen=True, slots=True)
class Listed:
    """An item and the grants it has where nobody has said otherwise."""

    item: str
    kind: Kind
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class ItemsListed:
    """The items there are now; grants that a person has set stay with theirs."""

    items: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class ReleaseSet:
    """A person has set an item's grants."""

    item: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class CaptionsNoted:
    """Its captions are others now; whoever shows them fetches them anew."""

    item: str
    languages: tuple[str, ...]
    version: str = ""


@dataclass(frozen=True, slots=True)
class CaptionsWaived:
    item: str


@dataclass(frozen=True, slots=True)
class WaiverEnded:
    item: str


# --- library.desk ---


@dataclass(frozen=True, slots=True)
class WaiverGiven:
    """Who let an item be seen without captions, and why."""

    item: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class WaiverTakenBack:
    item: str


@dataclass(frozen=True, slots=True)
class CaptionsWarned:
    """An item that still owes captions closes soon, at a moment of show time."""

    item: str
    closes_at: datetime


# --- person ---


@dataclass(frozen=True, slots=True)
class OwnCaptionsWarned:
    """The same, for somebody whose share link covers the item."""

    person: str
    item: str
    closes_at: datetime


BY_TOPIC: dict[str, tuple[type, ...]] = {
    "library": (
        *(ItemsListed, ReleaseSet, CaptionsNoted, CaptionsWaived, WaiverEnded, DocumentsShown),
    ),
    "library.desk": (WaiverGiven, WaiverTakenBack, CaptionsWarned),
    "library.documents": documentwords.EVENTS,
}
EVENTS: tuple[type, ...] = sum(BY_TOPIC.values(), ())
OWN = (OwnCaptionsWarned,)
"""What one person alone hears, on a topic that is not the library's."""
