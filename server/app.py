"""Assembly: everything a process is made of, put together in one visible place.

`running` opens the parts in the order in which they need each other, starts the long tasks in one
TaskGroup and closes everything in the reverse order. A long task that fails is logged and started
again after a second: one faulty part must not end the day. The first signal drains: nobody new
comes in, clients are told when to come back, what is under way is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from schedule.programme import Programme
from schedule.show import Show
from server.access.municipalities import register
from server.access.signing_in import SigningIn
from server.clock import Clock
from server.database import Database
from server.emergency_page import emergency_page, write_emergency_page
from server.errors import Unusable
from server.events_stream import EventStreams
from server.fanout import Fanout
from server.gateway import Gateway
from server.house import House, open_house
from server.metrics import Counted, registry_of
from server.openapi import openapi_route
from server.origins import Origins
from server.picture import Picture, reach_of
from server.presence import Presence
from server.routes.api import Api
from server.routes.asking import Asking
from server.routes.entering import entering_routes
from server.routes.exchange import Exchange
from server.routes.films import FilmRoutes
from server.routes.health import health_routes
from server.routes.helping import Helping
from server.routes.media import MediaRoutes
from server.routes.pages import PlainHeaders, client_folder, page_routes
from server.routes.trying import Trying
from server.routes.uploads import UploadRoutes
from server.routes.watching import WatchingRoutes
from server.routes.whip import WhipRoutes
from server.settings import Settings
from server.support import Support
from server.transport import DirectWebSocket
from server.trial import Trial
from server.trial_ingest import TrialIngest
from streams.demofilm import DemoFilm

RESTART_AFTER_S = 1.0
REVIEW_SESSIONS_EVERY_S = 5.0
EMERGENCY_PAGE_EVERY_S = 10.0
DRAIN_OVER_S = 1.0
GRACE_S = 5
BACKLOG = 2048

log = logging.getLogger("topmoede.app")

LongTask = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Installation:
    """What a process is opened with.

    Args:
        start_over_after: a demonstration's pause before the day goes round; None for a real day.
        synthetic: sources with a synthetic camera as their last input.
        demo_films: films to be made here, kept in `films_folder`, which many days may share.
        rtmp_listener: listens for encoders already; by the settings where it is None.
    """

    settings: Settings
    programme: Programme
    clock: Clock
    start_over_after: timedelta | None = None
    synthetic: tuple[str, ...] = ()
    demo_films: tuple[DemoFilm, ...] = ()
    films_folder: Path | None = None
    rtmp_listener: socket.socket | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The opened parts that others look at: the demo, the tests."""

    house: House
    signing_in: SigningIn
    gateway: Gateway
    fanout: Fanout
    presence: Presence
    asking: Asking
    picture: Picture
    trial: Trial
    trial_cameras: TrialIngest


@contextlib.asynccontextmanager
async def opened(installation: Installation) -> AsyncIterator[Parts]:
    """The parts without the sockets: what commands, tests and the server share."""
    settings, clock = installation.settings, installation.clock
    database = Database(settings.database)
    fanout = Fanout(clock.monotonic)
    try:
        house = await open_house(
            database,
            installation.programme,
            clock,
            register(),
            fanout,
            start_over_after=installation.start_over_after,
            places=settings.places,
        )
        term = timedelta(hours=settings.session_hours)
        signing_in = SigningIn(database, installation.programme.edition, term, clock.wall)
        origins = Origins(settings.allowed_origins)
        asking = Asking(signing_in, origins)
        presence = Presence(house.board.set_state, clock)
        gateway = Gateway(house.board, fanout, asking.who, origins, clock, attendance=presence)
        picture = Picture(
            house,
            settings,
            installation.synthetic,
            installation.demo_films,
            installation.films_folder,
            loops=installation.start_over_after is not None,
        )
        try:
            trial = Trial((installation.films_folder or settings.data) / "trial", clock)
            cameras = TrialIngest(clock, reach_of(settings))
            yield Parts(
                *(house, signing_in, gateway, fanout, presence, asking, picture, trial, cameras)
            )
        finally:
            picture.close()
    finally:
        await database.close()


