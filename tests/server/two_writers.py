"""One of two processes that write the same logs at the same time; a program of its own.

It opens the house on a database, says so, and when it is told to go posts to one room: its own
messages, and among them those that the other posts too, with the same ids. Then it prints what it
was answered, and what it reads in the room.
"""

from __future__ import annotations

import asyncio
import json
import sys

from schedule.programme_file import builtin
from server.access.actor import Actor
from server.clock import Clock, ShowMap
from server.database import Database
from server.house import House, open_house
from tests.server.kill_rounds import NoFanout

ROOM = "room:aalborg"
OWN, SHARED = 120, 40
WRITERS = 8


def ids_of(name: str) -> list[str]:
    """Its own and the shared ones, mixed."""
    own = [f"{name}-{number}" for number in range(OWN)]
    shared = [f"both-{number}" for number in range(SHARED)]
    return [id for n, one in enumerate(own) for id in (one, *shared[n : n + 1])]


async def write(url: str, name: str) -> None:
    programme = builtin("topmoede_2021")
    clock = Clock(ShowMap(Clock().wall(), programme.items[0].start))
    database = Database(url)
    house = await open_house(database, programme, clock, ["aalborg"], NoFanout())
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    async with asyncio.TaskGroup() as tasks:
        dispatching = tasks.create_task(house.dispatch.run())
        ids = ids_of(name)
        slices = [ids[writer::WRITERS] for writer in range(WRITERS)]
        answers = await asyncio.gather(*(post(house, mine) for mine in slices))
        dispatching.cancel()
    told = {id: seq for some in answers for id, seq in some.items()}
    print(json.dumps(told), flush=True)
    await database.close()


async def post(house: House, ids: list[str]) -> dict[str, int | None]:
    """Each by somebody else: nobody writes often enough to be told to slow down."""
    told = {}
    for id in ids:
        actor = Actor(f"p-{id}", "Navn", "member", "aalborg")
        done = await house.dispatch.do(actor, id, ROOM, "post_message", {"text": id})
        told[id] = done.seq
    return told


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2]))
