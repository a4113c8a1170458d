"""The state machine of the day: its table cell by cell, and what a moderator and the clock do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from schedule import commands as ask
from schedule import events as did
from schedule import runofshow
from schedule.errors import Refused
from schedule.runofshow import TABLE
from schedule.show import Announcement, SlateOn
from tests.schedule.days import Driver, Somebody, a_day, an_item, at, driven_to

CLOCK = Somebody("system", "Topmøde", "system")


def refused(driver: Driver, command: object) -> Refused:
    before = driver.show
    with pytest.raises(Refused) as caught:
        driver.do(command)
    assert driver.show == before
    assert caught.value.facts["now"] == driver.show.now
    return caught.value


def in_state(state: str) -> Driver:
    """The small day in a state; b is on air where something can be."""
    if state == "before":
        return driven_to("08.59")
    if state == "ended":
        return driven_to("10.11")
    driver = driven_to("09.15")
    if state == "held":
        driver.do(ask.Hold())
    return driver


def a_command(kind: type, driver: Driver) -> Any:
    """A command of this kind that nothing but the state can refuse."""
    now = driver.show.now
    soon = driver.now + timedelta(minutes=3)
    return {
        ask.Take: ask.Take("d", after=now),
        ask.Next: ask.Next(after=now),
        ask.Skip: ask.Skip(item=now),
        ask.Back: ask.Back(from_=now),
        ask.EndItem: ask.EndItem("w"),
        ask.Hold: ask.Hold(),
        ask.Resume: ask.Resume(),
        ask.Extend: ask.Extend("b", 2),
        ask.Trim: ask.Trim("b", at("09.19")),
        ask.Move: ask.Move("w", at("09.45")),
        ask.Slate: ask.Slate("Vi er straks tilbage"),
        ask.ClearSlate: ask.ClearSlate(),
        ask.Announce: ask.Announce("Vi begynder snart"),
        ask.ClearAnnouncement: ask.ClearAnnouncement(),
        ask.AnnounceBackup: ask.AnnounceBackup("backup.kl.dk"),
        ask.ClearBackup: ask.ClearBackup(),
        ask.SetMode: ask.SetMode("manual"),
        ask.Reckon: ask.Reckon(),
        ask.StartOver: ask.StartOver(soon),
        ask.AdoptProgramme: ask.AdoptProgramme(replace(a_day(), version="2")),
    }[kind]


CELLS = [(command, state, cell) for command, row in TABLE.items() for state, cell in row.items()]


@pytest.mark.parametrize(("kind", "state", "cell"), CELLS)
def test_each_cell_of_the_table(kind: type, state: str, cell: str) -> None:
    driver = in_state(state)
    assert driver.show.state == state
    if kind is ask.EndItem and cell == "do":
        driver.do(ask.Take("w", after=driver.show.now))
    if kind is ask.ClearSlate and cell == "do":
        driver.do(ask.Slate())
    if kind is ask.ClearAnnouncement:
        driver.do(ask.Announce("Velkommen"))
    if kind is ask.ClearBackup:
        driver.do(ask.AnnounceBackup("backup.kl.dk"))
    if kind is ask.Reckon and cell == "do" and state != "before":
        driver.do(ask.Hold())
        driver.now += timedelta(minutes=30)
    if kind is ask.Reckon and state == "before":
        driver.do(ask.SetMode("manual"))
        driver.now += timedelta(minutes=30)
    command = a_command(kind, driver)
    if cell == "do":
        assert driver.do(command)
    elif cell == "nothing":
        assert driver.do(command) == ()
    else:
        assert refused(driver, command).code == cell


def test_every_command_of_the_show_has_a_row() -> None:
    assert set(TABLE) == set(ask.COMMANDS) - {ask.PublishProgramme, ask.Choose}
    assert refused(in_state("running"), ask.Choose("p", ())).code == "unknown_command"


# --- by itself ----------------------------------------------------------------------------------


def test_the_day_runs_by_itself() -> None:
    driver = driven_to("10.30")
    assert driver.aired() == ["a", "b", "c", "d", "p", "p-1", "p-2", "w", "e", "z"]
    assert driver.show.state == "ended"
    assert driver.show.now is None
    assert set(driver.states().values()) == {"done"}
    assert all(
        e.actual_start == e.item.start and e.actual_end == e.item.end for e in driver.show.items
    )


def test_what_the_clock_takes_is_named_after_item_and_run() -> None:
    driver = driven_to("10.30")
    assert driver.ids == [f"auto:{n}:1" for n in "abcdp"] + ["auto:w:1:end", "auto:e:1", "auto:z:1"]


def test_side_items_begin_with_their_parent_and_end_with_it() -> None:
    driver = driven_to("09.45")
    assert [entry.id for entry in driver.show.running] == ["p-1", "p-2", "w"]
    driver.until("10.00")
    assert driver.show.running == ()
    assert driver.ended()[-4:] == ["w", "p-1", "p-2", "p"]


def test_item_started_tells_all_that_is_needed_to_put_it_on_air() -> None:
    driver = driven_to("09.45")
    film = next(e for e in driver.events if isinstance(e, did.ItemStarted) and e.item == "p-2")
    assert (film.run, film.kind, film.film, film.on, film.parent, film.title) == (
        *(1, "recorded", "two", "on_demand", "p", "Item p-2"),
    )


def test_in_manual_mode_nothing_on_the_spine_starts_by_itself() -> None:
    driver = driven_to("09.05")
    driver.do(ask.SetMode("manual"))
    driver.until("09.45")
    assert driver.show.now == "a"
    assert [entry.id for entry in driver.show.running] == ["w"]


@pytest.mark.parametrize("take_over", [ask.SetMode("manual"), ask.Hold()])
def test_what_the_clock_asked_for_just_before_a_person_took_over_is_stale(take_over: Any) -> None:
    driver = driven_to("09.09")
    driver.now = at("09.10")
    asked = runofshow.due(driver.show, driver.now)
    assert asked == ask.Take("b", after="a")
    driver.do(take_over)
    with pytest.raises(Refused, match="only people") as caught:
        runofshow.decide(driver.show, asked, CLOCK, driver.now)
    assert caught.value.code == "stale"
    driver.do(asked)
    assert driver.show.now == "b", "a person may"


def test_the_clock_takes_what_has_an_hour_of_its_own_in_manual_mode_too() -> None:
    driver = driven_to("09.05")
    driver.do(ask.SetMode("manual"))
    driver.now = at("09.40")
    asked = runofshow.due(driver.show, driver.now)
    assert asked == ask.Take("w", after="a")
    assert runofshow.decide(driver.show, asked, CLOCK, driver.now)


def test_a_cue_by_a_person_works_in_manual_mode() -> None:
    driver = driven_to("09.05")
    driver.do(ask.SetMode("manual"))
    driver.do(ask.Next(after="a"))
    assert driver.show.now == "b"


def test_back_to_automatic_takes_what_is_overdue_at_once() -> None:
    driver = driven_to("09.05")
    driver.do(ask.SetMode("manual"))
    driver.until("09.13")
    events = driver.do(ask.SetMode("automatic"))
    assert [type(event) for event in events] == [did.ModeSet, did.ItemEnded, did.ItemStarted]
    assert driver.show.now == "b"
    assert driver["b"].expected_end == at("09.23")


def test_the_mode_as_it_is_changes_nothing() -> None:
    driver = driven_to("09.05")
    assert driver.do(ask.SetMode("automatic")) == ()
    assert refused(driver, ask.SetMode("autopilot")).code == "bad_mode"


def test_automatic_during_a_hold_takes_nothing() -> None:
    driver = driven_to("09.05")
    driver.do(ask.Hold())
    driver.do(ask.SetMode("manual"))
    driver.until("09.13")
    driver.do(ask.SetMode("automatic"))
    assert driver.show.now == "a"


# --- cues ---------------------------------------------------------------------------------------


def test_next_goes_on_early_and_the_next_item_lasts_until_its_planned_end() -> None:
    driver = driven_to("09.07")
    driver.do(ask.Next(after="a"))
    assert (driver["a"].state, driver["a"].actual_end) == ("done", at("09.07"))
    assert driver["b"].expected_end == at("09.20")


def test_the_first_item_may_be_taken_before_its_time() -> None:
    driver = driven_to("08.59")
    driver.do(ask.Next(after=None))
    assert (driver.show.now, driver.show.state) == ("a", "running")


@pytest.mark.parametrize(
    "command",
    [ask.Next("a"), ask.Next(None), ask.Take("d", "a"), ask.Skip("c"), ask.Back("a")],
)
def test_a_cue_by_somebody_who_believes_otherwise_is_stale(command: object) -> None:
    driver = driven_to("09.15")
    refusal = refused(driver, command)
    assert (refusal.code, refusal.facts) == ("stale", {"now": "b"})


def test_a_cue_sent_twice_is_stale_the_second_time() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Next("b"))
    assert refused(driver, ask.Next("b")).facts == {"now": "c"}


def test_take_skips_what_it_passes_over() -> None:
    driver = driven_to("09.05")
    driver.do(ask.Take("d", after="a"))
    assert driver.states() | {} == {
        **dict.fromkeys("a", "done"),
        **dict.fromkeys("bc", "skipped"),
        **dict.fromkeys("d", "on_air"),
        **dict.fromkeys(["p", "p-1", "p-2", "w", "e", "z"], "planned"),
    }


def test_taking_past_a_slot_skips_its_films_but_not_the_committees_window() -> None:
    driver = driven_to("09.35")
    driver.do(ask.Take("e", after="d"))
    states = driver.states()
    assert (states["p"], states["p-1"], states["p-2"], states["w"]) == (
        *("skipped", "skipped", "skipped", "planned"),
    )
    driver.until("09.41")
    assert [entry.id for entry in driver.show.running] == ["w"]


def test_an_earlier_item_can_be_taken_again_as_a_new_run() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Take("a", after="b"))
    assert (driver.show.now, driver["a"].run, driver["b"].state) == ("a", 2, "done")
    assert driver.show.next is not None
    assert driver.show.next.id == "c"


def test_a_later_item_that_is_done_passes_over_what_was_to_come_again() -> None:
    driver = driven_to("09.35")
    driver.do(ask.Take("b", after="d"))
    driver.do(ask.Back(from_="b"))
    assert [entry.id for entry in driver.show.to_come] == ["b", "p", "e", "z"]
    driver.do(ask.Take("c", after="a"))
    assert [entry.id for entry in driver.show.to_come] == ["p", "e", "z"]
    assert driver["b"].state == "skipped"


def test_an_item_that_does_not_exist_cannot_be_taken() -> None:
    driver = driven_to("09.15")
    assert refused(driver, ask.Take("nope", after="b")).code == "unknown_item"


def test_what_is_on_air_cannot_be_taken() -> None:
    driver = driven_to("09.15")
    assert refused(driver, ask.Take("b", after="b")).code == "already_on_air"


def test_skip_drops_the_rest_and_goes_on() -> None:
    driver = driven_to("09.15")
    events = driver.do(ask.Skip("b"))
    kinds = [did.ItemEnded, did.ItemSkipped, did.ItemStarted]
    assert [type(event) for event in events] == kinds
    assert (driver["b"].state, driver.show.now) == ("skipped", "c")


def test_nothing_can_be_skipped_or_covered_or_gone_back_from_in_a_hold_before_the_first() -> None:
    driver = driven_to("08.59")
    driver.do(ask.Hold())
    for command in (ask.Skip(None), ask.Slate(), ask.Back(None)):
        assert refused(driver, command).code == "not_started"


def test_back_runs_the_previous_item_anew_and_what_was_left_comes_again() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Back(from_="b"))
    assert (driver["a"].run, driver["a"].state, driver["b"].state) == (2, "on_air", "planned")
    assert (driver["b"].actual_start, driver["b"].actual_end) == (None, None)
    assert driver["b"].expected_start == at("09.25")
    driver.until("09.26")
    assert (driver.show.now, driver["b"].run) == ("b", 2)


def test_back_from_a_hard_item_gives_the_new_run_its_length() -> None:
    driver = driven_to("09.42")
    driver.do(ask.Back(from_="p"))
    assert [entry.id for entry in driver.show.running] == ["w"]
    driver.until("09.51")
    assert driver.show.now == "d"
    driver.until("09.52")
    assert driver.show.now == "p"
    assert driver.aired()[-3:] == ["p#2", "p-1#2", "p-2#2"]


def test_there_is_nothing_before_the_first_item() -> None:
    assert refused(driven_to("09.05"), ask.Back("a")).code == "no_previous"


def test_back_undoes_the_end_of_the_day() -> None:
    driver = driven_to("10.05")
    driver.do(ask.Next("e"))
    assert driver.show.state == "ended"
    driver.do(ask.Back(from_=None))
    assert (driver.show.state, driver.show.now, driver["z"].state) == ("running", "e", "planned")
    driver.until("10.30")
    assert driver.show.state == "ended"


def test_next_before_the_end_mark_ends_the_day_and_all_that_runs() -> None:
    driver = driven_to("09.42")
    driver.do(ask.Take("z", after="p"))
    assert driver.show.state == "ended"
    assert driver.states() == {
        **dict.fromkeys([*"abcdpwz", "p-1", "p-2"], "done"),
        "e": "skipped",
    }
    assert isinstance(driver.events[-1], did.DayEnded)
    assert runofshow.next_due(driver.show, driver.now) is None


def test_a_window_that_is_still_to_come_ends_with_the_day() -> None:
    driver = driven_to("09.05")
    driver.do(ask.Take("z", after="a"))
    assert driver["w"].state == "skipped"


# --- holding ------------------------------------------------------------------------------------


def test_in_a_hold_the_item_stays_and_the_rest_is_expected_later() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Hold())
    driver.until("09.23")
    assert driver.show.now == "b"
    assert driver["c"].expected_start == at("09.23")
    assert driver["d"].expected_start == at("09.30")
    assert driver["p"].expected_start == at("09.40")


def test_expected_times_in_a_hold_are_never_off_by_more_than_ten_seconds() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Hold())
    for second in range(0, 900, 7):
        driver.until(at("09.15") + timedelta(seconds=second))
        late = max(driver.now, at("09.20"))
        assert abs(driver["b"].expected_end - late) < timedelta(seconds=10)
    ticks = sum(isinstance(event, did.TimesReckoned) for event in driver.events)
    assert ticks <= 600 / 10


def test_resume_takes_what_is_overdue_late_but_whole() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Hold())
    driver.until("09.32")
    events = driver.do(ask.Resume())
    assert [type(event) for event in events] == [did.ShowResumed, did.ItemEnded, did.ItemStarted]
    assert driver.show.now == "c"
    assert (driver["c"].expected_end, driver["d"].expected_end) == (at("09.37"), at("09.40"))


def test_resume_before_anything_is_overdue_takes_nothing() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Hold())
    driver.until("09.16")
    assert driver.do(ask.Resume()) == (did.ShowResumed(),)
    assert driver.show.state == "running"


def test_resume_past_a_hard_start_goes_straight_to_it() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Hold())
    driver.until("09.44")
    driver.do(ask.Resume())
    assert driver.show.now == "p"
    assert (driver["c"].state, driver["d"].state) == ("skipped", "skipped")


def test_the_committees_window_opens_by_the_clock_in_a_hold() -> None:
    driver = driven_to("09.35")
    driver.do(ask.Hold())
    driver.until("09.45")
    assert (driver.show.now, [e.id for e in driver.show.running]) == ("d", ["w"])
    driver.until("09.51")
    assert (driver.show.now, driver.show.running, driver["w"].state) == ("d", (), "done")


def test_a_cue_in_a_hold_keeps_the_hold() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Hold())
    driver.do(ask.Next("b"))
    driver.until("09.35")
    assert (driver.show.state, driver.show.now) == ("held", "c")


def test_a_day_held_before_its_first_item_waits() -> None:
    driver = driven_to("08.59")
    driver.do(ask.Hold())
    driver.until("09.04")
    assert (driver.show.state, driver.show.now) == ("held", None)
    driver.do(ask.Resume())
    assert (driver.show.state, driver.show.now) == ("running", "a")


def test_a_day_held_and_let_go_before_its_first_item_is_before_again() -> None:
    driver = driven_to("08.50")
    driver.do(ask.Hold())
    driver.do(ask.Resume())
    assert driver.show.state == "before"


def test_an_overrun_without_a_hold_is_cut_by_the_hard_start() -> None:
    driver = driven_to("09.29")
    driver.do(ask.Hold())
    driver.until("09.34")
    driver.do(ask.Resume())
    assert driver["d"].expected_end == at("09.40")
    driver.until("09.40")
    assert (driver.show.now, driver["d"].actual_end) == ("p", at("09.40"))


def test_reckoning_says_nothing_when_nothing_moved() -> None:
    driver = driven_to("09.15")
    assert driver.do(ask.Reckon()) == ()


# --- clocks that step ---------------------------------------------------------------------------


def test_a_jump_takes_what_belongs_now_and_records_the_rest_as_skipped() -> None:
    driver = driven_to("09.05").jump("09.36")
    assert driver.show.now == "d"
    assert [driver[name].state for name in "abcd"] == ["done", "skipped", "skipped", "on_air"]


def test_a_start_in_the_middle_of_the_day_skips_what_nobody_saw() -> None:
    driver = Driver().jump("09.45")
    assert (driver.show.now, driver["a"].state) == ("p", "skipped")
    assert [entry.id for entry in driver.show.running] == ["p-1", "p-2", "w"]


def test_a_window_that_was_slept_through_is_skipped() -> None:
    driver = driven_to("09.35").jump("10.05")
    assert (driver.show.now, driver["w"].state) == ("e", "skipped")


def test_a_jump_past_the_end_ends_the_day() -> None:
    assert driven_to("09.05").jump("18.00").show.state == "ended"


def test_a_clock_that_steps_back_starts_nothing_and_breaks_nothing() -> None:
    driver = driven_to("09.15")
    driver.now = at("08.30")
    driver.settle()
    assert driver.show.now == "b"
    driver.do(ask.Next("b"))
    assert driver["b"].actual_end == driver["c"].actual_start == at("09.10")
    driver.until("09.20")
    assert driver.show.now == "c"


# --- what people see over it --------------------------------------------------------------------


def test_a_slate_covers_the_item_until_it_is_cleared() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Slate(" Vi er straks tilbage "))
    assert driver.show.slate == SlateOn("b", "Vi er straks tilbage", at("09.15"))
    assert driver.do(ask.Slate("Vi er straks tilbage")) == ()
    driver.do(ask.ClearSlate())
    assert runofshow.snapshot(driver.show)["slate"] is None
    assert driver.do(ask.ClearSlate()) == ()


def test_a_slate_goes_when_the_next_item_starts() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Slate())
    driver.until("09.20")
    assert driver.show.slate is None


def test_an_announcement_becomes_urgent_by_being_said_again() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Announce("Gå ud nu"))

    assert driver.do(ask.Announce("Gå ud nu", urgent=True))
    assert driver.show.announcement == Announcement("Gå ud nu", None, urgent=True)
    assert runofshow.restore(runofshow.snapshot(driver.show)) == driver.show


def test_an_announcement_in_an_older_snapshot_is_not_urgent() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Announce("Velkommen"))
    older = runofshow.snapshot(driver.show)
    del older["announcement"]["urgent"]

    assert runofshow.restore(older) == driver.show


def test_an_announcement_stays_until_it_is_taken_away() -> None:
    driver = driven_to("09.15")
    driver.do(ask.Announce("Frokost kl. 12", until=at("12.00")))
    assert driver.show.announcement == Announcement("Frokost kl. 12", at("12.00"))
    assert driver.do(ask.Announce("Frokost kl. 12", until=at("12.00"))) == ()
    driver.do(ask.ClearAnnouncement())
    assert runofshow.snapshot(driver.show)["announcement"] is None
    assert driver.do(ask.ClearAnnouncement()) == ()


def test_the_backup_address_stays_until_it_is_taken_away_also_over_a_new_lap() -> None:
    driver = driven_to("10.11")
    driver.do(ask.AnnounceBackup(" Backup.KL.dk "))
    assert runofshow.snapshot(driver.show)["backup"] == "https://backup.kl.dk"
    assert driver.do(ask.AnnounceBackup("https://backup.kl.dk")) == ()
    driver.do(ask.StartOver(at("10.20")))
    assert runofshow.snapshot(driver.show)["backup"] == "https://backup.kl.dk"
    driver.do(ask.ClearBackup())
    assert driver.show.backup is None
    assert driver.do(ask.ClearBackup()) == ()


@pytest.mark.parametrize("address", ["", "backup", "http://kl.dk", "javascript:alert(1)"])
def test_a_backup_address_that_is_none_is_refused(address: str) -> None:
    assert refused(driven_to("09.15"), ask.AnnounceBackup(address)).code == "bad_address"


def test_a_snapshot_from_before_there_were_backups_has_none() -> None:
    old = runofshow.snapshot(driven_to("09.15").show)
    del old["backup"]
    assert runofshow.restore(old).backup is None


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 501, "bell \x07", "half \ud800"])
def test_an_announcement_nobody_could_read_is_refused(text: str) -> None:
    assert refused(driven_to("09.15"), ask.Announce(text)).code == "bad_text"


@pytest.mark.parametrize("until", [at("09.15"), at("09.00"), datetime(2021, 1, 28, 12)])  # noqa: DTZ001
def test_an_announcement_until_the_past_or_without_a_zone_is_refused(until: datetime) -> None:
    assert refused(driven_to("09.15"), ask.Announce("Hej", until=until)).code == "bad_time"


# --- side items ---------------------------------------------------------------------------------


def test_a_film_cannot_be_taken_while_its_slot_is_not_on_air() -> None:
    assert refused(driven_to("09.15"), ask.Take("p-1", "b")).code == "parent_not_on_air"


def test_a_film_can_be_ended_and_taken_again_within_its_slot() -> None:
    driver = driven_to("09.45")
    driver.do(ask.EndItem("p-1"))
    assert driver["p-1"].state == "done"
    driver.do(ask.Take("p-1", after="p"))
    assert driver["p-1"].run == 2


def test_the_window_can_be_opened_early_and_closes_when_it_was_to_close() -> None:
    driver = driven_to("09.35")
    driver.do(ask.Take("w", after="d"))
    assert driver["w"].expected_end == at("09.50")


def test_a_window_opened_after_its_time_has_its_whole_length() -> None:
    driver = driven_to("09.55")
    driver.do(ask.Take("w", after="p"))
    assert driver["w"].expected_end == at("10.05")
    driver.until("10.04")
    assert [entry.id for entry in driver.show.running] == ["w"]
    driver.until("10.06")
    assert driver.show.running == ()


def test_only_a_side_item_that_runs_can_be_ended() -> None:
    driver = driven_to("09.45")
    assert refused(driver, ask.EndItem("p")).code == "not_a_side_item"
    driver.do(ask.EndItem("w"))
    assert refused(driver, ask.EndItem("w")).code == "not_on_air"


def test_a_side_item_that_begins_later_than_its_slot_starts_by_itself() -> None:
    programme = a_day()
    late = an_item("late", "09.50", "09.55", "recorded", parent="p")
    items = tuple(late if item.id == "p-2" else item for item in programme.items)
    driver = driven_to("09.49", replace(programme, items=items))
    seen = [driver.until(clock).states()["late"] for clock in ("09.49", "09.50", "09.55")]
    assert seen == ["planned", "on_air", "done"]


# --- going round --------------------------------------------------------------------------------


def test_a_day_that_starts_over_is_planned_again_and_counts_its_runs_on() -> None:
    driver = driven_to("10.11")
    driver.do(ask.StartOver(at("10.20")))
    assert (driver.show.state, driver.show.now, driver.show.lap) == ("before", None, 1)
    assert set(driver.states().values()) == {"planned"}
    assert driver["b"].item.start == driver["b"].expected_start == at("10.30")
    driver.until("10.31")
    assert (driver.show.now, driver["b"].run) == ("b", 2)
    driver.until("11.40")
    assert driver.show.state == "ended"


def test_starting_over_in_the_middle_ends_what_runs() -> None:
    driver = driven_to("09.45")
    events = driver.do(ask.StartOver(at("09.46")))
    assert [e.item for e in events[:-1]] == ["p", "p-1", "p-2", "w"]
    assert driver.until("09.47").show.now == "a"


# --- evolving -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        "not an event",
        did.ItemSkipped("nope"),
        did.ItemEnded("nope", 1),
        did.ItemStarted("nope", 1, "live", None, None, "channel", None, "Nope"),
    ],
)
def test_an_event_that_means_nothing_here_changes_nothing(event: object) -> None:
    show = driven_to("09.15").show
    assert runofshow.evolve(show, event, seq=1, at=at("09.15")) == show


def test_who_asks_is_not_the_deciders_business() -> None:
    show = driven_to("09.15").show
    by = [Somebody(role="system"), Somebody(role="moderator")]
    assert len({runofshow.decide(show, ask.Next("b"), who, at("09.15")) for who in by}) == 1
