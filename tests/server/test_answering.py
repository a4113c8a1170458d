"""What each part answers, and that front, media process and nginx agree on whose a path is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from schedule.programme_file import builtin
from server.answering import application, front_routes, media_paths, media_routes
from server.app import opened
from server.clock import Clock
from server.parts import Installation, Parts
from server.processes import Part
from server.settings import Settings

PROGRAMME = builtin("demo_day")
LOCATION = re.compile(r"^    location (?:(=|~) )?(\S+) \{\n(.*?)^    \}", re.DOTALL | re.MULTILINE)


@asynccontextmanager
async def a_process(folder: Path, part: Part) -> AsyncIterator[tuple[Installation, Parts]]:
    settings = Settings(data=folder, edition=PROGRAMME.edition)
    installation = Installation(settings, PROGRAMME, Clock(), part=part)
    async with opened(installation) as parts:
        yield installation, parts


async def fetched(installation: Installation, parts: Parts, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(application(installation, parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        return await http.get(path)


@pytest.mark.parametrize("part", [Part.WHOLE, Part.FRONT])
async def test_every_part_that_people_meet_is_described_alike(tmp_path: Path, part: Part) -> None:
    async with a_process(tmp_path, part) as (installation, parts):
        document: dict[str, Any] = (await fetched(installation, parts, "/api/openapi.json")).json()

    described = {path: set(verbs) for path, verbs in document["paths"].items()}
    answered: dict[str, set[str]] = {}
    for route in media_paths():
        verbs = {verb.lower() for verb in route.methods or ()} - {"head", "options"}
        answered.setdefault(route.path, set()).update(verbs)
    assert {path: described[path] for path in answered} == answered
    assert {"/api/show", "/enter/{token}", "/healthz", "/replay/{item}/index.m3u8"} <= set(
        described
    )


async def test_the_media_process_answers_what_the_front_passes_on_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with a_process(tmp_path, Part.MEDIA) as (installation, parts):
        assert parts.picture is not None
        answered = [(r.path, r.methods) for r in media_routes(installation, parts, parts.picture)]
        assert answered == [(route.path, route.methods) for route in media_paths()]
        for path in ("/api/show", "/", "/watch", "/api/openapi.json", "/rt/events"):
            assert (await fetched(installation, parts, path)).status_code == 404, path
        refused = await fetched(installation, parts, "/hls/main/index.m3u8")
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


async def test_a_front_without_a_media_process_is_not_ready_and_says_why(tmp_path: Path) -> None:
    async with a_process(tmp_path, Part.FRONT) as (installation, parts):
        ready = await fetched(installation, parts, "/readyz")
        assert (ready.status_code, ready.json()) == (503, {"database": "ok", "media": "down"})
        assert (await fetched(installation, parts, "/healthz")).status_code == 200
        gone = await fetched(installation, parts, "/hls/main/index.m3u8")
        assert (gone.status_code, gone.json()["code"]) == (503, "media_down")


async def test_nginx_sends_each_path_to_the_process_that_answers_it(tmp_path: Path) -> None:
    site = resources.files("server.deploy").joinpath("nginx.conf").read_text("utf-8")
    locations = [found.groups() for found in LOCATION.finditer(site)]
    async with a_process(tmp_path, Part.FRONT) as (installation, parts):
        ours = [getattr(route, "path", "") for route in front_routes(installation, parts)]
    for path in (route.path for route in media_paths()):
        assert "http://topmoede_media;" in block_of(path, locations), path
    for path in ours:
        assert "http://topmoede_front;" in block_of(path or "/", locations), path


def block_of(path: str, locations: list[tuple[str, ...]]) -> str:
    """What stands in the location that nginx chooses: exact, then pattern, then longest prefix."""
    asked = re.sub(r"\{\w+\}", "x", path)
    for kind, place, block in locations:
        if kind == "=" and place == asked:
            return block
    for kind, place, block in locations:
        if kind == "~" and re.search(place, asked):
            return block
    prefixes = [each for each in locations if not each[0] and asked.startswith(each[1])]
    return max(prefixes, key=lambda each: len(each[1]))[2]
