"""Who may see an item's recording, and from when: the one rule, asked at every request.

An item carries *grants*. Each says to whom it opens, when, and until when:

    attendees      who was there on the day; as long as the day lasts, everybody signed in
    registered     everybody with a name in the edition
    municipality   one municipality's people
    link           whoever holds a share link that covers the item
    everybody      strangers too

    cue     when an item starts, its own or another one's; an item that was skipped gives no cue
    time    at a moment of show time
    hand    when a person says so

A grant that a person has opened is open whatever else it waits for, and a grant ends at its
`until`. One that a person has closed waits for somebody's hand again, and whom it names is told
that it was closed: the item was theirs to see, and nobody has said that it opens. Those who prepare
the day see everything at any time.

Captions come on top of every grant. What was produced beforehand does not open without them. What
was live opens at once, is warned about and closes by itself when the deadline has passed. Captions
in any language lift both, and so does a waiver, which a named person gives with a reason.

Somebody whom no grant names is told what is told of an item that does not exist. Somebody whom one
names is told `locked`, with the earliest moment that is known.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from schedule.library.documentwords import Document
from schedule.programme import Item, Kind
from schedule.show import Show, ShowItem

Audience = Literal["attendees", "registered", "municipality", "link", "everybody"]
When = Literal["cue", "time", "hand"]
State = Literal["open", "locked", "absent"]
Reason = Literal["later", "by_hand", "closed", "captions", "captions_overdue"]

SHOWN: frozenset[Kind] = frozenset({"live", "recorded"})
"""The kinds that leave something to see behind; a break leaves its slate."""
DOCUMENTED: frozenset[Kind] = SHOWN | {"discussion"}
"""The kinds that may have documents: what is talked of at home has its sheet."""


@dataclass(frozen=True, slots=True)
class Grant:
    """To whom an item opens, when, and until when. Moments are of show time.

    Args:
        municipality: whose people, of that audience alone.
        item: whose start is the cue; None for the item's own.
        at: the moment of a grant that opens by time.
        until: open before it only.
        opened: when a person opened it.
        closed: when a person closed it.
    """

    audience: Audience
    when: When
    municipality: str | None = None
    item: str | None = None
    at: datetime | None = None
    until: datetime | None = None
    opened: datetime | None = None
    closed: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaptionRule:
    """The edition's deadlines.

    Args:
        required: False where the edition asks for no captions at all.
        warn_after, close_after: counted from the end of an item that was live.
    """

    required: bool = True
    warn_after: timedelta = timedelta(days=10)
    close_after: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the library knows of an item.

    Args:
        captions: the languages it has captions in.
        waived: somebody has let it be seen without them.
        captions_version: another one whenever their text is another.
        documents: those that everybody registered has been told of.
    """

    kind: Kind
    grants: tuple[Grant, ...]
    captions: tuple[str, ...] = ()
    waived: bool = False
    captions_version: str = ""
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, as far as the rule looks.

    Args:
        signed_in: has a name in the edition.
        prepares: works on the day: moderators and the secretariat.
        attended: was there on the day.
        items: what the viewer's share link covers; empty without one.
    """

    signed_in: bool = False
    prepares: bool = False
    attended: bool = False
    municipality: str | None = None
    items: Collection[str] = ()


STRANGER = Viewer()


@dataclass(frozen=True, slots=True)
class Opening:
    """How an item stands for somebody.

    Args:
        opens_at: when a locked one opens, where that is known.
        reason: what a locked one waits for.
    """

    state: State
    opens_at: datetime | None = None
    reason: Reason | None = None


OPEN, ABSENT = Opening("open"), Opening("absent")


def opening(
    entry: ShowItem,
    standing: Standing,
    viewer: Viewer,
    show: Show,
    now: datetime,
    rule: CaptionRule,
) -> Opening:
    """How an item stands for a viewer at this moment of show time."""
    if viewer.prepares:
        return OPEN
    named = [
        grant
        for grant in standing.grants
        if _names(grant, entry.id, viewer, show) and not _is_over(grant, now)
    ]
    if not named:
        return ABSENT
    missing = captions_missing(entry, standing, now, rule)
    if any(_is_open(grant, entry, show, now) for grant in named):
        return Opening("locked", None, missing) if missing else OPEN
    moments = [m for g in named if (m := opens_at(g, entry, show)) is not None and m > now]
    if missing == "captions":
        return Opening("locked", min(moments, default=None), missing)
    if moments:
        return Opening("locked", min(moments), "later")
    return Opening("locked", None, "closed" if any(g.closed for g in named) else "by_hand")


def captions_missing(
    entry: ShowItem, standing: Standing, now: datetime, rule: CaptionRule
) -> Reason | None:
    """Whether an item is kept shut for want of captions, and by which rule."""
    if not is_due(standing, rule):
        return None
    if standing.kind == "recorded":
        return "captions"
    closes = closes_at(entry, standing, rule)
    return "captions_overdue" if closes is not None and now >= closes else None


def is_due(standing: Standing, rule: CaptionRule) -> bool:
    """Whether captions are still owed."""
    owed = standing.kind in SHOWN and not standing.captions and not standing.waived
    return rule.required and owed


def closes_at(entry: ShowItem, standing: Standing, rule: CaptionRule) -> datetime | None:
    """When an item that was live closes by itself; None while it owes nothing or has not ended."""
    if standing.kind != "live" or not is_due(standing, rule) or entry.actual_end is None:
        return None
    return entry.actual_end + rule.close_after


def warns_at(entry: ShowItem, standing: Standing, rule: CaptionRule) -> datetime | None:
    """When its owners are warned of that."""
    closes = closes_at(entry, standing, rule)
    return None if closes is None else closes - rule.close_after + rule.warn_after


def opens_at(grant: Grant, entry: ShowItem, show: Show) -> datetime | None:
    """When a grant opens or has opened, as far as is known now."""
    if grant.opened is not None:
        return grant.opened
    if grant.when == "time":
        return grant.at
    if grant.when == "hand":
        return None
    cue = entry if grant.item is None else show.find(grant.item)
    if cue is None or (cue.state == "skipped" and not cue.run):
        return None
    return cue.expected_start if cue.actual_start is None else cue.actual_start


def is_open(grant: Grant, entry: ShowItem, show: Show, now: datetime) -> bool:
    """Whether a grant is open at this moment, captions apart."""
    return _is_open(grant, entry, show, now) and not _is_over(grant, now)


def _is_open(grant: Grant, entry: ShowItem, show: Show, now: datetime) -> bool:
    if grant.opened is not None:
        return True
    if grant.when == "time":
        return grant.at is not None and now >= grant.at
    if grant.when == "hand":
        return False
    cue = entry if grant.item is None else show.find(grant.item)
    return cue is not None and cue.run > 0


def _is_over(grant: Grant, now: datetime) -> bool:
    return grant.until is not None and now >= grant.until


def _names(grant: Grant, item: str, viewer: Viewer, show: Show) -> bool:
    """Whether a viewer is one of those a grant is for."""
    match grant.audience:
        case "everybody":
            return True
        case "registered":
            return viewer.signed_in
        case "attendees":
            return viewer.signed_in and (viewer.attended or show.state != "ended")
        case "municipality":
            return viewer.signed_in and viewer.municipality == grant.municipality is not None
        case "link":
            return item in viewer.items


def usual_grants(item: Item, last: str) -> tuple[Grant, ...]:
    """What an item opens to where nobody has said otherwise.

    A film opens to who is there with its own start, to all registered and to share links when the
    day ends. What is live opens to all registered with its own start; a person decides whether it
    is passed on.

    Args:
        last: the id of the end mark.
    """
    registered = Grant("registered", "cue")
    if item.kind == "recorded":
        later = (Grant(audience, "cue", item=last) for audience in ("registered", "link"))
        return (Grant("attendees", "cue"), *later)
    if item.kind == "live":
        return (registered, Grant("link", "hand"))
    return (registered,)
