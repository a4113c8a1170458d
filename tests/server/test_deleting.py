"""`topmoede delete-edition`: nothing of it is left, on the disk, in a bucket, in any table."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.cli import main
from server.database import Database
from server.search_index import FINDER, SearchIndex
from server.searching import Passage
from server.viewings import Viewings
from tests.server.register import registered
from tests.server.test_retention import CANARY, a_house, bytes_in, talk
from tests.server.test_topics import ANNA

EDITION = "butm-2021"


def settings_in(folder: Path, more: str = "") -> Path:
    file = folder / "topmoede.toml"
    file.write_text(f'data = "{folder / "data"}"\nport = 1\n{more}')
    return file


async def a_day_in(data: Path) -> None:
    """An edition with people, rooms, media, films and what was made of recordings."""
    for path in ("media/hall/1/video/0.m4s", "media/index.jsonl", "films/tema-1.mp4",
                 "recordings/07/1.mp4", "recordings/07/1/seen/90.jpg",
                 f"rooms/aalborg/{32 * 'a'}", f"documents/items/{32 * 'b'}"):  # fmt: skip
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        (data / path).write_bytes(CANARY.encode())
    async with a_house(f"sqlite:///{data / 'topmoede.db'}") as (house, clock, _):
        await registered(house, ANNA)
        await talk(house, clock)
        index = SearchIndex(house.database, house.journal.edition_id)
        await index.put("01", "digest", [Passage("question", f"Hvad med {CANARY}?")])
        await Viewings(house.journal, clock).note("anna", "01", 12.0, None)


NOT_OURS = ("alembic", "sqlite", FINDER)
"""What SQLite's search keeps for itself has rows when nothing is in it."""


def rows_in(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as database:
        names = [name for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")]  # fmt: skip
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for name in names if not name.startswith(NOT_OURS)}  # fmt: skip


async def test_an_edition_leaves_no_byte_and_no_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    await a_day_in(data)
    assert CANARY.encode() in bytes_in(data)
    assert sum(rows_in(data / "topmoede.db").values()) > 10
    settings = settings_in(tmp_path)
    arguments = ["delete-edition", EDITION, "--settings", str(settings)]
    assert await asyncio.to_thread(main, arguments) == 0
    assert "7 files" in capsys.readouterr().out
    assert CANARY.encode() not in bytes_in(data)
    assert [each for each in data.rglob("*") if each.is_file() and each.stem != "topmoede"] == []
    left = {name: count for name, count in rows_in(data / "topmoede.db").items() if count}
    assert left == {}
    assert await asyncio.to_thread(main, arguments) == 0, "twice does nothing"


def test_another_edition_than_that_of_the_settings_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path)
    assert main(["delete-edition", "naeste-aar", "--settings", str(settings)]) == 2
    assert "expected the edition" in capsys.readouterr().err


async def test_it_is_of_one_edition_and_leaves_another_in_the_same_database(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await a_day_in(data)
    file = data / "topmoede.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TEMP TABLE other AS SELECT * FROM edition")
        database.execute("UPDATE other SET id = 'next'")
        database.execute("INSERT INTO edition SELECT * FROM other")
        database.execute("INSERT INTO topic VALUES ('next', 'show', 'e', 0)")
        database.commit()
    settings = settings_in(tmp_path)
    arguments = ["delete-edition", EDITION, "--settings", str(settings)]
    assert await asyncio.to_thread(main, arguments) == 0
    left = {name: count for name, count in rows_in(file).items() if count}
    assert left == {"edition": 1, "topic": 1}
    await Database(f"sqlite:///{file}").close()