def application(installation: Installation, parts: Parts) -> ASGIApp:
    """The ASGI application over opened parts."""
    settings = installation.settings

    async def ended(session: str) -> None:
        revoke(parts, session)

    async def checks() -> dict[str, str]:
        return {"database": await _answers(parts.house)}

    counted = registry_of(Counted(parts.gateway, parts.fanout, parts.picture.desk))
    media = MediaRoutes(
        parts.picture.answers,
        parts.asking,
        parts.signing_in,
        parts.picture.clips.films,
        parts.picture.stills,
        lambda: show_of(parts.house),
    )
    watching = WatchingRoutes(parts.picture.whep, parts.asking, media, parts.picture.has_source)
    secure = settings.public_url.startswith("https:")
    routes: list[BaseRoute] = [
        WebSocketRoute("/rt", parts.gateway.rt_endpoint),
        Route("/rt/events", EventStreams(parts.gateway).endpoint, methods=["GET"]),
        *entering_routes(parts.signing_in, parts.asking, ended, secure=secure),
        *Api(parts.house.board, parts.asking).routes(),
        *Exchange(installation.programme).routes(),
        *Trying(parts.trial, parts.trial_cameras, parts.asking, installation.clock).routes(),
        *Helping(Support.of(settings), lambda: show_of(parts.house)).routes(),
        *media.routes(),
        *WhipRoutes(parts.picture.ingest).routes(),
        *watching.routes(),
        *FilmRoutes(parts.picture.films, parts.asking).routes(),
        *UploadRoutes(parts.picture.films, parts.asking, settings.upload_hours).routes(),
        *health_routes(checks, counted, metrics_everywhere=settings.metrics_everywhere),
        *page_routes(client_folder()),
    ]
    routes.insert(0, openapi_route(routes, parts.house.kinds))
    return PlainHeaders(Starlette(routes=routes))


async def serve(
    installation: Installation,
    ready: Callable[[Parts], Awaitable[None]] | None = None,
) -> None:
    """Runs the installation until a signal ends it.

    Args:
        ready: called when connections are taken.
    """
    settings = installation.settings
    listener = _listener(settings.host, settings.port)
    rtmp_listener = installation.rtmp_listener
    if rtmp_listener is None and settings.takes_rtmp:
        rtmp_listener = _listener(settings.rtmp_host, settings.rtmp_port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(installation) as parts, asyncio.TaskGroup() as tasks:
        server = uvicorn.Server(_uvicorn(application(installation, parts)))
        running = [
            tasks.create_task(_guarded(name, task, installation.clock), name=name)
            for name, task in long_tasks(installation, parts, rtmp_listener).items()
        ]
        serving = tasks.create_task(server._serve([listener]))
        if ready is not None:
            await ready(parts)
        # What stands now stands all day: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        await stop.wait()
        log.info("draining")
        await parts.gateway.drain(installation.settings.drain_ms, DRAIN_OVER_S)
        server.should_exit = True
        await serving
        for task in running:
            task.cancel()


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        where = f"{host}:{port}"
        raise Unusable(f"expected a free address; {where} is not: {error.strerror}") from error


def long_tasks(
    installation: Installation, parts: Parts, rtmp_listener: socket.socket | None = None
) -> Mapping[str, LongTask]:
    """Everything that runs for as long as the process, by a name for the log."""
    house, rtmp = parts.house, parts.picture.rtmp

    async def review_sessions() -> None:
        while True:
            await installation.clock.sleep(REVIEW_SESSIONS_EVERY_S)
            await end_lapsed_sessions(parts)

    async def keep_emergency_page() -> None:
        settings = installation.settings
        while True:
            page = emergency_page(await show_of(house), Support.of(settings))
            await asyncio.to_thread(write_emergency_page, settings.emergency_file, page)
            await installation.clock.sleep(EMERGENCY_PAGE_EVERY_S)

    return {
        **house.long_tasks(),
        **parts.picture.long_tasks(),
        **({"rtmp": lambda: rtmp.run(rtmp_listener)} if rtmp_listener else {}),
        "fanout": parts.fanout.run,
        "beats": parts.gateway.run_beats,
        "presence": parts.presence.run,
        "sessions": review_sessions,
        "emergency-page": keep_emergency_page,
        "trial": parts.trial.prepare,
        "trial-cameras": parts.trial_cameras.run,
        "trial-ends": parts.trial_cameras.end_long_ones,
    }


async def show_of(house: House) -> Show:
    """The show as it stands now."""
    show: Show = (await house.dispatch.unit_of("show")).face("show")
    return show


async def end_lapsed_sessions(parts: Parts) -> None:
    """Closes every transport whose session has ended elsewhere or by its time."""
    sessions = {client.actor.session for client in parts.gateway.clients}
    sessions |= parts.picture.whep.sessions
    if not sessions:
        return
    for session in sessions - await parts.signing_in.still_open(sessions):
        revoke(parts, session)


def revoke(parts: Parts, session: str) -> None:
    """Closes every transport of a session: sockets, and pictures by WebRTC."""
    parts.gateway.revoke(session)
    parts.picture.whep.revoke(session)


async def _guarded(name: str, task: LongTask, clock: Clock) -> None:
    while True:
        try:
            await task()
            log.error("long task ended by itself", extra={"path": name})
        except Exception:
            log.exception("long task failed, starting again", extra={"path": name})
        await clock.sleep(RESTART_AFTER_S)


async def _answers(house: House) -> str:
    try:
        async with asyncio.timeout(2), house.database.read() as connection:
            await connection.exec_driver_sql("SELECT 1")
    except Exception as error:
        return f"expected an answer; {type(error).__name__}"
    return "ok"


def _uvicorn(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws=DirectWebSocket,
        loop="none",
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
    )
