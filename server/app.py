"""Assembly: everything a process is made of, put together in one visible place.

`running` opens the parts in the order in which they need each other, starts the long tasks in one
TaskGroup and closes everything in the reverse order. A long task that fails is logged and started
again after a second: one faulty part must not end the day. The first signal drains: nobody new
comes in, clients are told when to come back, what is under way is answered.

A process is the whole of it, or one of two parts (`processes`). What belongs to the media process
stands in two lists: its routes are `answering.media_routes`, its long tasks `media_tasks` here.
What both stand on is `Picture`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import uvicorn
from starlette.types import ASGIApp

from schedule.programme_file import load
from server.access.municipalities import register
from server.access.signing_in import SigningIn
from server.answering import (
    application,
    search_index_of,
    viewers_of,
)
from server.attendance import Attendance
from server.bus import State
from server.cabinets import cabinet_of
from server.caption_warner import CaptionWarner
from server.cheering import TOPIC as CHEERS_TOPIC
from server.cheering import Cheering
from server.clock import Clock
from server.database import Database
from server.document_teller import DocumentTeller
from server.documents import FOLDER as DOCUMENTS
from server.documents import Documents, document_sweep
from server.doors import READ_IN_A_ROOM
from server.emergency_page import emergency_page, write_emergency_page
from server.fanout import Fanout
from server.file_sweeping import FileSweep
from server.gateway import Capacity, Gateway
from server.house import House, open_house
from server.item_captions import ItemCaptions
from server.newest import library_of, show_of
from server.origins import Origins
from server.paced_http import PacedHttp
from server.parts import Installation, Parts
from server.passing import passing_to
from server.picture import Picture, ice_servers_of, reach_of
from server.presence import Presence
from server.processes import (
    bus_of,
    in_charge,
    listeners_of,
    media_socket,
    rtmp_listener_of,
    the_only_media_process,
)
from server.published import PublishedQuestions
from server.ramps import Ramps
from server.redis_bus import RedisBus
from server.retention import Retention, due_at, keep_recordings_to, keep_to
from server.routes.asking import Asking
from server.search_keeper import SearchKeeper
from server.shared_files import FOLDER as ROOMS
from server.shared_files import SharedFiles
from server.socket_bus import SocketBus
from server.supervising import Supervisor
from server.support import Support
from server.transport import DirectWebSocket
from server.trial import Trial
from server.trial_ingest import TrialIngest
from server.viewings import Viewings
from server.visits import Visits
from streams.films.captionfiles import CaptionFiles

RESTART_AFTER_S = 1.0
REVIEW_SESSIONS_EVERY_S = 4.0
NOTE_ATTENDANCE_EVERY_S = 5.0
EMERGENCY_PAGE_EVERY_S = 10.0
LOOK_AT_RAMPS_EVERY_S = 1.0
YOUNG = 20_000
"""New objects after which the collector looks at them; some milliseconds' worth."""
DRAIN_OVER_S = 1.0
GRACE_S = 5

log = logging.getLogger("topmoede.app")

LongTask = Callable[[], Awaitable[None]]


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
            tasks.create_task(_guarded(name, task, installation.clock), name=name)
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


def long_tasks(
    installation: Installation, parts: Parts, rtmp_listener: socket.socket | None = None
) -> Mapping[str, LongTask]:
    """Everything that runs for as long as the process, by a name for the log."""

    async def review_sessions() -> None:
        while True:
            await installation.clock.sleep(REVIEW_SESSIONS_EVERY_S)
            await end_lapsed_sessions(parts)

    house = parts.house
    tasks: dict[str, LongTask] = {"sessions": review_sessions}
    if isinstance(house.bus, SocketBus | RedisBus):
        tasks["bus"] = house.bus.run
    if installation.part.has_front:
        tasks |= {**house.long_tasks(), **front_tasks(installation, parts)}
    else:
        tasks |= house.following_tasks()
    if parts.picture is not None:
        tasks |= media_tasks(parts.picture, rtmp_listener)
    return tasks


