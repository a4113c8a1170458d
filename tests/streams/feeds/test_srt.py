"""SRT by real senders into a real desk."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from streams.feeds.feeding import Place, Surroundings
from streams.feeds.srt import SrtFeed, SrtPlan
from streams.feeds.srtlistener import MISSING
from streams.livesource import Publisher
from tests.ports import a_free_port
from tests.streams.feed_desk import HALL, FeedDesk, a_feed_desk, a_sender, decoded

pytestmark = pytest.mark.alone

SECRET = "en-hemmelig-frase-paa-dansk"


def a_plan(secret: str = SECRET) -> SrtPlan:
    return SrtPlan("127.0.0.1", a_free_port(socket.SOCK_DGRAM), secret, latency_ms=60)


def to(plan: SrtPlan, secret: str = SECRET) -> tuple[str, ...]:
    return ("-f", "mpegts", f"srt://127.0.0.1:{plan.port}?mode=caller&passphrase={secret}")


def pid_of(desk: FeedDesk) -> int | None:
    feed = desk.feeds.feeds[HALL]
    assert isinstance(feed, SrtFeed)
    return feed.pid


def told_to(pid: int) -> bytes:
    """What a list of processes shows of one."""
    return b"".join(Path(f"/proc/{pid}/{file}").read_bytes() for file in ("cmdline", "environ"))


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def listens(port: int) -> bool:
    return f":{port:04X} " in Path("/proc/net/udp").read_text()


async def test_a_sender_is_packaged_and_its_passphrase_is_in_no_list(tmp_path: Path) -> None:
    plan = a_plan()
    async with a_feed_desk(tmp_path / "media", plan) as desk:
        await desk.until(lambda: listens(plan.port))
        assert desk.state.state == "waiting"
        async with a_sender(*to(plan)):
            await desk.until(lambda: desk.segments() >= 2)
            assert desk.state.state == "connected"
            pid = pid_of(desk)
            assert pid is not None
            assert SECRET.encode() not in told_to(pid)
        desk.rules.check()
        assert desk.sizes == [(320, 180)]
        count, said = await decoded(desk, tmp_path)
        assert said == ""
        assert count >= 25


@pytest.mark.long
async def test_a_sender_that_is_killed_comes_back_in_another_size(tmp_path: Path) -> None:
    plan = a_plan()
    async with a_feed_desk(tmp_path / "media", plan) as desk:
        await desk.until(lambda: listens(plan.port))
        async with a_sender(*to(plan)):
            await desk.until(lambda: desk.segments() >= 2)
        await desk.until(lambda: desk.state.state == "waiting")
        async with a_sender(*to(plan), size="192x108"):
            await desk.until(lambda: desk.sizes[-1] == (192, 108) and desk.segments() >= 5)
        desk.rules.check()
        assert desk.sizes == [(320, 180), (192, 108)]
        count, said = await decoded(desk, tmp_path)
        assert said == ""
        assert count >= 75


async def test_a_process_that_is_killed_is_started_again(tmp_path: Path) -> None:
    plan = a_plan()
    async with a_feed_desk(tmp_path, plan) as desk:
        await desk.until(lambda: listens(plan.port))
        first = pid_of(desk)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await desk.until(lambda: pid_of(desk) not in (None, first) and listens(plan.port))
        second = pid_of(desk)
    assert second is not None
    assert not runs(second), "it ends with us"


async def test_a_sender_with_another_passphrase_is_nobody(tmp_path: Path) -> None:
    plan = a_plan()
    async with a_feed_desk(tmp_path, plan) as desk:
        await desk.until(lambda: listens(plan.port))
        async with a_sender(*to(plan, "en-forkert-frase-1234")) as sender:
            assert await sender.wait() != 0
        assert (desk.state.state, desk.segments()) == ("waiting", 0)


async def run_once(plan: SrtPlan, *command: str) -> SrtFeed:
    """Runs a feed until its process has ended once."""
    waiting = asyncio.Event()

    async def sleep(wall_s: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    def nobody(publisher: Publisher) -> None:
        raise AssertionError("nobody sends")

    around = Surroundings(lambda: 0, sleep, nobody, nobody)
    feed = SrtFeed(Place("hall", "main"), plan, around, command)
    running = asyncio.create_task(feed.run())
    await waiting.wait()
    running.cancel()
    await asyncio.wait([running])
    return feed


async def test_without_the_library_the_state_says_what_is_missing() -> None:
    code = "import streams.feeds.srtlistener as s; s.LIBRARIES = (); s.ctypes.util.find_library ="
    feed = await run_once(a_plan(), sys.executable, "-c", f"{code} lambda name: None; s.main()")
    assert feed.state.state == "unavailable"
    assert (feed.state.code, feed.state.detail) == ("srt_missing", MISSING)


async def test_a_port_that_is_taken_is_told_of() -> None:
    plan = a_plan()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", plan.port))
        feed = await run_once(plan, sys.executable, "-m", "streams.feeds.srtlistener")
    assert (feed.state.state, feed.state.code) == ("unavailable", "port_taken")


async def test_what_the_process_complains_about_is_logged_without_the_passphrase(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    await run_once(a_plan(), "sh", "-c", f"echo 'no {SECRET} here' >&2; yes x | head -5000 >&2")
    assert "no *** here" in caplog.text
    assert SECRET not in caplog.text
    assert len(caplog.records) < 40


async def test_a_process_that_says_nonsense_is_ended() -> None:
    feed = await run_once(a_plan(), "sh", "-c", "head -c 100000 /dev/zero | tr '\\0' 'x'; sleep 60")
    assert feed.pid is None


def test_the_passphrase_does_not_show_when_a_plan_is_printed() -> None:
    assert SECRET not in repr(a_plan())
