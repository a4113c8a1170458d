"""What every exchange format says alike: guids that never change, rooms, kinds in Danish."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from schedule.programme import Item, Kind, PersonInItem, Programme

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:topmoede:item")

KIND_NAMES: dict[Kind, str] = {
    "live": "live",
    "break": "pause",
    "discussion": "drøftelse",
    "parallel": "parallelt",
    "recorded": "film",
    "committee_chat": "chat",
    "end": "slut",
}


def guid(programme: Programme, item: Item) -> UUID:
    """The item's for ever: made of the edition and the id, not of title or time."""
    return uuid5(_NAMESPACE, f"{programme.edition}/{item.id}")


def room(programme: Programme, item: Item) -> str:
    """Where it is: a place, a side item's own room, or the stage that the day plays on."""
    if item.parent is not None:
        return item.place or item.short_title or item.title
    stages = (other.place for other in programme.spine if other.source and other.place)
    return item.place or next(stages, "main")


def abstract(item: Item) -> str:
    if item.content_pending:
        return "Opdateres"
    return item.description or ""


def people(item: Item) -> str:
    if item.people_pending and not item.people:
        return "Opdateres"
    return "; ".join(_person(person) for person in item.people)


def _person(person: PersonInItem) -> str:
    return ", ".join(part for part in (person.name, person.title) if part)
