"""Starting and ending items: the events of a cue, in the order in which they become true.

A cue ends what is on air with the side items that live by it, records what is passed over, and
starts the next with its own side items, all in one decision. Nothing else starts a spine item.
The events carry the times of their own item; what follows from them is reckoned afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from schedule.events import DayEnded, DayStartedOver, ItemEnded, ItemSkipped, ItemStarted
from schedule.show import Show, ShowItem, planned

CueEvent = ItemStarted | ItemEnded | ItemSkipped | DayEnded | DayStartedOver


def cue(
    show: Show, target: ShowItem, now: datetime, *, dropped: bool = False
) -> tuple[CueEvent, ...]:
    """Put a spine item on air after what is there.

    Args:
        dropped: what is on air is recorded as skipped.
    """
    events: list[CueEvent] = []
    current = show.find(show.now)
    if current is not None:
        events += leave(show, current, now)
        if dropped:
            events.append(ItemSkipped(current.id))
    events += _pass_over(show, target)
    events += _missed_windows(show, now)
    events += _enter(show, target, now)
    return tuple(events)


def back(show: Show, left: ShowItem, previous: ShowItem, now: datetime) -> tuple[CueEvent, ...]:
    """Run the previous item anew; what is left comes again when that run is over.

    A hard item that is left has been moved by a person: it waits for the new run to end.
    """
    again = replace(left, actual_start=None, actual_end=None)
    if left.is_hard:
        again = replace(again, earliest_start=now + previous.length)
    children = _children_running(show, left)
    events: list[CueEvent] = [_ended(child, now, again=True) for child in children]
    events.append(ItemEnded(left.id, left.run, again=True, times=(again.times,)))
    events += _enter(show, previous, now)
    return tuple(events)


def leave(show: Show, entry: ShowItem, now: datetime) -> Iterator[CueEvent]:
    """End a spine item and the side items that end with it."""
    for child in _children_running(show, entry):
        yield _ended(child, now)
    yield from _skip_children(show, entry)
    yield _ended(entry, now)


def start_side(entry: ShowItem, now: datetime) -> ItemStarted:
    """Start a side item; one that is opened after its window has its whole length again."""
    if entry.is_hard and entry.earliest_start + entry.length <= now:
        entry = replace(entry, earliest_start=now)
    return _started(entry, now)


def end_side(entry: ShowItem, now: datetime) -> ItemEnded:
    return _ended(entry, now)


def start_over(show: Show, start: datetime, now: datetime) -> tuple[CueEvent, ...]:
    """End whatever runs, and plan every item again, as far apart as in the programme."""
    running = [entry for entry in show.items if entry.state == "on_air"]
    offset = start - show.spine[0].item.start
    again = tuple(
        planned(replace(e.item, start=e.item.start + offset, end=e.item.end + offset)).times
        for e in show.items
    )
    ended = tuple(_ended(entry, now) for entry in running)
    return (*ended, DayStartedOver(show.lap + 1, start, again))


def _pass_over(show: Show, target: ShowItem) -> Iterator[CueEvent]:
    """What is planned before the target is skipped; taking an earlier item passes over nothing."""
    order = [entry.id for entry in show.spine]
    for entry in show.to_come:
        if order.index(entry.id) < order.index(target.id):
            yield from _skip_children(show, entry)
            yield ItemSkipped(entry.id)


def _skip_children(show: Show, parent: ShowItem) -> Iterator[CueEvent]:
    for entry in show.items:
        if entry.item.parent == parent.id and entry.state == "planned" and not entry.is_hard:
            yield ItemSkipped(entry.id)


def _missed_windows(show: Show, now: datetime) -> Iterator[CueEvent]:
    for entry in show.items:
        window_to_come = entry.is_side and entry.is_hard and entry.state == "planned"
        if window_to_come and entry.expected_end <= now:
            yield ItemSkipped(entry.id)


def _enter(show: Show, target: ShowItem, now: datetime) -> Iterator[CueEvent]:
    yield _started(target, now)
    if target.item.kind == "end":
        yield from _end_day(show, target, now)
        return
    for entry in show.items:
        if entry.item.parent == target.id and _starts_with_parent(entry, target, now):
            yield _started(entry, now)


def _starts_with_parent(entry: ShowItem, parent: ShowItem, now: datetime) -> bool:
    if entry.is_hard:
        return entry.state == "planned" and entry.expected_start <= now < entry.expected_end
    return entry.item.start == parent.item.start


def _end_day(show: Show, end_mark: ShowItem, now: datetime) -> Iterator[CueEvent]:
    """Nothing outlives the end mark; side items of what was passed over are already skipped."""
    for entry in show.items:
        if entry.is_side and entry.is_hard:
            if entry.state == "on_air":
                yield _ended(entry, now)
            elif entry.state == "planned" and entry.expected_end > now:
                yield ItemSkipped(entry.id)
    yield _ended(replace(end_mark, run=end_mark.run + 1, actual_start=now), now)
    yield DayEnded(now)


def _children_running(show: Show, parent: ShowItem) -> list[ShowItem]:
    """Hard side items keep to the clock and go on."""
    return [e for e in show.running if e.item.parent == parent.id and not e.is_hard]


def _started(entry: ShowItem, now: datetime) -> ItemStarted:
    item = entry.item
    begun = replace(entry, actual_start=now, actual_end=None, expected_start=now)
    return ItemStarted(
        item=item.id,
        run=entry.run + 1,
        kind=item.kind,
        source=item.source,
        film=item.film,
        on=item.on,
        parent=item.parent,
        title=item.title,
        times=(begun.times,),
    )


def _ended(entry: ShowItem, now: datetime, *, again: bool = False) -> ItemEnded:
    if again:
        over = replace(entry, actual_start=None, actual_end=None)
    else:
        start = entry.actual_start or now
        over = replace(entry, actual_end=now, expected_start=start, expected_end=now)
    return ItemEnded(entry.id, entry.run, again=again, times=(over.times,))
