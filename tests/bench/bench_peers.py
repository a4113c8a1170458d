"""Fan-out side by side with others', in one run.

    python -m tests.bench.bench_peers [--only NAME …] [--clients 1000] [--turns 3] [--json OUT]

Each server is a process of its own, with as many clients of the same kind, held by the same C
program (`crowd.c`); each is given messages of the same size at the same pace, and they take turns,
so that what else the machine does hits all alike. The floor is a C loop of send() and nothing else
(`send_loop.c`). Ours is there three times: the gateway alone, which like the others keeps nothing;
the front of production with its journal, which commits every message before it is delivered; and
two of those on PostgreSQL and Redis. Who takes a hundred times as long is given fewer (`FEWER`).

Counted is the CPU of the server, user and system, with what it has started, beyond what it uses
when nothing is published; the crowd, the writers, Redis and PostgreSQL run beside it ("beside" is
what the last two use).

    idle       CPU of the server with the crowd there and nothing published, for a second
    alone      one message each 60 ms: nothing can be joined
    at 100/s   a message each 10 ms, for a second and a half
    memory     PSS of the server before and after the crowd has come, for each client
    accept     CPU of the server from there to there, for each client
    p50, p99   how old a message was, 5 a second to 2,000 clients of which every tenth has stopped
               reading, and has been sent PREFILL messages of PREFILL_BYTES since; who cannot keep
               that pace is given another (`SLOWER`), which is told in its line
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import uvloop
from websockets.exceptions import ConnectionClosed

from tests.bench.crowd import Crowd, a_crowd, compiled, stamped
from tests.bench.peers import ours, theirs
from tests.bench.peers.peer import Peer, cpu_s, own_bytes

PEERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Peer]]] = {
    "gateway": ours.gateway,
    "front": ours.one_front,
    "two-fronts": ours.two_fronts,
    "nchan": theirs.nchan,
    "node-ws": theirs.node_ws,
    "nats": theirs.nats,
    "websockets": theirs.websockets,
    "channels": theirs.channels,
}
OURS = ("gateway", "front", "two-fronts")
TEXT_BYTES = 120
MESSAGE_BYTES = 330
"""What a message of ours has with some TEXT_BYTES of text, and so everybody's."""
HEAD_BYTES = 4
"""Of a websocket frame of that size."""
IDLE_S = 25.0
"""As long as our beats are apart."""
ALONE, ALONE_APART_S = 40, 0.06
JOINED, JOINED_APART_S = 150, 0.01
CROWD, FROZEN, PACED, PACED_APART_S = 2_000, 200, 40, 0.2
HEAR_APART_S = 0.5
PREFILL, PREFILL_BYTES, PREFILL_APART_S = 60, 1_900, 0.05
PATIENCE_S, FROZEN_WITHIN_S = 8.0, 45.0
FEWER = {"channels": 5}
SLOWER = {"channels": 10}
"""Who cannot deliver 5 a second to so many is given one so many times more seldom: of a queue that
only grows there is nothing to tell."""
WIDEST, WIDEST_JOINED, LATEST_MS = 1.7, 0.5, 50


@dataclass
class Row:
    """What was found of one server; µs of CPU for a delivery."""

    alone_us: list[float] = field(default_factory=list)
    joined_us: list[float] = field(default_factory=list)
    beside_us: list[float] = field(default_factory=list)
    idle_ms: float = 0.0
    missed: int = 0
    memory_kib: float = 0.0
    accept_us: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    worst_ms: float = 0.0
    apart_s: float = PACED_APART_S
    here: int = 0
    fault: str = ""
    """Why there are no more figures of it."""


