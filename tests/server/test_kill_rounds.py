from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.guestbook import a_library
from tests.server.kill_rounds import Ledger, faults

ROOT = Path(__file__).parents[2]


def killed(folder: Path, rounds: int, seed: int) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.server.kill_rounds", str(folder), str(rounds)]
    run = subprocess.run(
        [*command, str(seed)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-4000:]
    report: dict[str, object] = json.loads(run.stdout)
    return report


@pytest.mark.patient
@pytest.mark.timeout(900)
def test_twenty_kills_under_load_lose_and_double_nothing(tmp_path: Path) -> None:
    report = killed(tmp_path, 20, seed=2021)

    assert report["faults"] == []
    assert report["rounds"] == 20
    assert int(str(report["acked"])) > 1000


@pytest.mark.long
@pytest.mark.timeout(900)
def test_two_hundred_kills_under_load_lose_and_double_nothing(tmp_path: Path) -> None:
    report = killed(tmp_path, 200, seed=128)

    assert report["faults"] == []
    assert report["rounds"] == 200


@pytest.mark.parametrize(
    ("sabotage", "fault"),
    [
        ("DELETE FROM event WHERE seq = 2", "c2 was acknowledged at room:aalborg 2"),
        ("DELETE FROM event WHERE seq = 2", "a hole in room:aalborg"),
        ("UPDATE event SET cause = 'c1' WHERE seq = 3", "stands there 2 times"),
        ("UPDATE event SET cause = 'c9' WHERE seq = 3", "c9 was never asked for"),
        ("UPDATE event SET cause = 'c4' WHERE seq = 3", "c4 was refused and is there"),
        ("UPDATE topic SET head = 2", "the head of room:aalborg is not its last"),
    ],
)
async def test_the_ledger_notices_what_was_lost_or_doubled(
    tmp_path: Path, sabotage: str, fault: str
) -> None:
    file, ledger = tmp_path / "day.db", Ledger()
    async with a_library(f"sqlite:///{file}") as library:
        for n in (1, 2, 3):
            ledger.note(json.dumps(["asked", f"c{n}", []]))
            done = await library.post(f"besked {n}", id=f"c{n}")
            ledger.note(json.dumps(["acked", f"c{n}", [done.topic, done.seq]]))
        ledger.note(json.dumps(["asked", "c4", []]))
        ledger.note(json.dumps(["refused", "c4", "muted"]))
        assert faults(file, ledger) == []
        async with library.journal.database.write() as connection:
            await connection.exec_driver_sql(sabotage)

    assert any(fault in found for found in faults(file, ledger))
