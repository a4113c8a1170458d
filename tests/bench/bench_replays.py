"""500 viewers replay different items from one server: CPU, and from a seek to the picture.

The server has the real routes, as the media process has them, over a desk with items from the disk.
Everybody is a member with a session of their own, looked up in a database; the library's rule is
asked at every request. Viewers are simulated in a process of their own (`replay_viewers`), whose
CPU and lateness are told too: where it is late itself, so are the figures. First they ask the
process itself, then the nginx that `topmoede deploy nginx` prints, with TLS, which sends whole
segments from the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import socket
import statistics
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import uvicorn
import uvloop
from starlette.applications import Starlette

from schedule.library.library import Library
from schedule.library.library import initial as initial_library
from schedule.library.unlocking import CaptionRule
from schedule.programme_file import builtin
from schedule.runofshow import initial
from schedule.show import Show
from server.access.people import Person
from server.access.signing_in import SigningIn
from server.clock import Clock, ShowMap
from server.database import Database
from server.deploying import nginx_site
from server.item_captions import ItemCaptions
from server.journal import new_edition, open_journal
from server.origins import Origins
from server.paced_http import PacedHttp
from server.processes import media_socket
from server.routes.asking import COOKIE, Asking
from server.routes.media import MediaRoutes
from server.routes.pages import PlainHeaders
from server.settings import Settings, read_settings
from server.subtitles import SubtitleTracks
from server.unlocking import Unlocking
from server.viewers import Viewers
from streams.commands import Content
from streams.films.captionfiles import CaptionFiles
from streams.nalunits import join_lengths
from streams.segments import AccessUnit, Lane
from tests.bench.debian_nginx import lacking
from tests.bench.replay_viewers import Place, Watched, watch
from tests.journeys.installation import an_installation
from tests.journeys.running_nginx import a_running_nginx, make_certificate
from tests.ports import a_free_port
from tests.streams.broadcast import Look, TestClip, a_studio

VIEWERS = 500
ITEMS = 12
ITEM_S = 60
BITS_PER_S = 1_000_000
BACKLOG = 2048
PROGRAMME = "topmoede_2021"


class Heavy(TestClip):
    """Pictures blown up with filler to a megabit a second."""

    def access_units(self, start_ticks: int, offset_s: float = 0.0) -> Iterator[AccessUnit]:
        filler = join_lengths([bytes([12]) + b"\xff" * (BITS_PER_S // 8 // 25)])
        for unit in super().access_units(start_ticks, offset_s):
            yield replace(unit, data=unit.data + filler) if unit.lane is Lane.VIDEO else unit


@dataclass(frozen=True, slots=True)
class Server:
    """The server's process, where it is asked, and by whom."""

    pid: int
    port: int
    cookies: list[str]


def items() -> list[str]:
    return [item.id for item in builtin(PROGRAMME).items[:ITEMS]]


def an_ended_show() -> Show:
    """Every item has been on air, so it is open to all who are registered."""
    show: Show = initial(builtin(PROGRAMME))
    return replace(show, items=tuple(replace(one, state="done", run=1) for one in show.items))


# The server.


def serve(settings: Settings, port: int, pipe: Any) -> None:
    uvloop.run(_serve(settings, port, pipe))


async def _serve(settings: Settings, port: int, pipe: Any) -> None:
    show, shelves = an_ended_show(), initial_library(builtin(PROGRAMME))

    async def now() -> Show:
        return show

    async def library() -> Library:
        return shelves

    signing_in = await _signing_in(settings)
    asking = Asking(signing_in, Origins([settings.public_url]))
    async with a_studio(settings.data / "media") as studio:
        studio.library.films["heavy"] = Heavy(Look())
        for item in items():
            studio.put(Content("film", film="heavy", title="Film"), item, 1)
            await studio.clock.turn(ITEM_S)
        studio.put(Content("slate", title="Slut"))
        await studio.clock.turn(2)
        nothing: Any = None
        rule = Unlocking(now, library, Clock(), CaptionRule(required=False))
        viewers = Viewers(asking, signing_in, rule, nothing)
        captions = ItemCaptions(CaptionFiles(settings.data), settings.data / "captions")
        subtitles = SubtitleTracks(captions, studio.answers.subtitling)
        media = MediaRoutes(
            studio.answers, asking, signing_in, nothing, {}, viewers, subtitles, timedelta()
        )
        config = uvicorn.Config(
            PlainHeaders(Starlette(routes=media.routes())), loop="none", http=PacedHttp,
            lifespan="off", log_config=None, access_log=False, timeout_keep_alive=75,
        )  # fmt: skip
        listeners = [socket.create_server(("127.0.0.1", port), backlog=BACKLOG)]
        listeners.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listeners[1].bind(str(media_socket(settings)))
        listeners[1].listen(BACKLOG)
        pipe.send(await _cookies(signing_in))
        await uvicorn.Server(config)._serve(listeners)


