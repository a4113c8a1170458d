"""A day on which everything is done that can be done to it; after each step every export is there.

What is told of a day is made from its log, and a log holds what people did: so the walk goes
through every word of the run of show, and fails where one is added that it leaves out.
"""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schedule import commands
from schedule.commands import StartOver
from schedule.library.unlocking import SHOWN
from schedule.programme import Programme
from schedule.programme_file import dump, load
from server import wire
from server.access.actor import SYSTEM
from server.cli import main
from tests.journeys.moved_day import MovedDay, a_moved_day
from tests.schedule.days import a_day, at

pytestmark = pytest.mark.whole

EXPORTS = (
    "/archive/edition.zip",
    "/feeds/sound.xml",
    "/feeds/video.xml",
    "/api/programme.ics",
    "/api/programme.xml",
    "/api/programme.json",
    "/api/library",
    "/api/library/table",
)
BY_THE_CLOCK = {"reckon", "start_over", "adopt_programme"}
ELSEWHERE = {"publish_programme": "programme", "choose": "choice"}
BY = {"publish_programme": "secretariat", "choose": "aalborg-host"}


def a_later_version() -> Programme:
    """Of the same day: an item is gone, one is called otherwise, one has come."""
    day = a_day()
    items = [item for item in day.items if item.id != "p-2"]
    at_d, at_e = ([item.id for item in items].index(id) for id in ("d", "e"))
    items[at_d] = replace(items[at_d], title="Et andet navn", people_pending=True)
    shorter = replace(items[at_e], end=at("10.05"))
    items[at_e : at_e + 1] = [shorter, replace(shorter, id="x", start=at("10.05"), end=at("10.10"))]
    items = [replace(item, recommends=()) for item in items]
    return replace(day, version="2", items=tuple(items))


def the_walk() -> list[tuple[str, dict[str, Any]]]:
    """Each word of the run of show with what it is said of, in an order in which it can be."""
    minute = timedelta(minutes=1)
    return [
        ("set_mode", {"mode": "manual"}),
        ("take", {"item": "a"}),
        ("announce", {"text": "Velkommen", "until": wire.rfc3339(at("09.30")), "urgent": True}),
        ("clear_announcement", {}),
        ("slate", {"text": "Et øjeblik"}),
        ("clear_slate", {}),
        ("set_mode", {"mode": "automatic"}),
        ("hold", {}),
        ("resume", {}),
        ("extend", {"item": "a", "minutes": 5}),
        ("trim", {"item": "a", "end": wire.rfc3339(at("09.12"))}),
        ("move", {"item": "p", "start": wire.rfc3339(at("09.50"))}),
        ("choose", {"slot": "p", "items": ["p-1"]}),
        ("skip", {"item": "a"}),
        ("back", {"from": "b"}),
        ("next", {"after": "a"}),
        ("announce_backup", {"address": "https://plan-b.example"}),
        ("clear_backup", {}),
        ("publish_programme", {"text": dump(a_later_version())}),
        ("take", {"item": "p", "after": "b"}),
        ("end_item", {"item": "p-1"}),
        ("slate", {"text": None}),
        ("take", {"item": "e", "after": "p"}),
        ("hold", {}),
        ("trim", {"item": "e", "end": wire.rfc3339(at("09.03") + minute)}),
        ("take", {"item": "z", "after": "e"}),
    ]


def test_the_walk_says_every_word_that_people_have() -> None:
    said = {name for name, _ in the_walk()}
    assert said == set(wire.names_of(commands.COMMANDS)) - BY_THE_CLOCK


async def test_whatever_is_done_to_a_day_every_export_tells_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_moved_day(tmp_path, a_day(), at("08.59")) as day:
        for name, data in the_walk():
            topic = ELSEWHERE.get(name, "show")
            await day.done(BY.get(name, "moderator"), topic, name, **data)
            if (name, data.get("item")) == ("take", "a"):
                await day.shown("a")
                open_now = {"item": "a", "audience": "everybody"}
                await day.done("secretariat", "library", "open_now", **open_now)
            if name == "publish_programme":
                await day.until("moderator", "/api/library", lambda told: "Et andet" in told.text)
            await told_of(day, name)
        assert (await day.show()).state == "ended"
        over = StartOver(day.clock.show() + timedelta(hours=1))
        await day.parts.house.dispatch.command(SYSTEM, "again", "show", over)
        await told_of(day, "start_over")
        await day.done("moderator", "show", "take", item="a")
        await told_of(day, "again")
        archive = await (await day.sign_in("secretariat")).get("/archive/edition.zip")
        out = await written_beside_it(day, tmp_path, capsys)
    for whole in (archive.content, out):
        log = read(whole)
        assert {"show_held", "day_ended", "day_started_over", "programme_adopted"} <= log
        assert "times_reckoned" not in log


async def told_of(day: MovedDay, step: str) -> None:
    """Fails unless everything that is exported is there, and of the version that counts now."""
    http, show = await day.sign_in("secretariat"), await day.show()
    shown = [entry.id for entry in show.items if entry.item.kind in SHOWN]
    for path in (*EXPORTS, *(f"/replay/{item}/record.html" for item in shown)):
        answer = await http.get(path, headers={"range": "bytes=0-0"})
        assert answer.status_code in (200, 206), (step, path, answer.text[:500])
        if path.startswith("/api/programme."):
            assert ("Et andet navn" in answer.text) is (show.version == "2"), (step, path)


async def written_beside_it(
    day: MovedDay, folder: Path, capsys: pytest.CaptureFixture[str]
) -> bytes:
    """What `topmoede archive` writes of the same edition, by the programme that it began with."""
    settings, programme, out = (folder / name for name in ("day.toml", "day-1.toml", "day.zip"))
    said = f'data = "{folder}"\nprogramme = "{programme}"\nedition = "test-day"\n'
    await asyncio.to_thread(programme.write_text, dump(a_day()))
    await asyncio.to_thread(settings.write_text, said)
    arguments = ["archive", "--out", str(out), "--settings", str(settings)]
    assert await asyncio.to_thread(main, arguments) == 0, capsys.readouterr().err
    return await asyncio.to_thread(out.read_bytes)


def read(archive: bytes) -> set[str]:
    """The names of what happened, of an archive that is whole."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        assert files.testzip() is None
        assert load(files.read("program.toml")).version == "2"
        log = json.loads(files.read("forloeb.json"))["log"]
        assert len(files.read("forloeb.txt").decode().splitlines()) == len(log)
    return {line["name"] for line in log}
