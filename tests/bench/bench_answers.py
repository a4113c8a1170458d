"""What a core answers: playlists a second and media in MB/s, straight and behind the shipped nginx.

Straight, the whole product runs as `topmoede demo` in one process. Behind nginx it is `topmoede
serve` in its two processes, with the site that `topmoede deploy nginx` prints: TLS, and whole
segments sent by nginx from the disk once the media process has said yes. An encoder of 2.6 Mbit/s
gives the segments; wrk asks as somebody who is signed in. Counted is all the CPU time of each
process, what it uses left alone included. The asker's own share is said too, since on this machine
it takes from the same cores.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.bench.bench_ingest import NOISE
from tests.bench.debian_nginx import lacking
from tests.journeys.installation import KEY
from tests.journeys.running_demo import a_demo
from tests.journeys.test_behind_nginx import Behind, behind_nginx
from tests.streams.parsed_playlist import parse
from tests.streams.rtmp_desk import an_ffmpeg

SECONDS, CONNECTIONS = 6, 16
MAIN, SOURCE = "/hls/main/video.m3u8", "/hls/source:kl-huset/video.m3u8"
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


def cpu_s(pids: tuple[int, ...]) -> float:
    """What other processes have used, and those that they started."""
    each = [psutil.Process(pid) for pid in pids]
    each += [child for process in each for child in process.children(recursive=True)]
    times = [process.cpu_times() for process in each]
    return float(sum(used.user + used.system for used in times))


def main() -> None:
    if missing := lacking("wrk"):
        print(f"left out: {missing} is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder)))
    if missing := lacking("nginx"):
        print(f"behind nginx: left out, {missing} is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure_behind(Path(folder)))
    print(f"machine load {os.getloadavg()[0]:.1f}")


async def measure(folder: Path) -> None:
    async with a_demo(folder, cold=True) as demo:
        viewer = await demo.sign_in("aalborg")
        segment, part = await media(viewer.http, MAIN, demo.links["sources"]["kl-huset"]["rtmp"])
        assert demo.process is not None
        server = (demo.process.pid,)
        print(f"straight; left alone, the demo uses {100 * await idle(server):.0f} % of a core")
        for what, path in asked(MAIN, segment, part):
            tell(what, await ask(demo.base + path, cookie_of(viewer.http), server))


async def measure_behind(folder: Path) -> None:
    async with behind_nginx(folder) as behind, backstage(behind) as http:
        address = f"rtmp://127.0.0.1:{behind.here.rtmp_port}/live/{KEY}"
        segment, part = await media(http, SOURCE, address)
        server = (behind.front.pid, behind.media.pid)
        nginx = int((folder / "nginx" / "nginx.pid").read_text())
        print(f"behind nginx; left alone, the two use {100 * await idle(server):.0f} % of a core")
        for what, path in asked(SOURCE, segment, part):
            tell(what, await ask(behind.base + path, cookie_of(http), server, nginx))


@asynccontextmanager
async def backstage(behind: Behind) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in through nginx as somebody who may watch a source before the day begins."""
    people, links = behind.here.folder / "crew.csv", behind.here.folder / "crew-links.csv"
    people.write_text("key,name,role,municipality\nmaja,Maja,moderator,")
    status, said = await behind.here.run("people", "import", str(people), "--links", str(links))
    assert status == 0, said
    link = links.read_text().splitlines()[-1].split(",")[-1]
    async with httpx.AsyncClient(base_url=behind.base, verify=behind.tls, timeout=30) as http:
        assert (await http.post(link[link.index("/enter/") :])).status_code == 303
        yield http


def cookie_of(http: httpx.AsyncClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in http.cookies.items())


def asked(playlist: str, segment: str, part: str) -> tuple[tuple[str, str], ...]:
    """What a player asks for."""
    return (
        ("playlist, whole", playlist),
        ("playlist, delta", f"{playlist}?_HLS_skip=YES"),
        ("a part", part),
        ("a segment", segment),
    )


async def idle(server: tuple[int, ...]) -> float:
    began_s, used_s = time.monotonic(), cpu_s(server)
    await asyncio.sleep(SECONDS)
    return (cpu_s(server) - used_s) / (time.monotonic() - began_s)


async def media(http: httpx.AsyncClient, address: str, rtmp: str) -> tuple[str, str]:
    """A whole segment of an encoder's picture and a part of it, both still in memory."""
    async with an_ffmpeg(rtmp, "640x360", 30, video=NOISE, noisy=True), asyncio.timeout(120):
        while True:
            answer = await http.get(f"{address}?_HLS_skip=YES")
            playlist = answer.text if answer.status_code == 200 else "#EXTM3U\n"
            whole = [each for each in parse(playlist).segments if each.uri and each.parts]
            # It is long enough for a delta to be worth asking for, and the encoder is on air.
            if "#EXT-X-SKIP" in playlist and whole:
                uri, part = str(whole[-1].uri), whole[-1].parts[-1].uri
                if len((await http.get(uri)).content) > LEAST_BYTES_PER_S * whole[-1].lasts_s:
                    return uri, part
            await asyncio.sleep(0.5)  # another process's playlist: there is nothing to wait on


async def ask(url: str, cookie: str, server: tuple[int, ...], *nginx: int) -> Answered:
    server_s, nginx_s, wrk_s = cpu_s(server), cpu_s(nginx), children_s()
    wrk = await asyncio.create_subprocess_exec(
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", f"Cookie: {cookie}",
        "-H", "Accept-Encoding: gzip", url,
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
        cpu_s(nginx) - nginx_s,
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
    line += f"  ({did.requests / SECONDS:.0f} answers/s seen)"
    if did.nginx_s:
        line += f"  with nginx {did.requests / both_s:6.0f} and {did.size_bytes / both_s / 1e6:.0f}"
    print(f"{line}  ({did.asker})")
