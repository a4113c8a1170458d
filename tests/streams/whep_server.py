"""WHEP in this process: a desk in real time, a camera, a film, slates, and who watches."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import uvicorn
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from streams.channel import Channel, Put
from streams.commands import Content, ReportOnAir
from streams.desk import Constants, Desk
from streams.encoder import silent_frame
from streams.storage import Disk
from streams.synthetic import SyntheticCamera
from streams.webrtc import whip
from streams.webrtc.gathering import Reach
from streams.webrtc.negotiation import a_connection
from streams.webrtc.viewer import Watcher
from streams.webrtc.whep import Whep, WhepSettings
from streams.webrtc.whip import Refused
from tests.streams.broadcast import Library
from tests.streams.whip_server import RealClock

PAGE = Path(__file__).parent.parent / "browser" / "whep_player.html"
WATCHER = Watcher("a session")
CAMERA_PX, FILM_PX, SLATE_PX = (640, 360), (192, 108), (320, 180)


class StageClock(RealClock):
    """The machine's clocks, and waiting on them."""

    async def sleep(self, wall_s: float) -> None:
        await asyncio.sleep(wall_s)


@dataclass
class Stage:
    """A running desk with the source `hall`, the channel `main`, and everything watched."""

    desk: Desk
    whep: Whep
    told: asyncio.Queue[tuple[str, ReportOnAir]]
    camera: SyntheticCamera
    url: str = ""

    def put(self, kind: str) -> None:
        """Puts the camera, the film or a slate on `main`."""
        content = Content(
            kind,
            source="hall" if kind == "live" else None,
            film="welcome" if kind == "film" else None,
            title="Pause" if kind == "slate" else "",
        )
        self.desk.follow("main", Channel(Put(content, kind, 1, self.desk.wall())))

    async def until_shown(self, kind: str) -> None:
        """Waits until this has really been shown on `main`."""
        async with asyncio.timeout(30):
            while (await self.told.get())[1].kind != kind:
                pass

    async def until_live(self) -> None:
        """Waits until the camera is steady."""
        async with asyncio.timeout(30):
            hall = self.desk.source("hall")
            assert hall is not None
            while not hall.live:
                await self.desk.ticks.sleep(0.05)  # judged by the desk ten times a second

    def routes(self) -> list[Route]:
        return [
            Route("/player", lambda _: HTMLResponse(PAGE.read_text())),
            Route("/whep/{channel}", self._post, methods=["POST"]),
            Route("/whep/{channel}/{session}", self._delete, methods=["DELETE"]),
        ]

    async def _post(self, request: Request) -> Response:
        channel, sdp = request.path_params["channel"], (await request.body()).decode()
        kind = request.headers.get("Content-Type")
        try:
            joined = await self.whep.offer(channel, WATCHER, kind, sdp)
        except Refused as refused:
            return Response(str(refused), refused.status, refused.headers)
        headers = whip.created_headers(f"/whep/{channel}/{joined.session}")
        return Response(joined.answer, 201, headers)

    async def _delete(self, request: Request) -> Response:
        await self.whep.delete(watcher=WATCHER, **request.path_params)
        return Response(status_code=200)


@asynccontextmanager
async def a_stage(folder: Path, settings: WhepSettings | None = None) -> AsyncIterator[Stage]:
    """A stage in real time, its camera live; everything is closed behind it."""
    clock = StageClock()
    told: asyncio.Queue[tuple[str, ReportOnAir]] = asyncio.Queue()

    async def tell(channel: str, report: ReportOnAir) -> None:
        told.put_nowait((channel, report))

    constants = Constants(datetime(2026, 1, 28, tzinfo=UTC), silent_frame())
    desk = Desk(Disk(folder), Library(), clock, constants, tell)
    whep = Whep(desk, clock, desk.clock, settings or WhepSettings(reach=Reach(loopback=True)))
    camera = SyntheticCamera(desk.ticks.now_ticks)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(work) for work in (desk.run(), whep.run())]
        await desk.ready.wait()
        desk.attach("hall", "synthetic", camera)
        stage = Stage(desk, whep, told, camera)
        await stage.until_live()
        try:
            yield stage
        finally:
            desk.close()
            for task in running:
                task.cancel()


@asynccontextmanager
async def served(stage: Stage) -> AsyncIterator[str]:
    """The stage behind HTTP; gives its address."""
    application = Starlette(routes=stage.routes())
    server = uvicorn.Server(
        uvicorn.Config(application, log_level="warning", lifespan="off", ws="none")
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([listening]))
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                server.should_exit = True
                await serving


@dataclass
class Spectator:
    """An aiortc client that decodes what it is sent."""

    connection: RTCPeerConnection
    session: str
    tracks: dict[str, Any] = field(default_factory=dict)

    async def picture(self) -> av.VideoFrame:
        async with asyncio.timeout(30):
            frame = await self.tracks["video"].recv()
        assert isinstance(frame, av.VideoFrame)
        return frame

    async def picture_of(self, size: tuple[int, int]) -> av.VideoFrame:
        """The next picture of a size."""
        async with asyncio.timeout(30):
            while (frame := await self.picture()) and (frame.width, frame.height) != size:
                pass
        return frame

    async def until_ended(self) -> None:
        """Waits until the other side has closed the transport."""
        async with asyncio.timeout(30):
            try:
                while True:
                    await self.tracks["video"].recv()
            except MediaStreamError:
                return


async def an_offer_to_watch(connection: RTCPeerConnection, *kinds: str) -> str:
    for kind in kinds:
        connection.addTransceiver(kind, direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    return connection.localDescription.sdp


@asynccontextmanager
async def a_spectator(
    stage: Stage,
    channel: str = "source:hall",
    *kinds: str,
    watcher: Watcher = WATCHER,
) -> AsyncIterator[Spectator]:
    """Watches without HTTP between; leaves behind it."""
    connection = a_connection()
    spectator = Spectator(connection, "")
    connection.on("track", lambda track: spectator.tracks.update({track.kind: track}))
    try:
        offer = await an_offer_to_watch(connection, *(kinds or ("video", "audio")))
        joined = await stage.whep.offer(channel, watcher, "application/sdp", offer)
        spectator.session = joined.session
        await connection.setRemoteDescription(RTCSessionDescription(joined.answer, "answer"))
        yield spectator
    finally:
        async with asyncio.timeout(20):
            await connection.close()