class Bench:
    """A run; what the servers stand on is gone with it."""

    def __init__(self, folder: Path, clients: int) -> None:
        self._folder = folder
        self._crowd = compiled(folder, "crowd")
        self._floor = compiled(folder, "send_loop")
        self._clients = clients
        self._text_bytes = dict.fromkeys(PEERS, MESSAGE_BYTES)
        self.floor_us: list[float] = []
        self.rows: dict[str, Row] = {}

    async def run(self, names: list[str], turns: int) -> None:
        async with AsyncExitStack() as servers:
            peers: dict[str, Peer] = {}
            for name in names:
                self.rows[name] = Row()
                with self._going_on_without(name):
                    peers[name] = await servers.enter_async_context(PEERS[name](self._folder))
            await self._side_by_side(peers, turns)
            _say("\n".join(table(self)))
            for name, peer in peers.items():
                with self._going_on_without(name):
                    slower = SLOWER.get(name, 1)
                    async with asyncio.timeout(FROZEN_WITHIN_S * min(slower, 3)):
                        await self._with_frozen_ones(name, peer, slower)

    async def _side_by_side(self, peers: dict[str, Peer], turns: int) -> None:
        async with AsyncExitStack() as crowds:
            here: dict[str, Crowd] = {}
            for name, peer in peers.items():
                with self._going_on_without(name):
                    here[name] = await crowds.enter_async_context(self._arriving(name, peer))
                    if name in OURS:
                        self._text_bytes[name] = await self._fitting(peer, here[name])
            await self._idle(peers)
            for turn in range(turns):
                self.floor_us.append(await self._floor_us())
                for name, crowd in here.items():
                    with self._going_on_without(name):
                        await self._turn(name, peers[name], crowd)
                _say(f"turn {turn + 1} of {turns}")

    @contextlib.contextmanager
    def _going_on_without(self, name: str) -> Iterator[None]:
        """One that fails is told of, and the others are measured."""
        row = self.rows[name]
        try:
            yield
        except (AssertionError, OSError, TimeoutError, ConnectionClosed, psutil.Error) as fault:
            row.fault = row.fault or f"{type(fault).__name__}: {fault}"
            _say(f"{name}: {row.fault}")

    @contextlib.asynccontextmanager
    async def _arriving(self, name: str, peer: Peer) -> AsyncIterator[Crowd]:
        row, memory, used = self.rows[name], own_bytes(peer.servers), cpu_s(peer.servers)
        async with a_crowd(self._crowd, peer, self._clients) as crowd:
            await asyncio.sleep(1)  # what the server still does with the last of them
            row.accept_us = (cpu_s(peer.servers) - used) / self._clients * 1e6
            row.memory_kib = (own_bytes(peer.servers) - memory) / self._clients / 1024
            await _until_all_hear(peer, crowd)
            _say(f"{name}: {self._clients} here")
            yield crowd

    async def _idle(self, peers: dict[str, Peer]) -> None:
        used = {name: cpu_s(peer.servers) for name, peer in peers.items()}
        await asyncio.sleep(IDLE_S)
        for name, peer in peers.items():
            self.rows[name].idle_ms = (cpu_s(peer.servers) - used[name]) / IDLE_S * 1e3

    async def _fitting(self, peer: Peer, crowd: Crowd) -> int:
        """How much text makes a message of ours as large as all of them."""
        await crowd.reset()
        await peer.publish(stamped(TEXT_BYTES))
        await crowd.until(self._clients, PATIENCE_S)
        heard = await crowd.tell()
        return TEXT_BYTES + MESSAGE_BYTES + HEAD_BYTES - round(heard.bytes / heard.messages)

    async def _floor_us(self) -> float:
        told = (str(self._clients), str(ALONE), str(MESSAGE_BYTES + HEAD_BYTES))
        sender = await asyncio.create_subprocess_exec(
            self._floor, "send", *told, stdout=asyncio.subprocess.PIPE
        )
        assert sender.stdout is not None
        port = int(await sender.stdout.readline())
        async with a_crowd(self._crowd, port, self._clients):
            cost = float(await sender.stdout.readline())
            await sender.wait()
        return cost

    async def _turn(self, name: str, peer: Peer, crowd: Crowd) -> None:
        row = self.rows[name]
        size_bytes = self._text_bytes[name]
        await _until_all_hear(peer, crowd)
        for costs, count, apart_s in (
            (row.alone_us, ALONE, ALONE_APART_S),
            (row.joined_us, JOINED, JOINED_APART_S),
        ):
            count //= FEWER.get(name, 1)
            wanted = count * self._clients
            await crowd.reset()
            begun, used, beside = time.monotonic(), cpu_s(peer.servers), cpu_s(peer.beside)
            await _publish(peer, size_bytes, count, apart_s)
            came = await crowd.until(wanted, PATIENCE_S)
            idle_s = (time.monotonic() - begun) * row.idle_ms / 1e3
            costs.append((cpu_s(peer.servers) - used - idle_s) / max(1, came) * 1e6)
            if costs is row.alone_us:
                row.beside_us.append((cpu_s(peer.beside) - beside) / max(1, came) * 1e6)
            row.missed += wanted - came

    async def _with_frozen_ones(self, name: str, peer: Peer, slower: int) -> None:
        row, reading = self.rows[name], CROWD - FROZEN
        size_bytes = self._text_bytes[name]
        paced, row.apart_s = PACED // FEWER.get(name, 1), PACED_APART_S * slower
        async with a_crowd(self._crowd, peer, CROWD, FROZEN) as crowd:
            await _until_all_hear(peer, crowd, HEAR_APART_S * slower)
            await crowd.reset()
            prefill = PREFILL // FEWER.get(name, 1)
            await _publish(peer, PREFILL_BYTES, prefill, PREFILL_APART_S)
            await crowd.until(prefill * reading, PATIENCE_S)
            await crowd.reset()
            await _publish(peer, size_bytes, paced, row.apart_s)
            await crowd.until(paced * reading, PATIENCE_S)
            heard = await crowd.tell()
        row.missed += paced * reading - heard.messages
        row.p50_ms, row.p99_ms = heard.p50_us / 1e3, heard.p99_us / 1e3
        row.worst_ms, row.here = heard.worst_us / 1e3, heard.here
        _say(f"{name}: {CROWD} with {FROZEN} frozen: p50 {row.p50_ms} ms, p99 {row.p99_ms} ms")


