"""Grants as people give them: what each must say and no more; and how they are written."""

from __future__ import annotations

from typing import Any

from schedule.errors import Refused
from schedule.library.unlocking import Audience, Grant
from schedule.show import from_utc, to_utc

MOST_GRANTS = 120
_MOMENTS = ("at", "until", "opened", "closed")


def checked(grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """The grants, if each says what it must and no more. Raises Refused `bad_grant`."""
    if len(grants) > MOST_GRANTS:
        raise _bad(f"at most {MOST_GRANTS} grants", str(len(grants)))
    for grant in grants:
        if (grant.municipality is not None) != (grant.audience == "municipality"):
            raise _bad("a municipality with the audience municipality alone", repr(grant.audience))
        if (grant.at is not None) != (grant.when == "time"):
            raise _bad("a moment with a grant by time alone", repr(grant.when))
        if grant.item is not None and grant.when != "cue":
            raise _bad("an item with a grant by cue alone", repr(grant.when))
        if grant.closed is not None and (grant.when != "hand" or grant.opened is not None):
            raise _bad("a close with a grant that waits for a hand", repr(grant.when))
        begins = grant.opened or grant.at
        if grant.until is not None and begins is not None and grant.until <= begins:
            raise _bad("an end after the opening", to_utc(grant.until))
    each = [whose(grant) for grant in grants]
    if len(set(each)) != len(each):
        raise _bad("each audience once", ", ".join(audience for audience, _ in each))
    return grants


def _bad(expected: str, came: str) -> Refused:
    return Refused("bad_grant", f"expected {expected}, came {came}")


def whose(grant: Grant) -> tuple[Audience, str | None]:
    """Whom a grant is for; an item has one for each."""
    return grant.audience, grant.municipality


def data_of(grant: Grant) -> dict[str, Any]:
    named = {
        "audience": grant.audience,
        "when": grant.when,
        "municipality": grant.municipality,
        "item": grant.item,
    }
    moments = {name: getattr(grant, name) for name in _MOMENTS}
    told = named | {name: to_utc(m) for name, m in moments.items() if m is not None}
    return {name: value for name, value in told.items() if value is not None}


def grant_from(data: dict[str, Any]) -> Grant:
    moments = {name: from_utc(data[name]) for name in _MOMENTS if name in data}
    return Grant(
        data["audience"],
        data["when"],
        data.get("municipality"),
        data.get("item"),
        **moments,
    )
