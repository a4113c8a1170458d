from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from server.cli import main

SEED_DAY = Path(str(resources.files("schedule"))) / "topmoede_2021.toml"


def a_programme(folder: Path, old: str, new: str) -> Path:
    """The seed day with one text replaced."""
    file = folder / "programme.toml"
    file.write_text(SEED_DAY.read_text("utf-8").replace(old, new, 1), "utf-8")
    return file


def test_a_sound_programme_passes_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["programme", "check", str(SEED_DAY)]) == 0
    assert "no faults" in capsys.readouterr().out


def test_faults_are_told_with_line_item_and_what_was_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = a_programme(tmp_path, 'timing = "elastic"', 'timing = "elasti"')
    assert main(["programme", "check", str(file)]) == 1
    told = capsys.readouterr().out.splitlines()
    line = file.read_text("utf-8").splitlines().index('timing = "elasti"') + 1
    assert told[0] == (
        f"{file}: line {line}, item 06, timing: expected one of hard, soft, elastic, came 'elasti'"
    )


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["programme", "check", "absent.toml"]) == 2
    assert "absent.toml" in capsys.readouterr().err


def test_the_difference_of_two_versions_is_told_by_item(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = a_programme(tmp_path, 'title = "Afslutning"', 'title = "Afrunding"')
    assert main(["programme", "diff", str(SEED_DAY), str(newer)]) == 1
    told = capsys.readouterr().out
    assert "changed  21" in told
    assert "Afslutning -> Afrunding" in told
    assert main(["programme", "diff", str(SEED_DAY), str(SEED_DAY)]) == 0


@pytest.mark.parametrize(
    ("name", "start"),
    [("ics", "BEGIN:VCALENDAR"), ("xml", "<?xml"), ("json", '{"schedule"'), ("toml", "edition")],
)
def test_a_programme_goes_out_in_every_format(tmp_path: Path, name: str, start: str) -> None:
    out = tmp_path / "out"
    assert main(["programme", "export", str(SEED_DAY), "--format", name, "--out", str(out)]) == 0
    assert out.read_text("utf-8").startswith(start)


def test_the_same_seed_rehearses_the_same_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = []
    for number in range(2):
        out = tmp_path / f"{number}.json"
        asked = ["rehearse", "--seed", "3", "--fault", "overrun@10.15", "--json", str(out)]
        assert main(asked) == 0
        logs.append((capsys.readouterr().out, out.read_bytes()))
    assert logs[0] == logs[1]
    assert json.loads(logs[0][1])["faults"] == ["overrun@10.15"]


def test_without_a_seed_nothing_overruns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse"]) == 0
    assert "(+" not in capsys.readouterr().out


def test_an_unknown_fault_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "--fault", "meteor@10.15"]) == 2
    assert "meteor" in capsys.readouterr().err


def test_a_published_programme_is_stored_for_the_server_to_take_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOPMOEDE_DATA", str(tmp_path / "data"))
    newer = a_programme(tmp_path, "Foreløbigt program", "Endeligt program")
    assert main(["programme", "import", str(SEED_DAY)]) == 0
    assert main(["programme", "import", str(newer)]) == 0
    assert "Endeligt program" in capsys.readouterr().out