async def _publish(peer: Peer, size_bytes: int, count: int, apart_s: float) -> None:
    begun = time.monotonic()
    for number in range(count):
        await asyncio.sleep(begun + number * apart_s - time.monotonic())
        await peer.publish(stamped(size_bytes))


async def _until_all_hear(peer: Peer, crowd: Crowd, apart_s: float = HEAR_APART_S) -> None:
    """Say something until everybody who reads has heard something, and all of it has come."""
    await crowd.reset()
    async with asyncio.timeout(30):
        while (await crowd.tell()).least == 0:
            await peer.publish(stamped(TEXT_BYTES))
            await asyncio.sleep(apart_s)
    await crowd.until(sys.maxsize, 0.5)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


# What is told of it.


def table(bench: Bench) -> list[str]:
    floor = statistics.median(bench.floor_us)
    own = bench.rows.get("gateway")
    own = own if own and own.joined_us else None
    lines = [
        f"messages of {MESSAGE_BYTES} bytes; the C loop: {floor:.2f} s of CPU for 1 M of them",
        " " * 11
        + "s/1 M alone        s/1 M at 100/s            idle   KiB/   µs/    ms, some frozen",
        " " * 11 + "         ÷C ÷ours         ÷C ÷ours beside   ms/s client accept    p50     p99"
        " missed",
    ]
    for name, row in bench.rows.items():
        if row.fault:
            lines.append(f"{name:11}{row.fault}")
        if not row.joined_us:
            continue
        alone, joined = statistics.median(row.alone_us), statistics.median(row.joined_us)
        over = [
            alone / statistics.median(own.alone_us) if own else 0,
            joined / statistics.median(own.joined_us) if own else 0,
        ]
        lines.append(
            f"{name:11}{alone:6.1f} {alone / floor:5.2f} {over[0]:5.1f} {joined:6.1f}"
            f" {joined / floor:5.2f} {over[1]:5.1f} {statistics.median(row.beside_us):6.1f}"
            f" {row.idle_ms:6.1f} {row.memory_kib:6.1f} {row.accept_us:6.0f}"
            f" {row.p50_ms:6.1f} {row.p99_ms:7.1f} {row.missed:6}"
            + (f"  one each {row.apart_s:g} s" if row.apart_s > PACED_APART_S else "")
        )
    lines.append(
        f"ours must stay within {WIDEST} × C alone, {WIDEST_JOINED} × at 100/s;"
        f" aimed at: p99 of {LATEST_MS} ms"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), metavar="NAME")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for name in asked.only:
        if lacking := theirs.LACKING.get(name):
            print(f"{name} is left out, for want of {lacking}")
    names = [name for name in asked.only if not theirs.LACKING.get(name)]
    gc.freeze()
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        bench = Bench(Path(folder), asked.clients)
        runner.run(bench.run(names, asked.turns))
    print("\n".join(table(bench)))
    if asked.json is not None:
        rows = {name: vars(row) for name, row in bench.rows.items()}
        found = {"floor_us": bench.floor_us, "message_bytes": MESSAGE_BYTES, "rows": rows}
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
