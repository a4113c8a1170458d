from __future__ import annotations

import asyncio
import csv
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from server.access.actor import Actor
from server.access.signing_in import SigningIn
from server.cli import main
from server.clock import Clock
from server.database import Database

PEOPLE = "name,role,municipality\nMette Nørgaard,member,Aalborg\n=SUM(A1),moderator,\n"


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOPMOEDE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TOPMOEDE_PUBLIC_URL", "https://topmoede.example")
    (tmp_path / "people.csv").write_text(PEOPLE)
    return tmp_path


def whose(installation: Path, link: str) -> Actor | None:
    async def ask() -> Actor | None:
        database = Database(f"sqlite:///{installation / 'data' / 'topmoede.db'}")
        signing_in = SigningIn(database, "butm-2021", timedelta(hours=1), Clock().wall)
        try:
            return await signing_in.whose(link.removeprefix("https://topmoede.example/enter/"))
        finally:
            await database.close()

    return asyncio.run(ask())


def test_people_come_in_from_a_file_and_their_links_go_out(installation: Path) -> None:
    out = installation / "links.csv"
    assert main(["people", "import", str(installation / "people.csv"), "--links", str(out)]) == 0
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert [row["key"] for row in rows] == ["mette-noergaard", "sum-a1"]
    mette = whose(installation, rows[0]["link"])
    assert mette is not None
    assert (mette.name, mette.municipality) == ("Mette Nørgaard", "aalborg")


def test_the_file_of_links_is_for_its_owner_and_holds_no_formula(installation: Path) -> None:
    out = installation / "links.csv"
    main(["people", "import", str(installation / "people.csv"), "--links", str(out)])
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "'=SUM(A1)" in out.read_text()


def test_a_fresh_link_is_printed_for_a_known_person(
    installation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(installation / "links.csv")
    main(["people", "import", str(installation / "people.csv"), "--links", out])
    capsys.readouterr()
    assert main(["link", "mette-noergaard"]) == 0
    assert whose(installation, capsys.readouterr().out.strip()) is not None


def test_an_unknown_person_gets_no_link(
    installation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", "nobody"]) == 2
    assert "came 'nobody'" in capsys.readouterr().err


def test_a_faulty_file_is_told_whole_and_nobody_is_registered(
    installation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (installation / "people.csv").write_text("name,role\nIb,king\n,member\n")
    out = installation / "links.csv"
    assert main(["people", "import", str(installation / "people.csv"), "--links", str(out)]) == 1
    assert capsys.readouterr().out.count("expected") == 2
    assert not out.exists()


def test_a_missing_file_is_named(installation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["people", "import", "absent.csv", "--links", "out.csv"]) == 2
    assert "absent.csv" in capsys.readouterr().err
