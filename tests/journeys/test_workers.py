"""Three workers, and everything between and under them fails while people go on.

After each run every page's log equals the database's, nothing that was acknowledged is lost, and
what the clock wanted done was done once.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.journeys.workers import READY_WITHIN_S, Conference, Worker, a_conference
from tests.running_postgres import SAFE, Cluster, a_cluster
from tests.running_redis import RedisServer, a_redis
from tests.stalling_line import StallingLine, a_stalling_line

pytestmark = pytest.mark.whole

PROMPT_S = 1.0
"""How late anything is heard again when a fault is over, on a machine that has other work too."""


@dataclass
class Ground:
    """What a conference stands on, for a test to shake."""

    conference: Conference
    postgres: Cluster
    redis: RedisServer
    line: StallingLine
    """The first worker's way to Redis."""
    late_s: float = 0.0
    settled_s: float = 0.0

    async def kill(self, worker: Worker) -> None:
        await worker.kill()
        await worker.start()

    async def freeze(self, worker: Worker, for_s: float) -> None:
        with worker.frozen():
            await asyncio.sleep(for_s)

    async def restart_redis(self, away_s: float) -> None:
        """It comes back empty."""
        self.redis.kill()
        await asyncio.sleep(away_s)
        await asyncio.to_thread(self.redis.start)

    async def freeze_redis(self, for_s: float) -> None:
        with self.redis.frozen():
            await asyncio.sleep(for_s)

    async def restart_postgres(self, mode: str) -> None:
        await asyncio.to_thread(self.postgres.stop, mode)
        await asyncio.to_thread(self.postgres.start)

    async def freeze_postgres(self, for_s: float) -> None:
        with self.postgres.frozen():
            await asyncio.sleep(for_s)

    async def shake(self, name: str, fault: Awaitable[None], settle_s: float) -> None:
        """One fault, and some time in which all goes on; says how late anything was heard."""
        began = time.monotonic()
        await fault
        mended = time.monotonic()
        await asyncio.sleep(settle_s)
        people = self.conference.people
        self.late_s = max(person.worst_s(began) for person in people)
        self.settled_s = max(person.worst_s(mended + settle_s / 2) for person in people)
        print(f"{name}: {mended - began:.1f} s, heard at most {self.late_s:.2f} s late, "
              f"afterwards {self.settled_s:.2f} s")  # fmt: skip


@asynccontextmanager
async def shaken(folder: Path, members: int, seed: int) -> AsyncIterator[Ground]:
    """A conference that goes on; judged at the end."""
    with a_cluster(SAFE) as postgres, a_redis() as redis:
        async with (
            a_stalling_line(redis.port) as line,
            a_conference(
                folder,
                postgres.a_database(),
                (f"redis://127.0.0.1:{line.port}", redis.url, redis.url),
                members=members,
                seed=seed,
            ) as conference,
        ):
            async with conference.going_on():
                yield Ground(conference, postgres, redis, line)
            assert await conference.faults() == []
            rows = sum((await conference.heads()).values())
            lines = sum(person.lines for person in conference.people)
            steps = await steps_of(conference)
            print(f"{rows} rows, {lines} lines, {len(conference.ledger.done)} promises, "
                  f"{len(steps)} steps of the clock")  # fmt: skip
            assert len(conference.ledger.done) > members
            assert steps


async def steps_of(conference: Conference) -> set[str]:
    head = (await conference.heads())["show"]
    rows = await conference.journal.entries("show", 0, head)
    causes = {row.envelope.cause or "" for row in rows}
    return {cause for cause in causes if cause.startswith("auto:")}


async def freeze_the_director(ground: Ground, for_s: float, meanwhile: Awaitable[None]) -> None:
    """Another takes over; when it wakes, it does nothing before it has noticed."""
    director = await ground.conference.director()
    with director.frozen():
        another = ground.conference.director(besides=director)
        await asyncio.gather(asyncio.sleep(for_s), meanwhile, another)
        woken = datetime.now(UTC)  # it notices as soon as it may
    async with asyncio.timeout(READY_WITHIN_S):
        while director.keeps_time():  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # another process's state: nothing to wait on
    assert director.steps_taken_after(woken) == []
    assert await ground.conference.director() is not director


async def kill_another(ground: Ground) -> None:
    director = await ground.conference.director()
    others = [worker for worker in ground.conference.workers if worker is not director]
    await ground.kill(others[0])


