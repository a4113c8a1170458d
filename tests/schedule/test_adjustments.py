"""Extending, trimming and moving: what gives way, and what is refused."""

from __future__ import annotations

from datetime import datetime

import pytest

from schedule import commands as ask
from schedule import runofshow
from schedule.errors import Refused
from tests.schedule.days import Driver, a_programme, an_item, at, driven_to


def refused(driver: Driver, command: object) -> Refused:
    before = driver.show
    with pytest.raises(Refused) as caught:
        driver.do(command)
    assert driver.show == before
    return caught.value


def test_an_extension_is_taken_from_the_next_break() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Extend("b", 4))
    assert driver["b"].expected_end == driver["c"].expected_start == at("09.24")
    assert driver["d"].expected_start == at("09.30")
    assert driver.until("09.31").show.now == "d"


def test_an_extension_beyond_the_break_makes_what_follows_late_and_cut() -> None:
    programme = a_programme(
        an_item("a", "09.00", "09.10"),
        an_item("b", "09.10", "09.20"),
        an_item("z", "09.20", "09.20", "end"),
    )
    driver = driven_to("09.05", programme)
    driver.do(ask.Extend("a", 5))
    assert (driver["b"].expected_start, driver["z"].expected_start) == (at("09.15"), at("09.25"))


def test_an_extension_into_a_hard_item_is_refused_and_says_which() -> None:
    driver = driven_to("09.35")
    refusal = refused(driver, ask.Extend("d", 1))
    assert refusal.code == "hits_hard_item"
    assert refusal.facts == {"now": "d", "item": "p", "start": "2021-01-28T08:40:00Z"}


def test_an_extension_that_would_push_others_into_a_hard_item_is_refused() -> None:
    driver = driven_to("09.15")
    assert refused(driver, ask.Extend("b", 6)).facts["item"] == "p"


def test_an_item_to_come_can_be_extended() -> None:
    driver = driven_to("09.05")
    driver.do(ask.Extend("b", 5))
    assert driver["c"].expected_start == at("09.25")
    assert driver["b"].state == "planned"


def test_a_break_can_be_extended_and_keeps_its_new_end_when_it_starts_late() -> None:
    programme = a_programme(
        an_item("a", "09.00", "09.10"),
        an_item("c", "09.10", "09.20", "break", timing="elastic", minimum_s=60.0),
        an_item("z", "09.20", "09.20", "end"),
    )
    driver = driven_to("09.05", programme)
    driver.do(ask.Extend("c", 5))
    driver.do(ask.Extend("a", 3))
    assert (driver["c"].expected_start, driver["c"].expected_end) == (at("09.13"), at("09.25"))


@pytest.mark.parametrize("minutes", [0, 0.5, -3, 241, float("nan"), float("inf")])
def test_minutes_out_of_range_are_refused(minutes: float) -> None:
    assert refused(driven_to("09.15"), ask.Extend("b", minutes)).code == "bad_minutes"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (ask.Extend("a", 2), "already_over"),
        (ask.Extend("z", 2), "no_length"),
        (ask.Extend("nope", 2), "unknown_item"),
        (ask.Trim("a", at("09.19")), "already_over"),
        (ask.Trim("nope", at("09.19")), "unknown_item"),
        (ask.Move("nope", at("09.19")), "unknown_item"),
        (ask.Move("b", at("09.19")), "already_begun"),
        (ask.Move("a", at("09.19")), "already_begun"),
        (ask.Move("p-1", at("09.45")), "moves_with_parent"),
    ],
)
def test_what_cannot_be_adjusted(command: object, code: str) -> None:
    assert refused(driven_to("09.15"), command).code == code


def test_a_trim_pulls_the_next_item_forward() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Trim("b", at("09.18")))
    assert driver["c"].expected_start == at("09.18")
    assert driver["d"].expected_start == at("09.30")
    assert driver.until("09.18").show.now == "c"


def test_a_trim_of_a_late_item_does_not_pull_the_next_before_its_time() -> None:
    driver = driven_to("09.05")
    driver.do(ask.Extend("a", 3))
    driver.do(ask.Trim("b", at("09.21")))
    assert driver["c"].expected_start == at("09.21")
    assert driver["c"].earliest_start == at("09.20")


def test_a_break_can_be_trimmed_below_its_minimum() -> None:
    driver = driven_to("09.21")
    driver.do(ask.Trim("c", at("09.23")))
    assert driver.until("09.23").show.now == "d"


def test_a_trim_that_would_leave_a_hole_before_a_hard_item_is_refused() -> None:
    assert refused(driven_to("09.35"), ask.Trim("d", at("09.38"))).code == "hits_hard_item"


