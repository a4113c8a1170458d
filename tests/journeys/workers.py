"""Three front processes on one PostgreSQL and one Redis, and people whose lines break all the time.

The workers are started one by one, as on three machines: nobody starts them again, kills them or
wakes them but the test. People choose their worker by its own socket.

A person keeps PROTOCOL's rules and nothing else: positions advance frame by frame, and what was not
answered is asked again with the same id, of whichever worker comes next.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from schedule.programme_file import load
from server.access.people import Person
from server.access.signing_in import SigningIn
from server.clock import Clock, ShowMap
from server.database import Database
from server.entries import Entry
from server.journal import Journal, new_edition, open_journal
from server.routes.asking import COOKIE
from tests.journeys.installation import Installation, an_installation
from tests.journeys.ledger import Ledger
from tests.journeys.warm_start import WarmProcess, can_be_warm, the_nest
from tests.stalling_line import Streams

Frame = dict[str, Any]

READY_WITHIN_S = 90.0
ANSWERED_WITHIN_S = 8.0
SPEED = 20.0
MISTAKEN = 0.02
"""How often a page says an epoch that is not the server's."""
# Not an answer for ever: asked again with the same id. A copy of the same command may still wait at
# a worker that is frozen, and be carried out when it wakes.
ASK_AGAIN = frozenset({"storage_busy", "busy", "too_fast", "slow_mode"})
TOWNS = ("aalborg", "aarhus")
ALL = ("show", "committee")


@dataclass
class Worker:
    """One front process; its log is a file.

    Args:
        number: 0 for the only one, which stands on SQLite and has no socket of its own.
    """

    here: Installation
    number: int
    redis_url: str
    process: asyncio.subprocess.Process | WarmProcess | None = None

    @property
    def socket(self) -> str:
        return str(self.here.folder / "data" / f"worker-{self.number}.sock")

    @property
    def log(self) -> Path:
        return self.here.folder / f"worker-{self.number}.log"

    def http(self) -> httpx.AsyncClient:
        """A client of this front and no other."""
        if not self.number:
            return httpx.AsyncClient(base_url=self.here.base, timeout=30)
        transport = httpx.AsyncHTTPTransport(uds=self.socket)
        return httpx.AsyncClient(transport=transport, base_url="http://worker", timeout=30)

    async def start(self) -> None:
        """Returns when it answers."""
        which = ("--worker", str(self.number)) if self.number else ()
        told = ["serve", "--part", "front", *which, "--settings", str(self.here.settings)]
        redis = {"TOPMOEDE_REDIS_URL": self.redis_url} if self.redis_url else {}
        environment = {**os.environ, **redis}
        with self.log.open("ab") as log:
            if can_be_warm(environment):
                start = the_nest().start
                self.process = await asyncio.to_thread(start, told, log.fileno(), environment)
            else:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "server.cli", *told,
                    stdout=log, stderr=log, env=environment,
                )  # fmt: skip
        async with asyncio.timeout(READY_WITHIN_S), self.http() as http:
            while True:
                assert self.process.returncode is None, self.log.read_text()[-3000:]
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get("/healthz")).status_code == 200:
                        return
                await asyncio.sleep(0.05)  # another process's state: nothing to wait on

    async def streams(self) -> Streams:
        """A connection to this front and no other."""
        if not self.number:
            return await asyncio.open_connection("127.0.0.1", self.here.port)
        return await asyncio.open_unix_connection(self.socket)

    def connect(self, **options: Any) -> connect:
        if not self.number:
            return connect(f"ws://127.0.0.1:{self.here.port}/rt", **options)
        return unix_connect(self.socket, "ws://127.0.0.1/rt", **options)

    async def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def said(self) -> list[Frame]:
        lines = self.log.read_bytes().splitlines() if self.log.exists() else []
        return [orjson.loads(line) for line in lines if line.startswith(b"{")]

    def keeps_time(self) -> bool:
        said = [line["what"] for line in self.said() if line["from"] == "topmoede.lease"]
        return bool(said) and said[-1] == "this worker keeps time now"

    def steps_taken_after(self, woken: datetime) -> list[str]:
        """What it did as the director between waking up and noticing that it no longer is."""
        taken: list[str] = []
        for line in self.said():
            if datetime.fromisoformat(line["at"]) < woken:
                continue
            if line["what"] == "this worker keeps time no more":
                return taken
            if line["from"] == "topmoede.timekeeper" and line["what"] == "taken":
                taken.append(line["cause"])
        raise AssertionError("it has not noticed that it was away")


