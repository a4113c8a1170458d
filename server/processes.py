"""Which part of the program this process is, and where it meets the others.

    whole   everything in one: the demo, the tests
    front   HTTP, sockets, the journal's timekeeper and reactions; passes media requests on
    media   ingest, segmenters, channels, and the answers to players

Both write the journal through a dispatch of their own; the database serialises them, so a command
is decided on everything that either has stored. What reaches the other side is a hint on the bus.
Several fronts share one port, each with a listening socket of its own (SO_REUSEPORT), between which
the kernel spreads the connections. Each also listens at `worker-N.sock`, where its supervisor asks
it for signs of life, and nginx may choose among them. They meet over Redis.

The processes of one machine meet in the data folder: `bus.sock` is held by the front, `media.sock`
by the media process, and `media.lock` by whoever writes the media index. That is one process at a
time: a second one waits for the first to end, a spare for ever, another until it gives up in words.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from pathlib import Path

from server.bus import LocalBus, LocalEnd
from server.clock import Clock
from server.errors import Unusable
from server.redis_bus import RedisBus
from server.settings import Settings
from server.socket_bus import SocketBus, check_path

BACKLOG = 2048
Channelled = Callable[[str], RedisBus]
LOCK_WITHIN_S = 15.0
LOOK_EVERY_S = 0.05


class Part(StrEnum):
    WHOLE = "whole"
    FRONT = "front"
    MEDIA = "media"

    @property
    def has_front(self) -> bool:
        return self is not Part.MEDIA

    @property
    def has_media(self) -> bool:
        return self is not Part.FRONT


def bus_of(part: Part, settings: Settings, clock: Clock) -> LocalEnd | SocketBus | Channelled:
    """This process's end of the bus; over Redis one for each journal, known by its epoch."""
    if settings.redis_url:
        return lambda epoch: RedisBus(settings.redis_url, f"topmoede:{epoch}", clock.sleep)
    if part is Part.WHOLE:
        return LocalBus().join()
    return SocketBus(settings.data / "bus.sock", clock.sleep, holds=part is Part.FRONT)


def media_socket(settings: Settings) -> Path:
    """Where the media process takes requests, from the front or from nginx."""
    return settings.data / "media.sock"


def worker_socket(settings: Settings, worker: int) -> Path:
    """Where one of several fronts takes requests that are meant for it."""
    return settings.data / f"worker-{worker}.sock"


def listeners_of(part: Part, settings: Settings, worker: int = 0) -> list[socket.socket]:
    """The sockets that requests come in by. Raises Unusable.

    Args:
        worker: the number of one of several fronts; 0 for the only one.
    """
    if not part.has_front:
        return [_unix(media_socket(settings))]
    if not worker:
        return [_tcp(settings.host, settings.port)]
    return [
        _tcp(settings.host, settings.port, shared=True),
        _unix(worker_socket(settings, worker)),
    ]


def must_be_free(settings: Settings) -> None:
    """Raises Unusable where somebody else has the port that several are to share."""
    _tcp(settings.host, settings.port).close()


def rtmp_listener_of(part: Part, settings: Settings) -> socket.socket | None:
    """The socket that encoders come in by, in the process that takes them. Raises Unusable."""
    if not (part.has_media and settings.takes_rtmp):
        return None
    return _tcp(settings.rtmp_host, settings.rtmp_port)


def _tcp(host: str, port: int, *, shared: bool = False) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=BACKLOG, reuse_port=shared)
    except OSError as error:
        where = f"{host}:{port}"
        raise Unusable(f"expected a free address; {where} is not: {error.strerror}") from error


def _unix(path: Path) -> socket.socket:
    """For the server's user and its group, which nginx belongs to."""
    check_path(path)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    os.chmod(path, 0o660)
    listener.listen(BACKLOG)
    return listener


@contextlib.asynccontextmanager
async def the_only_media_process(
    settings: Settings, clock: Clock, stop: asyncio.Event, *, patient: bool
) -> AsyncIterator[bool]:
    """Holds the lock on the media index, and has its process id stand in it.

    A killed process lets go of it at once.

    Args:
        stop: set when the process shall end.
        patient: wait as long as it takes, as a spare does.

    Yields: whether the lock is held; it is not when `stop` came first.

    Raises:
        Unusable: another process has held it for LOCK_WITHIN_S.
    """
    file = os.open(lock_file(settings), os.O_RDWR | os.O_CREAT, 0o600)
    give_up_at_s = clock.monotonic() + LOCK_WITHIN_S
    try:
        while not (held := _locked(file)) and not stop.is_set():
            if not patient and clock.monotonic() >= give_up_at_s:
                raise Unusable(
                    f"expected to be the only media process; another one has {settings.data}"
                )
            await clock.sleep(LOOK_EVERY_S)
        if held:
            os.ftruncate(file, 0)
            os.pwrite(file, str(os.getpid()).encode(), 0)
        yield held
    finally:
        os.close(file)


def in_charge(settings: Settings) -> int | None:
    """The process id of the media process that was in charge last."""
    try:
        return int(lock_file(settings).read_text())
    except (OSError, ValueError):
        return None


def lock_file(settings: Settings) -> Path:
    return settings.data / "media.lock"


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
