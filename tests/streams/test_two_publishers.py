"""Two real publishers over WebRTC on one source; the first one's line goes dead."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from streams.channel import Channel, Put
from streams.commands import Content, ReportOnAir
from streams.desk import Constants, Desk
from streams.encoder import silent_frame
from streams.sound.loudness import Loudness
from streams.sourcehealth import SourceHealth
from streams.storage import Disk
from streams.webrtc.gathering import Reach
from streams.webrtc.ingest import Ingest, IngestSettings
from streams.webrtc.session import Session
from tests.streams.broadcast import EPOCH, Library
from tests.streams.loopback_camera import a_loopback_camera
from tests.streams.whip_server import KEYS, RealClock

pytestmark = pytest.mark.alone

LIVE = Content("live", source="kl-huset", title="Salen")


class SleepingClock(RealClock):
    async def sleep(self, wall_s: float) -> None:
        await asyncio.sleep(wall_s)


class Hall:
    """A desk with an ingest, on the machine's clock; hears what is shown."""

    def __init__(self, folder: Path) -> None:
        clock = SleepingClock()
        constants = Constants(EPOCH, silent_frame())
        self.shown: list[ReportOnAir] = []
        self.live = asyncio.Event()
        self.desk = Desk(Disk(folder), Library(), clock, constants, self._tell, ear=Loudness)
        settings = IngestSettings(Reach(loopback=True))
        self.ingest = Ingest(KEYS, clock, self.desk.clock, self._connected, settings)
        self.clock, self.health = clock, SourceHealth()

    def _connected(self, session: Session) -> None:
        session.on_lost = lambda _: self.desk.detach("kl-huset", session.place.name, session)
        self.desk.attach("kl-huset", session.place.name, session)

    async def _tell(self, channel: str, report: ReportOnAir) -> None:
        self.shown.append(report)
        if report.kind == "live":
            self.live.set()

    def report(self) -> dict[str, Any]:
        source = self.desk.source("kl-huset")
        assert source is not None
        return self.health.report(source, self.clock.monotonic())

    async def until(self, **said: object) -> dict[str, Any]:
        """Looks ten times a second, as the desk does, until the report says so."""
        async with asyncio.timeout(20):
            while True:
                report = self.report()
                if said.items() <= report.items():
                    return report
                await self.clock.sleep(0.1)


async def test_the_other_is_shown_without_a_slate_and_both_are_measured(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(hall.desk.run()), tasks.create_task(hall.ingest.run())]
        try:
            await hall.desk.ready.wait()
            async with (
                a_loopback_camera(hall.ingest) as (line, _),
                a_loopback_camera(hall.ingest, "key-backup"),
            ):
                await hall.until(connected=True, input="main")
                hall.desk.follow("main", Channel(Put(LIVE, "a", 1, datetime.now(UTC))))
                async with asyncio.timeout(20):
                    await hall.live.wait()
                before = len(hall.shown)
                line.loss = 1.0
                said = await hall.until(input="backup")
                main, backup = said["inputs"][:2]
                assert (main["failures"], backup["state"]) == (1, "active")
                assert (backup["width"], backup["height"]) == (320, 192)
                assert backup["profile"] == "Baseline"
                assert said["warnings"][0] == {
                    "code": "stands_in", "input": "backup", "instead_of": "main",
                }  # fmt: skip
                assert [each.kind for each in hall.shown[before:] if each.kind != "live"] == []
        finally:
            for each in running:
                each.cancel()
    hall.desk.close()