@dataclass
class Log:
    """What a page has of one topic."""

    topic: str
    epoch: str | None = None
    base: int = 0
    last: int = 0
    frames: list[Frame] = field(default_factory=list)
    doubled: int = 0
    reloads: int = 0
    away: bool = False
    mistaken: bool = False
    """It has just said an epoch that is not the server's, and must be given a snapshot."""

    def position(self, *, mistaken: bool = False) -> Frame:
        self.mistaken = mistaken and self.epoch is not None
        if self.epoch is None:
            return {"topic": self.topic}
        epoch = "gammel" if self.mistaken else self.epoch
        return {"topic": self.topic, "epoch": epoch, "seq": self.last}

    def receive(self, frame: Frame) -> None:
        if frame["op"] == "joined":
            self.away = False
            assert not self.mistaken or frame["mode"] == "snapshot"
            if frame["mode"] == "snapshot":
                self.reloads += self.epoch is not None and not self.mistaken
                self.mistaken = False
                self.epoch, self.base, self.last = frame["epoch"], frame["seq"], frame["seq"]
                self.frames.clear()
            else:
                assert (frame["epoch"], frame["seq"]) == (self.epoch, self.last)
        elif self.away:
            return  # it was left, and what was under way then is sent again
        elif frame["seq"] <= self.last:
            self.doubled += 1
        else:
            assert frame["seq"] == self.last + 1, f"a hole in {self.topic} after {self.last}"
            self.last = frame["seq"]
            self.frames.append(frame)


