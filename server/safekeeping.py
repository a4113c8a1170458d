"""`topmoede backup` and `topmoede restore`: the data folder to another place, and back.

A restore checks every file first and touches nothing until all are right. It goes into an empty
data folder, or with `--force` moves what is there aside. Then it rotates the epoch of the logs and
skips the media's numbers: what was given out after the backup's instant must never be taken for
something else.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from server.backup import (
    CABINETS,
    INDEX,
    Backup,
    Tell,
    faults_of,
    index_rows,
    make_backup,
    read_manifest,
)
from server.clock import Clock
from server.database import Database
from server.errors import Unusable
from server.journal import rotate_epoch
from server.office import settings_of
from server.settings import Settings
from streams.shelf import spent_row

SKIPPED_NUMBERS = 1_000
TOLD_EVERY = 500
OURS = ("topmoede.db", "topmoede.db-wal", "topmoede.db-shm", "media", "films", *CABINETS)


def back_up(settings_file: Path | None, to: Path) -> int:
    """Makes a backup while the server runs; returns the exit status."""
    settings = settings_of(settings_file)
    database = _sqlite_file(settings)
    if database is not None and not database.is_file():
        raise Unusable(f"expected a database at {database}; there is none")
    try:
        backup = make_backup(settings.data, database, to, Clock().wall(), _progress("kept"))
    except (OSError, sqlite3.Error) as error:
        raise Unusable(f"expected to write a backup to {to}; {error}") from error
    print(f"{to}: {_summary(backup)}")
    if database is None:
        print(
            "The database is PostgreSQL and is not in it: run pg_dump before this command, and\n"
            "after pg_restore run `topmoede restore --rotate-epoch`."
        )
    return 0


def restore(settings_file: Path | None, folder: Path, *, force: bool) -> int:
    """Restores a backup; 1 when it is not whole, and then nothing was touched."""
    settings = settings_of(settings_file)
    backup = read_manifest(folder)
    if faults := list(faults_of(folder, backup, _progress("checked"))):
        print("\n".join(faults))
        return 1
    must_not_run(settings)
    _make_room(settings.data, force=force)
    target = _sqlite_file(settings)
    if backup.database is not None and target is None:
        raise Unusable("database_url: expected SQLite, for the backup's database is SQLite")
    _put_back(folder, backup, settings.data, target)
    _skip_numbers(settings.data / INDEX)
    print(f"{settings.data}: {_summary(backup)}")
    if backup.database is None:
        print("The database is not in it: after pg_restore run `topmoede restore --rotate-epoch`.")
        return 0
    return _rotate(settings)


def rotate(settings_file: Path | None) -> int:
    """Rotates the epochs alone, for a database that was restored by its own tools."""
    settings = settings_of(settings_file)
    must_not_run(settings)
    _skip_numbers(settings.data / INDEX)
    return _rotate(settings)


def _rotate(settings: Settings) -> int:
    async def run() -> list[str]:
        database = Database(settings.database)
        try:
            await database.migrate()
            return await rotate_epoch(database)
        finally:
            await database.close()

    editions = asyncio.run(run())
    print(f"A new epoch for {', '.join(editions) or 'no edition'}: every page joins anew.")
    return 0


def _put_back(folder: Path, backup: Backup, data: Path, database: Path | None) -> None:
    tell = _progress("restored")
    done = 0
    for number, (path, kept) in enumerate(sorted(backup.files.items()), 1):
        # A segment that was linked into the backup is copied out of it: this one will be used.
        to = database if path == backup.database and database is not None else data / path
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / path, to)
        if path == backup.database:
            to.chmod(0o600)
        with to.open("rb") as written:
            os.fsync(written.fileno())
        done += kept.size
        tell(number, done)


def _skip_numbers(index: Path) -> None:
    """Bytes that were given out under later numbers may lie in caches for a year."""
    if not index.is_file():
        return
    highest: dict[str, int] = {}
    for row in index_rows(index):
        if row.get("k") in ("generation", "spent"):
            highest[row["source"]] = max(highest.get(row["source"], 0), int(row["number"]))
    with index.open("ab") as rows:
        for source, number in highest.items():
            row = spent_row(source, number + SKIPPED_NUMBERS)
            rows.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")


def _make_room(data: Path, *, force: bool) -> None:
    there = [name for name in OURS if (data / name).exists()]
    there = [name for name in there if not _is_empty(data / name)]
    if there and not force:
        raise Unusable(
            f"expected an empty data folder; {data} has {', '.join(there)}."
            " With --force it is moved aside"
        )
    if there:
        aside = data / f"before-restore-{_stamp(Clock().wall())}"
        aside.mkdir(parents=True)
        for name in there:
            (data / name).rename(aside / name)
        print(f"What was there is in {aside}")
    data.mkdir(parents=True, exist_ok=True)


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(each.is_file() for each in path.rglob("*"))


def must_not_run(settings: Settings) -> None:
    """A server that runs keeps in memory what is being replaced under it."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    try:
        socket.create_connection((host, settings.port), timeout=2).close()
    except OSError:
        return
    raise Unusable(f"expected a stopped server; something answers at {host}:{settings.port}")


def _sqlite_file(settings: Settings) -> Path | None:
    url = make_url(settings.database)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _progress(done: str) -> Tell:
    def tell(files: int, size: int) -> None:
        if files % TOLD_EVERY == 0:
            print(f"{files} files, {size / 1e6:.0f} MB {done} ...", file=sys.stderr)

    return tell


def _summary(backup: Backup) -> str:
    kept = f"{len(backup.files)} files, {backup.size / 1e6:.1f} MB"
    return f"{kept}, as of {backup.made_at}; {len(backup.heads)} logs"


def _stamp(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%SZ}"
