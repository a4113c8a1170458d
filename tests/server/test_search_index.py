"""Both databases, one suite: they find the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from server.clock import same_as_wall
from server.database import EDITIONS, Database
from server.journal import new_edition
from server.retention import scrub
from server.search_index import PASSAGES, SHOWN_OF_AN_ITEM, SearchIndex
from server.searching import Passage, asked

VELKOMMEN = (
    Passage("title", "Velkommen til årets topmøde"),
    Passage("person", "Lotte Bøgh Andersen, centerleder"),
    Passage("caption", "Børnenes trivsel i Århus", 12.5, "da"),
    Passage("caption", "Tal om trivsel & 'læring' -- OR NOT (", 3.0, "da"),
)
PAUSE = (Passage("title", "Trivsel i dagtilbud"), Passage("caption", "Українська мова", 1.0, "uk"))
BOTH = ("01", "02")


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.migrate()
    async with database.write() as connection:
        for id in ("day", "other"):
            row = new_edition(id, "Test", same_as_wall()).model_dump()
            await connection.execute(EDITIONS.insert(), row)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def index(database: Database) -> SearchIndex:
    index = SearchIndex(database, "day")
    await index.put("01", "a", VELKOMMEN)
    await index.put("02", "b", PAUSE)
    return index


async def found(index: SearchIndex, query: str, items: tuple[str, ...] = BOTH) -> dict[str, int]:
    return {one.item: one.hits for one in await index.find(asked(query), items)}


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("trivsel", {"01": 2, "02": 1}),
        ("triv", {"01": 2, "02": 1}),
        ("rivsel", {}),
        ("AARHUS boern", {"01": 1}),
        ("århus børn", {"01": 1}),
        ("lotte bögh", {"01": 1}),
        ("trivsel velkommen", {}),
        ("українська", {"02": 1}),
        ("or not", {"01": 1}),
        ('læring" OR "x', {}),
        ("læring* near(", {}),
        ("' | 'trivsel':*", {"01": 2, "02": 1}),
    ],
)
async def test_both_databases_find_the_same(
    index: SearchIndex, query: str, hits: dict[str, int]
) -> None:
    assert await found(index, query) == hits


async def test_what_the_asker_may_not_see_is_neither_found_nor_counted(index: SearchIndex) -> None:
    assert await found(index, "trivsel", ("02",)) == {"02": 1}
    assert await found(index, "trivsel", ()) == {}
    assert await found(index, "trivsel", ("03",)) == {}


async def test_passages_come_by_their_kind_and_then_by_their_time(index: SearchIndex) -> None:
    (first, _) = sorted(await index.find(asked("trivsel"), BOTH), key=lambda one: one.item)
    assert [(one.kind, one.at_s) for one in first.passages] == [("caption", 3.0), ("caption", 12.5)]
    assert first.passages[1].text == "Børnenes trivsel i Århus"
    assert first.passages[1].language == "da"


async def test_some_passages_of_an_item_are_shown_and_all_are_counted(index: SearchIndex) -> None:
    many = tuple(Passage("caption", f"nummer {n}", float(n)) for n in range(900))
    await index.put("02", "c", many)
    (one,) = await index.find(asked("nummer"), BOTH)
    assert one.hits == 900
    assert [passage.at_s for passage in one.passages] == [float(n) for n in range(SHOWN_OF_AN_ITEM)]


async def test_what_is_put_in_stands_in_the_place_of_what_was_there(index: SearchIndex) -> None:
    await index.put("01", "new", (Passage("title", "Goddag"),))
    assert await found(index, "velkommen") == {}
    assert await found(index, "goddag") == {"01": 1}
    assert await index.digests() == {"01": "new", "02": "b"}
    await index.remove("01")
    assert await found(index, "goddag") == {}
    assert await index.digests() == {"02": "b"}


async def test_another_edition_s_items_are_not_found(
    database: Database, index: SearchIndex
) -> None:
    other = SearchIndex(database, "other")
    assert await found(other, "trivsel") == {}
    await other.put("01", "x", (Passage("title", "Trivsel"),))
    await other.start_afresh()
    assert await found(index, "trivsel") == {"01": 2, "02": 1}


async def test_an_index_that_is_forgotten_is_empty_and_can_be_made_anew(
    database: Database, index: SearchIndex
) -> None:
    await index.start_afresh()
    assert await index.digests() == {}
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(PASSAGES))).scalar() == 0
    await index.put("01", "a", VELKOMMEN)
    assert await found(SearchIndex(database, "day"), "velkommen") == {"01": 1}


async def test_nothing_of_what_was_taken_out_is_left_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "day.db"
    database = Database(f"sqlite:///{file}")
    await database.migrate()
    async with database.write() as connection:
        row = new_edition("day", "Test", same_as_wall()).model_dump()
        await connection.execute(EDITIONS.insert(), row)
    index = SearchIndex(database, "day")
    await index.put("01", "a", (Passage("title", "Hemmeligheden xyzzyhemmelig"),))
    assert b"xyzzyhemmelig" in written(tmp_path)
    await index.put("01", "b", (Passage("title", "Goddag"),))
    await database.close()
    assert scrub(database.url)
    assert b"xyzzyhemmelig" not in written(tmp_path)
    assert b"zzyhemmelig" not in written(tmp_path)


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("day.db*")))
