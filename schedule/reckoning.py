"""Expected times of the show as it stands, and what the clock wants done next.

The spine is laid out by `timing`. A soft side item lies where its parent lies, and ends with it
unless the programme or a person gave it an end of its own. A hard side item keeps to the clock.

Whoever skips over hours (a machine that was off, a clock that was set) finds several spine items
due at once. The last of them belongs on air now; the others are passed over and recorded as
skipped, because nobody saw them. After a hold it is otherwise: `Resume` reckons first, so that
the next item starts late but whole, and only a hard start can pass it over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from schedule.commands import EndItem, Reckon, Take
from schedule.show import Show, ShowItem
from schedule.timing import Slot, Span, lay_out

DRIFT_DUE = timedelta(seconds=10)
"""So far may an expected time be off while a person keeps the day."""

Due = Take | EndItem | Reckon


def moment_of(show: Show, now: datetime) -> datetime:
    """`now`, but never before what has been seen to happen: clocks step back, shows don't."""
    latest = show.latest
    return now if latest is None else max(now, latest)


def spans(show: Show, now: datetime) -> dict[str, Span]:
    """The spine's expected times by item, for what is on air and all that follows."""
    current = show.find(show.now)
    entries = ((current,) if current else ()) + show.to_come
    laid = lay_out([_slot(entry) for entry in entries], now, waits=show.waits)
    return {span.id: span for span in laid}


def _slot(entry: ShowItem) -> Slot:
    minimum_s = entry.item.minimum_s
    return Slot(
        id=entry.id,
        timing=entry.item.timing,
        earliest=entry.earliest_start,
        length=entry.length,
        minimum=entry.length if minimum_s is None else timedelta(seconds=minimum_s),
        began=entry.actual_start if entry.state == "on_air" else None,
    )


def reckoned(show: Show, now: datetime) -> Show:
    """The show with its expected times as they are now."""
    changed: dict[str, ShowItem] = {}
    for name, span in spans(show, now).items():
        entry = show.find(name)
        assert entry is not None
        changed[name] = replace(entry, expected_start=span.start, expected_end=span.end)
    for entry in show.items:
        if entry.is_side and entry.state in ("planned", "on_air"):
            parent = changed.get(entry.item.parent or "")
            changed[entry.id] = _by_the_clock(entry) if entry.is_hard else _beside(entry, parent)
    return show.with_items(changed)


def _by_the_clock(entry: ShowItem) -> ShowItem:
    start = entry.earliest_start
    if entry.state == "on_air" and entry.actual_start is not None:
        start = entry.actual_start
    end = max(start, entry.earliest_start + entry.length)
    return replace(entry, expected_start=start, expected_end=end)


def _beside(entry: ShowItem, parent: ShowItem | None) -> ShowItem:
    if parent is None:
        return entry
    start = parent.expected_start + (entry.item.start - parent.item.start)
    if entry.state == "on_air" and entry.actual_start is not None:
        start = entry.actual_start
    start = min(start, parent.expected_end)
    end = parent.expected_end
    if has_own_end(entry, parent):
        end = min(end, start + entry.length)
    return replace(entry, expected_start=start, expected_end=end)


def has_own_end(entry: ShowItem, parent: ShowItem | None) -> bool:
    """A side item that does not simply end with its parent."""
    if entry.is_hard or parent is None:
        return True
    return entry.item.end != parent.item.end or entry.length_s != entry.item.length_s


def drift(show: Show, now: datetime) -> timedelta:
    """How far the worst expected time is off."""
    pairs = zip(show.items, reckoned(show, now).items, strict=True)
    return max(
        (
            max(
                abs(new.expected_start - old.expected_start),
                abs(new.expected_end - old.expected_end),
            )
            for old, new in pairs
        ),
        default=timedelta(0),
    )


def due(show: Show, now: datetime) -> Due | None:
    """What the timekeeper must ask for now, or None. Ask again after it is done."""
    if show.state == "ended":
        return None
    now = moment_of(show, now)
    for entry in show.running:
        if has_own_end(entry, show.find(entry.item.parent)) and entry.expected_end <= now:
            return EndItem(entry.id)
    # The spine first: a parent brings its side items with it, in one decision.
    overdue = None if show.waits else last_due(show, now)
    if overdue is not None:
        return Take(overdue.id, after=show.now)
    for entry in _side_to_come(show):
        if entry.expected_start <= now < entry.expected_end:
            return Take(entry.id, after=show.now)
    if not show.waits:
        return None
    return Reckon() if drift(show, now) >= DRIFT_DUE else None


def last_due(show: Show, now: datetime) -> ShowItem | None:
    """The spine item that belongs on air by the expected times, unless it already is."""
    overdue = [entry for entry in show.to_come if entry.expected_start <= now]
    return overdue[-1] if overdue else None


def _side_to_come(show: Show) -> Iterator[ShowItem]:
    for entry in show.items:
        has_its_time = entry.is_hard or entry.item.parent == show.now
        if entry.is_side and entry.state == "planned" and has_its_time:
            yield entry


def due_id(command: Due, show: Show) -> str:
    """The command's id: the same for two timekeepers, so that it is done once."""
    if isinstance(command, Reckon):
        return f"auto:reckon:{show.reckonings + 1}"
    entry = show.find(command.item)
    run = entry.run if entry else 0
    if isinstance(command, EndItem):
        return f"auto:{command.item}:{run}:end"
    return f"auto:{command.item}:{run + 1}"


def next_due(show: Show, now: datetime) -> datetime | None:
    """When `due` will next have something to say: `now` if it has already, None for never."""
    if due(show, now) is not None:
        return now
    if show.state == "ended":
        return None
    return min((moment for moment in _moments(show) if moment > now), default=None)


def _moments(show: Show) -> Iterator[datetime]:
    for entry in show.running:
        if has_own_end(entry, show.find(entry.item.parent)):
            yield entry.expected_end
    for entry in _side_to_come(show):
        yield entry.expected_start
    following = [entry.expected_start for entry in show.to_come]
    if not show.waits:
        yield from following
        return
    current = show.find(show.now)
    ends = [current.expected_end] if current else []
    yield min(following + ends) + DRIFT_DUE
