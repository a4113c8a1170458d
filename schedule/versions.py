"""What changed between two versions of a programme, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo

from schedule.events import Change, FieldChange
from schedule.programme import Item, Person, PersonInItem, Programme, Section
from schedule.programme_hours import write_hour

_HEAD = ("title", "theme", "date", "timezone", "sections", "persons")


def difference(before: Programme, after: Programme) -> tuple[Change, ...]:
    """The head first, then removed items, then added and changed ones in the new order."""
    return tuple(_changes(before, after))


def _changes(before: Programme, after: Programme) -> Iterator[Change]:
    zones = ZoneInfo(before.timezone), ZoneInfo(after.timezone)
    head = _differing(before, after, _HEAD, zones)
    if head:
        yield Change("changed", None, after.title, head)
    old = {item.id: item for item in before.items}
    new = {item.id: item for item in after.items}
    for name, item in old.items():
        if name not in new:
            yield Change("removed", name, item.title)
    names = tuple(field.name for field in fields(Item) if field.name != "id")
    for name, item in new.items():
        if name not in old:
            yield Change("added", name, item.title)
        elif changed := _differing(old[name], item, names, zones):
            yield Change("changed", name, item.title, changed)


def _differing(
    before: object, after: object, names: tuple[str, ...], zones: tuple[ZoneInfo, ZoneInfo]
) -> tuple[FieldChange, ...]:
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return tuple(
        FieldChange(name, _text(old, zones[0]), _text(new, zones[1]))
        for name, old, new in pairs
        if old != new
    )


def _text(value: object, zone: ZoneInfo) -> str | None:
    match value:
        case None | ():
            return None
        case bool():
            return "yes" if value else "no"
        case datetime():
            return write_hour(value, zone)
        case PersonInItem(name=name, title=title, role=role):
            return ", ".join(part for part in (name, title, role) if part)
        case tuple():
            return "; ".join(_text(one, zone) or "" for one in value)
        case float():
            return f"{value:g}"
        case Section(id=name, title=title):
            return f"{name} {title}"
        case Person(name=name, spellings=spellings):
            return f"{name} ({', '.join(spellings)})"
        case _:
            return str(value)
