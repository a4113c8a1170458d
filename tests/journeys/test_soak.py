"""A long day in minutes: hundreds of publishers and thousands of viewers come, and nothing stays.

The server is a process of its own and is looked at from outside: memory, threads and descriptors as
the system counts them, tasks as /metrics does. What the day itself leaves behind (segments in an
index, a window that fills) grows with time and not with who comes; the window is short here, so
that it is full before counting begins. Judged are slopes over the second half, after everything
that is made once has been made.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
from collections.abc import Callable, Coroutine
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from tests.journeys.running_demo import Demo, a_demo
from tests.journeys.simulated_player import a_line, next_place
from tests.streams.broadcast import Look
from tests.streams.loopback_camera import FRAME_RATE, a_connection, an_offer
from tests.streams.parsed_playlist import parse
from tests.streams.rtmp_encoder import a_wire_encoder, tags

pytestmark = pytest.mark.alone

PUBLISHERS, VIEWERS = 500, 2000
LOOKS = 10
SOURCE = "kl-huset"
INPUTS = ("main", *(f"spare-{number}" for number in range(1, 10)))
SENT_S = 3
"""An input goes on air when it has been steady for a second, at its next IDR."""

ComeAndGo = Callable[[int], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Footing:
    """What the server's process stands on; memory in kB."""

    memory: float
    threads: float
    descriptors: float
    tasks: float

    def __str__(self) -> str:
        return (
            f"{self.memory / 1000:.1f} MB, {self.threads:.0f} threads,"
            f" {self.descriptors:.0f} descriptors, {self.tasks:.0f} tasks"
        )


@pytest.fixture
def short_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPMOEDE_WINDOW_S", "60")


@pytest.fixture
def ten_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {name: f"key-of-{name}-{'x' * 24}" for name in INPUTS}
    monkeypatch.setenv("TOPMOEDE_SOURCES", json.dumps({SOURCE: keys}))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("short_window", "ten_inputs")
async def test_nothing_stays_of_five_hundred_publishers(tmp_path: Path) -> None:
    async with a_demo(tmp_path) as demo:
        moderator = await demo.sign_in("moderator")
        await moderator.open("inputs")
        # So that each of its publishers goes on air, however many failed before.
        held = await moderator.do("inputs", "choose_input", source=SOURCE, input=INPUTS[0])
        assert held["op"] == "done"
        slope = await soak(demo, "publishers", PUBLISHERS, len(INPUTS), lambda n: publish(demo, n))
        assert demo.traces() == []
        # One in ten is on the input that is held; most of those, and some others, went on air.
        assert generations(demo) > PUBLISHERS / len(INPUTS) / 2
    assert slope.threads < 0.02
    assert slope.descriptors < 0.02
    assert slope.tasks < 0.02
    assert slope.memory < 200


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("short_window")
async def test_nothing_stays_of_two_thousand_viewers(tmp_path: Path) -> None:
    async with a_demo(tmp_path) as demo:
        visitor = await demo.sign_in("aalborg")
        cookie = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
        chance = random.Random(7)
        slope = await soak(
            demo, "viewers", VIEWERS, 40, lambda _: watch(demo.port, cookie, chance.random())
        )
        assert demo.traces() == []
    assert slope.threads < 0.01
    assert slope.descriptors < 0.01
    assert slope.tasks < 0.01
    assert slope.memory < 20


