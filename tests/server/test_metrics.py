"""What the process counts of itself."""

from __future__ import annotations

import asyncio

from prometheus_client import generate_latest

from server.metrics import Footing, registry_of


def tasks_told() -> float:
    lines = generate_latest(registry_of(Footing("tasks"))).decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("topmoede_tasks "))


async def test_the_tasks_of_the_loop_are_counted() -> None:
    before = tasks_told()
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(over.wait())
        assert tasks_told() == before + 3
        over.set()
