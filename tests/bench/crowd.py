"""The crowd of `crowd.c`, which is no part of what is measured, driven from here."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers.peer import Peer

HERE_WITHIN_S = 120.0
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Heard:
    """What came since the last reset; ages in microseconds."""

    messages: int
    least: int
    bytes: int
    here: int
    p50_us: int
    p99_us: int
    worst_us: int


class Crowd:
    """Clients of one server, all connected."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def reset(self) -> None:
        assert await self._ask("reset") == "ok"

    async def tell(self) -> Heard:
        return Heard(*map(int, (await self._ask("tell")).split()))

    async def count(self) -> int:
        return int((await self._ask("count")).split()[0])

    async def until(self, messages: int, patience_s: float) -> int:
        """Wait for so many messages, or until none has come for a while; returns how many did."""
        before, since = -1, time.monotonic()
        while (came := await self.count()) < messages:
            if came != before:
                before, since = came, time.monotonic()
            elif time.monotonic() - since > patience_s:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        return came

    async def _ask(self, command: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{command}\n".encode())
        return (await stdout.readline()).decode().strip()


def compiled(folder: Path, name: str) -> Path:
    """A program of this folder."""
    compiler = shutil.which("cc") or shutil.which("gcc") or sys.exit("expected a C compiler")
    program = folder / name
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    return program


def stamped(size_bytes: int) -> str:
    """A message that says when it was sent off."""
    stamp = f"@@{time.monotonic_ns() // 1000:015d} "
    return stamp + "x" * (size_bytes - len(stamp))


@contextlib.asynccontextmanager
async def a_crowd(
    program: Path, peer: Peer | int, clients: int, frozen: int = 0
) -> AsyncIterator[Crowd]:
    """So many clients of a server; of a bare port, who say nothing.

    Args:
        frozen: how many of them do not read.
    """
    if isinstance(peer, int):
        told = [str(peer), str(clients), str(frozen)]
    else:
        words = str(peer.words or "")
        greeting = [peer.first, peer.second, words, str(peer.pong_s)]
        told = [str(peer.port), str(clients), str(frozen), *greeting]
    process = await asyncio.create_subprocess_exec(program, *told, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(HERE_WITHIN_S):
            said = await process.stdout.readline()
        assert said == b"here\n", f"expected {clients} clients at {told[0]}; see above"
        yield Crowd(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
