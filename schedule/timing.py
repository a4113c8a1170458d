"""Planned, expected and actual time: how the rest of the day moves when an item takes longer.

*Planned* is what the programme says. *Actual* is when an item was really on air. *Expected* is
worked out here, from what is on air, what people have asked for, and the clock:

1.  A soft item starts when the one before it ends, never by itself before its earliest start
    (its planned start, until a person moves it), and keeps its length.
2.  An elastic item that starts late ends when it would have ended anyway, but is never shorter
    than its minimum. The first elastic item after an overrun gives what it can, then the next:
    no other order makes any item less late.
3.  A hard item starts at its earliest start. What would run into it is cut there, down to
    nothing if need be; how much is its *clash*.
4.  An item whose successor may not start yet stays on air: the spine has no holes.
5.  While somebody drives by hand (`waits`), nothing starts by itself: the item on air ends now at
    the earliest, is not cut by a hard item, and nothing can start in the past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedule.programme import Timing


@dataclass(frozen=True, slots=True)
class Slot:
    """A spine item that is on air or still to come, as timing sees it.

    Args:
        earliest: before this it does not start by itself; a hard item starts exactly then.
        length: what it needs.
        minimum: what an elastic item can do with; its length for the others.
        began: when it went on air; None while it is to come. Only the first may have begun.
    """

    id: str
    timing: Timing
    earliest: datetime
    length: timedelta
    minimum: timedelta
    began: datetime | None = None

    def end_when_started(self, start: datetime) -> datetime:
        if self.timing != "elastic":
            return start + self.length
        shortest = min(self.minimum, self.length)  # a person may trim below the minimum
        return max(start + shortest, self.earliest + self.length)


@dataclass(frozen=True, slots=True)
class Span:
    """Expected start and end of one item, and how far what is before it runs into it."""

    id: str
    start: datetime
    end: datetime
    clash: timedelta = timedelta(0)


def lay_out(slots: Sequence[Slot], now: datetime, *, waits: bool) -> tuple[Span, ...]:
    """Expected times of what is on air and all that follows.

    Args:
        slots: the spine from the item on air, in order; those done or skipped are left out.
        waits: nothing starts by itself, because of a hold or manual mode.

    Returns:
        One span per slot. Starts never decrease, and a span's end is the next one's start, except
        where the item on air runs into a hard one that waits.
    """
    spans: list[Span] = []
    free: datetime | None = None  # when the one before is through, not cut by anything
    for slot in slots:
        start = slot.began or _start(slot, free, now, waits)
        clash = max(free - start, timedelta(0)) if free and slot.timing == "hard" else timedelta(0)
        spans.append(Span(slot.id, start, start, clash))
        free = slot.end_when_started(start)
        if slot.began is not None and waits:
            free = max(free, now)
    return _joined(slots, spans, free, waits=waits)


def _start(slot: Slot, free: datetime | None, now: datetime, waits: bool) -> datetime:
    start = slot.earliest
    if slot.timing != "hard" and free is not None:
        start = max(start, free)
    return max(start, now) if waits else start


def _joined(
    slots: Sequence[Slot], spans: list[Span], free: datetime | None, *, waits: bool
) -> tuple[Span, ...]:
    """Cut what lies behind a hard start, and let each item end where the next begins."""
    joined: list[Span] = []
    following: datetime | None = None
    for slot, span in zip(reversed(slots), reversed(spans), strict=True):
        if following is None:
            end = free if free is not None else span.end
            start = span.start
        elif slot.began is not None:
            start = span.start
            own_end = slot.end_when_started(start)
            end = max(own_end, following) if waits else max(following, start)
        else:
            start, end = min(span.start, following), following
        joined.append(Span(span.id, start, end, span.clash))
        following = start
    return tuple(reversed(joined))
