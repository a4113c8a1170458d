"""How many durable commands a second, and how long an answer takes.

An answer comes after the commit: SQLite on disk (WAL, synchronous FULL), and a PostgreSQL of ours
with its defaults, fsync among them. Chat messages of people who each write once, in two rooms,
through the whole of dispatch; no sockets.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from schedule.programme_file import builtin
from server.access.actor import Actor
from server.clock import Clock
from server.database import Database
from server.house import House, open_house
from server.rehearsal import NoFanout
from tests.running_postgres import SAFE, a_cluster

ROOMS = ("aalborg", "aarhus")
CROWD = 5_000
PACED, PACE_S = 2_000, 0.001


async def post(house: House, n: int) -> float:
    """Post one message; how long the answer took, in seconds."""
    began, room = time.perf_counter(), ROOMS[n % len(ROOMS)]
    actor = Actor(f"p{n}", "Navn", "member", room)
    data = {"text": f"Besked nummer {n} om noget, der er værd at drøfte"}
    await house.dispatch.do(actor, f"c{n}", f"room:{room}", "post_message", data)
    return time.perf_counter() - began


async def crowd(house: House) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(post(house, n) for n in range(CROWD)))
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"all at once: {CROWD / took:,.0f} posts/s, {cpu / CROWD * 1e6:.0f} µs CPU each")


async def paced(house: House) -> None:
    async with asyncio.TaskGroup() as posts:
        tasks = []
        for n in range(CROWD, CROWD + PACED):
            tasks.append(posts.create_task(post(house, n)))
            await asyncio.sleep(PACE_S)
    taken = sorted(task.result() for task in tasks)
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    print(f"one each millisecond: answer p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms")


async def measure(url: str) -> None:
    database = Database(url)
    house = await open_house(database, builtin("topmoede_2021"), Clock(), ROOMS, NoFanout())
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(house.dispatch.run())
        await crowd(house)
        await paced(house)
        writing.cancel()
    await database.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite", flush=True)
        asyncio.run(measure(f"sqlite:///{Path(folder) / 'day.db'}"))
    with a_cluster(SAFE) as postgres:
        print("PostgreSQL", flush=True)
        asyncio.run(measure(postgres.a_database()))
