"""What a process answers over HTTP, by the part of the program it is.

`media_routes` is the one list of what the media process answers; a front passes the same paths and
methods on, and describes them in its document as if it answered them itself.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from schedule.sharing.sharing import Shares
from server.archivist import Archivist
from server.bus import Ended
from server.documents import DocumentIntake
from server.events_stream import EventStreams
from server.front_door import FrontDoor
from server.house import House
from server.mailing import MailServer
from server.metrics import Asked, Counted, Footing, Pictured, registry_of
from server.newest import library_of, programme_of, show_of
from server.openapi import openapi_route
from server.parts import Installation, Parts
from server.passing import Passing
from server.picture import Picture
from server.published import PublishedQuestions
from server.room_log import RoomLog
from server.routes.api import Api
from server.routes.captions import CaptionRoutes
from server.routes.documents import DocumentRoutes
from server.routes.embedding import embedding_routes
from server.routes.entering import entering_routes
from server.routes.exchange import Exchange
from server.routes.exporting import ExportRoutes
from server.routes.files import FileRoutes
from server.routes.films import FilmRoutes
from server.routes.health import Beside, health_routes
from server.routes.helping import Helping
from server.routes.item_pages import ItemPageRoutes
from server.routes.library import LibraryRoutes
from server.routes.media import MediaRoutes
from server.routes.pages import PlainHeaders, client_folder, page_routes
from server.routes.people import PeopleRoutes
from server.routes.recordings import RecordingRoutes
from server.routes.rooms import RoomRoutes
from server.routes.searching import Pace, SearchRoutes
from server.routes.share_mail import ShareMail
from server.routes.sharing import SharingRoutes
from server.routes.subtitles import SubtitleRoutes
from server.routes.trying import Trying
from server.routes.uploads import UploadRoutes
from server.routes.watching import WatchingRoutes
from server.routes.whip import WhipRoutes
from server.search_index import SearchIndex
from server.share_links import ShareLinks
from server.subtitles import SubtitleTracks
from server.support import Support
from server.unlocking import Unlocking
from server.viewers import Viewers
from server.viewings import Viewings

BEHIND_AT_MOST = timedelta(minutes=1)
"""How late a page is that watches what goes out now."""


def application(installation: Installation, parts: Parts) -> ASGIApp:
    """The ASGI application over opened parts."""
    routes: list[BaseRoute] = [*_health(installation, parts)]
    if parts.picture is not None:
        routes += media_routes(installation, parts, parts.picture)
    if parts.passing is not None:
        routes += passed_on(parts.passing)
    if installation.part.has_front:
        routes += front_routes(installation, parts)
    answering = PlainHeaders(Starlette(routes=routes))
    if not installation.part.has_front:
        return answering
    return FrontDoor(answering, parts.gateway.rt_endpoint)


def front_routes(installation: Installation, parts: Parts) -> list[BaseRoute]:
    """What the front process answers itself."""

    async def ended(session: str) -> None:
        parts.revoke(session)
        parts.house.bus.publish(Ended(session))

    viewers = viewers_of(installation, parts)
    published = PublishedQuestions(parts.house.board)
    secure = installation.settings.public_url.startswith("https:")
    routes: list[BaseRoute] = [
        Route("/rt/events", EventStreams(parts.gateway).endpoint, methods=["GET"]),
        *entering_routes(parts.signing_in, parts.asking, ended, secure=secure),
        *Api(parts.house.board, parts.asking, published).routes(),
        *PeopleRoutes(parts.house.directory, parts.asking).routes(),
        *RoomRoutes(
            parts.house.board,
            parts.asking,
            RoomLog(parts.house.journal, parts.house.kinds),
            installation.clock,
            lambda: show_of(parts.house.dispatch),
        ).routes(),
        *_sharing(installation, parts, viewers),
        *LibraryRoutes(viewers, parts.asking, published, installation.settings.downloads).routes(),
        *ItemPageRoutes(
            viewers, published, Viewings(parts.house.journal, installation.clock)
        ).routes(),
        *SearchRoutes(viewers, search_index_of(parts.house), Pace(installation.clock)).routes(),
        *_file_routes(parts, viewers),
        *Exchange(
            lambda: programme_of(parts.house.dispatch, parts.house.journal),
            viewers.unlocking,
            installation.settings.public_url,
        ).routes(),
        *Trying(parts.trial, parts.trial_cameras, parts.asking, installation.clock).routes(),
        *Helping(Support.of(installation.settings), lambda: show_of(parts.house.dispatch)).routes(),
        *page_routes(client_folder()),
    ]
    described = [*routes, *media_paths(), *_health(installation, parts)]
    return [openapi_route(described, parts.house.kinds), *routes]


def _file_routes(parts: Parts, viewers: Viewers) -> list[Route]:
    if parts.files is None:
        return []
    intake = DocumentIntake(parts.documents, parts.house.dispatch, parts.files.intake)
    return [
        *FileRoutes(parts.house.board, parts.asking, parts.files).routes(),
        *DocumentRoutes(viewers, intake).routes(),
    ]


def _sharing(installation: Installation, parts: Parts, viewers: Viewers) -> list[Route]:
    links, asking, clock = viewers.links, parts.asking, installation.clock
    settings, count = installation.settings, parts.visits.count
    sharing = SharingRoutes(
        links,
        links.shares_of,
        viewers.unlocking,
        asking,
        clock,
        settings.public_url,
        count,
        settings.downloads,
    )
    zone = ZoneInfo(installation.programme.timezone)
    server = MailServer.of(settings)
    mail = ShareMail(server, links.shares_of, sharing.address, asking, clock, zone)
    return [*sharing.routes(), *mail.routes(), *embedding_routes(client_folder(), links)]


def media_routes(installation: Installation, parts: Parts, picture: Picture) -> list[Route]:
    """What the media process answers; the front passes on the same paths and methods."""
    viewers = viewers_of(installation, parts)
    subtitles = SubtitleTracks(picture.captions.kept, picture.answers.subtitling)
    media = MediaRoutes(
        picture.answers,
        parts.asking,
        parts.signing_in,
        picture.clips.films,
        picture.stills,
        viewers,
        subtitles,
        timedelta(seconds=installation.settings.window_s) + BEHIND_AT_MOST,
    )
    watching = WatchingRoutes(
        picture.whep, parts.asking, media, picture.has_source, picture.ingest.place_of
    )
    hours = installation.settings.upload_hours
    recordings = RecordingRoutes(
        picture.answers,
        picture.workshop,
        media,
        installation.settings.downloads,
    )
    archivist = Archivist(
        parts.house,
        picture.answers.replays,
        picture.desk.shelf,
        picture.captions.kept,
        PublishedQuestions(parts.house.board),
        parts.documents,
    )
    exports = ExportRoutes(
        picture.answers,
        picture.workshop,
        media,
        archivist,
        installation.settings.public_url,
        installation.settings.data / "recordings",
        installation.settings.downloads,
    )
    return [
        *exports.routes(),
        *recordings.routes(),
        # Before the lanes of a replay, whose names might be anything.
        *SubtitleRoutes(subtitles, viewers).routes(),
        *media.routes(),
        *WhipRoutes(picture.ingest).routes(),
        *watching.routes(),
        *CaptionRoutes(picture.captions, viewers, parts.asking).routes(),
        *FilmRoutes(picture.films, parts.asking).routes(),
        *UploadRoutes(picture.films, parts.asking, hours).routes(),
    ]


def media_paths() -> list[Route]:
    """The paths and methods of `media_routes`; none of them can be called.

    The handlers are bound to objects without their parts: only the table is wanted.
    """
    media, watching = object.__new__(MediaRoutes), object.__new__(WatchingRoutes)
    films, uploads = object.__new__(FilmRoutes), object.__new__(UploadRoutes)
    whip, recordings = object.__new__(WhipRoutes), object.__new__(RecordingRoutes)
    captions, subtitles = object.__new__(CaptionRoutes), object.__new__(SubtitleRoutes)
    exports = object.__new__(ExportRoutes)
    return [
        *exports.routes(),
        *recordings.routes(),
        *subtitles.routes(),
        *media.routes(),
        *whip.routes(),
        *watching.routes(),
        *captions.routes(),
        *films.routes(),
        *uploads.routes(),
    ]


def passed_on(passing: Passing) -> list[Route]:
    """The media process's routes, as the front answers them."""
    return [
        Route(route.path, passing, methods=list(route.methods or ())) for route in media_paths()
    ]


