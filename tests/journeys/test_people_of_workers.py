"""What one of two workers learns of people holds on the other, at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import orjson
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed

from server.access.people import Person
from server.access.signing_in import SigningIn
from server.clock import Clock
from server.connection import ELSEWHERE, REMOVED
from server.processes import worker_socket
from server.routes.asking import COOKIE
from server.settings import Settings
from tests.journeys.installation import ENDS_WITHIN_S, an_installation, served
from tests.journeys.workers import Conference, Frame, Worker, a_conference
from tests.running_postgres import the_cluster
from tests.running_redis import the_redis

pytestmark = pytest.mark.whole

WITHIN_S = 120.0

PEOPLE = (
    Person("anna", "Anna", "member", "aalborg"),
    Person("bo", "Bo", "member", "aalborg"),
    Person("niels", "Niels", "individual"),
)


@dataclass
class Tab:
    """A page that is open at one worker."""

    line: ClientConnection
    heard: list[Frame] = field(default_factory=list)

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        async with asyncio.timeout(WITHIN_S):
            while True:
                for frame in self.heard:
                    if wanted(frame):
                        return frame
                self.heard = [orjson.loads(line) for line in (await self.line.recv()).splitlines()]

    async def until_closed(self) -> int | None:
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(WITHIN_S):
                while True:
                    await self.line.recv()
        return self.line.close_code


@contextlib.asynccontextmanager
async def a_tab(socket: str, cookie: str, *topics: str) -> AsyncIterator[Tab]:
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    async with unix_connect(
        socket, "ws://127.0.0.1/rt", additional_headers=headers, close_timeout=0.1
    ) as line:
        joins = [{"topic": topic} for topic in topics]
        await line.send(orjson.dumps({"op": "hello", "v": 1, "topics": joins}).decode())
        tab = Tab(line)
        await tab.until(lambda frame: frame["op"] == "welcome")
        yield tab


async def a_cookie(conference: Conference, key: str) -> str:
    journal = conference.journal
    signing_in = SigningIn(journal.database, journal.edition_id, timedelta(hours=1), Clock().wall)
    await signing_in.register(PEOPLE)
    entered = await signing_in.enter(await signing_in.make_link(key, None))
    assert entered is not None
    return entered.cookie


def counts(number: int) -> Callable[[Frame], bool]:
    return lambda frame: (
        frame["op"] == "state"
        and frame["topic"] == "presence:aalborg"
        and frame["data"] == {"count": number}
    )


async def sign_out(worker: Worker, cookie: str) -> None:
    transport = httpx.AsyncHTTPTransport(uds=worker.socket)
    base = worker.here.base
    async with httpx.AsyncClient(transport=transport, base_url=base, timeout=WITHIN_S) as http:
        answer = await http.post("/logout", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == 303, answer.text


async def test_counts_removals_and_places_are_the_same_at_both_workers(tmp_path: Path) -> None:
    redis = the_redis().url
    url = the_cluster().a_database()
    async with a_conference(tmp_path, url, (redis, redis), members=0, seed=1) as conference:
        one, two = conference.workers
        anna, bo = await a_cookie(conference, "anna"), await a_cookie(conference, "bo")
        async with (
            a_tab(one.socket, anna, "presence:aalborg") as at_one,
            a_tab(two.socket, bo, "presence:aalborg") as at_two,
            a_tab(two.socket, anna) as second_tab,
        ):
            await at_one.until(counts(2))
            await at_two.until(counts(2))
            asked = time.monotonic()
            await sign_out(two, anna)
            assert await at_one.until_closed() == REMOVED
            print(f"signed out elsewhere after {time.monotonic() - asked:.2f} s")
            assert await second_tab.until_closed() == REMOVED

        first, newer = await a_cookie(conference, "niels"), await a_cookie(conference, "niels")
        async with a_tab(one.socket, first) as older, a_tab(two.socket, newer) as there:
            assert await older.until_closed() == ELSEWHERE
            await there.line.send(orjson.dumps({"op": "join", "topic": "show"}).decode())
            await there.until(lambda frame: frame["op"] == "joined")


@pytest.mark.long
async def test_a_workforce_replaces_who_is_killed_or_hangs_and_drains_as_one(
    tmp_path: Path,
) -> None:
    here = an_installation(tmp_path)
    here.write(database_url=the_cluster().a_database(), redis_url=the_redis().url)
    settings = Settings(data=tmp_path / "data")

    def worker(number: int) -> psutil.Process | None:
        told = ["--worker", str(number)]
        for child in psutil.Process(above.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if " ".join(told) in " ".join(child.cmdline()):
                    return child
        return None

    async def until_another(number: int, former: int) -> float:
        began = time.monotonic()
        transport = httpx.AsyncHTTPTransport(uds=str(worker_socket(settings, number)))
        async with asyncio.timeout(60), httpx.AsyncClient(transport=transport) as http:
            while True:
                found = worker(number)
                with contextlib.suppress(httpx.TransportError):
                    if found is not None and found.pid != former:
                        await http.get("http://worker/healthz", timeout=1)
                        return time.monotonic() - began
                await asyncio.sleep(0.1)  # another process's state: nothing to wait on

    async with served(here, "--workers", "2") as above:
        first, second = worker(1), worker(2)
        assert first is not None
        assert second is not None
        first.kill()
        print(f"killed: another answers after {await until_another(1, first.pid):.1f} s")
        second.suspend()
        print(f"hanging: another answers after {await until_another(2, second.pid):.1f} s")
        children = psutil.Process(above.pid).children(recursive=True)
        above.send_signal(signal.SIGTERM)
        async with asyncio.timeout(2 * ENDS_WITHIN_S):
            said, _ = await above.communicate()
        assert above.returncode == 0
        assert b"Traceback" not in said, said.decode()
        assert said.count(b'"what":"draining"') >= 4, "the one above, both fronts, the media"
        assert not any(child.is_running() for child in children)
