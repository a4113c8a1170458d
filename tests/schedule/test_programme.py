"""The rules a programme must keep."""

from __future__ import annotations

from typing import Any

import pytest

from schedule.programme import Person, PersonInItem, faults
from tests.schedule.days import a_day, a_programme, an_item, at, with_fields

END = an_item("z", "10.00", "10.00", "end")


def told(*items: Any) -> list[tuple[str | None, str | None]]:
    return [(fault.item, fault.key) for fault in faults(a_programme(*items))]


def test_a_sound_programme_has_no_faults() -> None:
    assert faults(a_day()) == ()


def test_a_fault_without_a_file_has_no_line() -> None:
    fault = faults(a_programme(an_item("a", "09.00", "10.00")))[0]
    assert (fault.line, fault.item, fault.key) == (None, "a", "kind")
    assert (fault.expected, fault.came) == ("an end mark as the last item", "live")


def test_a_day_needs_an_item() -> None:
    assert told() == [(None, "item")]


def test_the_spine_has_no_gap_and_no_overlap() -> None:
    assert told(an_item("a", "09.00", "09.50"), END) == [("z", "start")]
    assert told(an_item("a", "09.00", "10.10"), END) == [("z", "start")]


def test_only_the_end_mark_has_no_length_and_it_has_none() -> None:
    assert told(an_item("a", "10.00", "10.00"), END) == [("a", "end")]
    assert told(an_item("z", "09.50", "10.00", "end")) == [("z", "end")]


def test_an_end_mark_stands_last_and_alone() -> None:
    assert told(an_item("y", "10.00", "10.00", "end"), END) == [("y", "kind")]
    side = an_item("s", "10.00", "10.00", "end", parent="a")
    assert told(an_item("a", "09.00", "10.00"), side, END) == [("s", "kind")]


def test_an_end_before_the_start_is_one_fault_of_length() -> None:
    assert told(an_item("a", "10.10", "10.00"), END) == [("a", "end")]


def test_an_item_lasts_a_day_at_most() -> None:
    item = with_fields(an_item("a", "09.00", "10.00"), start=at("10.00").replace(day=27, hour=8))
    assert told(item, END) == [("a", "end")]


@pytest.mark.parametrize(
    "fields",
    [
        {"timing": "elastic"},
        {"timing": "elastic", "minimum_s": 3601.0},
        {"timing": "elastic", "minimum_s": 0.0},
        {"timing": "soft", "minimum_s": 60.0},
    ],
)
def test_elastic_and_minimum_belong_together(fields: dict[str, Any]) -> None:
    assert told(an_item("a", "09.00", "10.00", **fields), END) == [("a", "minimum_s")]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"section": "9"}, "section"),
        ({"recommends": ("nobody",)}, "recommends"),
        ({"recommends": ("a",)}, "recommends"),
        ({"questions": ("",)}, "questions"),
        ({"questions": (" ",)}, "questions"),
        ({"questions": ("x" * 301,)}, "questions"),
        ({"questions": ("Hvorfor?",) * 11}, "questions"),
        ({"source": "kl-huset", "kind": "break"}, "source"),
        ({"film": "one"}, "film"),
        ({"kind": "recorded", "on": "on_demand"}, "on"),
        ({"choose": 1}, "choose"),
        ({"choose": 0}, "choose"),
    ],
)
def test_fields_must_fit_the_item(fields: dict[str, Any], key: str) -> None:
    kind = fields.pop("kind", "live")
    assert told(an_item("a", "09.00", "10.00", kind, **fields), END) == [("a", key)]


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a" * 41, "å"])
def test_an_id_can_stand_in_an_address(name: str) -> None:
    assert told(an_item(name, "09.00", "10.00"), END) == [(name, "id")]


def test_ids_are_told_apart() -> None:
    twice = an_item("a", "09.30", "10.00")
    assert told(an_item("a", "09.00", "09.30"), twice, END) == [("a", "id")]


@pytest.mark.parametrize("parent", ["nobody", "s", "other"])
def test_a_parent_is_another_item_of_the_spine(parent: str) -> None:
    side = an_item("s", "09.00", "10.00", "recorded", parent=parent)
    other = an_item("other", "09.00", "10.00", "recorded", parent="a")
    assert told(an_item("a", "09.00", "10.00"), side, other, END) == [("s", "parent")]


@pytest.mark.parametrize(
    ("side", "key"),
    [
        (an_item("s", "08.59", "09.30", "recorded", parent="a"), "start"),
        (an_item("s", "09.10", "10.10", "recorded", parent="a"), "end"),
        (
            an_item("s", "09.10", "09.20", "break", parent="a", timing="elastic", minimum_s=9.0),
            "timing",
        ),
    ],
)
def test_a_side_item_lies_within_its_parent(side: Any, key: str) -> None:
    assert told(an_item("a", "09.00", "10.00"), side, END) == [("s", key)]


def test_side_items_may_overlap_and_a_hard_one_may_outlast_its_parent() -> None:
    window = an_item("w", "09.10", "10.10", "committee_chat", parent="a", timing="hard")
    film = an_item("f", "09.00", "10.00", "recorded", parent="a")
    assert told(an_item("a", "09.00", "10.00"), film, window, END) == []


def test_items_are_found_by_id() -> None:
    programme = a_day()
    assert programme.item("w").parent == "p"
    assert [item.id for item in programme.children("p")] == ["p-1", "p-2", "w"]
    with pytest.raises(KeyError):
        programme.item("nope")


def test_a_person_is_found_by_any_spelling() -> None:
    programme = a_programme(END, persons=(Person("Lotte Bøgh Andersen", ("Lotte Bøgh",)),))
    assert programme.person("Lotte Bøgh") == "Lotte Bøgh Andersen"
    assert programme.person("Anja Bo") == "Anja Bo"


def test_a_role_belongs_to_a_person_in_an_item() -> None:
    assert PersonInItem("Anja Bo", role="moderator") != PersonInItem("Anja Bo", role="facilitator")
