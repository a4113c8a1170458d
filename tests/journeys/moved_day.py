"""A whole server in this process, with pictures, whose show clock is moved on at will."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from schedule.programme import Programme
from schedule.show import Show
from server.answering import application
from server.app import opened
from server.attendance import Attendance
from server.clock import Clock, ShowMap
from server.demo_people import PEOPLE
from server.long_tasks import long_tasks
from server.newest import show_of
from server.parts import Installation, Parts
from server.settings import Settings
from streams.films.demofilm import DemoFilm, make
from tests.journeys.shared_files import a_pdf

WITHIN_S = 120.0
BASE = "http://localhost:8000"
_ids = itertools.count()


class MovedClock(Clock):
    """The machine's clock; its show time goes on from wherever it is set to."""

    def move_to(self, show: datetime) -> None:
        self.show_map = ShowMap(self.wall(), show, self.show_map.speed)


@dataclass
class MovedDay:
    """An opened server, and people who ask it."""

    parts: Parts
    clock: MovedClock
    app: ASGIApp
    people: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def somebody(self) -> httpx.AsyncClient:
        """Nobody we know."""
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url=BASE, timeout=20)

    async def sign_in(self, key: str) -> httpx.AsyncClient:
        """A demo person's client; the same one each time."""
        if key not in self.people:
            token = await self.parts.signing_in.make_link(key, None, reusable=True)
            http = self.people[key] = self.somebody()
            entered = await http.post(f"/enter/{token}")
            assert entered.status_code == 303, entered.text
        return self.people[key]

    async def there(self, key: str) -> None:
        """Notes that somebody was there; they sign in anew, for a session is remembered a while."""
        http = await self.sign_in(key)
        id = (await http.get("/api/me")).json()["id"]
        del self.people[key]
        await http.aclose()
        house = self.parts.house
        await Attendance(house.database, house.journal.edition_id, self.clock).note([id])

    async def done(self, key: str, topic: str, name: str, **data: Any) -> None:
        answer = await (await self.sign_in(key)).post(
            f"/api/commands/{name}",
            json={"topic": topic, "data": data},
            headers={"Idempotency-Key": f"moved-{next(_ids)}"},
        )
        assert answer.status_code == 200, answer.text

    async def documented(self, item: str, title: str, data: bytes = a_pdf()) -> str:
        """Adds a document to an item; its address."""
        path = f"/api/library/{item}/documents"
        http = await self.sign_in("secretariat")
        answer = await http.post(path, params={"title": title}, content=data)
        assert answer.status_code == 201, answer.text
        return f"{path}/{answer.json()['id']}"

    async def show(self) -> Show:
        return await show_of(self.parts.house.dispatch)

    async def until(self, key: str, path: str, wanted: Callable[[httpx.Response], bool]) -> Any:
        """Asks for an address until the answer is the one wanted."""
        http = await self.sign_in(key)
        answer = await http.get(path)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WITHIN_S):
                while not wanted(answer):
                    await asyncio.sleep(0.1)  # a picture's real time: nothing to wait on
                    answer = await http.get(path)
        assert wanted(answer), f"{path} stayed {answer.status_code}: {answer.text[:500]}"
        return answer

    async def shown(self, item: str, segments: int = 1) -> None:
        """Returns when so much of an item can be replayed."""
        index = await self.until("secretariat", f"/replay/{item}/index.m3u8", is_there)
        for lane in uris(index.text):
            await self.until(
                "secretariat",
                f"/replay/{item}/{lane}",
                lambda answer: len(uris(answer.text)) >= segments,
            )

    async def moved(self, after: timedelta) -> None:
        """The show's clock goes on by so much."""
        self.clock.move_to(self.clock.show() + after)
        await self.parts.house.take_due()


def is_there(answer: httpx.Response) -> bool:
    return answer.status_code == 200


def uris(playlist: str) -> list[str]:
    """What a playlist names on lines of its own."""
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def make_films(folder: Path, *captioned: str, bare: str) -> None:
    """Short films with captions, and one without."""
    folder.mkdir(parents=True)
    for number, id in enumerate(captioned):
        make(DemoFilm(id, id.title(), "", 4.0, number), folder)
    shutil.copy(folder / f"{captioned[0]}.mp4", folder / f"{bare}.mp4")


async def _run(task: Callable[[], Awaitable[None]]) -> None:
    await task()


@contextlib.asynccontextmanager
async def a_moved_day(
    folder: Path, programme: Programme, begins: datetime, **settings: Any
) -> AsyncIterator[MovedDay]:
    """A server over a programme, at a moment of its day."""
    clock = MovedClock()
    clock.move_to(begins)
    sources = tuple(sorted({item.source for item in programme.items if item.source}))
    told: dict[str, Any] = {"public_url": BASE, "data": folder, "edition": programme.edition}
    installation = Installation(
        Settings(**told | settings), programme, clock, synthetic=sources, films_folder=None
    )
    async with opened(installation) as parts, contextlib.AsyncExitStack() as stack:
        await parts.signing_in.register(PEOPLE)
        day = MovedDay(parts, clock, application(installation, parts))
        async with asyncio.TaskGroup() as tasks:
            running: list[asyncio.Task[None]] = [
                tasks.create_task(_run(task), name=name)
                for name, task in long_tasks(installation, parts).items()
            ]
            try:
                yield day
            finally:
                for http in day.people.values():
                    stack.push_async_callback(http.aclose)
                for task in running:
                    task.cancel()