async def soak(demo: Demo, who: str, count: int, at_once: int, come_and_go: ComeAndGo) -> Footing:
    """So many come and go; prints what it stands on, returns what each leaves in the second half.

    Args:
        at_once: how many are there at the same time.
    """
    await until_the_window_is_full(demo)
    seen = [(0, await resting(demo, None))]
    for look in range(1, LOOKS + 1):
        first, last = seen[-1][0], count * look // LOOKS
        for number in range(first, last, at_once):
            async with asyncio.TaskGroup() as tasks:
                for each in range(number, min(number + at_once, last)):
                    tasks.create_task(come_and_go(each))
        seen.append((last, await resting(demo, seen[0][1])))
        print(f"{last:>5} {who}: {seen[-1][1]}", flush=True)
    half = seen[len(seen) // 2 :]
    comers = [number for number, _ in half]
    columns = zip(*(astuple(footing) for _, footing in half), strict=True)
    slope = Footing(*(statistics.linear_regression(comers, column).slope for column in columns))
    print(f"each of the {who} leaves {slope.memory:.2f} kB, {slope.threads:.4f} threads,", end=" ")
    print(f"{slope.descriptors:.4f} descriptors, {slope.tasks:.4f} tasks")
    return slope


async def until_the_window_is_full(demo: Demo) -> None:
    """Waits until a minute stands in the channel's playlist."""
    visitor = await demo.sign_in("aalborg")

    def is_full(answer: httpx.Response) -> bool:
        segments = parse(answer.text).segments if answer.status_code == 200 else []
        return sum(segment.lasts_s for segment in segments) > 55

    await visitor.get_until("/hls/main/video.m3u8", is_full, within_s=90)


async def resting(demo: Demo, before: Footing | None) -> Footing:
    """What the process stands on once those who left are gone; what stays after that is told."""
    async with httpx.AsyncClient(base_url=demo.base) as http:
        for _ in range(50):
            footing = await standing(demo, http)
            if before is None or (
                footing.tasks <= before.tasks and footing.descriptors <= before.descriptors
            ):
                break
            await asyncio.sleep(0.2)  # another process's state: there is nothing to wait on
    return footing


async def standing(demo: Demo, http: httpx.AsyncClient) -> Footing:
    assert demo.process is not None
    process = psutil.Process(demo.process.pid)
    told = (await http.get("/metrics")).text.splitlines()
    tasks = next(float(line.split()[1]) for line in told if line.startswith("topmoede_tasks "))
    resident_kb = process.memory_info().rss / 1000
    return Footing(resident_kb, process.num_threads(), _descriptors(process.pid), tasks)


def _descriptors(pid: int) -> int:
    """Without media files, which are open while they are written: a matter of the moment."""
    return sum(not _is_media(file) for file in Path(f"/proc/{pid}/fd").iterdir())


def _is_media(file: Path) -> bool:
    try:
        return os.readlink(file).endswith((".m4s", ".mp4"))
    except OSError:
        return False


def generations(demo: Demo) -> int:
    """How often the source began anew: once for each publisher that went on air, and after it."""
    return len(list((demo.folder / "data" / "media" / SOURCE).iterdir()))


# Those who come.


async def publish(demo: Demo, number: int) -> None:
    """To one of the inputs, over WHIP and over RTMP in turn."""
    key = f"key-of-{INPUTS[number % len(INPUTS)]}-{'x' * 24}"
    await (over_rtmp if number // len(INPUTS) % 2 else over_whip)(demo, key)


async def over_whip(demo: Demo, key: str) -> None:
    """Sends pictures for a while, and says goodbye."""
    url, headers = demo.links["sources"][SOURCE]["whip"], {"authorization": f"Bearer {key}"}
    connection = a_connection()
    try:
        offer = await an_offer(connection)
        async with httpx.AsyncClient(timeout=30) as http:
            sdp = {"content-type": "application/sdp"}
            answer = await http.post(url, content=offer, headers=headers | sdp)
            assert answer.status_code == 201, answer.text
            await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
            await until_sent(connection)
            gone = await http.delete(demo.base + answer.headers["location"], headers=headers)
            assert gone.status_code == 200, gone.text
    finally:
        await connection.close()


async def until_sent(connection: RTCPeerConnection) -> None:
    track: Any = connection.getSenders()[0].track
    async with asyncio.timeout(30):
        while connection.connectionState != "connected" or track._number < SENT_S * FRAME_RATE:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def over_rtmp(demo: Demo, key: str) -> None:
    """Sends pictures and sound for a while, and hangs up."""
    port = int(demo.links["sources"][SOURCE]["rtmp"].split(":")[2].split("/")[0])
    async with a_wire_encoder(port) as encoder:
        await encoder.publish(key)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for tag in tags(Look(), SENT_S):
            await asyncio.sleep(max(0.0, began_s + tag[1] / 1000 - loop.time()))
            await encoder.send([tag])


async def watch(port: int, cookie: str, chance: float) -> None:
    """All that a player fetches first; then it leaves, two in three while an answer is held."""
    async with a_line(port, cookie) as line:
        await line.get("/hls/main/index.m3u8")
        for lane in ("video", "audio"):
            playlist = parse((await line.get(f"/hls/main/{lane}.m3u8")).decode())
            newest = playlist.segments[-1]
            assert newest.map_uri is not None
            await line.get(newest.map_uri)
            await line.get(newest.parts[-1].uri)
            number, part = next_place(playlist)
            held = f"/hls/main/{lane}.m3u8?_HLS_msn={number}&_HLS_part={part}&_HLS_skip=YES"
            if chance < 1 / 3:
                await line.get(held)
            elif chance < 2 / 3 or lane == "audio":
                await line.ask(held)
                return
