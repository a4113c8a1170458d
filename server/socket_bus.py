"""The bus between the processes of one machine: lines of JSON over a Unix socket.

One end *holds* the socket and passes on what each other end says; the others join it, and join
again for as long as they live whenever the line is lost. Nothing is kept for who is away, except
that of each state the newest is told to whoever comes.

    {"topic": "show", "head": 12}                  a hint
    {"topic": "sources", "data": {…}}              a state, and so on: `bus.written`

Each line has an outbox with the bounds of an Inbox. Who does not read for PATIENCE_S, or says what
cannot be read, loses the line. The socket is for the user that runs the server alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from server import wire
from server.bus import Inbox, Message, State, States, read, written
from server.errors import Unusable

log = logging.getLogger("topmoede.bus")

LONGEST_LINE_BYTES = 1024 * 1024
LONGEST_PATH_BYTES = 107
PATIENCE_S = 10.0
JOIN_AGAIN_AFTER_S = 0.2


class SocketBus:
    """One worker's end.

    Args:
        path: of the socket.
        sleep: waits for so many wall seconds.
        holds: whether this end makes the socket; exactly one does.

    Raises:
        Unusable: the path is longer than the system allows.
    """

    def __init__(
        self, path: Path, sleep: Callable[[float], Awaitable[None]], *, holds: bool
    ) -> None:
        check_path(path)
        self._path = path
        self._sleep = sleep
        self._holds = holds
        self._inbox = Inbox()
        self._lines: set[Line] = set()
        self._states = States()

    @property
    def carries(self) -> bool:
        """Which a Unix socket always does: who is away is down."""
        return True

    def publish(self, message: Message) -> None:
        self._pass_on(message, None)

    async def receive(self) -> Message:
        return await self._inbox.take()

    def receive_now(self) -> Message | None:
        return self._inbox.take_now()

    async def run(self) -> None:
        """Hold the socket, or be joined to it, for as long as the process lives."""
        try:
            if self._holds:
                await self._hold()
            else:
                await self._stay_joined()
        finally:
            for line in tuple(self._lines):
                line.close()

    async def _hold(self) -> None:
        self._path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(
            self._converse, self._path, limit=LONGEST_LINE_BYTES
        )
        os.chmod(self._path, 0o600)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            self._path.unlink(missing_ok=True)

    async def _stay_joined(self) -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    reader, writer = await asyncio.open_unix_connection(
                        self._path, limit=LONGEST_LINE_BYTES
                    )
                await self._converse(reader, writer)
            await self._sleep(JOIN_AGAIN_AFTER_S)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(writer)
        self._lines.add(line)
        for state in self._states.all():
            line.outbox.put(state)
        try:
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(line.write())
                writing.add_done_callback(lambda _: line.close())
                await self._read(reader, line)
                writing.cancel()
        finally:
            self._lines.discard(line)
            line.close()

    async def _read(self, reader: asyncio.StreamReader, line: Line) -> None:
        try:
            while text := await reader.readline():
                message = read(text)
                self._inbox.put(message)
                if self._holds:
                    self._pass_on(message, line)
        except OSError:
            return
        except ValueError as error:
            log.warning("a line of the bus cannot be read: %s", error)

    def _pass_on(self, message: Message, sender: Line | None) -> None:
        if isinstance(message, State):
            self._states.put(message)
        for line in self._lines:
            if line is not sender:
                line.outbox.put(message)


class Line:
    """The connection to one other end."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.outbox = Inbox()

    async def write(self) -> None:
        """Until the other end is gone, or does not read."""
        with contextlib.suppress(OSError, TimeoutError):
            while True:
                line = wire.to_json(written(await self.outbox.take())) + b"\n"
                # What is said at the very end finds the line closed.
                if self._writer.is_closing():
                    return
                self._writer.write(line)
                async with asyncio.timeout(PATIENCE_S):
                    await self._writer.drain()

    def close(self) -> None:
        self._writer.close()


def check_path(path: Path) -> None:
    """Raises Unusable for a socket's path that the system cannot take."""
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        raise Unusable(
            f"data: expected a folder with a shorter path; {path} is longer than"
            f" {LONGEST_PATH_BYTES} bytes, which is what a socket may have"
        )
