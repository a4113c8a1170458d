"""Taking over a new version of the programme in the middle of the day.

What has begun keeps its times and its runs, and takes the new words. What is to come is planned as
the new version says; what a person changed about an item's time stands where the version leaves
that item's planned times alone. An item on air can neither vanish nor change sides.

What was on air belongs to the day, whatever the programme says of it later: its recording, its
questions and its hours are in the record. So an item that the new version drops stays where it
was, as it was, if it has had a run; and with a side item the one that it stands beside.
"""

from __future__ import annotations

from dataclasses import replace

from schedule.errors import Refused
from schedule.programme import Item, Programme
from schedule.show import Show, ShowItem, planned


def adopted(show: Show, programme: Programme) -> Show:
    """The show with another version under it, its expected times not yet reckoned.

    Raises:
        Refused: `item_on_air` when the version takes away what is on air; `started_over` when the
            day goes round, for then its hours are no programme's.
    """
    if show.lap:
        raise Refused("started_over", f"the day is in its lap {show.lap}", now=show.now)
    items = {item.id: item for item in programme.items}
    for entry in show.items:
        if entry.state == "on_air" and _moved_away(entry, items.get(entry.id)):
            detail = f"expected {entry.id}, which is on air, where it was"
            raise Refused("item_on_air", detail, now=show.now, item=entry.id)
    entries = _with_what_was_on_air(
        [_adopted(show.find(item.id), item) for item in programme.items], show
    )
    return replace(
        show,
        edition=programme.edition,
        title=programme.title,
        date=programme.date,
        timezone=programme.timezone,
        version=programme.version,
        sections=programme.sections,
        items=tuple(_passed(entries, show.now)),
    )


def _moved_away(entry: ShowItem, item: Item | None) -> bool:
    return item is None or item.parent != entry.item.parent or item.kind == "end"


def _adopted(entry: ShowItem | None, item: Item) -> ShowItem:
    if entry is None:
        return planned(item)
    old = entry.item
    if entry.state != "planned":
        length_s = item.length_s if entry.length_s == old.length_s else entry.length_s
        return replace(entry, item=item, length_s=length_s)
    if (item.start, item.end, item.timing) == (old.start, old.end, old.timing):
        return replace(entry, item=item)
    return planned(item, entry.run)


def _with_what_was_on_air(entries: list[ShowItem], show: Show) -> list[ShowItem]:
    """The entries, and behind what they followed those that the version drops too late."""
    shown = {entry.id for entry in show.items if entry.run}
    shown |= {entry.item.parent for entry in show.items if entry.run and entry.item.parent}
    before: list[str] = []
    for entry in show.items:
        order = [each.id for each in entries]
        if entry.id in shown and entry.id not in order:
            follows = next((order.index(id) + 1 for id in reversed(before) if id in order), 0)
            entries = [*entries[:follows], _over(entry), *entries[follows:]]
        before.append(entry.id)
    return entries


def _over(entry: ShowItem) -> ShowItem:
    """One that the moderator left by `back`, and that was to come again, does not."""
    return replace(entry, state="skipped") if entry.state == "planned" else entry


def _passed(entries: list[ShowItem], now: str | None) -> list[ShowItem]:
    """New items of the spine that lie before what is on air will not come."""
    order = [entry.id for entry in entries]
    if now is None:
        return entries
    before = {entry.id for entry in entries[: order.index(now)] if not entry.is_side}
    late = {e.id for e in entries if e.id in before or e.item.parent in before}
    return [
        replace(entry, state="skipped") if entry.id in late and entry.state == "planned" else entry
        for entry in entries
    ]
