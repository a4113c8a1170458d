"""Assembly: everything a process is made of, put together in one visible place.

`opened` opens the parts in the order in which they need each other and closes them in the reverse
order; `serve` starts the long tasks in one TaskGroup. The first signal drains: nobody new comes in,
clients are told when to come back, what is under way is answered.

A process is the whole of it, or one of two parts (`processes`). What belongs to the media process
stands in two lists: its routes are `answering.media_routes`, its long tasks
`long_tasks.media_tasks`. What both stand on is `Picture`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import uvicorn
from starlette.types import ASGIApp

from server.access.municipalities import register
from server.access.signing_in import SigningIn
from server.admission import Capacity
from server.answering import application
from server.bus import State
from server.cabinets import cabinet_of
from server.cheering import TOPIC as CHEERS_TOPIC
from server.cheering import Cheering
from server.database import Database
from server.documents import FOLDER as DOCUMENTS
from server.documents import Documents
from server.doors import READ_IN_A_ROOM
from server.fanout import Fanout
from server.file_sweeping import FileSweep
from server.gateway import Gateway
from server.house import House, open_house
from server.long_tasks import kept_up, long_tasks
from server.newest import library_of
from server.origins import Origins
from server.paced_http import PacedHttp
from server.parts import Installation, Parts
from server.passing import passing_to
from server.picture import Picture, ice_servers_of, reach_of
from server.presence import Presence
from server.processes import (
    bus_of,
    listeners_of,
    media_socket,
    rtmp_listener_of,
    the_only_media_process,
)
from server.ramps import freeze
from server.routes.asking import Asking
from server.shared_files import FOLDER as ROOMS
from server.shared_files import SharedFiles
from server.transport import DirectWebSocket
from server.trial import Trial
from server.trial_ingest import TrialIngest
from server.visits import Visits

DRAIN_OVER_S = 1.0
GRACE_S = 5

log = logging.getLogger("topmoede.app")


@contextlib.asynccontextmanager
async def opened(installation: Installation) -> AsyncIterator[Parts]:
    """The parts without the sockets: what commands, tests and the server share."""
    settings, clock, part = installation.settings, installation.clock, installation.part
    async with contextlib.AsyncExitStack() as stack:
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        fanout = Fanout(clock.monotonic)
        house = await open_house(
            database,
            installation.programme,
            clock,
            register(),
            fanout,
            bus=bus_of(part, settings, clock),
            start_over_after=installation.start_over_after,
            places=settings.places,
            directs=part.has_front,
            caption_rule=settings.caption_rule,
        )
        term = timedelta(hours=settings.session_hours)
        signing_in = SigningIn(database, installation.programme.edition, term, clock.wall)
        origins = Origins(settings.allowed_origins)
        asking = Asking(signing_in, origins)
        tell = house.bus.publish
        presence = Presence(house.board.set_state, clock, house.heads, tell)
        cheering = Cheering(_announce_for(house), clock)
        house.board.receive(CHEERS_TOPIC, cheering.receive)
        gateway = Gateway(
            house.board,
            fanout,
            asking.who,
            origins,
            clock,
            attendance=presence,
            tell=tell,
            capacity=Capacity(arrivals_per_s=settings.arrivals_per_s),
        )
        house.doors.on_change.append(
            lambda room: gateway.review_topics(f"{noun}:{room}" for noun in READ_IN_A_ROOM)
        )
        trial = Trial((installation.films_folder or settings.data) / "trial", clock)
        cameras = TrialIngest(clock, reach_of(settings), ice_servers_of(settings))
        picture = passing = None
        if part.has_media:
            picture = _picture(installation, house)
            stack.callback(picture.close)
        else:
            passing = await stack.enter_async_context(passing_to(media_socket(settings)))
        visits = Visits(house.dispatch, clock, ZoneInfo(installation.programme.timezone))
        shared = _shared_files(installation, house) if part.has_front else None
        parts = Parts(
            *(house, signing_in, gateway, fanout, presence, cheering, asking),
            *(trial, cameras, visits, picture, passing),
            Documents(lambda: library_of(house.dispatch), cabinet_of(settings, DOCUMENTS)),
            files=shared,
            sweep=FileSweep(house.journal, house.dispatch, shared) if shared else None,
        )
        house.on_message.append(parts.hear)
        yield parts


def _shared_files(installation: Installation, house: House) -> SharedFiles:
    settings = installation.settings
    cabinet = cabinet_of(settings, ROOMS)
    return SharedFiles(house.dispatch, cabinet, settings.files, installation.clock.wall)


def _announce_for(house: House) -> Callable[[str, Mapping[str, object]], None]:
    """Gives a state topic its newest value, here and at the other processes."""

    def announce(topic: str, data: Mapping[str, object]) -> None:
        house.board.set_state(topic, data)
        house.bus.publish(State(topic, data))

    return announce


def _picture(installation: Installation, house: House) -> Picture:
    return Picture(
        house,
        installation.settings,
        installation.synthetic,
        installation.demo_films,
        installation.films_folder,
        loops=installation.start_over_after is not None,
        announce=_announce_for(house),
    )


# What runs.


async def serve(
    installation: Installation,
    ready: Callable[[Parts], Awaitable[None]] | None = None,
) -> None:
    """Runs the installation until a signal ends it.

    Args:
        ready: called when connections are taken.
    """
    stop = _ending(installation)
    async with _in_charge(installation, stop) as given:
        if given:
            part, settings = installation.part, installation.settings
            rtmp = installation.rtmp_listener or rtmp_listener_of(part, settings)
            with contextlib.ExitStack() as stack:
                listeners = listeners_of(part, settings, installation.worker)
                for listener in (*listeners, *((rtmp,) if rtmp else ())):
                    stack.enter_context(listener)
                await _serve(installation, listeners, rtmp, stop, ready)


@contextlib.asynccontextmanager
async def _in_charge(installation: Installation, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Whether it is this process's turn; a front's it always is."""
    if not installation.part.has_media:
        yield True
        return
    async with the_only_media_process(
        installation.settings, installation.clock, stop, patient=installation.supervised
    ) as given:
        yield given


async def _serve(
    installation: Installation,
    listeners: list[socket.socket],
    rtmp_listener: socket.socket | None,
    stop: asyncio.Event,
    ready: Callable[[Parts], Awaitable[None]] | None,
) -> None:
    async with opened(installation) as parts, asyncio.TaskGroup() as tasks:
        server = uvicorn.Server(_uvicorn(application(installation, parts)))
        running = [
            tasks.create_task(kept_up(name, task, installation.clock), name=name)
            for name, task in long_tasks(installation, parts, rtmp_listener).items()
        ]
        serving = tasks.create_task(server._serve(listeners))
        if ready is not None:
            await ready(parts)
        # What stands now stands all day: the collector need not look at it again.
        freeze()
        await stop.wait()
        log.info("draining")
        await parts.gateway.drain(installation.settings.drain_ms, DRAIN_OVER_S)
        server.should_exit = True
        await serving
        for task in running:
            task.cancel()


def _ending(installation: Installation) -> asyncio.Event:
    """Set by a signal; in a supervised process also by the end of its standard input."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if installation.supervised:
        loop.add_reader(sys.stdin.fileno(), _set_once, stop)
    return stop


def _set_once(stop: asyncio.Event) -> None:
    """Nobody writes to it, so what can be read is its end, and that for ever."""
    asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
    stop.set()


def _uvicorn(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws=DirectWebSocket,
        loop="none",
        http=PacedHttp,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
    )
