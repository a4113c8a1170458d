"""Real pages that hold the product's own client and nothing else, while everything under it breaks.

The pages lie at the address of a line that leads each connection to any of the workers and can be
cut; so a page never knows whom it speaks with. What each page was given to apply is held against
the database, and what its reducers made of it against the snapshot that the server gives.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import orjson
from playwright.async_api import Browser, Page, Route

from server.routes.asking import COOKIE
from tests.browser.chromium import a_chromium
from tests.journeys.workers import ALL, Conference, Frame, Worker
from tests.stalling_line import StallingLine, Streams, a_stalling_line

WEB = Path(__file__).parents[2] / "web"
SOURCE = "tests/realtime/roamingpage.ts"
CAUGHT_UP_WITHIN_MS = 60_000
EVENTS_WITHOUT_STATE = frozenset({"show"})
"""Its snapshot has the clock, and times that go on by themselves."""


def bundled(folder: Path) -> str:
    """The page's script, of the sources that the client is built of, by what builds it."""
    out = folder / "roaming.js"
    told = ("node_modules/.bin/rolldown", SOURCE, "--format", "iife", "--file", str(out))
    subprocess.run(told, cwd=WEB, check=True, capture_output=True)
    return out.read_text()


@dataclass
class Roamer:
    """One page, and who it is."""

    page: Page
    person: str
    room: str

    @property
    def topics(self) -> tuple[str, ...]:
        return (*ALL, self.room)

    async def ask(self, words: str) -> Any:
        return await self.page.evaluate(f"roamer.{words}")


class Roamers:
    """All pages of a conference; made by `roaming`."""

    def __init__(self, conference: Conference, line: StallingLine, dice: random.Random) -> None:
        self.conference = conference
        self.line = line
        self.pages: list[Roamer] = []
        self._dice = dice

    def cut(self, share: float = 0.5) -> None:
        self.line.cut(self._dice, share)

    async def wake(self) -> None:
        """Everybody is looked at again: a line that says nothing is found out."""
        for one in self.pages:
            await one.ask("wake()")

    async def expect_another_epoch(self) -> None:
        for one in self.pages:
            await one.ask("expectAnotherEpoch()")

    async def come_to_rest(self) -> None:
        """Nobody writes any more; everybody has an answer to everything, and everything."""
        for one in self.pages:
            await one.ask("rest()")
        for one in self.pages:
            await one.page.wait_for_function("!roamer.waiting", timeout=CAUGHT_UP_WITHIN_MS)
        ends = {topic: at.head for topic, at in (await self._positions()).items()}
        for one in self.pages:
            wanted = {topic: ends[topic] for topic in one.topics}
            await one.page.wait_for_function(
                "wanted => Object.entries(wanted)"
                ".every(([topic, seq]) => (roamer.seqs()[topic] ?? 0) >= seq)",
                arg=wanted,
                timeout=CAUGHT_UP_WITHIN_MS,
            )

    async def faults(self) -> list[str]:
        """Everything that contradicts the database, which is read last: the day goes on."""
        told = [(one, await one.ask("lives"), await one.ask("asked")) for one in self.pages]
        stored = {
            topic: [
                orjson.loads(entry.frame())
                for entry in await self.conference.journal.entries(topic, 0, at.head)
            ]
            for topic, at in (await self._positions()).items()
        }
        found: list[str] = []
        for one, lives, asked in told:
            mine = [
                fault
                for topic, some in lives.items()
                for fault in _torn(topic, some, stored[topic])
            ]
            mine += [*await one.ask("faults"), *_broken(asked, stored[one.room])]
            found += [f"{one.person}: {fault}" for fault in mine]
            found += await self._misdrawn(one)
        return found

    async def told(self) -> str:
        lines = [await one.ask("lines") for one in self.pages]
        lives = [len(lives) for one in self.pages for lives in (await one.ask("lives")).values()]
        asked = [len(await one.ask("asked")) for one in self.pages]
        return f"{sum(lines)} lines, {sum(lives)} lives, {sum(asked)} posts of {len(lines)} pages"

    async def _misdrawn(self, one: Roamer) -> list[str]:
        """Where the page's reducers have come to something else than the server's."""
        fresh = await _snapshots(self.conference.workers[0], await self._cookie(one), one.topics)
        states, seqs = await one.ask("states()"), await one.ask("seqs()")
        return [
            f"{one.person} has drawn another {topic} than the server"
            for topic, joined in fresh.items()
            if topic not in EVENTS_WITHOUT_STATE
            if (joined["seq"], joined["snapshot"]) != (seqs[topic], states[topic])
        ]

    async def _cookie(self, one: Roamer) -> str:
        (cookie,) = await one.page.context.cookies()
        return cookie["value"]

    async def _positions(self) -> Mapping[str, Any]:
        topics = {topic for one in self.pages for topic in one.topics}
        return await self.conference.journal.positions(topics)


