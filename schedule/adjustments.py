"""Extending, trimming and moving: what a person may change about the time of an item.

Each gives the event with the times a person decided; what follows from them is reckoned later.
An extension that would run anything into a hard item is refused `hits_hard_item`, as is a move
past one: a hard item moves only when a person moves it. A move may leave less room before the next
hard start than the items there need; the last of them is cut, and the expected times say so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from schedule.commands import Extend, Move, Trim
from schedule.errors import Refused
from schedule.events import ItemExtended, ItemMoved, ItemTrimmed
from schedule.reckoning import has_own_end, reckoned, spans
from schedule.show import Show, ShowItem, to_utc

SHORTEST_EXTENSION, LONGEST_EXTENSION = 1, 240  # minutes
FARTHEST_MOVE = timedelta(hours=24)


def extend(show: Show, command: Extend, now: datetime) -> ItemExtended:
    minutes = command.minutes
    if not SHORTEST_EXTENSION <= minutes <= LONGEST_EXTENSION:  # also refuses NaN
        expected = f"{SHORTEST_EXTENSION} to {LONGEST_EXTENSION} minutes"
        raise Refused("bad_minutes", f"expected {expected}, came {minutes}", now=show.now)
    entry = _adjustable(show, command.item, now)
    end = entry.expected_end + timedelta(minutes=minutes)
    longer = replace(entry, length_s=(end - _base(entry)).total_seconds())
    if entry.is_side:
        _check_within_parent(show, entry, end, now)
    else:
        _check_hard_items(show, {entry.id: longer}, now)
    return ItemExtended(entry.id, minutes, times=(longer.times,))


def trim(show: Show, command: Trim, now: datetime) -> ItemTrimmed:
    entry = _adjustable(show, command.item, now)
    after = max(now, entry.expected_start)
    end = moment("end", command.end, after, entry.expected_end, show)
    if entry.item.timing == "elastic":
        entry = replace(entry, earliest_start=entry.expected_start)
    shorter = replace(entry, length_s=(end - _base(entry)).total_seconds())
    follower = None if entry.is_side else _follower(show, entry)
    if follower is None:
        return ItemTrimmed(entry.id, end, times=(shorter.times,))
    if follower.is_hard and end < follower.earliest_start:
        raise _hits(show, follower)
    sooner = replace(follower, earliest_start=min(follower.earliest_start, end))
    return ItemTrimmed(entry.id, end, times=(shorter.times, sooner.times))


def move(show: Show, command: Move, now: datetime) -> ItemMoved:
    entry = _known(show, command.item)
    if entry.state != "planned":
        raise Refused("already_begun", f"{entry.id} is {entry.state}, not planned", now=show.now)
    if entry.is_side and not entry.is_hard:
        raise Refused("moves_with_parent", f"{entry.id} moves with its parent", now=show.now)
    farthest = entry.item.start + FARTHEST_MOVE
    start = moment("start", command.start, now, max(farthest, now), show)
    moved = replace(entry, earliest_start=start)
    if not entry.is_side:
        _check_order(show, entry, start)
        _check_takes_effect(show, moved, now)
    return ItemMoved(entry.id, start, times=(moved.times,))


def moment(
    name: str, value: datetime, after: datetime, before: datetime | None, show: Show
) -> datetime:
    """A moment as given by a person, in UTC, strictly between two others."""
    expected = f"{name} after {to_utc(after)}" + (f" and before {to_utc(before)}" if before else "")
    if value.tzinfo is None:
        raise Refused("bad_time", f"expected {expected} with a zone, came {value}", now=show.now)
    if value <= after or (before is not None and value >= before):
        raise Refused("bad_time", f"expected {expected}, came {value.isoformat()}", now=show.now)
    return value.astimezone(UTC)


def _known(show: Show, item_id: str) -> ShowItem:
    entry = show.find(item_id)
    if entry is None:
        raise Refused("unknown_item", f"expected an item's id, came {item_id!r}", now=show.now)
    return entry


def _adjustable(show: Show, item_id: str, now: datetime) -> ShowItem:
    """An item on air or to come, with its times as expected now."""
    _known(show, item_id)
    entry = _known(reckoned(show, now), item_id)
    if entry.state not in ("planned", "on_air"):
        raise Refused("already_over", f"{item_id} is {entry.state}", now=show.now)
    if entry.item.kind == "end":
        raise Refused("no_length", f"{item_id} is an end mark; move it instead", now=show.now)
    return entry


def _base(entry: ShowItem) -> datetime:
    """Where an item's length is counted from: elastic and hard side items from the clock."""
    if entry.item.timing == "elastic" or (entry.is_side and entry.is_hard):
        return entry.earliest_start
    return entry.expected_start


def _follower(show: Show, entry: ShowItem) -> ShowItem | None:
    order = [e.id for e in show.spine]
    later = [e for e in show.to_come if order.index(e.id) > order.index(entry.id)]
    return later[0] if later else None


def _check_within_parent(show: Show, entry: ShowItem, end: datetime, now: datetime) -> None:
    if entry.is_hard:
        return
    parent = _known(reckoned(show, now), entry.item.parent or "")
    if not has_own_end(entry, parent) or end > parent.expected_end:
        detail = f"expected {entry.id} to end with {parent.id} at the latest; extend that"
        raise Refused("outside_parent", detail, now=show.now, parent=parent.id)


def _check_hard_items(show: Show, changed: dict[str, ShowItem], now: datetime) -> None:
    """No hard item may be run into more than it already is."""
    before, after = spans(show, now), spans(show.with_items(changed), now)
    for name, span in after.items():
        if span.clash > before[name].clash:
            raise _hits(show, _known(show, name))


def _check_order(show: Show, entry: ShowItem, start: datetime) -> None:
    order = [e.id for e in show.spine]
    for hard in (e for e in show.to_come if e.is_hard and e.id != entry.id):
        comes_after = order.index(hard.id) > order.index(entry.id)
        if (start >= hard.earliest_start) if comes_after else (start <= hard.earliest_start):
            raise _hits(show, hard)


def _check_takes_effect(show: Show, moved: ShowItem, now: datetime) -> None:
    span = spans(show.with_items({moved.id: moved}), now)[moved.id]
    if span.start > moved.earliest_start:
        soonest = to_utc(span.start)
        detail = f"expected a start from {soonest} on, when what is before it ends"
        raise Refused("bad_time", detail, now=show.now, soonest=soonest)


def _hits(show: Show, hard: ShowItem) -> Refused:
    start = to_utc(hard.earliest_start)
    detail = f"{hard.id} is hard and starts at {start}; move it first"
    return Refused("hits_hard_item", detail, now=show.now, item=hard.id, start=start)
