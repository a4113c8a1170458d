"""What people choose by hand: the rules, the law of sync, and the golden files of the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server import wire
from streams import inputs
from streams.errors import Refused
from streams.inputs import ChooseInput, ChooseTimed, Inputs, ReleaseInput
from tests.golden import GOLDENS, a_golden, as_json, heard, kept

FILES = GOLDENS / "inputs"
NOW = datetime(2021, 1, 28, 8, 30, tzinfo=UTC)
EVENTS = wire.names_of(inputs.EVENTS)
PLACES = {"kl-huset": ("main", "backup", "synthetic"), "odense": ("main", "synthetic")}


class Mo:
    id = "mo"


def after(state: Inputs, *commands: object) -> Inputs:
    for seq, command in enumerate(commands, 1):
        for event in inputs.decide(state, command, Mo(), NOW):
            state = inputs.evolve(state, event, seq=seq, at=NOW)
    return state


AUTOMATIC = inputs.initial(PLACES)
HELD = after(AUTOMATIC, ChooseInput("kl-huset", "backup"), ChooseInput("odense", "main"))


@dataclass(frozen=True)
class Case:
    name: str
    state: Inputs
    command: object

    @property
    def path(self) -> Path:
        return FILES / f"{self.name}.json"


CASES = [
    Case("choose", AUTOMATIC, ChooseInput("kl-huset", "backup")),
    Case("choose_another", HELD, ChooseInput("kl-huset", "synthetic")),
    Case("release", HELD, ReleaseInput("kl-huset")),
]


def golden_of(case: Case) -> dict[str, Any]:
    events = inputs.decide(case.state, case.command, Mo(), NOW)
    draw, then = inputs.snapshot, after(case.state, case.command)
    return a_golden("inputs", draw(case.state), events, draw(then), NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_snapshot_and_events_give_the_next_snapshot(case: Case) -> None:
    golden = golden_of(case)
    state = inputs.restore(golden["before"])
    assert state == case.state
    for event, seq in heard(golden, EVENTS):
        state = inputs.evolve(state, event, seq=seq, at=NOW)
    assert as_json(inputs.snapshot(state)) == golden["after"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_wire_is_as_in_the_golden_file(case: Case) -> None:
    golden = golden_of(case)
    assert kept(case.path, golden) == golden


def test_every_command_and_every_event_has_a_case_and_every_file_too() -> None:
    assert {type(case.command) for case in CASES} == set(inputs.COMMANDS)
    names = {frame["name"] for case in CASES for frame in golden_of(case)["frames"]}
    assert names == set(EVENTS)
    assert set(FILES.iterdir()) == {case.path for case in CASES}


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (HELD, ChooseInput("kl-huset", "backup")),
        (AUTOMATIC, ReleaseInput("kl-huset")),
        (AUTOMATIC, ReleaseInput("nowhere")),
    ],
)
def test_what_is_so_already_leads_to_nothing(state: Inputs, command: object) -> None:
    assert inputs.decide(state, command, Mo(), NOW) == ()


@pytest.mark.parametrize(
    ("command", "code", "facts"),
    [
        (ChooseInput("nowhere", "main"), "unknown_source", {}),
        (
            ChooseInput("odense", "backup"),
            "unknown_input",
            {"source": "odense", "inputs": ["main", "synthetic"]},
        ),
        ("dance", "unknown_command", {}),
    ],
)
def test_what_has_no_place_is_refused(command: object, code: str, facts: dict[str, object]) -> None:
    with pytest.raises(Refused, match="expected") as caught:
        inputs.decide(AUTOMATIC, command, Mo(), NOW)
    assert (caught.value.code, caught.value.facts) == (code, facts)


def test_one_that_lies_too_far_behind_is_refused_and_says_how_far() -> None:
    timed = ChooseTimed(ChooseInput("kl-huset", "backup"), 3.14)
    with pytest.raises(Refused, match=r"less than 2 s behind .* backup is 3\.1 s behind") as caught:
        inputs.decide(AUTOMATIC, timed, Mo(), NOW)
    assert caught.value.code == "input_too_late"
    facts = {"source": "kl-huset", "input": "backup", "behind_s": 3.14, "most_s": 2}
    assert caught.value.facts == facts


def test_one_that_lies_a_little_behind_is_chosen_as_any_other() -> None:
    asked = ChooseInput("kl-huset", "backup")
    untimed = inputs.decide(AUTOMATIC, asked, Mo(), NOW)
    assert inputs.decide(AUTOMATIC, ChooseTimed(asked, 1.9), Mo(), NOW) == untimed
    assert inputs.decide(HELD, ChooseTimed(asked, 9.0), Mo(), NOW) == (), "it is held already"
    with pytest.raises(Refused) as caught:
        inputs.decide(AUTOMATIC, ChooseTimed(ChooseInput("odense", "backup"), 9.0), Mo(), NOW)
    assert caught.value.code == "unknown_input"


def test_an_unknown_event_changes_nothing() -> None:
    assert inputs.evolve(HELD, object(), seq=1, at=NOW) is HELD


def test_a_choice_that_is_in_the_log_stands_though_its_place_is_gone() -> None:
    held = inputs.evolve(AUTOMATIC, inputs.InputChosen("bygget-om", "x"), seq=1, at=NOW)
    assert held.chosen["bygget-om"].input == "x"
    assert after(held, ReleaseInput("bygget-om")).chosen == {}