def _health(installation: Installation, parts: Parts) -> list[Route]:
    """A media process is asked by the front alone, which shows the counts of both."""

    async def checks() -> dict[str, str]:
        return {"database": await _answers(parts.house)}

    async def media() -> str:
        return "ok" if parts.passing and await parts.passing.ask("/healthz") else "down"

    async def media_counts() -> bytes:
        return await parts.passing.ask("/metrics") or b"" if parts.passing else b""

    collectors: list[Collector] = [
        Footing("tasks" if installation.part.has_front else "media_tasks")
    ]
    if installation.part.has_front:
        collectors.append(Counted(parts.gateway, parts.fanout))
        collectors.append(Asked(parts.house.database, parts.signing_in))
    if parts.picture is not None:
        collectors.append(Pictured(parts.picture.desk))
    everywhere = installation.settings.metrics_everywhere or not installation.part.has_front
    return health_routes(
        checks,
        registry_of(*collectors),
        metrics_everywhere=everywhere,
        beside=Beside(media, media_counts) if parts.passing else None,
    )


def viewers_of(installation: Installation, parts: Parts) -> Viewers:
    """The rule of who may see what, over the house's show and library."""
    house, rule = parts.house, installation.settings.caption_rule
    clock = installation.clock
    unlocking = Unlocking(
        lambda: show_of(house.dispatch), lambda: library_of(house.dispatch), clock, rule
    )
    return Viewers(parts.asking, parts.signing_in, unlocking, share_links_of(parts.house))


def search_index_of(house: House) -> SearchIndex:
    return SearchIndex(house.database, house.journal.edition_id)


def share_links_of(house: House) -> ShareLinks:
    """The share links of the edition, as they stand at the moment."""

    async def shares_of(municipality: str) -> Shares:
        found: Shares = (await house.dispatch.unit_of(f"shares:{municipality}")).fold.state
        return found

    return ShareLinks(house.journal.share_key.encode(), shares_of, house.clock)


async def _answers(house: House) -> str:
    try:
        async with asyncio.timeout(2), house.database.read() as connection:
            await connection.exec_driver_sql("SELECT 1")
    except Exception as error:
        return f"expected an answer; {type(error).__name__}"
    return "ok"
