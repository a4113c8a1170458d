"""Share links of one municipality: what each opens, for how long, and how often it was opened.

A link is for somebody without an account: a teacher, a day-care worker. It covers the items it was
made for and nothing else, however often it is passed on; what an item is open to holders of links
for is the library's to say. It ends at its time or when somebody revokes it.

Visits are counted by link and day, and so by kind of institution; never by person.

The address of a link is not kept here: it is made from the link's id with a key that only the
server has. So nobody who reads this log can open anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schedule.errors import Refused
from schedule.programme import ID_SHAPE
from schedule.runofshow import By
from schedule.sharing.commands import (
    ChangeShare,
    CountVisits,
    Institution,
    MakeShare,
    RevokeShare,
    SetEmbedding,
)
from schedule.sharing.events import (
    EmbeddingSet,
    ShareChanged,
    ShareMade,
    ShareRevoked,
    VisitsCounted,
)
from schedule.show import from_utc, to_utc

Event = ShareMade | ShareChanged | ShareRevoked | EmbeddingSet | VisitsCounted

MOST_SHARES = 500
MOST_ITEMS = 50
LONGEST_TITLE = 120
SHORTEST_CODE, LONGEST_CODE = 4, 20
MOST_ORIGINS = 10
MOST_VISITS = 100_000
LONGEST_TERM = timedelta(days=3 * 366)
SHORTEST_SCHOOL_TERM = timedelta(days=90)
SCHOOLS = ZoneInfo("Europe/Copenhagen")
"""Whose school year it is: the municipalities are Danish, whatever zone an edition is in."""
ORIGIN = re.compile(r"https://[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:\d{1,5})?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Share:
    """One link.

    Args:
        visits: how many opened it, by day.
    """

    id: str
    title: str
    items: tuple[str, ...]
    institution: Institution
    until: datetime
    code: str | None
    by: str
    owner: str
    made: datetime
    revoked: datetime | None = None
    revoked_by: str | None = None
    visits: Mapping[str, int] = field(default_factory=dict)

    def is_open(self, now: datetime) -> bool:
        """Whether it opens anything at this moment of show time."""
        return self.revoked is None and now < self.until


@dataclass(frozen=True, slots=True)
class Shares:
    """All links of a municipality, by their ids; and who may show them in their own pages."""

    links: Mapping[str, Share] = field(default_factory=dict)
    origins: tuple[str, ...] = ()


def initial(municipality: str) -> Shares:
    return Shares()


def decide(shares: Shares, command: object, by: By, now: datetime) -> tuple[Event, ...]:
    """What a command leads to; `now` is show time.

    Raises:
        Refused: `bad_share`, `too_many`, `unknown_share`, `share_ended`, `bad_origin`,
            `unknown_command`.
    """
    match command:
        case MakeShare():
            return _make(shares, command, by, now)
        case ChangeShare():
            return _change(shares, command, now)
        case RevokeShare():
            share = _known(shares, command.share)
            return () if share.revoked else (ShareRevoked(share.id, by.name),)
        case SetEmbedding():
            return _embed(shares, command)
        case CountVisits():
            return _count(shares, command)
        case _:
            name = type(command).__name__
            raise Refused("unknown_command", f"expected a command about shares, came {name}")


def _make(shares: Shares, command: MakeShare, by: By, now: datetime) -> tuple[Event, ...]:
    if len(shares.links) >= MOST_SHARES:
        raise Refused("too_many", f"expected at most {MOST_SHARES} links of a municipality")
    items = tuple(dict.fromkeys(command.items))
    if not 1 <= len(items) <= MOST_ITEMS or not all(map(ID_SHAPE.fullmatch, items)):
        raise _bad(f"1 to {MOST_ITEMS} items by their ids", repr(list(items))[:80])
    until = command.until or school_year_end(now)
    title, code = _checked(command.title, until, command.code, now)
    id = f"s{len(shares.links) + 1}"
    return (ShareMade(id, title, items, command.institution, until, code, by.name, by.id),)


def _change(shares: Shares, command: ChangeShare, now: datetime) -> tuple[Event, ...]:
    share = _known(shares, command.share)
    if share.revoked:
        raise Refused("share_ended", "expected a link that nobody has revoked; make a new one")
    title, code = _checked(command.title, command.until, command.code, now)
    if (title, command.until, code) == (share.title, share.until, share.code):
        return ()
    return (ShareChanged(share.id, title, command.until, code),)


def _checked(
    title: str, until: datetime, code: str | None, now: datetime
) -> tuple[str, str | None]:
    title = " ".join(title.split())
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise _bad(f"a title of 1 to {LONGEST_TITLE} characters", str(len(title)))
    if not now < until <= now + LONGEST_TERM:
        raise _bad("an end within three years from now", to_utc(until))
    code = code.strip() if code is not None else None
    if code is not None and not SHORTEST_CODE <= len(code) <= LONGEST_CODE:
        raise _bad(f"a code of {SHORTEST_CODE} to {LONGEST_CODE} characters", str(len(code)))
    return title, code


def _bad(expected: str, came: str) -> Refused:
    return Refused("bad_share", f"expected {expected}, came {came}")


def _embed(shares: Shares, command: SetEmbedding) -> tuple[Event, ...]:
    origins = tuple(dict.fromkeys(origin.strip().lower() for origin in command.origins))
    if len(origins) > MOST_ORIGINS:
        raise Refused("bad_origin", f"expected at most {MOST_ORIGINS} sites, came {len(origins)}")
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            expected = "an address such as https://intranet.aalborg.dk, without a path"
            raise Refused("bad_origin", f"expected {expected}, came {origin!r:.80}")
    return () if origins == shares.origins else (EmbeddingSet(origins),)


def _count(shares: Shares, command: CountVisits) -> tuple[Event, ...]:
    share = _known(shares, command.share)
    if not DAY.fullmatch(command.day) or not 0 < command.visits <= MOST_VISITS:
        raise _bad("a day and a number of visits", f"{command.day!r:.20}, {command.visits}")
    return (
        VisitsCounted(share.id, command.day, share.visits.get(command.day, 0) + command.visits),
    )


def _known(shares: Shares, id: str) -> Share:
    share = shares.links.get(id)
    if share is None:
        raise Refused("unknown_share", f"expected a link's id, came {id!r:.40}")
    return share


def school_year_end(now: datetime) -> datetime:
    """The first moment after 31 July in Denmark, when the school year is over; of the next school
    year where this one nearly is."""
    year = now.astimezone(SCHOOLS).year
    ends = (datetime(each, 8, 1, tzinfo=SCHOOLS).astimezone(UTC) for each in (year, year + 1))
    return next(end for end in ends if end - now >= SHORTEST_SCHOOL_TERM)


def evolve(shares: Shares, event: object, *, seq: int, at: datetime) -> Shares:
    match event:
        case ShareMade():
            made = Share(
                event.share,
                event.title,
                event.items,
                event.institution,
                event.until,
                event.code,
                event.by,
                event.owner,
                at,
            )
            return replace(shares, links={**shares.links, event.share: made})
        case ShareChanged():
            changed = {"title": event.title, "until": event.until, "code": event.code}
            return _with(shares, event.share, **changed)
        case ShareRevoked():
            return _with(shares, event.share, revoked=at, revoked_by=event.by)
        case VisitsCounted():
            share = shares.links.get(event.share)
            visits = {**(share.visits if share else {}), event.day: event.visits}
            return _with(shares, event.share, visits=visits)
        case EmbeddingSet():
            return replace(shares, origins=event.origins)
        case _:
            return shares


def _with(shares: Shares, id: str, **changes: Any) -> Shares:
    share = shares.links.get(id)
    if share is None:
        return shares
    return replace(shares, links={**shares.links, id: replace(share, **changes)})


_PLAIN = ("title", "institution", "by", "owner")


def snapshot(shares: Shares) -> dict[str, Any]:
    return {
        "links": {id: _data(share) for id, share in shares.links.items()},
        "origins": list(shares.origins),
    }


def _data(share: Share) -> dict[str, Any]:
    told = {name: getattr(share, name) for name in _PLAIN} | {
        "items": list(share.items),
        "until": to_utc(share.until),
        "made": to_utc(share.made),
        "visits": dict(share.visits),
        "code": share.code,
        "revoked": to_utc(share.revoked) if share.revoked else None,
        "revoked_by": share.revoked_by,
    }
    return {name: value for name, value in told.items() if value is not None}


def restore(data: dict[str, Any]) -> Shares:
    return Shares(
        {id: _share(id, one) for id, one in data["links"].items()}, tuple(data["origins"])
    )


def _share(id: str, data: dict[str, Any]) -> Share:
    return Share(
        id=id,
        **{name: data[name] for name in _PLAIN},
        items=tuple(data["items"]),
        until=from_utc(data["until"]),
        made=from_utc(data["made"]),
        visits=data["visits"],
        code=data.get("code"),
        revoked=from_utc(data["revoked"]) if "revoked" in data else None,
        revoked_by=data.get("revoked_by"),
    )
