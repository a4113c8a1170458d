"""What a browser can try against us before the day, without being anybody.

Everything here is public and costs little: a clip of some hundred kilobytes from memory, a block of
bytes for measuring the line, the time, a handful of server-sent events. What could be asked for
without end has one allowance for the whole process, so that trying never takes the day's room.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from server.allowance import Allowance
from server.clock import Clock
from server.errors import Refused
from streams.answers import Answer
from streams.encoder import silent_frame
from streams.films.films import Films
from streams.films.trialclip import FILM, trial_files

log = logging.getLogger("topmoede.trial")

BLOCK_BYTES = 1024 * 1024
BLOCKS_PER_S, BLOCKS_AT_ONCE = 8.0, 48
EVENTS = 5
EVENT_EVERY_S = 0.2
MOST_STREAMS = 200
TURNS = "turns.lock"
LOOK_EVERY_S = 0.5


class Trial:
    """
    Args:
        folder: where the clip's film lies once it was made.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._files: Mapping[str, Answer] = {}
        # Random, so that nothing on the way can make it smaller than it is.
        self._block = secrets.token_bytes(BLOCK_BYTES)
        self._blocks = Allowance(BLOCKS_PER_S, BLOCKS_AT_ONCE, clock.monotonic())
        self._streams = 0

    async def prepare(self) -> None:
        """Makes and packages the clip once; then there is nothing to do. A long task."""
        if not self._files:
            async with self._my_turn():
                films = Films(self._folder)
                await films.make(FILM)
                film = films.film(FILM.id)
            if film is None:
                log.error("expected a clip to try with; it cannot be made")
            else:
                self._files = await trial_files(film, silent_frame())
        await asyncio.Event().wait()

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        """Of several workers one makes the clip, and the others find it made."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder / TURNS, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _locked(lock):
                await self._clock.sleep(LOOK_EVERY_S)
            yield
        finally:
            os.close(lock)

    def file(self, name: str) -> Answer:
        """A file of the clip. Raises Refused `not_ready` until it was made, `not_found`."""
        if not self._files:
            raise Refused("not_ready", "expected the clip; it is being made", retry_ms=3000)
        if name not in self._files:
            raise Refused("not_found", f"expected a file of the clip, got {name!r:.40}")
        return self._files[name]

    def block(self) -> bytes:
        """Bytes to measure the line with. Raises Refused `too_fast`."""
        wait_s = self._blocks.take(self._clock.monotonic())
        if wait_s:
            raise Refused("too_fast", "expected fewer measurements", retry_ms=int(wait_s * 1000))
        return self._block

    def events(self) -> AsyncIterator[bytes]:
        """A few events, spread over a second. Raises Refused `busy`."""
        if self._streams >= MOST_STREAMS:
            raise Refused("busy", f"expected fewer than {MOST_STREAMS} trials", retry_ms=2000)
        return self._send_events()

    async def _send_events(self) -> AsyncIterator[bytes]:
        with self._counted():
            for number in range(EVENTS):
                yield b"data: %d\n\n" % number
                await self._clock.sleep(EVENT_EVERY_S)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