class Attendee:
    """Somebody who goes from worker to worker, reading and writing."""

    def __init__(
        self, key: str, cookie: str, topics: Sequence[str], ledger: Ledger, dice: random.Random
    ) -> None:
        self.key = key
        self.ledger = ledger
        self.logs = {topic: Log(topic) for topic in topics}
        self.lines = 0
        self.late_s: list[tuple[float, float]] = []
        self._cookie = cookie
        self._dice = dice
        self._answered = asyncio.Event()

    async def roam(self, workers: Sequence[Worker], until: asyncio.Event) -> None:
        while not until.is_set():
            await self.line(self._dice.choice(workers), self._dice.uniform(0.3, 3.0), until)

    async def line(self, worker: Worker, for_s: float, until: asyncio.Event) -> None:
        """Connect, read and write for a while, break in one of several ways."""
        with contextlib.suppress(OSError, TimeoutError, ConnectionClosed, InvalidHandshake):
            async with self._connected(worker, open_timeout=2) as line:
                async with asyncio.timeout(ANSWERED_WITHIN_S):
                    await self._greet(line)
                async with asyncio.TaskGroup() as tasks:
                    parts = {
                        tasks.create_task(_until_closed(self._read(line))),
                        tasks.create_task(_until_closed(self._write(line))),
                        tasks.create_task(_until_closed(self._wander(line))),
                        tasks.create_task(_until_closed(until.wait())),
                    }
                    await asyncio.wait(parts, timeout=for_s, return_when=asyncio.FIRST_COMPLETED)
                    for part in parts:
                        part.cancel()
                if self._dice.random() < 0.5:
                    line.transport.abort()
        await asyncio.sleep(0.02)

    async def catch_up(self, worker: Worker, heads: Mapping[str, int]) -> None:
        """Read to the end, and have everything answered; however long a worker takes to greet."""
        async with self._connected(worker, open_timeout=None) as line:
            await self._greet(line)
            while waiting := self.ledger.unanswered(self.key):
                await line.send(orjson.dumps(waiting[0]).decode())
                self._answered.clear()
                while not self._answered.is_set():
                    self._take(await line.recv())
                await asyncio.sleep(0.2)  # the pace that people are held to
            while any(log.last < heads[topic] for topic, log in self.logs.items()):
                self._take(await line.recv())

    def worst_s(self, since: float) -> float:
        """The greatest lateness of an event that was heard after that moment."""
        return max((late for at, late in self.late_s if at >= since), default=0.0)

    @contextlib.asynccontextmanager
    async def _connected(
        self, worker: Worker, open_timeout: float | None
    ) -> AsyncIterator[ClientConnection]:
        self.lines += 1
        async with worker.connect(
            subprotocols=["topmoede.v1"],
            additional_headers={"Cookie": f"{COOKIE}={self._cookie}"},
            compression=None, open_timeout=open_timeout, close_timeout=0.1, ping_interval=None,
            max_queue=None,
        ) as line:  # fmt: skip
            yield line

    async def _greet(self, line: ClientConnection) -> None:
        positions = [
            log.position(mistaken=self._dice.random() < MISTAKEN) for log in self.logs.values()
        ]
        await line.send(orjson.dumps({"op": "hello", "v": 1, "topics": positions}).decode())
        joined = 0
        while joined < len(positions):
            joined += self._take(await line.recv())

    async def _read(self, line: ClientConnection) -> None:
        while True:
            self._take(await line.recv(), fresh=True)

    def _take(self, message: str | bytes, *, fresh: bool = False) -> int:
        joined = 0
        for text in message.splitlines():
            frame: Frame = orjson.loads(text)
            if frame["op"] in ("event", "joined") and frame["topic"] in self.logs:
                self.logs[frame["topic"]].receive(frame)
                joined += frame["op"] == "joined"
                if fresh and frame["op"] == "event":
                    now = datetime.now(UTC)
                    late = (now - datetime.fromisoformat(frame["at"])).total_seconds()
                    self.late_s.append((time.monotonic(), late))
            elif frame["op"] in ("done", "refused"):
                if frame["op"] == "done" or frame["code"] not in ASK_AGAIN:
                    self.ledger.hear(frame)
                self._answered.set()
        return joined

    async def _write(self, line: ClientConnection) -> None:
        """One thing after the other, and first what was left without an answer."""
        while True:
            waiting = self.ledger.unanswered(self.key)
            frame = waiting[0] if waiting else self.ledger.ask(self.key, *self._wish())
            self._answered.clear()
            await line.send(orjson.dumps(frame).decode())
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                await self._answered.wait()
            await asyncio.sleep(self._dice.uniform(0.1, 0.5))

    async def _wander(self, line: ClientConnection) -> None:
        """Leave a topic and come back to it, while it goes on."""
        while True:
            await asyncio.sleep(self._dice.uniform(0.2, 2.0))
            log = self._dice.choice(list(self.logs.values()))
            if log.away:
                continue
            log.away = True
            await line.send(orjson.dumps({"op": "leave", "topic": log.topic}).decode())
            await line.send(orjson.dumps({"op": "join", **log.position()}).decode())

    def _wish(self) -> tuple[str, str, dict[str, Any]]:
        if self.key == "moderator":
            name = self._dice.choice(("announce", "slate", "clear_slate"))
            text = {"text": f"Husk {len(self.ledger.asked)}"} if name != "clear_slate" else {}
            return "show", name, text
        room = next(topic for topic in self.logs if topic.startswith("room:"))
        return room, "post_message", {"text": f"Besked {self.key} {len(self.ledger.asked)}"}


