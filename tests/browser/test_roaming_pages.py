"""The page's own client while everything under it breaks: its logs and drawings are the database's.

PROTOCOL's rules 2, 3 and 7, kept by the client that people have: over sockets and over streams, in
a real browser, in topics that it leaves and joins inside its own handlers while others write.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from server.journal import rotate_epoch
from tests.browser.roamers import Roamers, roaming
from tests.journeys.workers import Conference, Worker, a_conference
from tests.ports import a_free_port
from tests.running_postgres import SAFE, a_cluster
from tests.running_redis import a_redis

pytestmark = pytest.mark.browser


async def a_fault(conference: Conference, pages: Roamers, dice: random.Random) -> str:
    """One thing that goes wrong, and is over."""
    worker = dice.choice(conference.workers)
    match dice.randrange(4):
        case 0:
            await killed(worker)
            return "a worker killed"
        case 1:
            with worker.frozen():
                await asyncio.sleep(dice.uniform(0.5, 6))
            return "a worker frozen"
        case 2:
            with pages.line.stalled():
                await pages.wake()
                await asyncio.sleep(dice.uniform(0.5, 6))
            return "the line stalled"
        case _:
            pages.cut(dice.random())
            return "lines cut"


async def killed(worker: Worker) -> None:
    await worker.kill()
    await worker.start()


async def judged(conference: Conference, pages: Roamers) -> None:
    print(await pages.told())
    assert await pages.faults() == []
    assert await conference.faults() == []


async def test_pages_have_what_the_database_has_after_a_kill_a_freeze_and_cut_lines(
    tmp_path: Path,
) -> None:
    public = a_free_port()
    line = f"http://127.0.0.1:{public}"
    async with (
        a_conference(tmp_path, None, ("",), members=2, seed=1, pages=3, public_url=line) as there,
        roaming(there, tmp_path, public, seed=1) as pages,
    ):
        async with there.going_on():
            await asyncio.sleep(0.7)
            pages.cut()
            await asyncio.sleep(0.3)
            await killed(there.workers[0])
            await asyncio.sleep(0.7)
            with there.workers[0].frozen():
                await asyncio.sleep(0.5)
            await pages.come_to_rest()
        await judged(there, pages)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
async def test_pages_on_one_worker_after_many_faults_and_another_epoch(
    tmp_path: Path, seed: int
) -> None:
    dice, port = random.Random(seed), a_free_port()
    line = f"http://127.0.0.1:{port}"
    async with (
        a_conference(
            tmp_path, None, ("",), members=6, seed=seed, pages=6, public_url=line
        ) as there,
        roaming(there, tmp_path, port, seed) as pages,
    ):
        async with there.going_on():
            for _ in range(12):
                print(await a_fault(there, pages, dice))
                await asyncio.sleep(dice.uniform(0.5, 3))
            await pages.come_to_rest()
        await judged(there, pages)
        await there.workers[0].kill()
        await pages.expect_another_epoch()
        await rotate_epoch(there.journal.database)
        await there.workers[0].start()
        await pages.come_to_rest()
        assert await pages.faults() == []


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
async def test_pages_on_three_workers_after_many_faults(tmp_path: Path, seed: int) -> None:
    dice, port = random.Random(seed), a_free_port()
    line = f"http://127.0.0.1:{port}"
    with a_cluster(SAFE) as postgres, a_redis() as redis:
        async with (
            a_conference(
                tmp_path, postgres.a_database(), (redis.url,) * 3,
                members=6, seed=seed, pages=6, public_url=line,
            ) as there,
            roaming(there, tmp_path, port, seed) as pages,
        ):  # fmt: skip
            async with there.going_on():
                for number in range(15):
                    if number % 5 == 4:
                        redis.kill()
                        await asyncio.to_thread(redis.start)
                    print(await a_fault(there, pages, dice))
                    await asyncio.sleep(dice.uniform(0.5, 3))
                await pages.come_to_rest()
            await judged(there, pages)