async def test_everything_fails_once_and_every_log_equals_the_databases(tmp_path: Path) -> None:
    async with shaken(tmp_path, members=8, seed=2021) as ground:
        await ground.shake("Redis restarted empty", ground.restart_redis(0.3), 0.7)
        await ground.shake("PostgreSQL restarted fast", ground.restart_postgres("fast"), 0.7)
        await ground.shake("PostgreSQL crashed", ground.restart_postgres("immediate"), 0.7)
        both = freeze_the_director(ground, 5.5, kill_another(ground))
        await ground.shake("the director frozen and another killed", both, 0.7)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_storm_of_faults_leaves_every_log_equal_to_the_databases(tmp_path: Path) -> None:
    dice = random.Random(128)
    async with shaken(tmp_path, members=14, seed=128) as ground:
        for _ in range(30):
            worker = dice.choice(ground.conference.workers)
            faults: dict[str, Callable[[], Awaitable[None]]] = {
                "a worker killed": partial(ground.kill, worker),
                "a worker frozen": partial(ground.freeze, worker, dice.uniform(1, 12)),
                "Redis restarted empty": partial(ground.restart_redis, dice.uniform(0.1, 5)),
                "Redis frozen": partial(ground.freeze_redis, dice.uniform(1, 10)),
                "PostgreSQL restarted": partial(ground.restart_postgres, "fast"),
                "PostgreSQL crashed": partial(ground.restart_postgres, "immediate"),
                "PostgreSQL frozen": partial(ground.freeze_postgres, dice.uniform(1, 10)),
            }
            name = dice.choice(list(faults))
            await ground.shake(name, faults[name](), dice.uniform(0.5, 3))


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_postgresql_restarted_crashed_and_frozen_costs_a_pause_and_nothing_else(
    tmp_path: Path,
) -> None:
    """RELIABILITY F5."""
    async with shaken(tmp_path, members=10, seed=5) as ground:
        for mode in ("fast", "immediate"):
            await ground.shake(mode, ground.restart_postgres(mode), 5)
            assert ground.settled_s < PROMPT_S
        await ground.shake("frozen", ground.freeze_postgres(10), 8)
        assert ground.settled_s < PROMPT_S


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_redis_killed_emptied_and_frozen_makes_news_late_and_loses_none(
    tmp_path: Path,
) -> None:
    """RELIABILITY F7 (two seconds late at most), F8 (five: a frozen one must be noticed first)."""
    async with shaken(tmp_path, members=10, seed=7) as ground:
        await ground.shake("killed", ground.restart_redis(8), 3)
        assert ground.late_s < 2
        await ground.shake("frozen", ground.freeze_redis(12), 6)
        assert ground.late_s < 5
        assert ground.settled_s < PROMPT_S


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_a_worker_cut_off_from_redis_catches_up_and_the_others_do_not_notice(
    tmp_path: Path,
) -> None:
    """RELIABILITY F8: its people hear within five seconds, and what they say is heard."""
    async with shaken(tmp_path, members=10, seed=8) as ground:

        async def cut_off(for_s: float) -> None:
            with ground.line.stalled():
                await asyncio.sleep(for_s)

        await ground.shake("cut off", cut_off(10), 3)
        assert ground.late_s < 5
        assert ground.settled_s < PROMPT_S


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_a_redis_that_answers_late_makes_news_late_by_as_much(tmp_path: Path) -> None:
    """RELIABILITY F9: the way of the first worker to Redis is 0.3 s long, each way."""
    async with shaken(tmp_path, members=10, seed=9) as ground:
        ground.line.late_s = 0.3

        async def cut_again_and_again(times: int) -> None:
            for _ in range(times):
                await asyncio.sleep(1)
                ground.line.cut(random.Random(9))

        await ground.shake("late", asyncio.sleep(6), 3)
        assert ground.late_s < 2
        await ground.shake("late and cut", cut_again_and_again(6), 6)
        assert ground.late_s < 5
        assert ground.settled_s < PROMPT_S + 2 * ground.line.late_s


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_a_director_frozen_for_a_minute_wakes_up_to_another_and_steps_aside(
    tmp_path: Path,
) -> None:
    """RELIABILITY F19 and F20."""
    async with shaken(tmp_path, members=10, seed=20) as ground:
        steps = len(await steps_of(ground.conference))
        frozen = freeze_the_director(ground, 60, kill_another(ground))
        await ground.shake("frozen for a minute", frozen, 5)
        assert len(await steps_of(ground.conference)) > steps, "somebody kept time meanwhile"
