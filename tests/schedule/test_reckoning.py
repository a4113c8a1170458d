"""What is due and when: the timekeeper's two questions."""

from __future__ import annotations

from datetime import timedelta

from schedule import commands as ask
from schedule import events as did
from schedule import runofshow
from schedule.reckoning import drift, due, due_id, next_due, reckoned
from tests.schedule.days import a_day, at, driven_to


def test_before_the_day_the_first_item_is_next() -> None:
    show = runofshow.initial(a_day())
    assert due(show, at("08.59.59")) is None
    assert next_due(show, at("08.00")) == at("09.00")
    assert due(show, at("09.00")) == ask.Take("a", after=None)


def test_what_is_due_already_is_due_now() -> None:
    show = runofshow.initial(a_day())
    assert next_due(show, at("09.05")) == at("09.05")


def test_the_end_of_a_window_is_due_before_anything_else() -> None:
    show = driven_to("09.45").show
    assert due(show, at("10.00")) == ask.EndItem("w")
    assert due_id(ask.EndItem("w"), show) == "auto:w:1:end"


def test_the_end_of_a_window_is_waited_for() -> None:
    driver = driven_to("09.45")
    assert next_due(driver.show, driver.now) == at("09.50")


def test_in_a_hold_the_next_reckoning_is_waited_for() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Hold())
    assert next_due(driver.show, driver.now) == at("09.20.10")
    assert due(driver.show, at("09.20.09")) is None
    assert due(driver.show, at("09.20.10")) == ask.Reckon()
    assert due_id(ask.Reckon(), driver.show) == "auto:reckon:1"


def test_in_a_hold_a_hard_start_that_passes_is_reckoned_too() -> None:
    driver = driven_to("09.35")
    driver.do(ask.Hold())
    driver.until("09.41")
    assert abs(driver["p"].expected_start - at("09.41")) < timedelta(seconds=10)


def test_manual_mode_before_the_day_pushes_the_first_item_ahead() -> None:
    driver = driven_to("08.50")
    driver.do(ask.SetMode("manual"))
    driver.until("09.10")
    assert abs(driver["a"].expected_start - at("09.10")) < timedelta(seconds=10)
    assert driver.show.state == "before"


def test_after_the_day_nothing_is_due_ever() -> None:
    driver = driven_to("10.11")
    assert due(driver.show, at("18.00")) is None
    assert next_due(driver.show, at("18.00")) is None


def test_the_drift_is_what_the_worst_expected_time_is_off() -> None:
    driver = driven_to("09.15")
    assert drift(driver.show, at("09.25")) == timedelta(0)
    driver.do(ask.Hold())
    assert drift(driver.show, at("09.25")) == timedelta(minutes=5)


def test_a_window_that_was_slept_through_in_a_hold_is_not_due_any_more() -> None:
    driver = driven_to("09.35")
    driver.do(ask.Hold())
    driver.jump("09.55")
    assert driver["w"].state == "planned"
    assert next_due(driver.show, driver.now) is not None


def test_a_side_item_whose_parent_is_over_keeps_its_times() -> None:
    show = runofshow.initial(a_day())
    show = runofshow.evolve(show, did.ItemEnded("p", 1), seq=1, at=at("09.00"))
    film = reckoned(show, at("09.00")).find("p-1")
    assert film == show.find("p-1")


def test_an_id_for_what_is_not_there_is_still_an_id() -> None:
    show = runofshow.initial(a_day())
    assert due_id(ask.Take("nope"), show) == "auto:nope:1"
