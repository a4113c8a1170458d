"""All lines break at once and all come back at once: RELIABILITY's F18, REALTIME's thundering herd.

Nobody who resumes costs a read of the database: who they are is remembered, what they lack is in
the rings. The front's own counters are looked at all the time; what counts is what they say
between the moment before the storm and the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.journeys.full_house import FullHouse, a_full_house
from tests.running_postgres import SAFE, a_cluster
from tests.running_redis import a_redis

pytestmark = pytest.mark.whole

LOOK_EVERY_S = 0.25
READS_A_SECOND = 12.0
"""What a front reads when nobody comes: heads, sessions, the timekeeper; with some to spare."""
LATE_AT_MOST_S = 0.25
KEPT = ("--reloads", "0", "--lost", "0", "--doubled", "0", "--gaps", "0", "--missing", "0")


@dataclass
class Watch:
    """What a front counted, by the second."""

    seen: list[tuple[float, dict[str, float]]] = field(default_factory=list)

    def before_the_storm(self, viewers: int) -> tuple[float, dict[str, float]]:
        """The last time that all had come and none had come back."""
        come = [one for one in self.seen if _of(one[1], "connections_opened_total") == viewers]
        assert come, "they never were there all at once"
        return come[-1]

    def told_since(self, viewers: int) -> dict[str, float]:
        """How much was counted since then, and how late the loop was at the most."""
        began, before = self.before_the_storm(viewers)
        ended, after = self.seen[-1]
        names = ("sessions_reads", "database_reads", "fanout_backfills", "connections_opened")
        told = {name: _of(after, f"{name}_total") - _of(before, f"{name}_total") for name in names}
        told["seconds"] = ended - began
        told["late_s"] = _of(after, "loop_longest_late_seconds")
        return told


def _of(counts: dict[str, float], name: str) -> float:
    return counts[f"topmoede_{name}"]


def _here(counts: dict[str, float]) -> float:
    return _of(counts, "connections")


@contextlib.asynccontextmanager
async def watched(house: FullHouse) -> AsyncIterator[Watch]:
    """The first front's counters while something goes on."""
    watch = Watch()

    async def look() -> None:
        while True:
            with contextlib.suppress(httpx.TransportError):
                watch.seen.append((time.monotonic(), (await house.counts())[0]))
            await asyncio.sleep(LOOK_EVERY_S)

    looking = asyncio.create_task(look())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def a_storm(folder: Path, viewers: int, for_s: float, *limits: str) -> dict[str, float]:
    """One worker, everybody drops their line at once; what the worker counted meanwhile."""
    async with a_full_house(folder) as house, watched(house) as watch:
        status, said, figures = await house.load(
            folder / "figures.json", "--viewers", str(viewers), "--for-s", str(for_s),
            "--storms", "1", "--arrive-per-s", "300", "--chat-per-s", "4", "--settle-s", "60",
            *KEPT, *limits,
        )  # fmt: skip
        print(said)
        assert status == 0, said
        assert figures["storms"][0]["dropped"] == viewers
        assert figures["storms"][0]["away"] == 0
        assert figures["modes"].keys() <= {"live", "resume"}
        told = watch.told_since(viewers)
    print(told, f"generator {figures['own_cores']} cores")
    return told


async def test_who_comes_back_from_a_storm_is_asked_nothing_of_the_database(
    tmp_path: Path,
) -> None:
    told = await a_storm(tmp_path, 300, 5)
    assert told["connections_opened"] == 300
    assert told["sessions_reads"] == told["fanout_backfills"] == 0
    assert told["database_reads"] < READS_A_SECOND * told["seconds"]


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.timeout(400)
async def test_five_thousand_are_back_within_half_a_minute_and_the_loop_is_never_late(
    tmp_path: Path,
) -> None:
    told = await a_storm(tmp_path, 5_000, 60, "--back-within-s", "30")
    assert told["connections_opened"] == 5_000
    assert told["sessions_reads"] == told["fanout_backfills"] == 0
    assert told["database_reads"] < READS_A_SECOND * told["seconds"]
    assert told["late_s"] < LATE_AT_MOST_S


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.timeout(400)
async def test_eight_thousand_are_back_within_a_quarter_of_a_minute(tmp_path: Path) -> None:
    told = await a_storm(tmp_path, 8_000, 60, "--back-within-s", "15")
    assert told["connections_opened"] >= 8_000  # who gives up waiting for a welcome comes again
    assert told["sessions_reads"] == told["fanout_backfills"] == 0
    assert told["database_reads"] < READS_A_SECOND * told["seconds"]
    assert told["late_s"] < LATE_AT_MOST_S


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.timeout(400)
async def test_five_thousand_are_back_after_the_server_was_killed(tmp_path: Path) -> None:
    """RELIABILITY F18. A new process knows nobody: it asks for many at a time."""
    viewers = 5_000
    async with a_full_house(tmp_path) as house:
        playing = asyncio.create_task(
            house.load(
                tmp_path / "figures.json", "--viewers", str(viewers), "--for-s", "60",
                "--arrive-per-s", "300", "--chat-per-s", "2", "--settle-s", "60", *KEPT,
            )
        )  # fmt: skip
        await until_here(house, viewers)
        await house.workers[0].kill()
        await house.workers[0].start()
        began = time.monotonic()
        await until_here(house, viewers)
        took_s = time.monotonic() - began
        (counts,) = await house.counts()
        status, said, figures = await playing
    print(said, counts, f"back after {took_s:.1f} s")
    assert status == 0, said
    assert figures["closes"]["1006"] >= viewers
    assert took_s < 30
    assert _of(counts, "database_reads_total") < viewers


async def until_here(house: FullHouse, viewers: int) -> None:
    async with asyncio.timeout(120):
        while sum(map(_here, await house.counts())) < viewers:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)  # another process's state: nothing to wait on


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.timeout(400)
async def test_two_thousand_come_back_to_any_of_three_workers(tmp_path: Path) -> None:
    viewers = 2_000
    with a_cluster(SAFE) as postgres, a_redis() as redis:
        urls = (redis.url,) * 3
        async with a_full_house(tmp_path, postgres.a_database(), urls) as house:
            status, said, figures = await house.load(
                tmp_path / "figures.json", "--viewers", str(viewers), "--for-s", "40",
                "--storms", "2", "--arrive-per-s", "200", "--chat-per-s", "4", "--settle-s", "60",
                *KEPT, "--back-within-s", "30",
            )  # fmt: skip
            opened = [_of(each, "connections_opened_total") for each in await house.counts()]
    print(said, opened)
    assert status == 0, said
    assert [storm["away"] for storm in figures["storms"]] == [0, 0]
    assert min(opened) > viewers / 2
