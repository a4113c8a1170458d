"""What one delivered frame costs, against a C loop that does nothing but send().

    python -m tests.bench.bench_fanout [--clients 1000] [--rounds 60] [--json OUT]

The real gateway runs here, on uvicorn with uvloop and a board in memory. The C loop
(`send_loop.c`, compiled with cc) takes turns with it, and the same C reader reads from both: it
holds all clients in a process of its own and throws away what comes. Counted is the CPU time of
the sending process alone, user and system. Load moves both sides, so only the ratio of medians of
one run means anything.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import uvloop

from server.admission import Capacity
from server.fanout import WINDOW_S
from server.sink import text_frame
from tests.server import test_idle_connections as idle
from tests.server.memory_board import Edge, an_edge, event

TOPIC = "show"
TEXT = "x" * 120
TURNS = 3
APART_S = 0.06
BURST_PER_S = 100
WIDEST_RATIO = 1.8
LEAST_GAIN = 3.0
HANDSHAKE = (
    "GET /rt HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Authorization: Bearer p%d\r\n\r\n"
)
HELLO = '{"op":"hello","v":1,"topics":[{"topic":"show"}]}'


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def compiled(folder: str) -> str:
    compiler = shutil.which("cc") or shutil.which("gcc") or sys.exit("expected a C compiler")
    program = str(Path(folder, "send_loop"))
    source = Path(__file__).with_name("send_loop.c")
    subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    return program


@contextlib.asynccontextmanager
async def reader(program: str, port: int, clients: int, *greeting: str) -> AsyncIterator[None]:
    """Read from a port with that many clients."""
    arguments = (program, "read", str(port), str(clients), *greeting)
    process = await asyncio.create_subprocess_exec(*arguments)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def c_loop_us(program: str, clients: int, rounds: int, size_bytes: int) -> float:
    """CPU microseconds of one send() in C."""
    arguments = (program, "send", str(clients), str(rounds), str(size_bytes))
    sender = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
    assert sender.stdout is not None
    port = int(await sender.stdout.readline())
    async with reader(program, port, clients):
        cost = float(await sender.stdout.readline())
        await sender.wait()
    return cost


async def costs_us(edge: Edge, count: int, apart_s: float) -> tuple[float, float]:
    """CPU microseconds of one write and of one delivery, publishing at a steady pace."""
    readers = len(edge.fanout.subscribers(TOPIC))
    target = edge.fanout.counts.delivered + count * readers
    writes, begun_s = edge.fanout.counts.writes, cpu_s()
    for _ in range(count):
        edge.board.post(TOPIC, TEXT)
        await asyncio.sleep(apart_s)
    async with asyncio.timeout(60):
        while edge.fanout.counts.delivered < target:  # noqa: ASYNC110
            await asyncio.sleep(WINDOW_S)
    used_us = (cpu_s() - begun_s) * 1e6
    return used_us / (edge.fanout.counts.writes - writes), used_us / (count * readers)


@contextlib.asynccontextmanager
async def crowd(
    edge: Edge, program: str, clients: int, handshake: str = HANDSHAKE, hello: str = HELLO
) -> AsyncIterator[float]:
    """Join with that many clients; gives the resident bytes of one idle connection."""
    gc.collect()
    empty_bytes = resident_bytes()
    async with reader(program, edge.port, clients, handshake, hello):
        async with asyncio.timeout(60):
            while len(edge.fanout.subscribers(TOPIC)) < clients:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        gc.collect()
        yield (resident_bytes() - empty_bytes) / clients


async def page_kib(program: str, clients: int) -> float:
    """What an idle page costs that came with a browser's headers and has the usual topics."""
    async with an_edge(capacity=Capacity(clients=clients, arrivals_per_s=clients)) as edge:
        for topic in idle.TOPICS:
            edge.board.add(topic)
        hello = idle.HELLO.decode()
        async with crowd(edge, program, clients, idle.HANDSHAKE, hello) as each_bytes:
            return round(each_bytes / 1024, 1)


def in_a_fresh_process(program: str, clients: int) -> float:
    """Nothing lies there yet that could be used again."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(_page_kib, program, clients).result()


def _page_kib(program: str, clients: int) -> float:
    _take_all_the_files_allowed()
    return uvloop.run(page_kib(program, clients))


async def measure(program: str, clients: int, rounds: int) -> dict[str, float]:
    size_bytes = len(text_frame(event(TOPIC, 100, TEXT)))
    floor: list[float] = []
    single: list[float] = []
    joined: list[float] = []
    async with an_edge(capacity=Capacity(clients=clients, arrivals_per_s=clients)) as edge:
        edge.board.add(TOPIC)
        async with crowd(edge, program, clients) as each_bytes:
            gc.freeze()
            for _ in range(TURNS):
                floor.append(await c_loop_us(program, clients, rounds, size_bytes))
                # The fork before exec left every page to be copied at the first touch.
                await costs_us(edge, 3, APART_S)
                # Further apart than the window: nearly every message is a write of its own.
                single.append((await costs_us(edge, rounds, APART_S))[0])
                joined.append((await costs_us(edge, 2 * BURST_PER_S, 1 / BURST_PER_S))[1])
    alone_us = statistics.median(single)
    return {
        "clients": clients,
        "frame_bytes": size_bytes,
        "c_send_us": round(statistics.median(floor), 2),
        "one_message_a_write_us": round(alone_us, 2),
        "ratio_to_c": round(alone_us / statistics.median(floor), 2),
        f"at_{BURST_PER_S}_a_second_us": round(statistics.median(joined), 2),
        "gain_by_joining": round(alone_us / statistics.median(joined), 2),
        "idle_connection_kib": round(each_bytes / 1024, 1),
    }


def _take_all_the_files_allowed() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    _take_all_the_files_allowed()
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        program = compiled(folder)
        found = runner.run(measure(program, options.clients, options.rounds))
        found["idle_page_kib"] = in_a_fresh_process(program, options.clients)
    for name, value in found.items():
        print(f"{name:26} {value}")
    print(f"at most {WIDEST_RATIO} times C, at least {LEAST_GAIN} times cheaper when joined")
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
