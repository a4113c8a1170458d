"""Five hundred pages that stop reading cost little, and cost nobody else anything.

Whoever reads is measured twice on the same server, with the frozen and without. The frozen ones'
memory is all that the server's process grows by while they stand still, and all that the kernel
holds for the server's ends of every connection, as it counts it itself (`ss --memory`); media that
the process keeps is told by /metrics and taken off. Nothing is subtracted for the talk that goes
on meanwhile. In the end everybody reads again, and has everything once.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.journeys.running_demo import Demo, a_demo

pytestmark = pytest.mark.alone

FROZEN, READING = 500, 100
# A prime to the pattern in which the frozen sit, so that whoever reads is somebody else each time:
# one person may write ten times in ten seconds.
WRITERS = 119
CHAT_PER_S = 50
MOST_BYTES_EACH = 256 * 1024
TIMES_AS_LATE, AND_MS = 3, 50
BEFORE_THE_DOORS = "07.00"
LOOK_EVERY_S = 0.5
HELD_BY_KERNEL = re.compile(r"skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+),o(\d+),bl(\d+)")


@dataclass(frozen=True, slots=True)
class Look:
    """What the server stands on at a moment, in bytes."""

    phase: str
    process: int
    kernel: int

    @property
    def together(self) -> int:
        return self.process + self.kernel


@dataclass
class Crowd:
    """One run of `topmoede load`, looked at from outside as long as it lasts."""

    demo: Demo
    links: Path
    looks: list[Look] = field(default_factory=list)
    phase: str = "arriving"

    async def play(self, viewers: int, for_s: float, frozen: int) -> dict[str, Any]:
        out = self.demo.folder / f"figures-{frozen}.json"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", "load", self.demo.base,
            "--links", str(self.links), "--json", str(out), "--viewers", str(viewers),
            "--for-s", str(for_s), "--chat-per-s", str(CHAT_PER_S), "--writers", "1",
            "--frozen", str(frozen), "--arrive-per-s", "200", "--settle-s", "60",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(self._look())
            progress = tasks.create_task(self._follow(process))
            assert process.stdout is not None
            said = (await process.stdout.read()).decode()
            status = await process.wait()
            looking.cancel()
            heard = await progress
        print(said)
        assert status == 0, f"{said}\n{heard}"
        figures: dict[str, Any] = json.loads(out.read_text())
        return figures

    async def _follow(self, process: asyncio.subprocess.Process) -> str:
        assert process.stderr is not None
        heard = ""
        async for line in process.stderr:
            heard += line.decode()
            for phase in ("arriving", "speaking", "settling"):
                if f" {phase} " in line.decode():
                    self.phase = phase
        return heard

    async def _look(self) -> None:
        async with self.demo.stranger() as http:
            while True:
                phase = self.phase
                self.looks.append(Look(phase, await self._process(http), await self._kernel()))
                await asyncio.sleep(LOOK_EVERY_S)  # another process: there is nothing to wait on

    async def _process(self, http: httpx.AsyncClient) -> int:
        assert self.demo.process is not None
        lines = (await http.get("/metrics")).text.splitlines()
        media = next(ln.split()[1] for ln in lines if ln.startswith("topmoede_remembered_bytes"))
        return int(psutil.Process(self.demo.process.pid).memory_info().rss - float(media))

    async def _kernel(self) -> int:
        """What the kernel holds for the server's ends: received, queued, set aside, options."""
        process = await asyncio.create_subprocess_exec(
            "ss", "-tmnHO", f"sport = :{self.demo.port}", stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        return sum(sum(map(int, held)) for held in HELD_BY_KERNEL.findall(said.decode()))


@asynccontextmanager
async def a_town(folder: Path) -> AsyncIterator[tuple[Demo, Path]]:
    """A server before its doors open, and so many people of one municipality, in one room."""
    async with a_demo(folder, "--at", BEFORE_THE_DOORS) as demo:
        await demo.invite(*((f"borger{n}", "member", "aalborg") for n in range(WRITERS)))
        yield demo, folder / "invited.csv"
        assert demo.traces() == []


async def stand_still(folder: Path, for_s: float) -> None:
    async with a_town(folder) as (demo, links):
        # Long enough for the machine's other work to be in it as well.
        without = await Crowd(demo, links).play(READING, max(8, for_s / 10), 0)
        crowd = Crowd(demo, links)
        with_them = await crowd.play(READING + FROZEN, for_s, FROZEN)

    before = [look for look in crowd.looks if look.phase == "arriving"][-1]
    while_frozen = [look for look in crowd.looks if look.phase == "speaking"]
    most = max(while_frozen, key=lambda look: look.together)
    each = (most.together - before.together) / FROZEN
    usual, now = (figures["delivery"]["p99_ms"] for figures in (without, with_them))
    print(
        f"{FROZEN} frozen for {for_s:.0f} s under {CHAT_PER_S} messages a second: "
        f"{each / 1024:.1f} KiB each, of which {(most.kernel - before.kernel) / FROZEN / 1024:.1f}"
        f" the kernel's; the others' p99 {now} ms, without them {usual} ms;"
        f" closed with {with_them['closes']}, came back by {with_them['modes']}"
    )
    assert len(while_frozen) > for_s / LOOK_EVERY_S / 4
    assert each <= MOST_BYTES_EACH
    assert now <= usual * TIMES_AS_LATE + AND_MS
    for figures in (without, with_them):
        assert figures["done"] > 0.8 * CHAT_PER_S * figures["speaking_s"]
        assert figures["lost"] == figures["doubled"] == figures["gaps"] == 0
    assert with_them["there"] == READING + FROZEN
    assert sum(with_them["closes"].values()) == FROZEN, "the frozen are cut, and nobody else"
    assert with_them["closes"].keys() <= {"4001", "1006"}


def test_what_is_known_of_a_socket_is_all_that_is_counted() -> None:
    said = "0 0 a b skmem:(r1,rb131072,t9,tb32768,f2,w4,o8,bl16,d0)"
    assert [sum(map(int, held)) for held in HELD_BY_KERNEL.findall(said)] == [31]


async def test_five_hundred_who_stop_reading_for_a_minute_are_bounded_and_slow_nobody(
    tmp_path: Path,
) -> None:
    await stand_still(tmp_path, 60)


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_five_hundred_who_stop_reading_for_ten_minutes_are_bounded_and_slow_nobody(
    tmp_path: Path,
) -> None:
    await stand_still(tmp_path, 600)