def front_tasks(installation: Installation, parts: Parts) -> Mapping[str, LongTask]:
    async def keep_emergency_page() -> None:
        settings = installation.settings
        while True:
            page = emergency_page(await show_of(parts.house.dispatch), Support.of(settings))
            await asyncio.to_thread(write_emergency_page, settings.emergency_file, page)
            await installation.clock.sleep(EMERGENCY_PAGE_EVERY_S)

    async def ramps() -> None:
        await freeze_after_ramps(lambda: len(parts.gateway.clients), installation.clock)

    async def note_who_is_there() -> None:
        house = parts.house
        attendance = Attendance(house.database, house.journal.edition_id, installation.clock)
        while True:
            await installation.clock.sleep(NOTE_ATTENDANCE_EVERY_S)
            if (await show_of(house.dispatch)).state in ("running", "held"):
                await attendance.note(client.actor.id for client in parts.gateway.clients)

    tasks: dict[str, LongTask] = {
        "attendance": note_who_is_there,
        "fanout": parts.fanout.run,
        "beats": parts.gateway.run_beats,
        "ramps": ramps,
        "lateness": parts.gateway.lateness.run,
        "presence": parts.presence.run,
        "cheering": parts.cheering.run,
        "captions": partial(_warn_of_captions, installation, parts.house),
        "emergency-page": keep_emergency_page,
        "visits": parts.visits.run,
        "viewings": Viewings(parts.house.journal, installation.clock).run,
        "search": _search_task(installation, parts.house),
        "trial": parts.trial.prepare,
        "trial-cameras": parts.trial_cameras.run,
        "trial-ends": parts.trial_cameras.end_long_ones,
    }
    unlocking = viewers_of(installation, parts).unlocking
    teller = DocumentTeller(parts.house.dispatch, unlocking, installation.clock)
    tasks["documents"] = parts.house.directing(teller.run)
    removed = document_sweep(parts.house.dispatch, parts.documents)
    for name, sweep in (("files", parts.sweep), ("removed-documents", removed)):
        if sweep is not None:
            tasks[name] = sweep.run
            keep = partial(sweep.keep_swept, installation.clock)
            tasks[f"{name}-sweep"] = parts.house.directing(keep)
    if installation.settings.retention_days is not None:
        tasks["retention"] = lambda: keep_to_retention(installation, parts.house)
    if installation.settings.recording_days is not None:
        tasks["recordings"] = lambda: keep_recordings(installation, parts.house)
    if parts.passing is not None and installation.media_command:
        passing = parts.passing

        async def answers() -> bool:
            return await passing.ask("/healthz") is not None

        tasks["media process"] = Supervisor(
            installation.media_command,
            installation.clock,
            answers,
            lambda: in_charge(installation.settings),
        ).run
    return tasks


async def _warn_of_captions(installation: Installation, house: House) -> None:
    """Says in time what closes for want of captions, where it is this worker's turn."""
    rule = installation.settings.caption_rule
    warner = CaptionWarner(house.dispatch, installation.clock, rule, register())
    await (house.lease.while_held(warner.run) if house.lease else warner.run())


def _search_task(installation: Installation, house: House) -> LongTask:
    """One of several workers keeps the index; all look in it."""
    films = installation.settings.data / "films"
    captions = ItemCaptions(CaptionFiles(films, installation.films_folder), films / "captions")
    keeper = SearchKeeper(
        search_index_of(house),
        captions,
        lambda: show_of(house.dispatch),
        PublishedQuestions(house.board).all,
        installation.clock,
    )
    house.dispatch.on_rows.append(keeper.hear)
    if house.lease is None:
        return keeper.run
    return partial(house.lease.while_held, keeper.run)


async def keep_to_retention(installation: Installation, house: House) -> None:
    """Empties the rooms when their texts have been kept for as long as the settings say."""
    days, show_map = installation.settings.retention_days or 0, house.clock.show_map
    due = due_at(load(house.journal.programme), show_map, days)
    retention = Retention(house.journal, house.dispatch)
    await keep_to(retention, due, installation.clock, house.database.url)


async def keep_recordings(installation: Installation, house: House) -> None:
    """Deletes the recordings when they have been kept for as long as the settings say."""
    days, show_map = installation.settings.recording_days or 0, house.clock.show_map
    due = due_at(load(house.journal.programme), show_map, days)
    await keep_recordings_to(house.dispatch, due, installation.clock)


def media_tasks(picture: Picture, rtmp_listener: socket.socket | None) -> Mapping[str, LongTask]:
    tasks: dict[str, LongTask] = {**picture.long_tasks()}
    if rtmp_listener is not None:
        tasks["rtmp"] = lambda: picture.rtmp.run(rtmp_listener)
    return tasks


async def freeze_after_ramps(connections: Callable[[], int], clock: Clock) -> None:
    """Keeps the collector from looking at those who are here again and again; see `ramps`.

    In between it looks seldom: after 700 objects, as it would by itself, it would look at each who
    comes three times before it is frozen.
    """
    ramps = Ramps()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    while True:
        await clock.sleep(LOOK_AT_RAMPS_EVERY_S)
        if ramps.is_due(connections()):
            freeze()


def freeze() -> None:
    """What there is now stays: the collector looks at it once more, and never again."""
    gc.collect()
    gc.freeze()


async def end_lapsed_sessions(parts: Parts) -> None:
    """Closes every transport whose session has ended elsewhere or by its time."""
    sessions = parts.gateway.sessions()
    sessions |= parts.picture.whep.sessions if parts.picture else set()
    if not sessions:
        return
    for session in sessions - await parts.signing_in.still_open(sessions):
        parts.revoke(session)


async def _guarded(name: str, task: LongTask, clock: Clock) -> None:
    while True:
        try:
            await task()
            log.error("long task ended by itself", extra={"path": name})
        except Exception:
            log.exception("long task failed, starting again", extra={"path": name})
        await clock.sleep(RESTART_AFTER_S)


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
