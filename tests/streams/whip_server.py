"""A WHIP endpoint for independent publishers in tests: an Ingest behind a real HTTP server."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from server.routes.whip import WhipRoutes
from streams.segments import AccessUnit, Lane
from streams.timeline import EventClock
from streams.webrtc.gathering import Reach
from streams.webrtc.ingest import Ingest, IngestSettings
from streams.webrtc.session import Session
from streams.webrtc.whip import Input

KEYS = {
    "key-main": Input("kl-huset", "main"),
    "key-backup": Input("kl-huset", "backup"),
    "key-other": Input("odense", "main"),
}
LOOPBACK = Reach(loopback=True)
PAGE = Path(__file__).parent.parent / "browser" / "whip_camera.html"


class RealClock:
    """The machine's clocks, for tests of what really takes time."""

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class Recording:
    """What came of one session, and when."""

    session: Session
    units: list[AccessUnit] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    lost: str | None = None
    lost_at: float | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def emit(self, unit: AccessUnit) -> None:
        self.units.append(unit)
        self.arrivals.append(time.monotonic())
        self.changed.set()

    def on_lost(self, reason: str) -> None:
        self.lost, self.lost_at = reason, time.monotonic()
        self.changed.set()

    def lane(self, lane: Lane) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.lane is lane]

    async def until_seconds(self, seconds: float, lane: Lane = Lane.VIDEO) -> None:
        """Wait until a lane spans so much media time."""
        hz = 90_000 if lane is Lane.VIDEO else 48_000
        while not (ticks := self.lane(lane)) or (
            ticks[-1].pts_ticks - ticks[0].pts_ticks < seconds * hz
        ):
            self.changed.clear()
            await self.changed.wait()

    async def until_lost(self) -> str:
        while self.lost is None:
            self.changed.clear()
            await self.changed.wait()
        return self.lost


class Endpoint:
    """An Ingest whose publishers are all recorded."""

    def __init__(self, settings: IngestSettings) -> None:
        epoch = datetime(2021, 1, 28, tzinfo=UTC)
        self.ingest = Ingest(KEYS, RealClock(), EventClock(epoch), self._connected, settings)
        self.recordings: list[Recording] = []
        self._came = asyncio.Event()
        self.url = ""

    def _connected(self, session: Session) -> None:
        recording = Recording(session)
        session.on_lost = recording.on_lost
        session.start(recording.emit)
        self.recordings.append(recording)
        self._came.set()

    async def recording(self, number: int = 0) -> Recording:
        """The n-th publisher that connected."""
        async with asyncio.timeout(30):
            while len(self.recordings) <= number:
                self._came.clear()
                await self._came.wait()
        return self.recordings[number]

    def routes(self) -> list[Route]:
        return [
            Route("/camera", lambda _: HTMLResponse(PAGE.read_text())),
            *WhipRoutes(self.ingest).routes(),
        ]


@asynccontextmanager
async def an_endpoint(settings: IngestSettings | None = None) -> AsyncIterator[Endpoint]:
    """A running endpoint on a free port of 127.0.0.1; everything is closed behind it."""
    endpoint = Endpoint(settings or IngestSettings(LOOPBACK))
    async with served(endpoint.ingest, endpoint.routes()) as endpoint.url:
        yield endpoint


@asynccontextmanager
async def served(
    ingest: Ingest, routes: list[Route], host: str = "127.0.0.1"
) -> AsyncIterator[str]:
    """An ingest that runs, and routes on a free port; its address."""
    config = uvicorn.Config(
        Starlette(routes=routes), log_level="warning", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    with socket.create_server((host, 0)) as listening:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([listening]))
            looking = tasks.create_task(ingest.run())
            try:
                yield f"http://{host}:{listening.getsockname()[1]}"
            finally:
                looking.cancel()
                server.should_exit = True
                await serving
