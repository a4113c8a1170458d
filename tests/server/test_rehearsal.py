from __future__ import annotations

import time

import orjson
import pytest

from schedule.programme_file import builtin
from server.as_run import AsRun
from server.errors import Refused
from server.rehearsal import FAULTS, Fault, read_fault, rehearse, rehearsed

DAY = builtin("topmoede_2021")


def names(day: AsRun, topic: str = "show") -> list[str]:
    return [line.name for line in day.lines if line.topic == topic]


def over_s(day: AsRun, item: str) -> float:
    found: float = next(entry["over_s"] for entry in day.items if entry["id"] == item)
    return found


def test_without_a_seed_nothing_overruns() -> None:
    day = rehearse(DAY)

    assert {entry["over_s"] for entry in day.items} == {0.0}
    assert {entry["state"] for entry in day.items} == {"done"}
    assert names(day)[-1] == "day_ended"
    assert "refused" not in names(day)


def test_the_whole_day_takes_less_than_five_seconds() -> None:
    began = time.process_time()
    rehearse(DAY, seed=1)

    assert time.process_time() - began < 5


def test_the_same_seed_gives_the_same_bytes() -> None:
    faults = [read_fault("overrun@10.05"), read_fault("moderator_gone@14.00")]
    first, second = (rehearse(DAY, seed=7, faults=faults) for _ in range(2))

    assert first.text().encode() == second.text().encode()
    assert orjson.dumps(first.as_json()) == orjson.dumps(second.as_json())


def test_another_seed_gives_another_day() -> None:
    assert rehearse(DAY, seed=1).text() != rehearse(DAY, seed=2).text()


@pytest.mark.parametrize("seed", range(5))
def test_hard_items_start_on_time_whatever_people_do(seed: int) -> None:
    day = rehearse(DAY, seed=seed)
    hard = {item.id for item in DAY.items if item.timing == "hard"}
    started = {entry["id"]: (entry["planned_start"], entry["actual_start"]) for entry in day.items}

    assert hard
    for item in hard:
        planned, actual = started[item]
        assert planned == actual, item


def test_an_overrun_is_absorbed_by_the_next_break() -> None:
    day = rehearse(DAY, faults=[read_fault("overrun@10.05")])

    assert over_s(day, "05") == 600
    assert over_s(day, "06") == 0
    assert "item_extended" in names(day)


def test_the_log_says_how_far_from_the_plan_each_item_was() -> None:
    lines = rehearse(DAY, faults=[read_fault("overrun@10.05")]).text().splitlines()

    assert [line for line in lines if "(" in line and "item_started" in line and " 06 " in line]
    assert any(
        line.endswith("(+10.00)") and "item_ended" in line and " 05 " in line for line in lines
    )
    assert not any("(" in line for line in lines if " 07 " in line)


def test_an_overrun_into_a_hard_item_is_refused_and_stands_in_the_log() -> None:
    day = rehearse(DAY, faults=[read_fault("overrun@12.57")])

    assert "refused" in names(day)
    assert over_s(day, "13") == 0


def test_without_a_moderator_the_day_goes_on_by_itself() -> None:
    faults = [read_fault("moderator_gone@09.00"), read_fault("overrun@10.05")]
    day = rehearse(DAY, seed=3, faults=faults)

    assert {entry["over_s"] for entry in day.items} == {0.0}
    assert names(day)[-1] == "day_ended"


def test_faults_stand_in_the_log_at_their_hour() -> None:
    day = rehearse(DAY, faults=[read_fault("source_lost@09.20"), read_fault("source_back@09.21")])
    struck = [str(line) for line in day.lines if line.topic == "rehearsal"]

    assert [line.split()[0] for line in struck] == ["09.20.00", "09.21.00"]
    assert names(day, "channel:main").count("source_on_air") == 2


def test_what_people_write_in_rooms_stands_in_no_log() -> None:
    text = rehearse(DAY, seed=4).text()

    assert "Det prøver vi" not in text
    assert "room:" not in text


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_read_from_its_name_and_hour(name: str) -> None:
    fault = read_fault(f"{name}@14.05")

    assert (fault.name, f"{fault.at:%H.%M}") == (name, "14.05")


@pytest.mark.parametrize(
    "text",
    ["", "overrun", "overrun@", "overrun@25.00", "overrun@9.00", "fire@10.00", "overrun@10:00"],
)
def test_an_unknown_fault_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_fault(text)

    assert refused.value.code == "bad_fault"


async def test_a_rehearsal_can_run_in_a_loop_that_runs() -> None:
    day = await rehearsed(builtin("demo_day"), faults=[])

    assert names(day)[-1] == "day_ended"
    assert isinstance(read_fault("overrun@10.00"), Fault)
