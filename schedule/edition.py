"""The published programme, and what each municipality has chosen from it.

One unit of decision behind two topics, because a choice is checked against the programme:

    programme   the newest version and how it differs from the one before
    choice      per municipality and slot, the side items it means to watch

A choice is soft. It belongs to the municipality and may be changed at any time; once the slot has
begun, a change carries a notice, so that those who already watch are told. How many a slot is meant
for is advice: one more is never refused, for a group may split. What follows up on an earlier
choice is suggested, never chosen for anybody.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from schedule.commands import Choose, PublishProgramme
from schedule.errors import ProgrammeFaults, Refused
from schedule.events import Change, Chosen, FieldChange, ProgrammePublished
from schedule.programme import Item, Person, PersonInItem, Programme, Section
from schedule.programme_file import load
from schedule.runofshow import By
from schedule.show import from_utc, to_utc
from schedule.versions import difference

Event = ProgrammePublished | Chosen


@dataclass(frozen=True, slots=True)
class Choice:
    """What one municipality means to watch in one slot, and who said so."""

    items: tuple[str, ...]
    by: str
    notice: bool


@dataclass(frozen=True, slots=True)
class Edition:
    """What is published and what is chosen; each topic restores its own half."""

    programme: Programme | None = None
    difference: tuple[Change, ...] = ()
    choices: dict[str, dict[str, Choice]] = field(default_factory=dict)


def initial(programme: Programme) -> Edition:
    return Edition(programme)


def decide(edition: Edition, command: object, by: By, now: datetime) -> tuple[Event, ...]:
    """What a publication or a choice leads to; `now` is show time.

    Raises:
        Refused: `bad_programme` with all faults as facts, or what is wrong with the choice.
    """
    match command:
        case PublishProgramme():
            return _publish(edition, command)
        case Choose():
            return _choose(edition, command, by, now)
        case _:
            name = type(command).__name__
            raise Refused("unknown_command", f"expected PublishProgramme or Choose, came {name}")


def _publish(edition: Edition, command: PublishProgramme) -> tuple[Event, ...]:
    try:
        programme = load(command.text)
    except ProgrammeFaults as found:
        faults = [asdict(fault) for fault in found.faults]
        detail = f"the programme has {len(faults)} faults; the first: {found.faults[0]}"
        raise Refused("bad_programme", detail, faults=faults) from None
    current = edition.programme
    if current is None:
        return (ProgrammePublished(programme.version, programme, ()),)
    if programme == current:
        return ()
    if programme.edition != current.edition:
        detail = f"expected edition {current.edition}, came {programme.edition}"
        raise Refused("other_edition", detail, edition=current.edition)
    if programme.version == current.version:
        detail = f"expected another version than {current.version!r}, for the programme differs"
        raise Refused("same_version", detail, version=current.version)
    changes = difference(current, programme)
    return (ProgrammePublished(programme.version, programme, changes),)


def _choose(edition: Edition, command: Choose, by: By, now: datetime) -> tuple[Event, ...]:
    if by.municipality is None:
        raise Refused("no_municipality", "expected somebody who acts for a municipality")
    slot, offered = _slot(edition, command.slot)
    for name in command.items:
        if name not in offered:
            detail = f"expected items of slot {slot.id}, came {name!r}"
            raise Refused("not_in_slot", detail, slot=slot.id)
    if len(set(command.items)) != len(command.items):
        raise Refused("chosen_twice", f"expected each item once, came {list(command.items)}")
    before = edition.choices.get(by.municipality, {}).get(slot.id)
    if command.items == (before.items if before else ()):
        return ()
    notice = now >= slot.start
    return (Chosen(by.municipality, slot.id, command.items, by.id, notice),)


def _slot(edition: Edition, slot_id: str) -> tuple[Item, frozenset[str]]:
    """A slot and the ids of what can be chosen in it."""
    programme = edition.programme
    items = programme.items if programme else ()
    slot = next((item for item in items if item.id == slot_id), None)
    if programme is None or slot is None:
        raise Refused("unknown_item", f"expected a slot's id, came {slot_id!r}")
    if slot.choose is None:
        raise Refused("nothing_to_choose", f"there is nothing to choose in {slot_id}", slot=slot_id)
    return slot, frozenset(item.id for item in programme.offered(slot_id))


def suggested(edition: Edition, municipality: str, slot_id: str) -> tuple[str, ...]:
    """What follows up on the municipality's choices elsewhere: to be pre-filled, no more."""
    programme = edition.programme
    if programme is None:
        return ()
    elsewhere = edition.choices.get(municipality, {}).items()
    chosen = {name for slot, choice in elsewhere if slot != slot_id for name in choice.items}
    followed = {name for item in programme.items if item.id in chosen for name in item.recommends}
    return tuple(item.id for item in programme.offered(slot_id) if item.id in followed)


