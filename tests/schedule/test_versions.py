"""The difference between two versions, as people read it."""

from __future__ import annotations

from datetime import date
from typing import Any

from schedule.events import Change, FieldChange
from schedule.programme import Person, PersonInItem, Section
from schedule.programme_file import builtin
from schedule.versions import difference
from tests.schedule.days import a_day, a_programme, an_item, at, with_fields

SEED = builtin("topmoede_2021")


def changed(item_id: str, **fields: Any) -> tuple[FieldChange, ...]:
    items = [with_fields(i, **fields) if i.id == item_id else i for i in SEED.items]
    (change,) = difference(SEED, with_fields_of_programme(items=tuple(items)))
    assert (change.what, change.item) == ("changed", item_id)
    return change.fields


def with_fields_of_programme(**fields: Any) -> Any:
    return type(SEED)(**{n: getattr(SEED, n) for n in SEED.__dataclass_fields__} | fields)


def test_the_same_programme_has_no_difference_whatever_its_version_is_called() -> None:
    assert difference(SEED, with_fields_of_programme(version="2")) == ()


def test_a_later_title_of_a_speaker_is_seen() -> None:
    later = PersonInItem("Carsten Hornstrup", "direktør v. Joint Action Analytics", "oplægsholder")
    assert changed("05", people=(later,)) == (
        FieldChange(
            "people",
            "Carsten Hornstrup, Joint Action, oplægsholder",
            "Carsten Hornstrup, direktør v. Joint Action Analytics, oplægsholder",
        ),
    )


def test_people_and_content_that_were_pending_are_seen() -> None:
    assert changed("03", people_pending=False, description="Nyt") == (
        FieldChange("people_pending", "yes", "no"),
        FieldChange("description", None, "Nyt"),
    )


def test_hours_are_told_as_people_write_them() -> None:
    assert changed("18", end=at("15.05"))[0] == FieldChange("end", "15.00", "15.05")


def test_minutes_and_lists_are_told() -> None:
    assert changed("06", minimum_s=240.0)[0] == FieldChange("minimum_s", "300", "240")
    assert changed("oplaeg-1", recommends=("tema-1", "tema-2"))[0].after == "tema-1; tema-2"
    assert changed("oplaeg-1", recommends=()) == (FieldChange("recommends", "tema-1", None),)


def test_added_and_removed_items_are_told() -> None:
    before = a_programme(an_item("a", "09.00", "09.10"), an_item("z", "09.10", "09.10", "end"))
    after = a_programme(an_item("b", "09.00", "09.10"), an_item("z", "09.10", "09.10", "end"))
    assert difference(before, after) == (
        Change("removed", "a", "Item a"),
        Change("added", "b", "Item b"),
    )


def test_the_head_is_told_first() -> None:
    before = a_day()
    after = a_programme(
        *before.items,
        title="Another day",
        date=date(2021, 1, 29),
        sections=(Section("1", "Morning"),),
        persons=(Person("Lotte Bøgh Andersen", ("Lotte Bøgh",)),),
    )
    (change,) = difference(before, after)
    assert (change.item, change.title) == (None, "Another day")
    assert change.fields == (
        FieldChange("title", "A day", "Another day"),
        FieldChange("date", "2021-01-28", "2021-01-29"),
        FieldChange("sections", "1 All of it", "1 Morning"),
        FieldChange("persons", None, "Lotte Bøgh Andersen (Lotte Bøgh)"),
    )
