"""Fronts without a picture, on one port, and links for a crowd that fills them.

The fronts are started one by one, as on several machines; the kernel spreads who comes over them.
With one of them the journal is SQLite, with several PostgreSQL and Redis.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from schedule.programme_file import load
from server.access.municipalities import register
from server.access.people import Person
from server.access.signing_in import SigningIn
from server.clock import Clock, ShowMap
from server.database import Database
from server.journal import new_edition, open_journal
from tests.journeys.installation import Installation, an_installation
from tests.journeys.warm_start import ran
from tests.journeys.workers import Worker, no_clip_to_make

Figures = dict[str, Any]


@dataclass
class FullHouse:
    """Fronts and the links of their guests."""

    here: Installation
    workers: list[Worker]
    links: Path

    async def load(self, out: Path, *arguments: str) -> tuple[int, str, Figures]:
        """Plays a crowd; its exit status, what it said, its figures."""
        told = ("load", self.here.base, "--links", str(self.links), "--json", str(out), *arguments)
        status, said = await ran(told, os.environ)
        return status, said, _read(out)

    async def counts(self) -> list[dict[str, float]]:
        """What each front counts, without labels."""
        return [await _counts_of(worker) for worker in self.workers]

    def resident_kib(self) -> list[float]:
        return [psutil.Process(_pid(worker)).memory_info().rss / 1024 for worker in self.workers]

    def cpu_s(self) -> float:
        used = [psutil.Process(_pid(worker)).cpu_times() for worker in self.workers]
        return float(sum(each.user + each.system for each in used))


def _read(out: Path) -> Figures:
    figures: Figures = json.loads(out.read_text()) if out.exists() else {}
    return figures


async def _counts_of(worker: Worker) -> dict[str, float]:
    async with worker.http() as http:
        text = (await http.get("/metrics")).text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines if "{" not in name}


def _pid(worker: Worker) -> int:
    assert worker.process is not None
    return worker.process.pid


@contextlib.asynccontextmanager
async def a_full_house(
    folder: Path, database_url: str | None = None, redis_urls: Sequence[str] = ("",)
) -> AsyncIterator[FullHouse]:
    """A front for each of the ways to Redis, ready, and a member of every municipality invited."""
    here = an_installation(folder)
    told = {} if database_url is None else {"database_url": database_url}
    here.write(rtmp_port=0, **told)
    database = Database(database_url or f"sqlite:///{folder / 'data' / 'topmoede.db'}")
    (folder / "data").mkdir(exist_ok=True)
    links = await _invited(database, folder)
    await database.close()
    first = 0 if database_url is None else 1
    workers = [Worker(here, number, url) for number, url in enumerate(redis_urls, first)]
    try:
        with no_clip_to_make(folder / "data" / "trial"):
            async with asyncio.TaskGroup() as tasks:
                for worker in workers:
                    tasks.create_task(worker.start())
            yield FullHouse(here, workers, links)
    finally:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                await worker.kill()


async def _invited(database: Database, folder: Path) -> Path:
    """The file that `people import --links` would write."""
    await database.migrate()
    day = (folder / "day.toml").read_text()
    programme = load(day)
    show_map = ShowMap(Clock().wall(), programme.items[0].start)
    edition = new_edition(programme.edition, programme.title, show_map, programme=day)
    journal = await open_journal(database, edition)
    people = [Person(slug, f"Gæst fra {slug}", "member", slug) for slug in register()]
    signing_in = SigningIn(database, journal.edition_id, timedelta(hours=1), Clock().wall)
    await signing_in.register(people)
    links = folder / "links.csv"
    with links.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("key", "role", "municipality", "link"))
        for person in people:
            token = await signing_in.make_link(person.key, None, reusable=True)
            rows.writerow((person.key, person.role, person.municipality, f"x/enter/{token}"))
    return links