def evolve(edition: Edition, event: object, *, seq: int, at: datetime) -> Edition:
    match event:
        case ProgrammePublished(programme=programme, difference=changes):
            return replace(edition, programme=programme, difference=changes)
        case Chosen():
            choice = Choice(event.items, event.by, event.notice)
            slots = edition.choices.get(event.municipality, {}) | {event.slot: choice}
            return replace(edition, choices=edition.choices | {event.municipality: slots})
        case _:
            return edition


# --- topic programme ----------------------------------------------------------------------------


def snapshot_programme(edition: Edition) -> dict[str, Any]:
    programme = edition.programme
    return {
        "programme": None if programme is None else programme_to_json(programme),
        "difference": [_without_none(asdict(change)) for change in edition.difference],
    }


def restore_programme(data: dict[str, Any]) -> Edition:
    programme = data["programme"]
    return Edition(
        programme=None if programme is None else programme_from_json(programme),
        difference=tuple(_change(change) for change in data["difference"]),
    )


def programme_to_json(programme: Programme) -> dict[str, Any]:
    """As an event carries it: nothing that is null."""
    data: dict[str, Any] = _without_none(asdict(programme))
    return data


def programme_from_json(data: dict[str, Any]) -> Programme:
    return Programme(
        edition=data["edition"],
        title=data["title"],
        theme=data.get("theme"),
        timezone=data["timezone"],
        version=data["version"],
        date=date.fromisoformat(data["date"]),
        sections=tuple(Section(**section) for section in data["sections"]),
        items=tuple(_item(item) for item in data["items"]),
        persons=tuple(Person(p["name"], tuple(p["spellings"])) for p in data["persons"]),
    )


def _item(data: dict[str, Any]) -> Item:
    known = {f.name: data[f.name] for f in fields(Item) if f.name in data}
    return Item(
        **{"short_title": None}
        | known
        | {
            "start": from_utc(data["start"]),
            "end": from_utc(data["end"]),
            "people": tuple(PersonInItem(**person) for person in data["people"]),
            "recommends": tuple(data["recommends"]),
            "questions": tuple(data.get("questions", ())),
        }
    )


def _change(data: dict[str, Any]) -> Change:
    changed = (FieldChange(f["field"], f.get("before"), f.get("after")) for f in data["fields"])
    return Change(data["what"], data.get("item"), data["title"], tuple(changed))


def _without_none(value: Any) -> Any:
    match value:
        case dict():
            return {k: _without_none(v) for k, v in value.items() if v is not None}
        case list() | tuple():
            return [_without_none(one) for one in value]
        case datetime():
            return to_utc(value)
        case date():
            return value.isoformat()
        case _:
            return value


# --- topic choice -------------------------------------------------------------------------------


def snapshot_choice(edition: Edition) -> dict[str, Any]:
    return {
        "choices": {
            municipality: {
                slot: {"items": list(choice.items), "by": choice.by, "notice": choice.notice}
                for slot, choice in slots.items()
            }
            for municipality, slots in edition.choices.items()
        }
    }


def restore_choice(data: dict[str, Any]) -> Edition:
    return Edition(
        choices={
            municipality: {
                slot: Choice(tuple(choice["items"]), choice["by"], choice["notice"])
                for slot, choice in slots.items()
            }
            for municipality, slots in data["choices"].items()
        }
    )
