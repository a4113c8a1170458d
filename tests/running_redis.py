"""A redis-server of our own, which stores nothing, in a folder that goes with it."""

from __future__ import annotations

import atexit
import contextlib
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache

from tests.ports import a_free_port

WITHIN_S = 60.0


class RedisServer:
    """A redis-server that a test may kill, freeze, and start again empty."""

    def __init__(self) -> None:
        self.port = a_free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns when it takes connections."""
        told = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            ["redis-server", *told, "--dir", tempfile.gettempdir()],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        give_up_at = time.monotonic() + WITHIN_S
        while True:
            with contextlib.suppress(OSError), self._line() as line:
                line.sendall(b"PING\r\n")
                if line.recv(16).startswith(b"+PONG"):
                    return
            assert time.monotonic() < give_up_at, "the redis-server does not answer"
            time.sleep(0.02)  # another process's state: nothing to wait on

    def kill(self) -> None:
        """What it knew is gone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still: connections stay, nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def say(self, *words: str) -> bytes:
        """One command, and what it is answered."""
        with self._line() as line:
            line.sendall(f"*{len(words)}\r\n".encode())
            for word in words:
                line.sendall(f"${len(word.encode())}\r\n{word}\r\n".encode())
            return line.recv(65536)

    def _line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=WITHIN_S)


@contextlib.contextmanager
def a_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.kill()


@cache
def the_redis() -> RedisServer:
    """The one of this test run, which nobody stops; gone with the run."""
    server = RedisServer()
    server.start()
    atexit.register(server.kill)
    return server
