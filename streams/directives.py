"""What players ask of a playlist, and when they get it (rfc8216bis, 6.2.5).

A request may name the part that it wants to see (`_HLS_msn`, `_HLS_part`); it is held until that
part is there. Too far ahead is 400, held too long is 503. Everything else is answered at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from streams.playlist import TARGET_S

HELD_AT_MOST_S = 3 * TARGET_S
MOST_SEGMENTS_AHEAD = 2
MOST_DIGITS = 12


class BadDirective(Exception):
    """Directives that cannot be meant; the message says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Directives:
    """What the query asked: a segment, a part of it (None: the whole), and a delta."""

    segment: int | None = None
    part: int | None = None
    skip: bool = False


def directives(query: Mapping[str, str]) -> Directives:
    """The directives of a query; unknown ones are ignored. Raises BadDirective."""
    segment, part = _number(query, "_HLS_msn"), _number(query, "_HLS_part")
    if part is not None and segment is None:
        raise BadDirective("expected _HLS_msn beside _HLS_part; came none")
    return Directives(segment, part, query.get("_HLS_skip") in ("YES", "v2"))


def check_ahead(wanted: Directives, newest: tuple[int, int], parts_ahead: int) -> None:
    """Raises BadDirective for what lies further ahead than a player can know of.

    Args:
        newest: segment and part index that are there.
    """
    if wanted.segment is None:
        return
    if wanted.segment > newest[0] + MOST_SEGMENTS_AHEAD:
        raise BadDirective(f"expected _HLS_msn up to {newest[0] + MOST_SEGMENTS_AHEAD}")
    same = wanted.segment == newest[0] and wanted.part is not None
    if same and (wanted.part or 0) > newest[1] + parts_ahead:
        raise BadDirective(f"expected _HLS_part up to {newest[1] + parts_ahead}")


def is_there(wanted: Directives, newest: tuple[int, int], *, newest_ended: bool) -> bool:
    """Whether a playlist that stands at `newest` satisfies the directives."""
    if wanted.segment is None or wanted.segment < newest[0]:
        return True
    if wanted.segment > newest[0]:
        return False
    if wanted.part is None:
        return newest_ended
    return wanted.part <= newest[1]


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > MOST_DIGITS:
        raise BadDirective(f"expected a number for {name}; came {text[:20]!r}")
    return int(text)
