"""Two processes write the same log at once, into a database that neither had opened before."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from tests.server.two_writers import OWN, ROOM, SHARED, ids_of

WITHIN_S = 50.0
NAMES = ("front", "media")


async def a_writer(file: Path, name: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.server.two_writers", str(file), name,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        return (await process.stdout.readline()).decode().strip()


async def test_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path) -> None:
    file = tmp_path / "day.db"
    writers = [await a_writer(file, name) for name in NAMES]
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
    stored = rows(file)
    assert [seq for seq, _ in stored] == list(range(1, 2 * OWN + SHARED + 1))
    assert {cause: seq for seq, cause in stored} == front | media
    turns = [cause.partition("-")[0] for _, cause in stored]
    print(f"{len(stored)} rows in {1 + sum(a != b for a, b in pairwise(turns))} turns")


def rows(file: Path) -> list[tuple[int, str]]:
    """Number and command of every event of the room, read by hand."""
    with closing(sqlite3.connect(file)) as database:
        asked = "SELECT seq, cause FROM event WHERE topic = ? ORDER BY seq"
        return database.execute(asked, (ROOM,)).fetchall()
