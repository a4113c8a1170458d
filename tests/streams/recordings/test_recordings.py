"""What people decide about recordings: the rules, the law of sync, the golden files of the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server import wire
from streams.errors import Refused
from streams.recordings import recordings
from streams.recordings.recordings import (
    MOST_CUTS,
    ApproveCut,
    Cut,
    DeleteRecording,
    NudgeCut,
    Recording,
    Recordings,
    ReportRecorded,
)
from tests.golden import GOLDENS, a_golden, as_json, heard, kept

FILES = GOLDENS / "recordings"
NOW = datetime(2021, 1, 28, 9, 30, tzinfo=UTC)
EVENTS = wire.names_of(recordings.EVENTS)


class Se:
    id = "se"


def after(state: Recordings, *commands: object) -> Recordings:
    for seq, command in enumerate(commands, 1):
        for event in recordings.decide(state, command, Se(), NOW):
            state = recordings.evolve(state, event, seq=seq, at=NOW)
    return state


NOTHING = recordings.initial()
ROUGH = after(NOTHING, ReportRecorded("07", 1), ReportRecorded("08", 1))
NUDGED = after(ROUGH, NudgeCut("07", 0, 90_000, 900_000))
CLEAN = after(NUDGED, ApproveCut("07", 1))
DELETED = after(CLEAN, DeleteRecording("07"))
MANY = after(ROUGH, *(NudgeCut("07", each, each) for each in range(30)))


@dataclass(frozen=True)
class Case:
    name: str
    state: Recordings
    command: object

    @property
    def path(self) -> Path:
        return FILES / f"{self.name}.json"


CASES = [
    Case("report", NOTHING, ReportRecorded("07", 1)),
    Case("report_another_run", CLEAN, ReportRecorded("07", 2)),
    Case("report_after_deletion", DELETED, ReportRecorded("07", 2)),
    Case("nudge", ROUGH, NudgeCut("07", 0, 90_000, 900_000)),
    Case("nudge_back", NUDGED, NudgeCut("07", 1)),
    Case("nudge_a_clean_one", CLEAN, NudgeCut("07", 1, 180_000, None)),
    Case("nudge_after_many", MANY, NudgeCut("07", 30, 7)),
    Case("approve", NUDGED, ApproveCut("07", 1)),
    Case("delete", CLEAN, DeleteRecording("07")),
]


def golden_of(case: Case) -> dict[str, Any]:
    events = recordings.decide(case.state, case.command, Se(), NOW)
    draw, then = recordings.snapshot, after(case.state, case.command)
    return a_golden("recordings", draw(case.state), events, draw(then), NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_snapshot_and_events_give_the_next_snapshot(case: Case) -> None:
    golden = golden_of(case)
    state = recordings.restore(golden["before"])
    assert state == case.state
    for event, seq in heard(golden, EVENTS):
        state = recordings.evolve(state, event, seq=seq, at=NOW)
    assert as_json(recordings.snapshot(state)) == golden["after"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_wire_is_as_in_the_golden_file(case: Case) -> None:
    golden = golden_of(case)
    assert kept(case.path, golden) == golden


def test_every_command_and_every_event_has_a_case_and_every_file_too() -> None:
    assert {type(case.command) for case in CASES} == set(recordings.COMMANDS)
    names = {frame["name"] for case in CASES for frame in golden_of(case)["frames"]}
    assert names == set(EVENTS)
    assert set(FILES.iterdir()) == {case.path for case in CASES}


def test_a_run_that_has_ended_is_a_rough_replay_of_everything() -> None:
    assert ROUGH.items["07"] == Recording(1, "rough", (Cut(0, 1, NOW),))


def test_a_nudge_makes_the_next_cut_and_a_clean_one_rough() -> None:
    assert (CLEAN.items["07"].state, NUDGED.items["07"].state) == ("clean", "rough")
    nudged = after(CLEAN, NudgeCut("07", 1, 180_000)).items["07"]
    assert nudged.state == "rough"
    assert [cut.number for cut in nudged.cuts] == [0, 1, 2]
    assert nudged.cut == Cut(2, 1, NOW, 180_000, None)


def test_another_run_joins_the_recording_and_leaves_its_cut() -> None:
    joined = after(CLEAN, ReportRecorded("07", 2)).items["07"]
    assert (joined.run, joined.state) == (2, "rough")
    assert joined.cut == CLEAN.items["07"].cut, "its end counts for the run there was"


def test_what_was_deleted_stays_so_and_a_later_run_begins_anew() -> None:
    assert DELETED.items["07"].state == "deleted"
    assert after(DELETED, ReportRecorded("07", 1)) == DELETED
    again = after(DELETED, ReportRecorded("07", 2)).items["07"]
    assert again == Recording(2, "rough", (Cut(0, 2, NOW),), deleted_run=1)


def test_so_many_cuts_are_remembered_and_no_more() -> None:
    cuts = MANY.items["07"].cuts
    assert (len(cuts), cuts[-1].number) == (MOST_CUTS, 30)


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (ROUGH, ReportRecorded("07", 1)),
        (NUDGED, NudgeCut("07", 1, 90_000, 900_000)),
        (CLEAN, ApproveCut("07", 1)),
        (DELETED, DeleteRecording("07")),
    ],
)
def test_what_is_so_already_leads_to_nothing(state: Recordings, command: object) -> None:
    assert recordings.decide(state, command, Se(), NOW) == ()


@pytest.mark.parametrize(
    ("state", "command", "code", "facts"),
    [
        (NOTHING, NudgeCut("07", 0), "unknown_recording", {}),
        (DELETED, NudgeCut("07", 1), "unknown_recording", {}),
        (NOTHING, DeleteRecording("07"), "unknown_recording", {}),
        (NUDGED, NudgeCut("07", 0, 1), "stale", {"cut": 1}),
        (NUDGED, ApproveCut("07", 0), "stale", {"cut": 1}),
        (ROUGH, NudgeCut("07", 0, 9, 9), "bad_cut", {}),
        (ROUGH, NudgeCut("07", 0, -1), "bad_cut", {}),
        (ROUGH, NudgeCut("07", 0, None, 2**53), "bad_cut", {}),
        (ROUGH, "dance", "unknown_command", {}),
    ],
)
def test_what_cannot_be_is_refused(
    state: Recordings, command: object, code: str, facts: dict[str, object]
) -> None:
    with pytest.raises(Refused, match="expected") as caught:
        recordings.decide(state, command, Se(), NOW)
    assert (caught.value.code, caught.value.facts) == (code, facts)


def test_an_event_that_has_no_place_changes_nothing() -> None:
    for event in (
        object(),
        recordings.RecordingCut("nowhere", 1),
        recordings.CutApproved("nowhere", 1),
        recordings.RecordingDeleted("nowhere", 1),
    ):
        assert recordings.evolve(ROUGH, event, seq=1, at=NOW) == ROUGH
