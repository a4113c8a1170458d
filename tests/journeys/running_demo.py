"""A demo server in a process of its own, and people who are signed in to it."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.journeys.warm_start import WarmProcess, can_be_warm, ran, the_nest
from tests.ports import a_free_port

DEMO_DAY = Path(__file__).parents[2] / "schedule" / "demo_day.toml"
READY_WITHIN_S, HEARD_WITHIN_S = 120.0, 60.0
"""Long, because some of these run at the lowest priority, beside what lives by real time."""
_ids = itertools.count()

Frame = dict[str, Any]


def unhurried(at: str = "09.00") -> tuple[str, ...]:
    """A day that turns by hand alone: what lasts half a minute lasts five by itself."""
    return ("--at", at, "--speed", "0.1")


@dataclass
class Demo:
    """A running `topmoede demo`; killed and started again on the same folder at will."""

    folder: Path
    port: int
    arguments: tuple[str, ...]
    process: asyncio.subprocess.Process | WarmProcess | None = None
    links: dict[str, Any] = field(default_factory=dict)
    visitors: list[Visitor] = field(default_factory=list)
    cold: bool = False
    """Start it as people do, importing everything; for what is measured from the start."""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts the process and waits until it takes connections."""
        await self.launch()
        await self._ready()

    async def launch(self) -> None:
        """Starts the process, which is not ready yet when this returns."""
        self._links_file.unlink(missing_ok=True)
        log = (self.folder / "log.jsonl").open("ab")
        told = [
            *("demo", "--port", str(self.port), "--links", str(self._links_file)),
            *("--data", str(self.folder / "data"), *self.arguments),
        ]
        with log:
            if can_be_warm(os.environ) and not self.cold:
                self.process = await asyncio.to_thread(the_nest().start, told, log.fileno())
                return
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "server.cli", *told,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def _ready(self) -> None:
        links = self._links_file
        async with asyncio.timeout(READY_WITHIN_S):
            while not links.exists() or not (text := links.read_text()).endswith("}"):
                assert self.process is not None
                assert self.process.returncode is None, self.log()
                await asyncio.sleep(0.02)  # another process's file: there is nothing to wait on
        self.links = json.loads(text)

    @property
    def _links_file(self) -> Path:
        return self.folder / "links.json"

    def log(self) -> str:
        return (self.folder / "log.jsonl").read_text()

    def traces(self) -> list[str]:
        """Every traceback in the log; there is none on a good day."""
        lines = [line for line in self.log().splitlines() if line.startswith("{")]
        logged = [str(json.loads(line).get("trace", "")) for line in lines]
        bare = ["a traceback outside the log"] if "\nTraceback (most" in self.log() else []
        return [trace for trace in logged if trace] + bare

    async def kill(self) -> None:
        """Kills the process, and what it started, without a warning."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Asks the process to end; returns its exit status."""
        return await self._end(signal.SIGTERM)

    async def start_again(self) -> None:
        """Starts on the same folder, where the day goes on."""
        self.forget_clock()
        await self.start()

    def forget_clock(self) -> None:
        """An existing day has its own clock, and the demo refuses to be told another."""
        self.arguments = tuple(_without_clock(self.arguments))

    async def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        async with asyncio.timeout(HEARD_WITHIN_S):
            return await self.process.wait()

    async def command(self, *arguments: str, **settings: str) -> str:
        """Runs another `topmoede` command on the same day; returns what it printed."""
        told = {"DATA": str(self.folder / "data"), "PUBLIC_URL": self.base}
        told |= {"EDITION": "demo", "PROGRAMME": str(DEMO_DAY)}
        environment = {f"TOPMOEDE_{name}": value for name, value in (told | settings).items()}
        async with asyncio.timeout(READY_WITHIN_S):
            status, said = await ran(arguments, dict(os.environ) | environment)
        assert status == 0, said
        return said

    async def invite(self, *people: tuple[str, str, str]) -> None:
        """Registers more people (key, role, municipality), while the server runs."""
        file, links = self.folder / "people.csv", self.folder / "invited.csv"
        rows = [
            ("key", "name", "role", "municipality"),
            *((k, k.title(), r, m) for k, r, m in people),
        ]
        file.write_text("\n".join(",".join(row) for row in rows))
        await self.command("people", "import", str(file), "--links", str(links))
        with links.open(newline="") as invited:
            for row in csv.DictReader(invited):
                self.links["people"][row["key"]] = {"enter": row["link"], "role": row["role"]}

    def stranger(self, **told: Any) -> httpx.AsyncClient:
        """Somebody without a session, unless told otherwise."""
        return httpx.AsyncClient(base_url=self.base, timeout=HEARD_WITHIN_S, **told)

    async def sign_in(self, key: str) -> Visitor:
        """A signed-in person with a cookie of their own."""
        http = self.stranger()
        path = self.links["people"][key]["enter"].removeprefix(self.base)
        entered = await http.post(path)
        assert entered.status_code == 303, entered.text
        self.visitors.append(Visitor(self, key, http))
        return self.visitors[-1]


