"""What a WHEP viewer costs, and how old the picture is that backstage sees.

Viewers are aiortc clients in a process of their own that decode nothing, so that only our side is
counted: the same source is packaged with none and with several viewers, the difference is theirs.
Glass to glass is read off the backstage page of a running demo, as in bench_glass.py.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import av
import httpx
from aiortc import RTCSessionDescription

from streams.encoder import audio_unit, silent_frame
from streams.nalunits import sample, split_start_codes
from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ
from streams.webrtc.gathering import Reach
from streams.webrtc.negotiation import a_connection
from streams.webrtc.tap import Tap
from streams.webrtc.whep import WhepSettings
from tests.bench.bench_glass import ages_ms, began, epoch_ms, live_for_good, tell
from tests.browser.chromium import a_chromium, a_visitor
from tests.journeys.running_demo import a_demo
from tests.streams.whep_server import Stage, a_stage, an_offer_to_watch, served

VIEWERS, SECONDS = 5, 10
FPS, BIT_RATE = 30, 2_600_000
STEP = VIDEO_HZ // FPS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(cost(Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(delay(Path(folder)))
    print(f"machine load {os.getloadavg()[0]:.1f}")


class NoisyCamera:
    """Two seconds of noise at a fixed bit rate, again and again in real time, silence beside it."""

    def __init__(self, now_ticks: Callable[[], int]) -> None:
        self._now_ticks = now_ticks
        self._emit: Callable[[AccessUnit], None] | None = None

    def start(self, emit: Callable[[AccessUnit], None]) -> None:
        self._emit = emit

    def request_keyframe(self) -> None:
        """One comes every two seconds whoever asks."""

    def close(self) -> None:
        self._emit = None

    async def run(self) -> None:
        pictures = noise()
        start, sound = self._now_ticks(), 0
        for number in count():
            ticks = start + number * STEP
            await asyncio.sleep(max(0, ticks - self._now_ticks()) / VIDEO_HZ)
            if self._emit is None:
                continue
            key, data = pictures[number % len(pictures)]
            self._emit(AccessUnit(Lane.VIDEO, ticks, ticks, STEP, key, data))
            while sound * VIDEO_HZ < (ticks - start) * AUDIO_HZ:
                self._emit(audio_unit(start * AUDIO_HZ // VIDEO_HZ + sound, silent_frame()))
                sound += AAC_FRAME_TICKS


def noise() -> list[tuple[bool, bytes]]:
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 640, 360, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(FPS), Fraction(1, FPS)
    encoder.bit_rate, encoder.gop_size = BIT_RATE, 2 * FPS
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "sc_threshold": "0"}
    chance, coded = random.Random(1), []
    for number in range(2 * FPS):
        frame = av.VideoFrame(640, 360, "yuv420p")
        for plane in frame.planes:
            plane.update(chance.randbytes(plane.buffer_size))
        frame.pts = number
        coded += [
            (p.is_keyframe, sample(split_start_codes(bytes(p)))) for p in encoder.encode(frame)
        ]
    return coded


async def cost(folder: Path) -> None:
    settings = WhepSettings(reach=Reach(loopback=True), most_each=VIEWERS)
    async with a_stage(folder, settings) as stage, served(stage) as url:
        camera = NoisyCamera(stage.desk.ticks.now_ticks)
        stage.camera.close()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(camera.run())
            stage.desk.attach("hall", "main", camera)
            await asyncio.sleep(4)
            without = await cpu()
            viewers = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.bench_whep", f"{url}/whep/source:hall"
            )
            await until_watched(stage)
            sent = packets(stage)
            with_viewers = await cpu()
            sent = packets(stage) - sent
            viewers.kill()
            await viewers.wait()
            running.cancel()
    each = (with_viewers - without) / VIEWERS
    size = sum(len(data) for _, data in noise()) * 8 / 2 / 1e6
    rate = sent / VIEWERS / SECONDS
    print(f"{VIEWERS} viewers of {size:.2f} Mbit/s and sound, {rate:.0f} packets/s each")
    print(f"  without viewers {100 * without:5.1f} % of a core")
    print(f"  each viewer     {100 * each:5.1f} % of a core, Opus for all of them included")
    print(f"  per packet      {1e6 * each * SECONDS * VIEWERS / max(sent, 1):5.1f} µs")


async def cpu() -> float:
    """Cores that this process uses."""
    began_s, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(SECONDS)
    return (time.process_time() - used) / (time.perf_counter() - began_s)


async def until_watched(stage: Stage) -> None:
    async with asyncio.timeout(30):
        while sum(viewer.connected for viewer in stage.whep.viewers) < VIEWERS:
            await stage.desk.ticks.sleep(0.1)
    await asyncio.sleep(2)


def packets(stage: Stage) -> int:
    """Packets that were sent to all viewers."""
    senders: list[Any] = [s for v in stage.whep.viewers for s in v.connection.getSenders()]
    return sum(vars(sender)["_RTCRtpSender__packet_count"] for sender in senders)


class Deaf:
    """Hears a tapped receiver and does nothing."""

    def receive_packet(self, ssrc: int, packet: object, level_dbov: int | None) -> None: ...

    def receive_report(self, ntp: int, timestamp: int) -> None: ...

    def receive_end(self) -> None: ...


async def watch(url: str) -> None:
    """So many viewers that decode nothing, until the process is killed."""
    connections = []
    async with httpx.AsyncClient() as http:
        for _ in range(VIEWERS):
            connection = a_connection()
            connections.append(connection)
            for kind in ("video", "audio"):
                receiver = connection.addTransceiver(kind, direction="recvonly").receiver
                Tap(receiver, Deaf(), time.monotonic)
            offer = await an_offer_to_watch(connection)
            sdp = {"content-type": "application/sdp"}
            answer = await http.post(url, content=offer, headers=sdp)
            await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        await asyncio.sleep(60)


async def delay(folder: Path) -> None:
    async with a_demo(folder, cold=True) as demo, a_chromium() as browser:
        moderator = await live_for_good(demo)
        await began(moderator, "live")
        enter = demo.links["people"]["moderator"]["enter"]
        async with a_visitor(browser, enter) as (page, _):
            await page.goto(f"{demo.base}/backstage")
            await page.wait_for_function("() => window.__topmoede?.player?.frames.total > 50")
            tell("backstage over WHEP", await ages_ms(page, epoch_ms(folder)))
            said = await page.evaluate("() => window.__topmoede.player.latency_s")
            print(f"{'what the page itself says':<28} {said:.2f} s")


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1]))