async def _until_closed(part: Any) -> None:
    with contextlib.suppress(ConnectionClosed, TimeoutError, OSError):
        await part


class Conference:
    """Everything together; made by `a_conference`."""

    def __init__(
        self, here: Installation, journal: Journal, redis_urls: Sequence[str], seed: int
    ) -> None:
        self.journal = journal
        first = 0 if journal.database.one_writer else 1
        self.here = here
        self.workers = [Worker(here, number, url) for number, url in enumerate(redis_urls, first)]
        self.people: list[Attendee] = []
        self.pages: list[tuple[str, str]] = []
        """The room and the cookie of each who comes with a browser."""
        self.ledger = Ledger()
        self.ends: dict[str, int] = {}
        self._dice = random.Random(seed)

    async def director(self, besides: Worker | None = None) -> Worker:
        """Who keeps time; `besides` whom is frozen and does not know that it no longer does."""
        async with asyncio.timeout(READY_WITHIN_S):
            while True:
                for worker in self.workers:
                    if worker is not besides and worker.keeps_time():
                        return worker
                await asyncio.sleep(0.05)  # another process's state: nothing to wait on

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Everybody roams; in the end everybody is called to catch up."""
        until = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for person in self.people:
                tasks.create_task(person.roam(self.workers, until))
            yield
            until.set()
        await self._everybody_catches_up()

    async def _everybody_catches_up(self) -> None:
        """First all is answered, and then all is read."""
        for _ in range(2):
            self.ends = await self.heads()
            async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
                for number, person in enumerate(self.people):
                    worker = self.workers[number % len(self.workers)]
                    tasks.create_task(person.catch_up(worker, self.ends))

    async def heads(self) -> dict[str, int]:
        topics = {topic for person in self.people for topic in person.logs}
        positions = await self.journal.positions(topics)
        return {topic: position.head for topic, position in positions.items()}

    async def invite(self, members: int, pages_wanted: int) -> None:
        """Members of two towns and a moderator, signed in; and as many who come with a browser."""
        people = [
            Person(f"gaest-{number}", f"Gæst {number}", "member", TOWNS[number % len(TOWNS)])
            for number in range(members)
        ]
        people.append(Person("moderator", "Ida", "moderator"))
        pages = [
            Person(f"side-{number}", f"Side {number}", "member", TOWNS[number % len(TOWNS)])
            for number in range(pages_wanted)
        ]
        edition = self.journal.edition_id
        signing_in = SigningIn(self.journal.database, edition, timedelta(hours=1), Clock().wall)
        await signing_in.register([*people, *pages])

        async def entered(person: Person) -> str:
            entered = await signing_in.enter(await signing_in.make_link(person.key, None))
            assert entered is not None
            return entered.cookie

        self.pages = [(f"room:{person.municipality}", await entered(person)) for person in pages]
        for person in people:
            rooms = (f"room:{person.municipality}",) if person.municipality else ()
            dice = random.Random(self._dice.random())
            self.people.append(
                Attendee(person.key, await entered(person), (*ALL, *rooms), self.ledger, dice)
            )

    async def faults(self) -> list[str]:
        """Everything that contradicts the database, or the ledger."""
        found: list[str] = []
        stored: dict[str, list[Entry]] = {}
        for topic, head in (await self.heads()).items():
            stored[topic] = await self.journal.entries(topic, 0, head)
            if [entry.envelope.seq for entry in stored[topic]] != list(range(1, head + 1)):
                found.append(f"{topic} has a hole in the database")
        for person in self.people:
            for topic, log in person.logs.items():
                if log.last < self.ends[topic]:
                    found.append(f"{person.key} has {topic} up to {log.last} only")
                rows = stored[topic][log.base : log.last]
                if log.frames != [orjson.loads(entry.frame()) for entry in rows]:
                    found.append(f"{person.key} has another {topic} than the database")
                if log.reloads or log.doubled:
                    said = f"{log.reloads} reloads, {log.doubled} doubles"
                    found.append(f"{person.key}: {said} of {topic}")
        return [*found, *self._broken_promises(stored), *_doubled_steps(stored["show"])]

    def _broken_promises(self, stored: Mapping[str, Sequence[Entry]]) -> list[str]:
        causes = {
            (entry.envelope.cause, topic, entry.envelope.seq)
            for topic, entries in stored.items()
            for entry in entries
        }
        times = Counter(
            (entry.envelope.cause, entry.envelope.name)
            for topic, entries in stored.items()
            if topic.startswith("room:")
            for entry in entries
        )
        return [
            *(
                f"{id} was promised at {topic} {seq} and is not there"
                for id, (topic, seq) in self.ledger.done.items()
                if seq is not None and (id, topic, seq) not in causes
            ),
            *(
                f"{id} was refused ({code}) and is there"
                for id, code in self.ledger.refused.items()
                if any(cause == id for cause, _, _ in causes)
            ),
            *(f"{what} stands there {count} times" for what, count in times.items() if count > 1),
        ]


def _doubled_steps(show: Sequence[Entry]) -> list[str]:
    """What the clock wanted done was done once: each run of an item began once, one at a time."""
    begun = Counter(
        orjson.dumps([entry.data.get("item"), entry.data.get("run")])
        for entry in show
        if entry.envelope.name == "item_started"
    )
    torn: list[str] = []
    seqs: dict[str, list[int]] = {}
    for entry in show:
        if (cause := entry.envelope.cause) and cause.startswith("auto:"):
            seqs.setdefault(cause, []).append(entry.envelope.seq)
    for cause, places in seqs.items():
        if places != list(range(places[0], places[0] + len(places))):
            torn.append(f"{cause} was done twice, at {places}")
    return [*torn, *(f"{item!r} began {n} times" for item, n in begun.items() if n > 1)]


@contextlib.asynccontextmanager
async def a_conference(
    folder: Path,
    database_url: str | None,
    redis_urls: Sequence[str],
    *,
    members: int,
    seed: int,
    pages: int = 0,
    public_url: str | None = None,
) -> AsyncIterator[Conference]:
    """A worker for each of the ways to Redis, ready; a day at twenty times its pace, so that there
    is always a step due.

    Args:
        database_url: None for SQLite, on which one worker stands that has no Redis.
        pages: how many may come with a browser; only those are let in whose page has `public_url`.
    """
    here = an_installation(folder)
    told = {"database_url": database_url, "public_url": public_url}
    here.write(rtmp_port=0, **{name: value for name, value in told.items() if value})
    (folder / "data").mkdir(exist_ok=True)
    database = Database(database_url or f"sqlite:///{folder / 'data' / 'topmoede.db'}")
    await database.migrate()
    programme = load((folder / "day.toml").read_text())
    show_map = ShowMap(Clock().wall(), programme.items[0].start - timedelta(seconds=60), SPEED)
    edition = new_edition(
        programme.edition, programme.title, show_map, programme=(folder / "day.toml").read_text()
    )
    conference = Conference(here, await open_journal(database, edition), redis_urls, seed)
    await conference.invite(members, pages)
    try:
        with no_clip_to_make(folder / "data" / "trial"):
            async with asyncio.TaskGroup() as tasks:
                for worker in conference.workers:
                    tasks.create_task(worker.start())
            yield conference
    finally:
        for worker in conference.workers:
            with contextlib.suppress(ProcessLookupError):
                await worker.kill()
        await database.close()


@contextlib.contextmanager
def no_clip_to_make(folder: Path) -> Iterator[None]:
    """Whose turn it is makes the clip for the trial, which costs seconds and is not wanted here."""
    folder.mkdir(parents=True, exist_ok=True)
    turn = os.open(folder / "turns.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(turn, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(turn)
