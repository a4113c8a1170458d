"""`topmoede delete-edition ID`: everything of an edition, for good.

Its media go from the disk and from the bucket, with films, recordings and what was made of them;
its rows go from every table, its people and their links with them. Then the database's file is
written anew, so that no free page holds what was there. What lies in backups is its keeper's, and
so is what people have taken home.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store
from sqlalchemy import Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

import server.search_index
import server.viewings  # noqa: F401 - both have tables with rows of an edition
from server.access import tables
from server.backup import CABINETS
from server.database import Database
from server.errors import Unusable
from server.office import settings_of
from server.picture import bucket_address
from server.retention import scrub
from server.safekeeping import must_not_run
from server.settings import Settings
from streams.bucket import open_store

FOLDERS = ("media", "films", "recordings", "trial", "uploads", *CABINETS)
MOST_AT_ONCE = 500
EDITION = "edition"
PEOPLE = "person"
OF_PEOPLE = (tables.LinkRow, tables.SessionRow)


def delete_edition(settings_file: Path | None, edition: str) -> int:
    """Deletes an edition; 1 when something of it is left."""
    settings = settings_of(settings_file)
    if edition != settings.edition:
        raise Unusable(f"expected the edition of the settings, {settings.edition}; came {edition}")
    must_not_run(settings)
    objects = _empty_bucket(settings)
    files = sum(map(_remove, (settings.data / name for name in FOLDERS)))
    settings.emergency_file.unlink(missing_ok=True)
    rows, left = asyncio.run(_delete_rows(settings, edition))
    database = Database(settings.database)
    if not scrub(database.url):
        raise Unusable("expected the database for itself alone; another program is using it")
    print(f"{edition}: {files} files, {objects} objects in the bucket, {rows} rows deleted.")
    if not database.one_writer:
        print("The database is PostgreSQL: run VACUUM FULL, and let its archive end.")
    print("Backups still hold it, until they are deleted too.")
    return 1 if left else 0


def _remove(folder: Path) -> int:
    """Removes a folder; how many files lay in it."""
    if not folder.is_dir():
        return 0
    count = sum(1 for each in folder.rglob("*") if each.is_file())
    shutil.rmtree(folder)
    return count


def _empty_bucket(settings: Settings) -> int:
    """Removes everything under the edition's prefix. Raises Unusable where it does not answer."""
    if settings.bucket is None:
        return 0
    store = open_store(bucket_address(settings.bucket))
    try:
        names = [each["path"] for page in obstore.list(store) for each in page]
        _delete_objects(store, names)
    except BaseError as error:
        told = str(error).splitlines()[0][:200]
        raise Unusable(f"bucket: expected it to delete what it has; {told}") from error
    return len(names)


def _delete_objects(store: S3Store, names: list[str]) -> None:
    for first in range(0, len(names), MOST_AT_ONCE):
        obstore.delete(store, names[first : first + MOST_AT_ONCE])


async def _delete_rows(settings: Settings, edition: str) -> tuple[int, int]:
    """How many rows of the edition went, and how many are there still."""
    database = Database(settings.database)
    try:
        await database.migrate()
        async with database.write() as connection:
            before = await _count(connection, edition)
            await _delete(connection, edition)
            return before, await _count(connection, edition)
    finally:
        await database.close()


async def _delete(connection: AsyncConnection, edition: str) -> None:
    people = SQLModel.metadata.tables[PEOPLE]
    theirs = select(people.c.id).where(people.c.edition_id == edition)
    for row in OF_PEOPLE:
        table = SQLModel.metadata.tables[str(row.__tablename__)]
        await connection.execute(delete(table).where(table.c.person_id.in_(theirs)))
    for table in _tables():
        await connection.execute(delete(table).where(table.c.edition_id == edition))
    editions = SQLModel.metadata.tables[EDITION]
    await connection.execute(delete(editions).where(editions.c.id == edition))


async def _count(connection: AsyncConnection, edition: str) -> int:
    total = 0
    for table in _tables():
        asked = select(func.count()).select_from(table).where(table.c.edition_id == edition)
        total += (await connection.execute(asked)).scalar_one()
    return total


def _tables() -> Iterable[Table]:
    """Every table whose rows belong to an edition; those that others refer to come last."""
    ordered = reversed(SQLModel.metadata.sorted_tables)
    return [table for table in ordered if "edition_id" in table.c]
