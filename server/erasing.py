"""`topmoede erase`: empties the rooms and desks of an edition that have been kept long enough.

A server that runs with `retention_days` does the same by itself. This command is for an
installation that is not started again after its day, and for whoever wants it done now.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from schedule.programme_file import load
from server.bare_house import bare_house
from server.cabinets import cabinet_of
from server.database import Database
from server.errors import Unusable
from server.file_sweeping import FileSweep
from server.office import settings_of
from server.retention import Retention, due_at, scrub
from server.safekeeping import must_not_run
from server.settings import Settings
from server.shared_files import FOLDER, SharedFiles

OLDER_BACKUPS = (
    "A backup that was made before still holds the texts: make a new one into the same folder\n"
    "(topmoede backup), which takes the old database's place, and delete what lies elsewhere."
)
POSTGRESQL = (
    "The database is PostgreSQL: run VACUUM FULL content, event,\n"
    "and let its write-ahead archive end."
)


def erase(settings_file: Path | None, *, now: bool) -> int:
    """Empties what is due; 1 when it is not.

    Args:
        now: whether to do it though their time has not come.
    """
    settings = settings_of(settings_file)
    if settings.retention_days is None and not now:
        raise Unusable("retention_days: expected a number of days; came none. Or say --now")
    must_not_run(settings)
    emptied = asyncio.run(_empty(settings, now=now))
    if emptied is None:
        return 1
    database = Database(settings.database)
    if not scrub(database.url):
        raise Unusable("expected the database for itself alone; another program is using it")
    print(f"{emptied} rooms and desks emptied. {OLDER_BACKUPS}")
    if not database.one_writer:
        print(POSTGRESQL)
    return 0


async def _empty(settings: Settings, *, now: bool) -> int | None:
    database = Database(settings.database)
    try:
        house = await bare_house(settings, database)
        days, clock = settings.retention_days or 0, house.clock
        due = due_at(load(house.journal.programme), clock.show_map, days)
        if not now and clock.wall() < due:
            print(f"Not before {due:%d.%m.%Y %H.%M} UTC. With --now it is done at once.")
            return None
        async with asyncio.TaskGroup() as tasks:
            deciding = tasks.create_task(house.dispatch.run())
            emptied = await Retention(house.journal, house.dispatch).empty()
            limits, cabinet = settings.files, cabinet_of(settings, FOLDER)
            shared = SharedFiles(house.dispatch, cabinet, limits, clock.wall)
            sweep = FileSweep(house.journal, house.dispatch, shared)
            await sweep.sweep(clock.wall(), spared=timedelta(0))
            deciding.cancel()
        return emptied
    finally:
        await database.close()