def test_in_a_hold_a_clash_can_be_trimmed_away() -> None:
    driver = driven_to("09.29")
    driver.do(ask.Hold())
    driver.until("09.33")
    driver.do(ask.Next("c"))
    assert driver["d"].expected_end == at("09.43")
    driver.do(ask.Trim("d", at("09.40")))
    assert driver["d"].expected_end == driver["p"].expected_start == at("09.40")


@pytest.mark.parametrize("end", ["09.14", "09.15", "09.20", "11.00"])
def test_a_trim_must_end_after_now_and_before_the_end(end: str) -> None:
    assert refused(driven_to("09.15"), ask.Trim("b", at(end))).code == "bad_time"


def test_moments_need_a_zone_and_sense() -> None:
    driver = driven_to("09.15")
    naive = datetime(2021, 1, 28, 9, 18)  # noqa: DTZ001
    assert refused(driver, ask.Trim("b", naive)).code == "bad_time"
    assert refused(driver, ask.Move("p", naive)).code == "bad_time"
    assert refused(driver, ask.Move("z", at("09.00").replace(year=9000))).code == "bad_time"
    assert refused(driver, ask.StartOver(naive)).code == "bad_time"


def test_a_hard_item_moves_when_a_person_moves_it() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Move("p", at("09.43")))
    assert driver["d"].expected_end == driver["p"].expected_start == at("09.43")
    assert driver["p"].item.start == at("09.40")
    assert driver["e"].expected_start == at("10.03")
    assert driver["z"].expected_start == at("10.10")
    assert driver["w"].expected_start == at("09.40")


def test_a_hard_item_moved_earlier_cuts_what_is_before_it() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Move("p", at("09.37")))
    assert driver["d"].expected_end == at("09.37")
    assert driver.until("09.37").show.now == "p"


def test_a_soft_item_moves_later_and_what_is_before_it_lasts_longer() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Move("d", at("09.35")))
    assert driver["c"].expected_end == driver["d"].expected_start == at("09.35")


def test_a_soft_item_cannot_move_to_before_what_is_on_air_ends() -> None:
    refusal = refused(driven_to("09.15"), ask.Move("c", at("09.17")))
    assert (refusal.code, refusal.facts["soonest"]) == ("bad_time", "2021-01-28T08:20:00Z")


@pytest.mark.parametrize(
    ("item", "start"), [("d", "09.40"), ("e", "09.40"), ("p", "10.10"), ("z", "09.39")]
)
def test_nothing_moves_past_a_hard_item(item: str, start: str) -> None:
    assert refused(driven_to("09.15"), ask.Move(item, at(start))).code == "hits_hard_item"


def test_nothing_moves_into_the_past() -> None:
    assert refused(driven_to("09.15"), ask.Move("c", at("09.15"))).code == "bad_time"


def test_the_end_of_the_day_can_be_moved() -> None:
    driver = driven_to("10.05")
    driver.do(ask.Move("z", at("10.20")))
    assert driver["e"].expected_end == at("10.20")
    assert driver.until("10.19").show.now == "e"
    assert driver.until("10.20").show.state == "ended"


def test_the_committees_window_moves_and_grows_by_the_clock() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Move("w", at("09.45")))
    driver.do(ask.Extend("w", 20))
    assert (driver["w"].expected_start, driver["w"].expected_end) == (at("09.45"), at("10.15"))
    driver.do(ask.Trim("w", at("09.50")))
    assert driver.until("09.46")["w"].state == "on_air"
    assert driver.until("09.50")["w"].state == "done"


def test_a_film_ends_when_it_is_trimmed_and_can_grow_up_to_its_slots_end() -> None:
    driver = driven_to("09.45")
    driver.do(ask.Trim("p-1", at("09.50")))
    driver.do(ask.Extend("p-1", 2))
    assert driver["p-1"].expected_end == at("09.52")
    assert refused(driver, ask.Extend("p-1", 9)).code == "outside_parent"
    assert refused(driver, ask.Extend("p-2", 1)).code == "outside_parent"
    assert driver.until("09.53")["p-1"].state == "done"


def test_a_film_whose_slot_is_trimmed_ends_with_it() -> None:
    programme = a_programme(
        an_item("p", "09.00", "09.20", "parallel"),
        an_item("late", "09.15", "09.18", "recorded", parent="p"),
        an_item("z", "09.20", "09.20", "end"),
    )
    driver = driven_to("09.05", programme)
    driver.do(ask.Trim("p", at("09.10")))
    assert (driver["late"].expected_start, driver["late"].expected_end) == (
        at("09.10"),
        at("09.10"),
    )
    driver.until("09.11")
    assert driver["late"].state == "skipped"
    assert driver.show.state == "ended"


def test_an_extension_survives_a_snapshot() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Extend("b", 4))
    again = Driver(runofshow.restore(runofshow.snapshot(driver.show)), driver.now)
    assert again.show == driver.show
    assert again.until("09.24").show.now == "c"
