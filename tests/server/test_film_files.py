from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from server import cli

SEED_DAY = Path(str(resources.files("schedule"))) / "topmoede_2021.toml"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOPMOEDE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TOPMOEDE_PROGRAMME", str(SEED_DAY))
    return tmp_path / "data"


def take(file: Path, item: str) -> int:
    return cli.main(["films", "take", str(file), "--item", item])


def test_a_file_waits_under_its_films_name(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Temamøde.MOV").write_bytes(b"film")
    assert take(tmp_path / "Temamøde.MOV", "tema-1") == 0
    assert [each.name for each in (data / "films" / "incoming").iterdir()] == ["tema-1.mov"]
    assert "Sammenhæng mellem evalueringskultur" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "item", "said"),
    [
        ("nothing.mp4", "tema-1", "expected a file at"),
        ("film.mp4", "01", "expected an item that shows a film, one of oplaeg-1"),
        ("film.mp4", "../x", "came '../x'"),
    ],
)
def test_what_cannot_be_taken_is_said(
    tmp_path: Path, file: str, item: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "film.mp4").write_bytes(b"film")
    assert take(tmp_path / file, item) == 2
    assert said in capsys.readouterr().err
