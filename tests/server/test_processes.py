"""One media process at a time, whatever becomes of the one before."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from server.clock import Clock
from server.errors import Unusable
from server.processes import (
    LOCK_WITHIN_S,
    Part,
    bus_of,
    in_charge,
    listeners_of,
    lock_file,
    media_socket,
    must_be_free,
    the_only_media_process,
    worker_socket,
)
from server.redis_bus import RedisBus
from server.settings import Settings
from tests.ports import a_free_port

WITHIN_S = 60.0
HOLDER = """
import fcntl, sys
lock = open(sys.argv[1], "a")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


class HastyClock(Clock):
    """Each sleep is over at once, and takes as long as it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.slept_s = 0.0

    def monotonic(self) -> float:
        return self.slept_s

    async def sleep(self, wall_s: float) -> None:
        self.slept_s += wall_s
        await asyncio.sleep(0)


async def a_holder(settings: Settings) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(lock_file(settings)),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        assert await process.stdout.readline() == b"held\n"
    return process


async def test_a_second_one_is_refused_in_words_and_a_spare_waits(tmp_path: Path) -> None:
    settings, stop = Settings(data=tmp_path), asyncio.Event()
    holder, clock = await a_holder(settings), HastyClock()
    with pytest.raises(Unusable, match="only media process"):
        async with the_only_media_process(settings, clock, stop, patient=False):
            raise AssertionError("expected the lock to be another's")
    assert clock.slept_s >= LOCK_WITHIN_S

    waiting = asyncio.create_task(_take_and_tell(settings, stop))
    os.kill(holder.pid, signal.SIGKILL)
    await holder.wait()
    async with asyncio.timeout(WITHIN_S):
        assert await waiting == (True, os.getpid())


async def test_a_spare_that_is_told_to_end_ends_without_the_lock(tmp_path: Path) -> None:
    settings, stop = Settings(data=tmp_path), asyncio.Event()
    holder = await a_holder(settings)
    stop.set()
    assert await _take_and_tell(settings, stop) == (False, None)
    holder.kill()
    await holder.wait()


async def _take_and_tell(settings: Settings, stop: asyncio.Event) -> tuple[bool, int | None]:
    async with the_only_media_process(settings, Clock(), stop, patient=True) as held:
        return held, in_charge(settings)


async def test_the_media_processs_socket_is_for_its_user_and_group(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    media_socket(settings).write_text("what a killed process left behind")
    with listeners_of(Part.MEDIA, settings)[0]:
        assert media_socket(settings).stat().st_mode & 0o777 == 0o660


async def test_an_address_that_is_taken_is_refused_in_words(tmp_path: Path) -> None:
    with listeners_of(Part.FRONT, Settings(data=tmp_path, port=0))[0] as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unusable, match=f"127.0.0.1:{port} is not"):
            listeners_of(Part.WHOLE, Settings(data=tmp_path, port=port))


def test_several_fronts_share_one_port_and_have_a_socket_each(tmp_path: Path) -> None:
    port = a_free_port()
    settings = Settings(data=tmp_path, port=port)
    must_be_free(settings)
    with contextlib.ExitStack() as stack:
        for worker in (1, 2):
            shared, own = listeners_of(Part.FRONT, settings, worker)
            stack.enter_context(shared)
            stack.enter_context(own)
            assert shared.getsockname()[1] == port
            assert worker_socket(settings, worker).stat().st_mode & 0o007 == 0
        with pytest.raises(Unusable, match=f"127.0.0.1:{port} is not"):
            must_be_free(settings)


def test_the_bus_goes_over_redis_where_there_is_one(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, redis_url="redis://127.0.0.1:1")
    for part in Part:
        make = bus_of(part, settings, Clock())
        assert callable(make)
        assert isinstance(make("a1"), RedisBus)
