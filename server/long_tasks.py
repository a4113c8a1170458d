"""Long tasks: everything that runs for as long as a process, by a name for the log.

A long task that fails is logged and started again after a second: one faulty part must not end the
day. One that ends by itself is a fault too. Which of them a process has goes by its part
(`processes`): `media_tasks` are all that the media process has beside what every process needs, and
what of several workers only one is to do waits for the lease.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from schedule.programme_file import load
from server.access.municipalities import register
from server.answering import search_index_of, viewers_of
from server.attendance import Attendance
from server.caption_warner import CaptionWarner
from server.clock import Clock
from server.document_teller import DocumentTeller
from server.documents import document_sweep
from server.emergency_page import emergency_page, write_emergency_page
from server.house import House
from server.item_captions import ItemCaptions
from server.newest import library_of, show_of
from server.parts import Installation, Parts
from server.passing import Passing
from server.picture import Picture
from server.processes import in_charge
from server.published import PublishedQuestions
from server.ramps import freeze_after_ramps
from server.redis_bus import RedisBus
from server.retention import Retention, due_at, keep_recordings_to, keep_to
from server.search_keeper import SearchKeeper
from server.session_review import keep_reviewing
from server.socket_bus import SocketBus
from server.supervising import Supervisor
from server.support import Support
from server.viewings import Viewings
from streams.films.captionfiles import CaptionFiles

RESTART_AFTER_S = 1.0
NOTE_ATTENDANCE_EVERY_S = 5.0
EMERGENCY_PAGE_EVERY_S = 10.0

log = logging.getLogger("topmoede.app")

LongTask = Callable[[], Awaitable[None]]


async def kept_up(name: str, task: LongTask, clock: Clock) -> None:
    """Runs a long task, again and again."""
    while True:
        try:
            await task()
            log.error("long task ended by itself", extra={"path": name})
        except Exception:
            log.exception("long task failed, starting again", extra={"path": name})
        await clock.sleep(RESTART_AFTER_S)


def long_tasks(
    installation: Installation, parts: Parts, rtmp_listener: socket.socket | None = None
) -> Mapping[str, LongTask]:
    """Everything that runs for as long as the process, by a name for the log."""
    house = parts.house
    tasks: dict[str, LongTask] = {"sessions": partial(keep_reviewing, parts, installation.clock)}
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
    clock, settings = installation.clock, installation.settings
    tasks: dict[str, LongTask] = {
        "attendance": partial(_note_who_is_there, installation, parts),
        "fanout": parts.fanout.run,
        "beats": parts.gateway.run_beats,
        "ramps": partial(freeze_after_ramps, lambda: len(parts.gateway.clients), clock),
        "lateness": parts.gateway.lateness.run,
        "presence": parts.presence.run,
        "cheering": parts.cheering.run,
        "captions": partial(_warn_of_captions, installation, parts.house),
        "emergency-page": partial(_keep_emergency_page, installation, parts.house),
        "visits": parts.visits.run,
        "viewings": Viewings(parts.house.journal, clock).run,
        "search": _search_task(installation, parts.house),
        "trial": parts.trial.prepare,
        "trial-cameras": parts.trial_cameras.run,
        "trial-ends": parts.trial_cameras.end_long_ones,
    }
    tasks |= _document_and_file_tasks(installation, parts)
    if settings.retention_days is not None:
        tasks["retention"] = partial(keep_to_retention, installation, parts.house)
    if settings.recording_days is not None:
        tasks["recordings"] = partial(keep_recordings, installation, parts.house)
    if parts.passing is not None and installation.media_command:
        supervisor = _supervisor(installation, installation.media_command, parts.passing)
        tasks["media process"] = supervisor.run
    return tasks


async def _note_who_is_there(installation: Installation, parts: Parts) -> None:
    house = parts.house
    attendance = Attendance(house.database, house.journal.edition_id, installation.clock)
    while True:
        await installation.clock.sleep(NOTE_ATTENDANCE_EVERY_S)
        if (await show_of(house.dispatch)).state in ("running", "held"):
            await attendance.note(client.actor.id for client in parts.gateway.clients)


async def _keep_emergency_page(installation: Installation, house: House) -> None:
    settings = installation.settings
    while True:
        page = emergency_page(await show_of(house.dispatch), Support.of(settings))
        await asyncio.to_thread(write_emergency_page, settings.emergency_file, page)
        await installation.clock.sleep(EMERGENCY_PAGE_EVERY_S)


def _document_and_file_tasks(installation: Installation, parts: Parts) -> Mapping[str, LongTask]:
    """Everybody is told which documents are open, and what nobody holds any more is removed."""
    house, clock = parts.house, installation.clock
    teller = DocumentTeller(house.dispatch, viewers_of(installation, parts).unlocking, clock)
    tasks = {"documents": house.directing(teller.run)}
    removed = document_sweep(house.dispatch, parts.documents)
    for name, sweep in (("files", parts.sweep), ("removed-documents", removed)):
        if sweep is not None:
            tasks[name] = sweep.run
            tasks[f"{name}-sweep"] = house.directing(partial(sweep.keep_swept, clock))
    return tasks


def _supervisor(installation: Installation, command: Sequence[str], passing: Passing) -> Supervisor:
    """Whoever starts the media process and keeps it, as the front of the two does."""

    async def answers() -> bool:
        return await passing.ask("/healthz") is not None

    return Supervisor(
        command, installation.clock, answers, lambda: in_charge(installation.settings)
    )


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
        lambda: library_of(house.dispatch),
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
