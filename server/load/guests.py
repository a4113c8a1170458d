"""Who comes: links read from the file that `people import --links` or `demo --links` wrote.

A municipality's link opens on several machines, so a crowd may be larger than the file: its people
are gone through again and again. Everybody else's link is used up by the first who signs in, and an
individual watches at one place at a time: those come once. Moderators and the secretariat are no
viewers; the first of them may give the cues.

Only the token of a link is used. Where it is sent is said on the command line and nowhere else.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from server.access.people import MUNICIPAL_ROLES
from server.errors import Unusable

ONCE = frozenset({"committee", "individual"})
CUE_GIVERS = frozenset({"moderator", "secretariat"})
FOR_EACH_LINK = 1_000
"""As many lines of one person a server takes (`gateway.Capacity`)."""


@dataclass(frozen=True, slots=True)
class Guest:
    """One person of the file; `token` is the last part of the link."""

    key: str
    role: str
    municipality: str | None
    token: str

    @property
    def topics(self) -> tuple[str, ...]:
        """What the watch page joins; the person's own topic is joined by itself."""
        room = (f"room:{self.municipality}",) if self.municipality else ()
        return ("show", "committee", "board", *room, "choice", "polls", "channel:main")

    @property
    def room(self) -> str | None:
        """Where this person writes; None for who does not."""
        writes = self.municipality and self.role in ("member", "host")
        return f"room:{self.municipality}" if writes else None


def read_links(text: str) -> tuple[Guest, ...]:
    """Everybody in a CSV of links.

    Raises:
        Unusable: naming the line.
    """
    rows = csv.DictReader(text.splitlines())
    wanted = {"key", "role", "municipality", "link"}
    if missing := wanted - set(rows.fieldnames or ()):
        raise Unusable(f"expected columns {', '.join(sorted(wanted))}; {sorted(missing)} missing")
    return tuple(
        _guest(f"line {rows.line_num}", row["key"], row["role"], row["municipality"], row["link"])
        for row in rows
    )


def read_demo(text: str) -> tuple[Guest, ...]:
    """Everybody in the JSON that a demo writes.

    Raises:
        Unusable: when it is not that.
    """
    try:
        people: Mapping[str, Mapping[str, str | None]] = orjson.loads(text)["people"]
        return tuple(
            _guest(key, key, each["role"], each["municipality"], each["enter"])
            for key, each in people.items()
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"expected the JSON of `topmoede demo --links`; {error!r}") from error


def _guest(
    place: str, key: str | None, role: str | None, municipality: str | None, link: str | None
) -> Guest:
    _, found, token = (link or "").rpartition("/enter/")
    if not found or not token or not all(char.isalnum() or char in "-_" for char in token):
        raise Unusable(f"{place}: expected a link …/enter/TOKEN; came {link!r:.80}")
    return Guest(key or token[:8], role or "", municipality or None, token)


def viewers(guests: Iterable[Guest], count: int | None) -> tuple[Guest, ...]:
    """So many viewers: everybody once, then the municipalities' people again and again.

    Args:
        count: None for everybody once.

    Raises:
        Unusable: when the file has not enough.
    """
    once = [guest for guest in guests if guest.role in MUNICIPAL_ROLES | ONCE]
    again = [guest for guest in once if guest.role in MUNICIPAL_ROLES]
    wanted = len(once) if count is None else count
    most = len(again) * FOR_EACH_LINK + len(once) - len(again)
    if not 0 < wanted <= most:
        raise Unusable(
            f"expected 1 to {most} viewers, {FOR_EACH_LINK} for each link of a municipality; "
            f"came {wanted}"
        )
    return tuple(itertools.islice(itertools.chain(once, itertools.cycle(again)), wanted))


def cue_giver(guests: Iterable[Guest]) -> Guest | None:
    """The first who may drive the day."""
    return next((guest for guest in guests if guest.role in CUE_GIVERS), None)
