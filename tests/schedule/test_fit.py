from __future__ import annotations

import pytest

from schedule.fit import Room, over_s, room_of
from schedule.programme import Programme
from schedule.programme_file import builtin
from tests.schedule.days import a_programme, an_item


def room(programme: Programme, id: str) -> Room:
    item = programme.item(id)
    return room_of(item, programme.item(item.parent) if item.parent else None)


def test_three_theme_meetings_share_seventy_minutes() -> None:
    found = room(builtin("topmoede_2021"), "tema-1")
    assert found == Room(1400.0, 4200.0, 3, False)
    assert over_s(found, 23 * 60 + 20) == 0.0
    assert over_s(found, 24 * 60) == pytest.approx(40.0)


def test_a_film_on_a_channel_has_its_items_own_time() -> None:
    found = room(builtin("topmoede_2021"), "oplaeg-1")
    assert found == Room(1800.0, 1800.0, 1, True)
    assert over_s(found, 1880.0) == pytest.approx(80.0)


def test_what_is_too_short_leaves_a_hole_on_a_channel_alone() -> None:
    day = builtin("topmoede_2021")
    assert over_s(room(day, "oplaeg-1"), 1500.0) == pytest.approx(-300.0)
    assert over_s(room(day, "tema-1"), 600.0) == 0.0


def test_less_than_two_seconds_are_nothing() -> None:
    found = room(builtin("topmoede_2021"), "oplaeg-1")
    assert over_s(found, 1801.9) == over_s(found, 1798.1) == 0.0


@pytest.mark.parametrize(("choose", "room_s"), [(None, 1200.0), (1, 1200.0), (2, 600.0)])
def test_the_programme_says_how_many_share_a_slot(choose: int | None, room_s: float) -> None:
    day = a_programme(
        an_item("p", "09.40", "10.00", "parallel", choose=choose),
        an_item("x", "09.40", "10.00", "recorded", parent="p", film="x", on="on_demand"),
        an_item("z", "10.00", "10.00", "end"),
    )
    assert room(day, "x").room_s == room_s


def test_a_film_on_demand_without_a_slot_has_its_items_time() -> None:
    day = a_programme(an_item("x", "09.40", "10.00", "recorded", film="x", on="on_demand"))
    assert room(day, "x") == Room(1200.0, 1200.0, 1, False)
