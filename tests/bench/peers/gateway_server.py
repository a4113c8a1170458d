"""Our gateway alone, as production runs it, over a board that keeps its logs in memory.

This is what the peers do too: who wants to know what delivery costs compares these, and what a
journal costs beside it is the difference to the whole server.
"""

from __future__ import annotations

import asyncio
import sys

import uvloop

from server.admission import Capacity
from server.clock import Clock
from server.ramps import freeze, freeze_after_ramps
from tests.server.memory_board import an_edge

TOPIC = "room:aalborg"
ROOM_FOR = Capacity(per_person=20_000, arrivals_per_s=20_000)


async def main(port: int) -> None:
    async with an_edge(capacity=ROOM_FOR, port=port) as edge:
        edge.board.add(TOPIC)
        freeze()
        await freeze_after_ramps(lambda: len(edge.gateway.clients), Clock())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
