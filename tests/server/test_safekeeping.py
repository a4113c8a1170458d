from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.backup import INDEX, index_rows, make_backup
from server.cli import main
from server.clock import same_as_wall
from server.database import Database
from server.journal import Journal, new_edition, open_journal
from streams.parameters import PictureParameters
from streams.shelf import Shelf, spent_row
from streams.storage import Disk

NOW = datetime(2021, 1, 28, 8, 0, tzinfo=UTC)
PICTURE = PictureParameters(b"sps", b"pps", 640, 360, "avc1.64001E")
EDITION = new_edition("butm-2021", "Topmøde", same_as_wall(), epoch="first")


async def journal_in(data: Path) -> Journal:
    database = Database(f"sqlite:///{data / 'topmoede.db'}")
    try:
        await database.migrate()
        return await open_journal(database, EDITION)
    finally:
        await database.close()


def a_day(data: Path) -> None:
    """A data folder with an edition and one generation of one source."""
    disk = Disk(data / "media")
    Shelf(disk).open_generation("hall", PICTURE)
    disk.close()
    asyncio.run(journal_in(data))


def settings_for(folder: Path, data: Path) -> str:
    file = folder / f"{data.name}.toml"
    file.write_text(f'data = "{data}"\nport = 1\n')
    return str(file)


def opened_next(data: Path) -> int:
    """The number that the next generation of the source is given."""
    disk = Disk(data / "media")
    shelf = Shelf(disk)
    shelf.read_back(lambda row: None)
    number = shelf.open_generation("hall", PICTURE).number
    disk.close()
    return number


def test_a_restore_rotates_the_epoch_and_skips_numbers_that_may_lie_in_caches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_day(tmp_path / "data")
    to = str(tmp_path / "backup")
    assert (
        main(["backup", "--to", to, "--settings", settings_for(tmp_path, tmp_path / "data")]) == 0
    )
    settings = settings_for(tmp_path, tmp_path / "other")
    assert main(["restore", "--from", to, "--settings", settings]) == 0
    assert "butm-2021" in capsys.readouterr().out
    assert asyncio.run(journal_in(tmp_path / "other")).epoch != "first"
    assert asyncio.run(journal_in(tmp_path / "data")).epoch == "first"
    assert opened_next(tmp_path / "data") == 2
    assert opened_next(tmp_path / "other") == 1_002


def test_the_epoch_alone_can_be_rotated_and_again(tmp_path: Path) -> None:
    a_day(tmp_path / "data")
    settings = settings_for(tmp_path, tmp_path / "data")
    epochs = {"first"}
    for _ in range(2):
        assert main(["restore", "--rotate-epoch", "--settings", settings]) == 0
        epochs.add(asyncio.run(journal_in(tmp_path / "data")).epoch)
    assert len(epochs) == 3


def test_force_moves_what_is_there_aside(tmp_path: Path) -> None:
    a_day(tmp_path / "data")
    make_backup(tmp_path / "data", tmp_path / "data" / "topmoede.db", tmp_path / "b", NOW)
    settings = settings_for(tmp_path, tmp_path / "data")
    restore = ["restore", "--from", str(tmp_path / "b"), "--settings", settings]
    assert main(restore) == 2
    assert main([*restore, "--force"]) == 0
    (aside,) = (tmp_path / "data").glob("before-restore-*")
    assert {each.name for each in aside.iterdir()} >= {"topmoede.db", "media"}


def test_nothing_is_restored_under_a_running_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_day(tmp_path / "data")
    make_backup(tmp_path / "data", tmp_path / "data" / "topmoede.db", tmp_path / "b", NOW)
    with socket.create_server(("127.0.0.1", 0)) as running:
        settings = Path(settings_for(tmp_path, tmp_path / "other"))
        port = running.getsockname()[1]
        settings.write_text(settings.read_text().replace("port = 1", f"port = {port}"))
        restore = ["restore", "--from", str(tmp_path / "b"), "--settings", str(settings)]
        assert main(restore) == 2
    assert "expected a stopped server" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_a_harmed_backup_touches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_day(tmp_path / "data")
    backup = make_backup(tmp_path / "data", tmp_path / "data" / "topmoede.db", tmp_path / "b", NOW)
    (tmp_path / "b" / str(backup.database)).write_bytes(b"harmed")
    settings = settings_for(tmp_path, tmp_path / "empty")
    assert main(["restore", "--from", str(tmp_path / "b"), "--settings", settings]) == 1
    assert "came 6 bytes" in capsys.readouterr().out
    assert not (tmp_path / "empty").exists()


def test_postgresql_is_told_to_be_kept_by_its_own_tools(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_day(tmp_path / "data")
    file = Path(settings_for(tmp_path, tmp_path / "data"))
    file.write_text(file.read_text() + 'database_url = "postgresql://localhost/butm"\n')
    assert main(["backup", "--to", str(tmp_path / "b"), "--settings", str(file)]) == 0
    assert "pg_dump" in capsys.readouterr().out
    assert (tmp_path / "b" / INDEX).is_file()
    assert not list((tmp_path / "b").glob("*.db"))


def test_spent_numbers_are_rows_like_others(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "media")
    disk.note(spent_row("hall", 40))
    assert [row["number"] for row in index_rows(tmp_path / INDEX)] == [40]
    disk.close()
    assert opened_next(tmp_path) == 41