async def _signing_in(settings: Settings) -> SigningIn:
    settings.data.mkdir()
    database, clock = Database(settings.database), Clock()
    await database.migrate()
    programme, wall = builtin(PROGRAMME), clock.wall()
    edition = new_edition(
        programme.edition, programme.title, ShowMap(wall, wall, 1.0), programme=""
    )
    journal = await open_journal(database, edition)
    return SigningIn(database, journal.edition_id, timedelta(hours=1), clock.wall)


async def _cookies(signing_in: SigningIn) -> list[str]:
    people = [Person(f"gaest-{n}", f"Gæst {n}", "member", "aalborg") for n in range(VIEWERS)]
    await signing_in.register(people)
    cookies = []
    for person in people:
        entered = await signing_in.enter(await signing_in.make_link(person.key, None))
        assert entered is not None
        cookies.append(f"{COOKIE}={entered.cookie}")
    return cookies


@contextlib.asynccontextmanager
async def a_server(settings: Settings) -> AsyncIterator[Server]:
    port = a_free_port()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(settings, port, there)
    )
    server.start()
    there.close()
    try:
        cookies = await asyncio.to_thread(here.recv)
        assert server.pid is not None
        yield Server(server.pid, port, cookies)
    finally:
        server.kill()
        server.join()


# What is measured.


async def measure(name: str, place: Place, processes: Mapping[str, psutil.Process]) -> None:
    here, there = multiprocessing.Pipe()
    viewers = multiprocessing.get_context("spawn").Process(target=_watch, args=(place, there))
    viewers.start()
    there.close()
    await asyncio.to_thread(here.recv)
    before = {which: cpu_s(process) for which, process in processes.items()}
    here.send("go")
    watched: Watched = await asyncio.to_thread(here.recv)
    used_s = {which: cpu_s(process) - before[which] for which, process in processes.items()}
    viewers.join()
    tell(name, watched, used_s)


def _watch(place: Place, pipe: Any) -> None:
    pipe.send("here")
    pipe.recv()
    pipe.send(watch(place))


def tell(name: str, watched: Watched, used_s: Mapping[str, float]) -> None:
    seeks, took_s = sorted(watched.seeks_s), watched.took_s
    p50_ms, p95_ms = 1000 * statistics.median(seeks), 1000 * seeks[int(len(seeks) * 0.95)]
    print(
        f"{VIEWERS} viewers of {ITEMS} items, {name}: {watched.received_bytes / took_s / 1e6:.0f}"
        f" MB/s, {watched.requests / took_s:.0f} requests/s"
    )
    print(f"  seek to picture  p50 {p50_ms:6.0f} ms, p95 {p95_ms:6.0f} ms, of {len(seeks)}")
    print(f"  came too late    {watched.late} of {watched.pieces} pieces")
    for which, each_s in used_s.items():
        print(f"  CPU, {which:<11} {100 * each_s / took_s:6.1f} % of a core")
    print(
        f"  CPU, viewers     {100 * watched.own_cpu_s / took_s:6.1f} % of a core;"
        f" their own timers late by {1000 * watched.own_lateness_s:.0f} ms (p99)"
    )


def cpu_s(process: psutil.Process) -> float:
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


async def run(folder: Path) -> None:
    here, port = an_installation(folder), a_free_port()
    here.write(public_url=f"https://localhost:{port}")
    settings = read_settings(here.settings)
    async with a_server(settings) as server:
        ours = {"ours": psutil.Process(server.pid)}
        await measure("straight", Place(server.port, items(), server.cookies), ours)
        if missing := lacking("nginx"):
            print(f"left out with nginx, for want of {missing}")
            return
        chain, key = make_certificate(folder)
        site = nginx_site(settings, chain, key)
        async with a_running_nginx(folder / "nginx", site, a_free_port()):
            nginx = psutil.Process(int((folder / "nginx" / "nginx.pid").read_text()))
            place = Place(port, items(), server.cookies, chain)
            await measure("behind the shipped nginx with TLS", place, ours | {"nginx": nginx})


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(Path(folder)))
    print(f"machine load {os.getloadavg()[0]:.1f}")
