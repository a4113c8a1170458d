"""The process above several fronts: it serves nobody, and keeps alive those who do.

One media process and its spare (`supervising.Supervisor`), and N fronts (`supervising.Crew`), each
asked for signs of life at a socket of its own. At the end the fronts drain first: people are told
when to come back, and the picture stays until they are.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from server.clock import Clock
from server.passing import passing_to
from server.processes import in_charge, media_socket, worker_socket
from server.settings import Settings
from server.supervising import Crew, Supervisor

log = logging.getLogger("topmoede.workforce")

ALIVE = "/healthz"


async def run_workforce(
    settings: Settings,
    clock: Clock,
    fronts: Mapping[int, Sequence[str]],
    media: Sequence[str],
) -> None:
    """Runs until a signal ends it.

    Args:
        fronts: what each worker is started with, by its number.
        media: what the media process is started with; empty where another does.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        asked = {
            number: await stack.enter_async_context(passing_to(worker_socket(settings, number)))
            for number in fronts
        }
        picture = await stack.enter_async_context(passing_to(media_socket(settings)))

        async def answers(number: int) -> bool:
            return await asked[number].ask(ALIVE) is not None

        async def shows() -> bool:
            return await picture.ask(ALIVE) is not None

        keeping = []
        if media:
            supervisor = Supervisor(media, clock, shows, lambda: in_charge(settings))
            keeping.append(tasks.create_task(supervisor.run()))
        crew = tasks.create_task(Crew(fronts, clock, answers).run())
        await stop.wait()
        log.info("draining")
        crew.cancel()
        await asyncio.wait({crew})
        for task in keeping:
            task.cancel()