@dataclass
class Visitor:
    """A person with HTTP and a socket; keeps every frame that arrived."""

    demo: Demo
    key: str
    http: httpx.AsyncClient
    socket: ClientConnection | None = None
    heard: list[Frame] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    me: dict[str, Any] = field(default_factory=dict)

    async def open(self, *topics: str | dict[str, Any]) -> list[Frame]:
        """Opens the socket and joins topics; returns the answers to the joins."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        self.socket = await connect(
            f"ws://127.0.0.1:{self.demo.port}/rt",
            subprotocols=["topmoede.v1"],  # type: ignore[list-item]
            additional_headers={"Cookie": cookie},
            compression=None,
            max_size=None,
            max_queue=None,  # so that a dead server is noticed, however much it had said
        )
        joins = [topic if isinstance(topic, dict) else {"topic": topic} for topic in topics]
        await self.say({"op": "hello", "v": 1, "topics": joins})
        self.me = (await self.hear("welcome"))["person"]
        return [await self.answer_about(join["topic"]) for join in joins]

    async def say(self, frame: Frame) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(frame))

    async def answer_about(self, topic: str) -> Frame:
        return await self.hear_that(
            lambda f: f["op"] in ("joined", "denied") and f["topic"] == topic
        )

    async def hear(self, op: str) -> Frame:
        return await self.hear_that(lambda f: f["op"] == op)

    async def hear_event(self, topic: str, name: str) -> Frame:
        return await self.hear_that(
            lambda f: f["op"] == "event" and f["topic"] == topic and f["name"] == name
        )

    async def hear_that(self, wanted: Any) -> Frame:
        """The first frame, old or new, that is wanted; each is found once."""
        async with asyncio.timeout(HEARD_WITHIN_S):
            while True:
                for number, frame in enumerate(self.heard):
                    if wanted(frame):
                        return self.heard.pop(number)
                await self._receive()

    async def _receive(self) -> None:
        assert self.socket is not None
        text = await self.socket.recv()
        assert isinstance(text, str)
        self.raw.append(text)
        self.heard += [json.loads(line) for line in text.split("\n")]

    async def listen(self, take: Callable[[Frame], None]) -> None:
        """Hands over every frame, those that were heard before first, until the line is gone."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                heard, self.heard = self.heard, []
                for frame in heard:
                    take(frame)
                await self._receive()

    async def do(self, topic: str, name: str, **data: Any) -> Frame:
        """Sends a command; returns `done` or `refused`."""
        id = f"{self.key}-{next(_ids)}-{os.getpid()}"
        await self.say({"op": "do", "id": id, "topic": topic, "name": name, "data": data})
        return await self.hear_that(lambda f: f.get("id") == id)

    async def get_until(
        self, path: str, wanted: Callable[[httpx.Response], bool], within_s: float = READY_WITHIN_S
    ) -> httpx.Response:
        """Fetches an address again and again until the answer is the one wanted."""
        answer = await self.http.get(path)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not wanted(answer):
                    await asyncio.sleep(0.1)  # another process's state: nothing to wait on
                    answer = await self.http.get(path)
        assert wanted(answer), f"{path} stayed {answer.status_code}: {answer.text[:500]}"
        return answer

    async def leave(self) -> None:
        if self.socket is not None:
            await self.socket.close()
        await self.http.aclose()


@contextlib.asynccontextmanager
async def a_demo(folder: Path, *arguments: str, cold: bool = False) -> AsyncIterator[Demo]:
    """A running demo in a folder; ended with the block."""
    demo = Demo(folder, a_free_port(), arguments, cold=cold)
    try:
        await demo.start()  # one that is too slow to start is ended too
        yield demo
    finally:
        for visitor in demo.visitors:
            await visitor.leave()
        if demo.process is not None and demo.process.returncode is None:
            await demo.kill()


def _without_clock(arguments: tuple[str, ...]) -> list[str]:
    kept: list[str] = []
    for name, value in zip(arguments[::2], arguments[1::2], strict=True):
        if name not in ("--at", "--speed"):
            kept += [name, value]
    return kept
