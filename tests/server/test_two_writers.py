"""Two processes write the same log at once, into a database that neither had opened before."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from tests.running_postgres import the_cluster
from tests.server.two_writers import OWN, ROOM, SHARED, ids_of

WITHIN_S = 120.0
NAMES = ("front", "media")


async def a_writer(url: str, name: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.server.two_writers", url, name,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        return (await process.stdout.readline()).decode().strip()


@pytest.fixture(params=["sqlite", "postgresql"])
def unopened(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table."""
    if request.param == "postgresql":
        return the_cluster().a_database()
    return f"sqlite:///{tmp_path / 'day.db'}"


async def test_nothing_is_lost_and_nothing_is_there_twice(unopened: str) -> None:
    writers = [await a_writer(unopened, name) for name in NAMES]
    assert [await said(writer) for writer in writers] == ["ready", "ready"]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
    answers = [json.loads(await said(writer)) for writer in writers]
    for writer in writers:
        assert await writer.wait() == 0

    for name, told in zip(NAMES, answers, strict=True):
        assert sorted(told) == sorted(ids_of(name)), "each was answered everything"
    front, media = answers
    both = front.keys() & media.keys()
    assert len(both) == SHARED
    assert all(front[id] == media[id] for id in both), "both were told the same"
    stored = rows(unopened)
    assert [seq for seq, _ in stored] == list(range(1, 2 * OWN + SHARED + 1))
    assert {cause: seq for seq, cause in stored} == front | media
    turns = [cause.partition("-")[0] for _, cause in stored]
    print(f"{len(stored)} rows in {1 + sum(a != b for a, b in pairwise(turns))} turns")


def rows(url: str) -> list[tuple[int, str]]:
    """Number and command of every event of the room, read by hand."""
    asked = f"SELECT seq, cause FROM event WHERE topic = '{ROOM}' ORDER BY seq"
    if url.startswith("postgresql"):
        lines = the_cluster().say(asked, url.rpartition("/")[2]).splitlines()
        return [(int(seq), cause) for seq, _, cause in (line.partition("|") for line in lines)]
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        return database.execute(asked).fetchall()