def _torn(topic: str, lives: Sequence[Frame], stored: Sequence[Frame]) -> list[str]:
    found: list[str] = []
    for life in lives:
        if life["base"] < 0:
            continue
        upto = life["base"] + len(life["events"])
        if life["events"] != stored[life["base"] : upto]:
            pairs = zip_longest(life["events"], stored[life["base"] : upto])
            here, there = next((one, other) for one, other in pairs if one != other)
            found.append(f"another {topic} than the database after {life['base']}: {here}, {there}")
        if life["reloads"]:
            found.append(f"{life['reloads']} reloads of {topic}")
    return found


def _broken(asked: Sequence[Frame], stored: Sequence[Frame]) -> list[str]:
    """What was promised and is not there, or was refused and is, or is there twice."""
    places: dict[str, list[int]] = {}
    for frame in stored:
        places.setdefault(frame.get("cause", ""), []).append(frame["seq"])
    found: list[str] = []
    for one in asked:
        answer, at = one["answer"], places.get(one["id"], [])
        if answer["ok"] and answer["seq"] not in (*at, None):
            found.append(f"{one['id']} was promised at {answer['seq']} and is at {at}")
        if not answer["ok"] and at:
            found.append(f"{one['id']} was refused ({answer['code']}) and is at {at}")
        if len(at) > 1 or answer["times"] > 1:
            found.append(f"{one['id']} is at {at} and was answered {answer['times']} times")
    return found


async def _snapshots(worker: Worker, cookie: str, topics: Sequence[str]) -> dict[str, Frame]:
    """What somebody is given who comes now."""
    found: dict[str, Frame] = {}
    async with worker.connect(
        subprotocols=["topmoede.v1"], additional_headers={"Cookie": f"{COOKIE}={cookie}"}
    ) as line:
        wanted = [{"topic": topic} for topic in topics]
        await line.send(orjson.dumps({"op": "hello", "v": 1, "topics": wanted}).decode())
        while len(found) < len(topics):
            for text in (await line.recv()).splitlines():
                frame: Frame = orjson.loads(text)
                if frame["op"] == "joined" and frame["topic"] in topics:
                    found[frame["topic"]] = frame
    return found


@contextlib.asynccontextmanager
async def a_line_to_any(
    port: int, workers: Sequence[Worker], dice: random.Random
) -> AsyncIterator[StallingLine]:
    """Each connection leads to one of the workers, whether it is there or not."""

    async def reach() -> Streams:
        return await dice.choice(workers).streams()

    async with a_stalling_line(reach, port=port) as line:
        yield line


@contextlib.asynccontextmanager
async def roaming(
    conference: Conference, folder: Path, port: int, seed: int
) -> AsyncIterator[Roamers]:
    """A page for each who comes with a browser; every other one has no socket, but a stream."""
    script, dice = await asyncio.to_thread(bundled, folder), random.Random(seed)
    async with a_line_to_any(port, conference.workers, dice) as line, a_chromium() as browser:
        roamers = Roamers(conference, line, dice)
        for number, (room, cookie) in enumerate(conference.pages):
            page = await _a_page(browser, port, cookie)
            person = f"side-{number}"
            plan = {
                "person": person,
                "topics": [*ALL, room],
                "room": room,
                "ways": ["stream"] if number % 3 == 2 else ["socket", "stream"],
                "seed": dice.randrange(1, 2**31 - 1),
            }
            await page.add_script_tag(content=script)
            await page.evaluate("plan => roam(plan)", plan)
            roamers.pages.append(Roamer(page, person, room))
        yield roamers


async def _a_page(browser: Browser, port: int, cookie: str) -> Page:
    """An empty page of our own origin."""
    base = f"http://127.0.0.1:{port}"
    context = await browser.new_context()
    await context.add_cookies([{"name": COOKIE, "value": cookie, "url": base}])
    page = await context.new_page()

    async def nothing(route: Route) -> None:
        await route.fulfill(content_type="text/html", body="<!doctype html><title>Side</title>")

    await page.route(f"{base}/tom", nothing)
    await page.goto(f"{base}/tom")
    return page
