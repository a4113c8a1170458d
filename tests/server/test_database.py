from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import SQLModel

import server.access.tables
import server.viewings  # noqa: F401 - both bring their tables into the metadata
from server.clock import same_as_wall
from server.database import EDITIONS, EVENTS, Database
from server.journal import new_edition
from server.search_index import FINDER


async def pragma(database: Database, name: str) -> object:
    async with database.read() as connection:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()


def differences(connection: Connection) -> list[object]:
    opts = {"compare_type": True, "include_name": is_of_the_schema}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, SQLModel.metadata))


def is_of_the_schema(name: str | None, *_: object) -> bool:
    """The library's index is made where it is missing, and tests that share a database may have."""
    return not (name or "").startswith(FINDER)


async def test_the_migrations_make_the_tables_that_the_program_has(database_url: str) -> None:
    database = Database(database_url)
    await database.migrate()
    async with database.write() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    await database.migrate()
    await database.migrate()
    async with database.read() as connection:
        assert (await connection.execute(select(EDITIONS))).all() == []
    await database.close()


async def test_votes_of_the_first_programs_name_nobody_after_the_migration(
    database_url: str,
) -> None:
    database = Database(database_url)
    await database.migrate()
    edition = new_edition("e", "Test", same_as_wall())
    voted = {"question": "eva.q1", "by": "anna"}
    async with database.write() as connection:
        await connection.execute(EDITIONS.insert(), edition.model_dump())
        for topic in ("committee.desk", "committee.ballots"):
            row = {"edition_id": "e", "topic": topic, "seq": 1, "name": "voted"}
            await connection.execute(
                EVENTS.insert(), row | {"at": datetime.now(UTC), "data": json.dumps(voted)}
            )
        # As a database was before: everything of the step but its having been made.
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
    await database.migrate()
    async with database.read() as connection:
        rows = (await connection.execute(select(EVENTS.c.topic, EVENTS.c.data))).all()
    assert {row.topic: json.loads(row.data) for row in rows} == {
        "committee.desk": {},
        "committee.ballots": voted,
    }
    await database.close()


async def test_what_is_committed_survives_a_power_cut(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'day.db'}")

    assert await pragma(database, "journal_mode") == "wal"
    assert await pragma(database, "synchronous") == 2
    assert await pragma(database, "foreign_keys") == 1
    assert await pragma(database, "busy_timeout") == 5000
    await database.close()


async def test_readers_go_on_while_a_writer_writes(database_url: str) -> None:
    database = Database(database_url)
    await database.migrate()
    row = new_edition("e", "Test", same_as_wall()).model_dump()
    async with database.write() as writing:
        await writing.execute(EDITIONS.insert(), row)
        async with database.read() as reading:
            assert (await reading.execute(select(EDITIONS.c.id))).all() == []
    async with database.read() as reading:
        assert (await reading.execute(select(EDITIONS.c.id))).scalars().all() == ["e"]
    await database.close()


async def test_times_come_back_aware_and_naive_ones_are_refused(database_url: str) -> None:
    database = Database(database_url)
    await database.migrate()
    row = new_edition("e", "Test", same_as_wall()).model_dump()
    local = datetime(2021, 1, 28, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    async with database.write() as connection:
        await connection.execute(EDITIONS.insert(), row | {"media_epoch": local})
        found = (await connection.execute(select(EDITIONS.c.media_epoch))).scalar_one()
        naive = row | {"id": "f", "media_epoch": local.replace(tzinfo=None)}
        with pytest.raises(StatementError, match="aware"):
            await connection.execute(EDITIONS.insert(), naive)

    assert found == datetime(2021, 1, 28, 9, 0, tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)
    await database.close()


async def test_a_row_without_its_edition_is_refused(database_url: str) -> None:
    database = Database(database_url)
    await database.migrate()
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.exec_driver_sql("INSERT INTO topic VALUES ('none', 'a', 'a1', 0)")
    await database.close()


def test_drivers_are_filled_in() -> None:
    assert str(Database("sqlite:///day.db").url) == "sqlite+aiosqlite:///day.db"
    postgres = Database("postgresql://host/day")
    assert postgres.url.drivername == "postgresql+asyncpg"
    assert not postgres.one_writer
