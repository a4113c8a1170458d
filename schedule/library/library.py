"""The library: what each item of the programme is open to, decided by people and by rule.

One unit of decision behind three topics. `library` carries the rules, which every page lives by;
`library.desk` the waivers with name and reason; `library.documents` what each item has beside its
recording (`documents.py`). What the rules come to for somebody at a moment is
`unlocking.py`; nothing here knows the time of day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from schedule.errors import Refused
from schedule.library import documents
from schedule.library.commands import (
    CloseNow,
    EndWaiver,
    ListItems,
    NoteCaptions,
    OpenNow,
    SetRelease,
    WaiveCaptions,
    WarnOfCaptions,
)
from schedule.library.documents import Documents
from schedule.library.documentwords import (
    AddDocument,
    DocumentCommand,
    DocumentEvent,
    DocumentsShown,
    ShowDocuments,
)
from schedule.library.events import (
    CaptionsNoted,
    CaptionsWaived,
    CaptionsWarned,
    ItemsListed,
    Listed,
    OwnCaptionsWarned,
    ReleaseSet,
    WaiverEnded,
    WaiverGiven,
    WaiverTakenBack,
)
from schedule.library.grants import checked, data_of, grant_from, whose
from schedule.library.unlocking import DOCUMENTED, Grant, Standing, usual_grants
from schedule.programme import Item, Programme
from schedule.runofshow import By
from schedule.show import from_utc, to_utc

Public = ItemsListed | ReleaseSet | CaptionsNoted | CaptionsWaived | WaiverEnded | DocumentsShown
Event = Public | WaiverGiven | WaiverTakenBack | CaptionsWarned | OwnCaptionsWarned | DocumentEvent

MOST_LANGUAGES = 20
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who let an item be seen without captions, why, and when (wall time)."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Library:
    """What is known of each item; each topic restores its own half.

    Args:
        set_by_hand: the items whose grants a person has set.
        warned: the close that each item was warned of.
    """

    items: Mapping[str, Standing] = field(default_factory=dict)
    set_by_hand: frozenset[str] = frozenset()
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    warned: Mapping[str, datetime] = field(default_factory=dict)
    documents: Documents = field(default_factory=dict)


def initial(programme: Programme) -> Library:
    return Library({one.item: Standing(one.kind, one.grants) for one in _listed(programme)})


def decide(library: Library, command: object, by: By, now: datetime) -> tuple[Event, ...]:
    """What a command leads to; `now` is show time.

    Raises:
        Refused: `unknown_item`, `bad_grant`, `needs_reason`, `unknown_audience`,
            `unknown_command`, and what `documents.decide` does.
    """
    match command:
        case SetRelease():
            return _set(library, command.item, checked(command.grants))
        case OpenNow():
            return _open_now(library, command, now)
        case CloseNow():
            return _close_now(library, command, now)
        case WaiveCaptions():
            return _waive(library, command, by)
        case EndWaiver():
            waived = _known(library, command.item).waived
            ended = WaiverEnded(command.item), WaiverTakenBack(command.item)
            return ended if waived else ()
        case NoteCaptions():
            return _note(library, command)
        case WarnOfCaptions():
            return _warn(library, command)
        case ListItems():
            return _list(library, command.programme)
        case ShowDocuments(item, shown):
            same = _known(library, item).documents == shown
            return () if same else (DocumentsShown(item, shown),)
        case AddDocument() if _known(library, command.item).kind not in DOCUMENTED:
            raise Refused("unknown_item", "expected something to see, or to discuss at home")
        case _ if isinstance(command, DocumentCommand):
            return documents.decide(library.documents, command)
        case _:
            name = type(command).__name__
            raise Refused("unknown_command", f"expected a command of the library, came {name}")


def _set(library: Library, item: str, grants: tuple[Grant, ...]) -> tuple[Event, ...]:
    standing = _known(library, item)
    if grants == standing.grants and item in library.set_by_hand:
        return ()
    return (ReleaseSet(item, grants),)


def _open_now(library: Library, command: OpenNow, now: datetime) -> tuple[Event, ...]:
    grants = _known(library, command.item).grants
    wanted = command.audience, command.municipality
    found = next((grant for grant in grants if whose(grant) == wanted), None)
    grant = found or Grant(command.audience, "hand", command.municipality)
    grant = replace(grant, opened=now, closed=None)
    if found is not None and found.opened is not None and found.until is None:
        return ()
    kept = tuple(grant for grant in grants if whose(grant) != wanted)
    return _set(library, command.item, checked((*kept, replace(grant, until=None))))


def _close_now(library: Library, command: CloseNow, now: datetime) -> tuple[Event, ...]:
    grants = _known(library, command.item).grants
    wanted = command.audience, command.municipality
    if all(whose(grant) != wanted for grant in grants):
        said = "an audience that the item is or will be open to"
        raise Refused("unknown_audience", f"expected {said}, came {command.audience}")
    shut = Grant(command.audience, "hand", command.municipality, closed=now)
    closed = tuple(shut if whose(grant) == wanted else grant for grant in grants)
    return _set(library, command.item, closed)


def _waive(library: Library, command: WaiveCaptions, by: By) -> tuple[Event, ...]:
    standing, reason = _known(library, command.item), " ".join(command.reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        detail = f"expected a reason of 1 to {LONGEST_REASON} characters, came {len(reason)}"
        raise Refused("needs_reason", detail)
    given = WaiverGiven(command.item, by.name, reason)
    return (given,) if standing.waived else (CaptionsWaived(command.item), given)


def _note(library: Library, command: NoteCaptions) -> tuple[Event, ...]:
    languages = tuple(sorted(set(command.languages)))[:MOST_LANGUAGES]
    standing = _known(library, command.item)
    if (standing.captions, standing.captions_version) == (languages, command.version):
        return ()
    return (CaptionsNoted(command.item, languages, command.version),)


def _warn(library: Library, command: WarnOfCaptions) -> tuple[Event, ...]:
    """Once for each close: an item that is shown again closes later, and is warned of again."""
    standing, item, closes_at = _known(library, command.item), command.item, command.closes_at
    if standing.captions or standing.waived or library.warned.get(item) == closes_at:
        return ()
    owners = dict.fromkeys(command.owners)
    told = (OwnCaptionsWarned(owner, item, closes_at) for owner in owners)
    return (CaptionsWarned(item, closes_at), *told)


def _list(library: Library, programme: Programme) -> tuple[Event, ...]:
    listed = _listed(programme)
    return () if _relist(library, listed) == library else (ItemsListed(listed),)


def _listed(programme: Programme) -> tuple[Listed, ...]:
    last = programme.spine[-1].id
    return tuple(Listed(i.id, i.kind, usual_grants(i, last)) for i in programme.items)


def _known(library: Library, item: str) -> Standing:
    standing = library.items.get(item)
    if standing is None:
        raise Refused("unknown_item", f"expected an item's id, came {item!r:.80}")
    return standing


def evolve(library: Library, event: object, *, seq: int, at: datetime) -> Library:
    match event:
        case ItemsListed():
            return _relist(library, event.items)
        case ReleaseSet():
            changed = _with(library, event.item, grants=event.grants)
            return replace(changed, set_by_hand=library.set_by_hand | {event.item})
        case CaptionsNoted():
            captions, version = event.languages, event.version
            return _with(library, event.item, captions=captions, captions_version=version)
        case CaptionsWaived():
            return _with(library, event.item, waived=True)
        case WaiverEnded():
            return _with(library, event.item, waived=False)
        case DocumentsShown():
            return _with(library, event.item, documents=event.documents)
        case _ if isinstance(event, DocumentEvent):
            return replace(library, documents=documents.evolve(library.documents, event))
        case WaiverTakenBack():
            kept = {item: one for item, one in library.waivers.items() if item != event.item}
            return replace(library, waivers=kept)
        case CaptionsWarned():
            return replace(library, warned={**library.warned, event.item: event.closes_at})
        case WaiverGiven():
            waiver = Waiver(event.by, event.reason, at)
            return replace(library, waivers={**library.waivers, event.item: waiver})
        case _:
            return library


def standing_of(library: Library, item: Item, last: str) -> Standing:
    """How an item stands; as usual where the library has not heard of it yet."""
    return library.items.get(item.id) or Standing(item.kind, usual_grants(item, last))


def _relist(library: Library, listed: tuple[Listed, ...]) -> Library:
    return replace(library, items={one.item: _relisted(library, one) for one in listed})


def _relisted(library: Library, one: Listed) -> Standing:
    before = library.items.get(one.item)
    if before is None:
        return Standing(one.kind, one.grants)
    grants = before.grants if one.item in library.set_by_hand else one.grants
    return replace(before, kind=one.kind, grants=grants)


def _with(library: Library, item: str, **changes: Any) -> Library:
    standing = library.items.get(item)
    if standing is None:
        return library
    return replace(library, items={**library.items, item: replace(standing, **changes)})


# --- topic library ------------------------------------------------------------------------------


def snapshot(library: Library) -> dict[str, Any]:
    return {
        "items": {
            item: {
                "kind": standing.kind,
                "grants": [data_of(grant) for grant in standing.grants],
                "captions": list(standing.captions),
                "captions_version": standing.captions_version,
                "waived": standing.waived,
                "by_hand": item in library.set_by_hand,
                "documents": documents.data_of(standing.documents),
            }
            for item, standing in library.items.items()
        }
    }


def restore(data: dict[str, Any]) -> Library:
    return Library(
        {
            item: Standing(
                one["kind"],
                tuple(grant_from(grant) for grant in one["grants"]),
                tuple(one["captions"]),
                one["waived"],
                one.get("captions_version", ""),
                documents.documents_from(one.get("documents", [])),
            )
            for item, one in data["items"].items()
        },
        frozenset(item for item, one in data["items"].items() if one["by_hand"]),
    )


# --- topic library.desk -------------------------------------------------------------------------


def desk_snapshot(library: Library) -> dict[str, Any]:
    return {
        "waivers": {
            item: {"by": waiver.by, "reason": waiver.reason, "at": to_utc(waiver.at)}
            for item, waiver in library.waivers.items()
        },
        "warned": {item: to_utc(closes_at) for item, closes_at in library.warned.items()},
    }


def desk_restore(data: dict[str, Any]) -> Library:
    return Library(
        waivers={
            item: Waiver(one["by"], one["reason"], from_utc(one["at"]))
            for item, one in data["waivers"].items()
        },
        warned={item: from_utc(at) for item, at in data.get("warned", {}).items()},
    )


# --- topic library.documents --------------------------------------------------------------------


def documents_snapshot(library: Library) -> dict[str, Any]:
    return documents.snapshot(library.documents)


def documents_restore(data: dict[str, Any]) -> Library:
    return Library(documents=documents.restore(data))
