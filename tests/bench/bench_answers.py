"""What a core answers: playlists a second and media in MB/s, straight and behind Debian's nginx.

The whole product runs here as `topmoede demo`, with an encoder of 2.6 Mbit/s for the segments; wrk
asks as somebody who is signed in. Counted is all the CPU time of each process: what the demo uses
by itself, its synthetic camera above all, is said and not taken off. The asker's own share is said
too, since on this machine it takes from the same cores.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.bench.bench_ingest import NOISE
from tests.bench.debian_nginx import a_proxy, lacking
from tests.journeys.running_demo import Demo, a_demo
from tests.streams.parsed_playlist import parse
from tests.streams.rtmp_desk import an_ffmpeg

SECONDS, CONNECTIONS = 6, 16
PLAYLIST = "/hls/main/video.m3u8"
LEAST_BYTES_PER_S = 250_000
_TOLD = re.compile(r"(\d+) requests in .*, ([\d.]+)(B|KB|MB|GB) read")
_UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}


@dataclass(frozen=True, slots=True)
class Answered:
    """What wrk got, and the CPU seconds that the server, nginx and wrk used for it."""

    requests: int
    size_bytes: float
    server_s: float
    nginx_s: float
    wrk_s: float

    @property
    def asker(self) -> str:
        return f"wrk {100 * self.wrk_s / (self.server_s + self.nginx_s + self.wrk_s):.0f} % of all"


def cpu_s(pid: int) -> float:
    """What another process has used, and those that it started."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def main() -> None:
    if missing := lacking("wrk"):
        print(f"left out: {missing} is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder)))
    print(f"machine load {os.getloadavg()[0]:.1f}")


async def measure(folder: Path) -> None:
    async with a_demo(folder) as demo:
        viewer = await demo.sign_in("aalborg")
        segment, part = await media(demo, viewer.http)
        cookie = "; ".join(f"{name}={value}" for name, value in viewer.http.cookies.items())
        asked = {
            "playlist, whole": PLAYLIST,
            "playlist, delta": f"{PLAYLIST}?_HLS_skip=YES",
            "a part": part,
            "a segment": segment,
        }
        assert demo.process is not None
        server = demo.process.pid
        print(f"left alone, the demo uses {100 * await idle(server):.0f} % of a core")
        print("straight")
        for what, path in asked.items():
            tell(what, await ask(demo.port, path, cookie, server))
        if missing := lacking("nginx"):
            print(f"behind nginx: left out, {missing} is not installed")
            return
        async with a_proxy(folder / "nginx", demo.port) as (pid, port):
            print("behind nginx, which passes everything on and keeps nothing")
            for what, path in asked.items():
                tell(what, await ask(port, path, cookie, server, pid))


async def idle(server: int) -> float:
    began_s, used_s = time.monotonic(), cpu_s(server)
    await asyncio.sleep(SECONDS)
    return (cpu_s(server) - used_s) / (time.monotonic() - began_s)


async def media(demo: Demo, http: httpx.AsyncClient) -> tuple[str, str]:
    """A whole segment of an encoder's picture and a part of it, both still in memory."""
    rtmp = demo.links["sources"]["kl-huset"]["rtmp"]
    async with an_ffmpeg(rtmp, "640x360", 30, video=NOISE, noisy=True), asyncio.timeout(120):
        while True:
            playlist = (await http.get(f"{PLAYLIST}?_HLS_skip=YES")).text
            whole = [each for each in parse(playlist).segments if each.uri and each.parts]
            # It is long enough for a delta to be worth asking for, and the encoder is on air.
            if "#EXT-X-SKIP" in playlist and whole:
                uri, part = str(whole[-1].uri), whole[-1].parts[-1].uri
                if len((await http.get(uri)).content) > LEAST_BYTES_PER_S * whole[-1].lasts_s:
                    return uri, part
            await asyncio.sleep(0.5)  # another process's playlist: there is nothing to wait on


async def ask(port: int, path: str, cookie: str, server: int, nginx: int = 0) -> Answered:
    server_s, nginx_s, wrk_s = cpu_s(server), cpu_s(nginx) if nginx else 0.0, children_s()
    wrk = await asyncio.create_subprocess_exec(
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", f"Cookie: {cookie}",
        "-H", "Accept-Encoding: gzip", f"http://127.0.0.1:{port}{path}",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said = (await wrk.communicate())[0].decode()
    found = _TOLD.search(said)
    assert found is not None, said
    assert "Non-2xx" not in said, said
    return Answered(
        int(found[1]),
        float(found[2]) * _UNITS[found[3]],
        cpu_s(server) - server_s,
        cpu_s(nginx) - nginx_s if nginx else 0.0,
        children_s() - wrk_s,
    )


def children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tell(what: str, did: Answered) -> None:
    """Per core of ours; and of both, where nginx stands before us."""
    each = did.size_bytes / did.requests / 1000
    both_s = did.server_s + did.nginx_s
    line = f"  {what:<16} {each:7.1f} kB  {did.requests / did.server_s:6.0f} answers/s a core"
    line += f"  {did.size_bytes / did.server_s / 1e6:6.0f} MB/s a core"
    if did.nginx_s:
        line += f"  with nginx {did.requests / both_s:6.0f} and {did.size_bytes / both_s / 1e6:.0f}"
    print(f"{line}  ({did.asker})")
