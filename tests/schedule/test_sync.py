"""Snapshot + events = snapshot, for every command of every topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schedule import commands as ask
from schedule import edition, runofshow
from schedule import events as did
from schedule.edition import Edition
from schedule.programme import Programme
from schedule.programme_file import builtin, dump
from server import wire
from tests.golden import GOLDENS, a_golden, as_json, heard, kept
from tests.schedule.days import (
    Driver,
    Somebody,
    a_day,
    a_programme,
    an_item,
    at,
    driven_to,
    with_fields,
)

EVENTS = wire.names_of(did.EVENTS)


@dataclass(frozen=True)
class Topic:
    """How one topic is decided, evolved, drawn and drawn again."""

    name: str
    decide: Callable[..., tuple[Any, ...]]
    evolve: Callable[..., Any]
    snapshot: Callable[[Any], dict[str, Any]]
    restore: Callable[[dict[str, Any]], Any]


SHOW = Topic(
    *("show", runofshow.decide, runofshow.evolve, runofshow.snapshot, runofshow.restore),
)
PROGRAMME = Topic(
    *("programme", edition.decide, edition.evolve),
    *(edition.snapshot_programme, edition.restore_programme),
)
CHOICE = Topic(
    *("choice", edition.decide, edition.evolve, edition.snapshot_choice, edition.restore_choice),
)
ANJA = Somebody()
HOST = Somebody("lone", "Lone", "host", "aalborg")


@dataclass(frozen=True)
class Case:
    name: str
    topic: Topic
    state: Any
    command: object
    now: datetime
    by: Somebody = ANJA

    @property
    def path(self) -> Path:
        return GOLDENS / self.topic.name / f"{self.name}.json"


def on_show(name: str, driver: Driver, command: object) -> Case:
    return Case(name, SHOW, driver.show, command, driver.now)


def doing(driver: Driver, *commands: object, until: str | None = None) -> Driver:
    for command in commands:
        driver.do(command)
    return driver.until(until) if until else driver


def show_cases() -> list[Case]:
    held = doing(driven_to("09.15"), ask.Hold(), until="09.32")
    drifting = doing(driven_to("09.15"), ask.Hold(), until="09.25")
    drifting.now += timedelta(seconds=30)
    lunch = ask.Announce("Frokost kl. 12", until=at("12.00"))
    return [
        on_show("take_first", driven_to("08.59"), ask.Take("a")),
        on_show("take_skipping_two", driven_to("09.05"), ask.Take("d", "a")),
        on_show("take_slot_with_side_items", driven_to("09.39.59"), ask.Take("p", "d")),
        on_show("take_side_item_early", driven_to("09.35"), ask.Take("w", "d")),
        on_show("next", driven_to("09.15"), ask.Next("b")),
        on_show("next_out_of_slot", driven_to("09.45"), ask.Next("p")),
        on_show("next_into_the_end", driven_to("10.05"), ask.Next("e")),
        on_show("next_clears_slate", doing(driven_to("09.15"), ask.Slate()), ask.Next("b")),
        on_show("skip", driven_to("09.15"), ask.Skip("b")),
        on_show("back", driven_to("09.15"), ask.Back("b")),
        on_show("back_from_slot", driven_to("09.45"), ask.Back("p")),
        on_show("back_from_the_end", driven_to("10.11"), ask.Back(None)),
        on_show("end_item", driven_to("09.45"), ask.EndItem("w")),
        on_show("hold", driven_to("09.15"), ask.Hold()),
        on_show("hold_before", driven_to("08.59"), ask.Hold()),
        on_show("resume_late", held, ask.Resume()),
        on_show("resume_in_time", doing(driven_to("09.15"), ask.Hold()), ask.Resume()),
        on_show("resume_before", doing(driven_to("08.59"), ask.Hold()), ask.Resume()),
        on_show("extend", driven_to("09.15"), ask.Extend("b", 3)),
        on_show("trim", driven_to("09.15"), ask.Trim("b", at("09.18"))),
        on_show("move", driven_to("09.15"), ask.Move("p", at("09.45"))),
        on_show("slate", driven_to("09.15"), ask.Slate("Vi er straks tilbage")),
        on_show("slate_without_text", driven_to("09.15"), ask.Slate()),
        on_show("clear_slate", doing(driven_to("09.15"), ask.Slate()), ask.ClearSlate()),
        on_show("announce", driven_to("09.15"), lunch),
        on_show("announce_urgent", driven_to("09.15"), ask.Announce("Gå ud nu", urgent=True)),
        on_show("announce_for_good", driven_to("09.15"), ask.Announce("Velkommen")),
        on_show(
            "clear_announcement",
            doing(driven_to("09.15"), ask.Announce("Velkommen")),
            ask.ClearAnnouncement(),
        ),
        on_show("announce_backup", driven_to("09.15"), ask.AnnounceBackup("backup.kl.dk")),
        on_show(
            "clear_backup",
            doing(driven_to("09.15"), ask.AnnounceBackup("backup.kl.dk")),
            ask.ClearBackup(),
        ),
        on_show("set_mode_manual", driven_to("09.15"), ask.SetMode("manual")),
        on_show(
            "set_mode_automatic",
            doing(driven_to("09.15"), ask.SetMode("manual"), until="09.23"),
            ask.SetMode("automatic"),
        ),
        on_show("reckon", drifting, ask.Reckon()),
        on_show("adopt_programme", driven_to("09.15"), ask.AdoptProgramme(a_second_version())),
        on_show("start_over", driven_to("10.11"), ask.StartOver(at("10.20"))),
        on_show("start_over_in_the_middle", driven_to("09.45"), ask.StartOver(at("09.46"))),
    ]


def a_second_version() -> Programme:
    kept = (item for item in a_day().items if item.id != "p-1")
    items = (with_fields(item, title="Another") if item.id == "b" else item for item in kept)
    return a_programme(*items, version="2")


def edition_cases() -> list[Case]:
    first = edition.initial(a_day())
    changed = a_second_version()
    chosen = _after(first, Case("", CHOICE, first, ask.Choose("p", ("p-1",)), at("09.15"), HOST))
    day = a_programme(an_item("z", "09.00", "09.00", "end"), version="3")
    published = Case("publish", PROGRAMME, first, ask.PublishProgramme(dump(changed)), at("09.15"))
    second = _after(first, published)
    return [
        published,
        Case("publish_again", PROGRAMME, second, ask.PublishProgramme(dump(day)), at("09.15")),
        Case("publish_first", PROGRAMME, Edition(), ask.PublishProgramme(dump(day)), at("09.15")),
        Case("choose", CHOICE, first, ask.Choose("p", ("p-1",)), at("09.15"), HOST),
        Case("choose_again", CHOICE, chosen, ask.Choose("p", ("p-2", "p-1")), at("09.45"), HOST),
        Case("choose_nothing", CHOICE, chosen, ask.Choose("p", ()), at("09.15"), HOST),
    ]


def _after(state: Any, case: Case) -> Any:
    for seq, event in enumerate(case.topic.decide(state, case.command, case.by, case.now), 1):
        state = case.topic.evolve(state, event, seq=seq, at=case.now)
    return state


CASES = show_cases() + edition_cases()


def golden_of(case: Case) -> dict[str, Any]:
    events = case.topic.decide(case.state, case.command, case.by, case.now)
    draw = case.topic.snapshot
    before, after = draw(case.state), draw(_after(case.state, case))
    return a_golden(case.topic.name, before, events, after, case.now)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic.name}-{case.name}")
def test_snapshot_and_events_give_the_next_snapshot(case: Case) -> None:
    golden = golden_of(case)
    state = case.topic.restore(golden["before"])
    for event, seq in heard(golden, EVENTS):
        state = case.topic.evolve(state, event, seq=seq, at=case.now)
    assert as_json(case.topic.snapshot(state)) == golden["after"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic.name}-{case.name}")
def test_the_wire_is_as_in_the_golden_file(case: Case) -> None:
    golden = golden_of(case)
    assert kept(case.path, golden) == golden


def test_every_command_has_a_case_and_every_event_occurs_in_one() -> None:
    assert {type(case.command) for case in CASES} == set(ask.COMMANDS)
    names = {frame["name"] for case in CASES for frame in golden_of(case)["frames"]}
    assert names == set(EVENTS)


def test_no_golden_file_is_left_behind() -> None:
    kept = {
        path for topic in (SHOW, PROGRAMME, CHOICE) for path in (GOLDENS / topic.name).iterdir()
    }
    assert kept == {case.path for case in CASES}


def test_the_whole_seed_day_gives_the_same_from_any_snapshot() -> None:
    driver = Driver(runofshow.initial(builtin("topmoede_2021")))
    driver.until("16.31")
    show = runofshow.initial(builtin("topmoede_2021"))
    for event in driver.events:
        again = wire.recall(type(event), as_json(wire.data_of(event)))
        show = runofshow.evolve(
            runofshow.restore(as_json(runofshow.snapshot(show))), again, seq=1, at=driver.now
        )
    assert show == driver.show
