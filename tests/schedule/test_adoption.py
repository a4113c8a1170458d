"""A new version of the programme while the day runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schedule import commands as ask
from schedule.errors import Refused
from schedule.programme import Item, Programme
from tests.schedule.days import Driver, a_day, an_item, at, driven_to, with_fields


def a_version(*added: Item, without: str = "", **changes: dict[str, Any]) -> Programme:
    """The small day in a second version; added items stand in order of their start."""
    day = a_day()
    kept = [
        with_fields(i, **changes.get(i.id, {})) for i in day.items if i.id not in without.split()
    ]
    items = sorted([*kept, *added], key=lambda item: (item.start, item.kind == "end"))
    return replace(day, version="2", items=tuple(items))


def refused(driver: Driver, programme: Programme) -> Refused:
    with pytest.raises(Refused) as caught:
        driver.do(ask.AdoptProgramme(programme))
    return caught.value


def test_new_words_reach_what_is_on_air_and_leave_its_run_alone() -> None:
    driver = driven_to("09.15")
    driver.do(ask.AdoptProgramme(a_version(b={"title": "Velkommen"})))
    assert (driver["b"].item.title, driver["b"].run, driver.show.version) == ("Velkommen", 1, "2")
    assert driver["b"].actual_start == at("09.10")
    assert driver.until("10.11").show.state == "ended"


def test_what_is_to_come_is_planned_as_the_new_version_says() -> None:
    driver = driven_to("09.15")
    new = an_item("n", "09.20", "09.25")
    driver.do(ask.AdoptProgramme(a_version(new, c={"start": at("09.25"), "minimum_s": 60.0})))
    assert driver.until("09.21").show.now == "n"
    assert driver["c"].expected_start == at("09.25")


def test_what_a_person_moved_stands_where_the_version_leaves_it_alone() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Move("p", at("09.43")))
    driver.do(ask.AdoptProgramme(a_version(e={"title": "Samtale"})))
    assert driver["p"].expected_start == at("09.43")


def test_a_longer_item_on_air_lasts_longer_unless_a_person_said_how_long() -> None:
    version = a_version(b={"end": at("09.22")}, c={"start": at("09.22"), "end": at("09.30")})
    driver = driven_to("09.15")
    driver.do(ask.AdoptProgramme(version))
    assert driver["b"].expected_end == at("09.22")
    driver = driven_to("09.15")
    driver.do(ask.Extend("b", 3))
    driver.do(ask.AdoptProgramme(version))
    assert driver["b"].expected_end == at("09.23")


def test_an_item_put_in_before_what_is_on_air_does_not_come() -> None:
    driver = driven_to("09.15")
    early = an_item("n", "09.05", "09.10", "parallel")
    film = an_item("n-1", "09.05", "09.10", "recorded", parent="n")
    driver.do(ask.AdoptProgramme(a_version(early, film, a={"end": at("09.05")})))
    assert (driver["n"].state, driver["n-1"].state) == ("skipped", "skipped")
    assert driver.show.next is not None
    assert driver.show.next.id == "c"


def test_before_the_day_everything_is_new() -> None:
    driver = driven_to("08.50")
    driver.do(ask.AdoptProgramme(a_version(a={"title": "Godmorgen"})))
    assert driver.until("09.01").show.now == "a"
    assert driver["a"].item.title == "Godmorgen"


def test_what_is_on_air_cannot_be_taken_away_or_change_sides() -> None:
    driver = driven_to("09.15")
    assert refused(driver, a_version(without="b")).code == "item_on_air"
    assert refused(driver, a_version(b={"parent": "p"})).facts == {"now": "b", "item": "b"}


def test_the_version_that_is_there_changes_nothing() -> None:
    driver = driven_to("09.15")
    assert driver.do(ask.AdoptProgramme(a_day())) == ()


def test_a_day_that_goes_round_keeps_its_programme() -> None:
    driver = driven_to("10.11")
    driver.do(ask.StartOver(at("10.20")))
    assert refused(driver, a_version()).code == "started_over"


def test_what_was_on_air_stays_where_it_was_when_a_version_drops_it() -> None:
    """It belongs to the record: its recording, its questions and its hours are in no other item."""
    driver = driven_to("09.21")
    assert (driver["a"].state, driver["b"].state, driver.show.now) == ("done", "done", "c")
    before = driver["b"]
    driver.do(ask.AdoptProgramme(a_version(without="b", a={"title": "Godmorgen"})))
    assert driver["b"] == before
    assert [entry.id for entry in driver.show.spine][:3] == ["a", "b", "c"]
    assert driver.do(ask.AdoptProgramme(a_version(without="b", a={"title": "Godmorgen"}))) == ()
    driver.do(ask.AdoptProgramme(a_version(b={"title": "Velkommen"})))
    assert driver["b"].item.title == "Velkommen", "a version that has it again is believed"
    assert driver.until("10.11").show.state == "ended"


def test_what_was_to_come_goes_when_a_version_drops_it() -> None:
    driver = driven_to("09.15")
    driver.do(ask.AdoptProgramme(a_version(without="c")))
    assert driver.show.find("c") is None


def test_what_was_left_by_back_and_is_dropped_then_does_not_come_again() -> None:
    driver = driven_to("09.21")
    driver.do(ask.Back(from_="c"))
    assert (driver["c"].state, driver["c"].run, driver.show.now) == ("planned", 1, "b")
    driver.do(ask.AdoptProgramme(a_version(without="c")))
    assert driver["c"].state == "skipped"
    driver.until("10.11")
    assert driver["c"].run == 1


def test_a_side_item_that_was_on_air_stays_with_what_it_stands_beside() -> None:
    driver = driven_to("10.05")
    dropped = [e.id for e in driver.show.items if e.id == "p" or e.item.parent == "p"]
    run = {id: driver[id].run for id in dropped}
    assert any(run.values())
    driver.do(ask.AdoptProgramme(a_version(without=" ".join(dropped))))
    assert {id: driver[id].run for id in dropped if run[id]} == {k: v for k, v in run.items() if v}
    assert driver.show.find("p") is not None
    assert driver.until("10.11").show.state == "ended"
