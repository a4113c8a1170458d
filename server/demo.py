"""`topmoede demo`: the whole product on this machine, with no service beside it.

A fresh day each time, in a folder that goes with the process; with `--data` the day is kept there,
and the next start goes on where it was.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import socket
import tempfile
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import uvloop
from pydantic import SecretStr

from schedule.errors import ProgrammeFaults
from schedule.programme import Programme
from server import app, logs
from server.clock import Clock, ShowMap
from server.demo_people import PEOPLE, Links, SourceLink
from server.errors import Unusable
from server.on_air import MAIN
from server.parts import Installation, Parts
from server.programme_files import read_programme
from server.settings import Settings
from server.viewers import PASS
from streams.films.demofilm import DemoFilm

RTMP_PORT = 1935
START_BEFORE_S = 5
LONGEST_FILM_S = 90.0
OVER_AGAIN_AFTER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Demo:
    """What was asked on the command line; `at` is an hour and a minute of the programme's day."""

    host: str = "127.0.0.1"
    port: int = 8000
    programme: Path | None = None
    at: tuple[int, int] | None = None
    speed: float | None = None
    data: Path | None = None
    links: Path | None = None


def run_demo(demo: Demo) -> int:
    """Runs the demo until it is interrupted; returns the exit status."""
    logs.set_up("WARNING")
    try:
        programme = read_programme(demo.programme, default="demo_day")
    except ProgrammeFaults as faults:
        raise Unusable(f"expected a programme without faults\n{faults}") from faults
    going_on = demo.data is not None and (demo.data / "topmoede.db").exists()
    if going_on and (demo.at or demo.speed):
        raise Unusable(f"expected no --at or --speed; the day in {demo.data} has its own clock")
    with ExitStack() as stack:
        data = demo.data or Path(stack.enter_context(tempfile.TemporaryDirectory("topmoede")))
        data.mkdir(parents=True, exist_ok=True)
        uvloop.run(_serve(demo, programme, data))
    return 0


async def _serve(demo: Demo, programme: Programme, data: Path) -> None:
    with _rtmp_listener(demo.host) or nullcontext() as rtmp_listener:
        await _serve_with(demo, programme, data, rtmp_listener)


async def _serve_with(
    demo: Demo, programme: Programme, data: Path, rtmp_listener: socket.socket | None
) -> None:
    settings = _settings(demo, programme, data)
    if "log_level" in settings.model_fields_set:  # it is quiet unless it is told otherwise
        logs.set_up(settings.log_level)
    clock = Clock(_first_map(demo, programme))
    installation = Installation(
        settings,
        programme,
        clock,
        OVER_AGAIN_AFTER,
        synthetic=tuple(settings.sources),
        demo_films=_demo_films(programme),
        films_folder=_films_folder(programme, data),
        rtmp_listener=rtmp_listener,
    )

    async def ready(parts: Parts) -> None:
        await parts.signing_in.register(PEOPLE)
        await parts.house.look_alikes.refresh()
        links = await _links(settings, parts, rtmp_listener)
        if demo.links:
            text = json.dumps(links.as_json(), indent=2, ensure_ascii=False)
            await asyncio.to_thread(demo.links.write_text, text, "utf-8")
        print(links.as_table(settings.port), flush=True)

    await app.serve(installation, ready)


def _demo_films(programme: Programme) -> tuple[DemoFilm, ...]:
    """A film for every item that shows one, in the order in which they are needed."""
    items = sorted((item for item in programme.items if item.film), key=lambda item: item.start)
    return tuple(
        DemoFilm(
            item.film or "",
            item.short_title or item.title,
            ", ".join(person.name for person in item.people) or (programme.theme or ""),
            min((item.end - item.start).total_seconds(), LONGEST_FILM_S),
            number,
        )
        for number, item in enumerate(items)
    )


def _films_folder(programme: Programme, data: Path) -> Path:
    """Films are made once for all demos of a programme; where that cannot be, with the day."""
    made = hashlib.sha256(repr(_demo_films(programme)).encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "topmoede" / f"films-{made}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return data / "films"
    return folder


def _first_map(demo: Demo, programme: Programme) -> ShowMap:
    """The show's clock at its first start: shortly before the day, or where `--at` says."""
    zone = ZoneInfo(programme.timezone)
    first = min(item.start for item in programme.items)
    show = first - timedelta(seconds=START_BEFORE_S)
    if demo.at:
        show = datetime(
            programme.date.year, programme.date.month, programme.date.day, *demo.at, tzinfo=zone
        )
    return ShowMap(Clock().wall(), show, demo.speed or 1.0)


def _settings(demo: Demo, programme: Programme, data: Path) -> Settings:
    base = f"http://{_host(demo.host)}:{demo.port}"
    keys = source_keys(data, programme)
    return Settings(
        host=demo.host,
        port=demo.port,
        public_url=base,
        origins=tuple(
            f"http://{host}:{demo.port}" for host in ("localhost", "127.0.0.1", "*.localhost")
        ),
        data=data,
        edition=programme.edition,
        sources={source: {"main": SecretStr(key)} for source, key in keys.items()},
        loopback_candidates=True,
        session_hours=72,
        support_name="Demoens hjælp",
        support_mail="hjaelp@topmoede.example",
        support_phone="00 00 00 00",
    )


def _host(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host


def source_keys(data: Path, programme: Programme) -> dict[str, str]:
    """A key for each live source, kept with the day; replaced whole, for a start may be killed."""
    file = data / "source-keys.json"
    kept: dict[str, str] = json.loads(file.read_text() or "{}") if file.exists() else {}
    sources = sorted({item.source for item in programme.items if item.source})
    keys = {source: kept.get(source) or secrets.token_urlsafe(24) for source in sources}
    if keys != kept:
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(keys))
        new.replace(file)
    return keys


def _rtmp_listener(host: str) -> socket.socket | None:
    """RTMP's own port, or any other where a second demo has it; None where there is none."""
    for port in (RTMP_PORT, 0):
        with suppress(OSError):
            return socket.create_server((host, port))
    return None


async def _links(settings: Settings, parts: Parts, rtmp_listener: socket.socket | None) -> Links:
    base = settings.public_url
    tokens = {
        person.key: await parts.signing_in.make_link(person.key, None, reusable=True)
        for person in PEOPLE
    }
    sources = {
        source: _source_link(settings, source, inputs["main"].get_secret_value(), rtmp_listener)
        for source, inputs in settings.sources.items()
    }
    token = await parts.signing_in.make_pass("individual", MAIN)
    channels = {MAIN: f"{base}/hls/{MAIN}/index.m3u8?{PASS}={token}"}
    return Links(base, tokens, sources, channels)


def _source_link(
    settings: Settings, source: str, key: str, rtmp_listener: socket.socket | None
) -> SourceLink:
    rtmp = None
    if rtmp_listener is not None:
        port = rtmp_listener.getsockname()[1]
        rtmp = f"rtmp://{_host(settings.host)}:{port}/live/{key}"
    return SourceLink(f"{settings.public_url}/whip/{source}", rtmp, key)
