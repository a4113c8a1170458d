"""SRT in: one listening process for each input, watched, started again, killed with us.

The process (srtlistener.py) says when a sender comes and goes and passes its bytes on; here each
sender becomes a live feed. A sender that says nothing for SILENT_S is gone, as far as the source is
concerned, though its connection may stand: with its next byte it is a new one.

What the process writes to standard error goes to the log, without the passphrase.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field

from streams.feeds.feeding import UNAVAILABLE_AGAIN_S, Backoff, FeedState, Place, Surroundings
from streams.feeds.livefeed import LiveFeed
from streams.feeds.srtlistener import HEADER

log = logging.getLogger("topmoede.srt")

SILENT_S = 3.0
MOST_BODY_BYTES = 4096
_LOGGED_LINES = 20
_END_WITHIN_S = 5.0
_COMMAND = (sys.executable, "-m", "streams.feeds.srtlistener")


@dataclass(frozen=True, slots=True)
class SrtPlan:
    """What to listen to.

    Args:
        host: an address of this machine.
        passphrase: 10 to 79 signs, or empty for none.
        latency_ms: how long lost packets are waited for; the sender may ask for more.
    """

    host: str
    port: int
    passphrase: str = field(default="", repr=False)
    latency_ms: int = 200


class SrtFeed:
    """One input that listens for SRT (feeding.Feed).

    Args:
        command: starts the listening process.
    """

    def __init__(
        self,
        place: Place,
        plan: SrtPlan,
        surroundings: Surroundings,
        command: tuple[str, ...] = _COMMAND,
    ) -> None:
        self.place = place
        self.pid: int | None = None
        """Of the listening process, while it runs."""
        self._plan = plan
        self._around = surroundings
        self._command = command
        self._backoff = Backoff()
        self._state = FeedState()
        self._feed: LiveFeed | None = None

    @property
    def state(self) -> FeedState:
        """How it stands."""
        trouble = self._feed.trouble if self._feed else None
        if trouble is not None:
            return FeedState("troubled", trouble.code, trouble.detail)
        return self._state

    async def run(self) -> None:
        """Keep a process listening until cancelled."""
        while True:
            self._state = FeedState()
            await self._listen()
            unavailable = self._state.state == "unavailable"
            wait_s = UNAVAILABLE_AGAIN_S if unavailable else self._backoff.next_s()
            log.warning(
                "srt: the listening process ended, again in %s s", wait_s,
                extra={"source": self.place.source, "code": self._state.code},
            )  # fmt: skip
            await self._around.sleep(wait_s)

    async def _listen(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        self.pid = process.pid
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._log_errors(process))
                try:
                    await self._tell(process)
                    await self._read_records(process)
                finally:
                    await _end(process)
        finally:
            self.pid = None
            self._leave()

    async def _tell(self, process: Process) -> None:
        assert process.stdin is not None
        plan = self._plan
        told = {
            "host": plan.host,
            "port": plan.port,
            "passphrase": plan.passphrase,
            "latency_ms": plan.latency_ms,
        }
        process.stdin.write(json.dumps(told).encode() + b"\n")
        try:
            await process.stdin.drain()
        except ConnectionError:
            pass  # it has ended already; its records say why

    async def _read_records(self, process: Process) -> None:
        """Take the process's records until it ends, or says something that is none."""
        assert process.stdout is not None
        while True:
            try:
                # A wait that ends early takes nothing out; half a record would be lost.
                async with asyncio.timeout(SILENT_S if self._feed else None):
                    header = await process.stdout.readexactly(HEADER.size)
            except TimeoutError:
                self._leave()
                continue
            except asyncio.IncompleteReadError:
                return
            kind, size = HEADER.unpack(header)
            if size > MOST_BODY_BYTES:
                return
            try:
                body = await process.stdout.readexactly(size)
            except asyncio.IncompleteReadError:
                return
            self._receive(kind, body)

    def _receive(self, kind: bytes, body: bytes) -> None:
        match kind:
            case b"C":
                self._leave()
            case b"D":
                self._backoff.reset()
                self._present().receive(body)
            case b"L":
                self._leave()
            case b"F":
                code, _, detail = body.decode(errors="replace").partition(" ")
                self._state = FeedState("unavailable", code, detail)
                log.error("srt: %s", detail, extra={"source": self.place.source, "code": code})
            case _:
                pass

    def _present(self) -> LiveFeed:
        """The sender that is there; the first byte of one attaches it."""
        if self._feed is None:
            self._feed = LiveFeed(self._around.event_ticks)
            self._state = FeedState("connected")
            self._around.attach(self._feed)
        return self._feed

    def _leave(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            self._state = FeedState()
            self._around.detach(feed)

    async def _log_errors(self, process: Process) -> None:
        """The first lines of what it complains about; the rest is read and forgotten."""
        assert process.stderr is not None
        lines = 0
        while chunk := await process.stderr.read(4096):
            for line in chunk.decode(errors="replace").splitlines():
                lines += 1
                if lines <= _LOGGED_LINES:
                    log.warning("srt: %s", self._without_secret(line)[:300])

    def _without_secret(self, line: str) -> str:
        secret = self._plan.passphrase
        return line.replace(secret, "***") if secret else line


async def _end(process: Process) -> None:
    """Kill the process where it still runs; its end is waited for, not for long."""
    if process.returncode is None:
        process.kill()
    try:
        async with asyncio.timeout(_END_WITHIN_S):
            await process.wait()
    except TimeoutError:
        log.error("srt: a killed process did not end")
