"""A studio whose clock runs in real time, with publishers that come in by WHIP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from server.routes.whip import WhipRoutes
from streams.commands import Content
from streams.webrtc.ingest import Ingest, IngestSettings
from streams.webrtc.session import Session
from tests.streams.broadcast import STEP_S, Studio, a_studio
from tests.streams.whip_server import KEYS, LOOPBACK, served

LIVE = Content("live", source="kl-huset", title="Salen")


class LiveStudio:
    """What is on air, while real time passes.

    `sessions` are the publishers that have connected so far, in order.
    """

    def __init__(self, studio: Studio, settings: IngestSettings) -> None:
        self.studio = studio
        self.url = ""
        self.sessions: list[Session] = []
        clock = studio.clock
        self.ingest = Ingest(KEYS, clock, studio.desk.clock, self._connected, settings)

    @property
    def on_air(self) -> str:
        """The source of the newest entry of `main`."""
        return self.studio.desk.windows["main"].entries[-1].generation.source

    async def pace(self, seconds: float) -> None:
        """Lets real time pass."""
        await self.pace_until(lambda: False, seconds)

    async def pace_until(self, came: Callable[[], bool], most_s: float) -> float:
        """Lets real time pass until something has come; returns how long it took."""
        loop, clock = asyncio.get_running_loop(), self.studio.clock
        began, start = loop.time(), clock.now_s
        while not came() and clock.now_s - start < most_s:
            await asyncio.sleep(STEP_S)
            await self.studio.turn_by(loop.time() - began - (clock.now_s - start))
        return clock.now_s - start

    def _connected(self, session: Session) -> None:
        source, name = session.place.source, session.place.name
        session.on_lost = lambda reason: self.studio.desk.detach(source, name, session)
        self.sessions.append(session)
        self.studio.desk.attach(source, name, session)


@asynccontextmanager
async def a_live_studio(
    folder: Path, settings: IngestSettings | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[LiveStudio]:
    """A studio that shows `kl-huset` from the beginning."""
    async with a_studio(folder) as studio:
        live = LiveStudio(studio, settings or IngestSettings(LOOPBACK))
        async with served(live.ingest, WhipRoutes(live.ingest).routes(), host) as live.url:
            studio.put(LIVE, "a", 1)
            yield live
