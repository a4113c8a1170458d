"""Ours: the gateway alone, and the front as production starts it; one, or two over Redis.

The gateway alone keeps its log in memory, as the peers do. Behind a front everybody reads one room,
and two hundred of its people write there in turn, because nobody may write faster than people do:
what is published is committed first (SQLite or PostgreSQL, both with fsync), which no peer does.
The media process is left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import orjson
import psutil
from websockets.asyncio.client import ClientConnection

from schedule.programme_file import load
from server.access.people import Person
from server.access.signing_in import SigningIn
from server.clock import Clock, ShowMap
from server.database import Database
from server.journal import new_edition, open_journal
from server.routes.asking import COOKIE
from tests.bench.peers.peer import Peer, Publish, cpu_s, handshake, running, spoken_to
from tests.journeys.installation import Installation, an_installation
from tests.ports import a_free_port
from tests.running_postgres import SAFE, a_cluster
from tests.running_redis import a_redis

PEOPLE = 200
GATEWAY_WRITERS = 4
ROOM = "room:aalborg"
HELLO = orjson.dumps({"op": "hello", "v": 1, "topics": [{"topic": ROOM}]}).decode()
PONG_S = 20
QUIET_CPU_S, QUIET_WITHIN_S = 0.05, 90.0


@contextlib.asynccontextmanager
async def gateway(folder: Path) -> AsyncIterator[Peer]:
    """Nothing but delivery."""
    port = a_free_port()
    command = (sys.executable, "-m", "tests.bench.peers.gateway_server", str(port))
    first = handshake(port, "/rt", "Authorization: Bearer anna\r\n")
    bearers = [{"Authorization": "Bearer anna"}] * GATEWAY_WRITERS
    async with (
        running(command, port, folder / "gateway.log") as process,
        _written_to(f"ws://127.0.0.1:{port}/rt", bearers, "post") as publish,
    ):
        yield Peer(port, first, publish, (process,), HELLO, pong_s=PONG_S)


@contextlib.asynccontextmanager
async def one_front(folder: Path) -> AsyncIterator[Peer]:
    """On SQLite."""
    here = an_installation(folder / "front")
    here.folder.mkdir()
    here.write(rtmp_port=0)
    (here.folder / "data").mkdir()
    cookies = await _invited(here, f"sqlite:///{here.folder / 'data' / 'topmoede.db'}")
    async with _front(here) as process, _by_its_people(here, cookies) as publish:
        yield await _peer(here, cookies, publish, [process], [])


@contextlib.asynccontextmanager
async def two_fronts(folder: Path) -> AsyncIterator[Peer]:
    """Two fronts on one port, on PostgreSQL and Redis, which are counted apart."""
    here = an_installation(folder / "two-fronts")
    here.folder.mkdir()
    with a_cluster(SAFE) as postgres, a_redis() as redis:
        url = postgres.a_database()
        here.write(rtmp_port=0, database_url=url, redis_url=redis.url)
        cookies = await _invited(here, url)
        async with (
            _front(here, 1) as one,
            _front(here, 2) as other,
            _by_its_people(here, cookies) as publish,
        ):
            # Its sessions are its children, and are counted with it.
            beside = [psutil.Process(redis.pid), postgres.processes()[0]]
            yield await _peer(here, cookies, publish, [one, other], beside)


async def _invited(here: Installation, url: str) -> list[str]:
    """The cookies of the room's people, on a day that begins tomorrow."""
    database = Database(url)
    await database.migrate()
    text = (here.folder / "day.toml").read_text()
    programme = load(text)
    now = Clock().wall()
    edition = new_edition(
        programme.edition, programme.title, ShowMap(now, now, 1.0), programme=text
    )
    journal = await open_journal(database, edition)
    signing_in = SigningIn(database, journal.edition_id, timedelta(hours=1), Clock().wall)
    people = [Person(f"gaest-{n}", f"Gæst {n}", "member", "aalborg") for n in range(PEOPLE)]
    await signing_in.register(people)
    cookies = []
    for person in people:
        entered = await signing_in.enter(await signing_in.make_link(person.key, None))
        assert entered is not None
        cookies.append(f"{COOKIE}={entered.cookie}")
    await database.close()
    return cookies


@contextlib.asynccontextmanager
async def _front(here: Installation, worker: int = 0) -> AsyncIterator[psutil.Process]:
    numbered = ("--worker", str(worker)) if worker else ()
    command = (
        sys.executable, "-m", "server.cli", "serve", "--part", "front", *numbered,
        "--settings", here.settings,
    )  # fmt: skip
    log = here.folder / f"front-{worker}.log"
    async with running(command, here.port, log) as process:
        yield process


def _by_its_people(
    here: Installation, cookies: Sequence[str]
) -> contextlib.AbstractAsyncContextManager[Publish]:
    headers = [{"Cookie": cookie} for cookie in cookies]
    return _written_to(f"ws://127.0.0.1:{here.port}/rt", headers, "post_message")


@contextlib.asynccontextmanager
async def _written_to(
    url: str, headers: Sequence[Mapping[str, str]], command: str
) -> AsyncIterator[Publish]:
    """A line for each of the writers, who take turns."""
    async with contextlib.AsyncExitStack() as lines:
        said = orjson.dumps({"op": "hello", "v": 1, "topics": []}).decode()
        writers: list[ClientConnection] = []
        for each in headers:
            writers.append(await lines.enter_async_context(spoken_to(url, each)))
            await writers[-1].send(said)
        turns, numbers = itertools.cycle(writers), itertools.count(1)

        async def publish(text: str) -> None:
            asked = {
                "op": "do",
                "id": f"b{next(numbers)}",
                "topic": ROOM,
                "name": command,
                "data": {"text": text},
            }
            await next(turns).send(orjson.dumps(asked).decode())

        yield publish


async def _peer(
    here: Installation,
    cookies: Sequence[str],
    publish: Publish,
    fronts: Sequence[psutil.Process],
    beside: Sequence[psutil.Process],
) -> Peer:
    """Ready when it has nothing left to do from its start."""
    async with asyncio.timeout(QUIET_WITHIN_S):
        before = -1.0
        while (used := cpu_s(fronts)) - before > QUIET_CPU_S:
            before = used
            await asyncio.sleep(1)
    words = here.folder / "cookies"
    words.write_text("\n".join(cookies) + "\n")
    first = handshake(here.port, "/rt", "Sec-WebSocket-Protocol: topmoede.v1\r\nCookie: %s\r\n")
    return Peer(here.port, first, publish, fronts, HELLO, words, beside, PONG_S)
