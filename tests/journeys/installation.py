"""`topmoede serve` in a folder of its own: settings in a file, people from another command."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from schedule.programme_file import builtin, dump
from tests.journeys.running_demo import Demo, Visitor
from tests.journeys.warm_start import ran
from tests.ports import a_free_port

READY_WITHIN_S = 120.0
ENDS_WITHIN_S = 30.0
KEY = "en-noegle-med-fireogtyve-tegn"


@dataclass
class Installation:
    """A folder with a programme and settings, and two ports."""

    folder: Path
    port: int
    rtmp_port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Path:
        return self.folder / "topmoede.toml"

    def write(self, **more: object) -> None:
        """A day that begins in an hour, and the settings for it."""
        text = dump(builtin("demo_day"))
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
        (self.folder / "day.toml").write_text(text.replace("2021-01-28", str(tomorrow)))
        told = {
            "port": self.port,
            "rtmp_port": self.rtmp_port,
            "public_url": self.base,
            "data": str(self.folder / "data"),
            "programme": str(self.folder / "day.toml"),
            "edition": "demo",
            **more,
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
        lines += ["[sources.kl-huset]", f'main = "{KEY}"']
        self.settings.write_text("\n".join(lines))

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """A `topmoede` command with these settings."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", *arguments, "--settings", str(self.settings),
            stdin=asyncio.subprocess.PIPE if "--supervised" in arguments else None,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    async def run(self, *arguments: str) -> tuple[int, str]:
        """The status of a command with these settings, and what it said."""
        async with asyncio.timeout(READY_WITHIN_S):
            return await ran([*arguments, "--settings", str(self.settings)], os.environ)


def an_installation(folder: Path) -> Installation:
    return Installation(folder, a_free_port(), a_free_port())


@asynccontextmanager
async def served(here: Installation, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await here.start("serve", *arguments)
    try:
        async with asyncio.timeout(READY_WITHIN_S), httpx.AsyncClient() as http:
            while not await is_ready(http, here.base):
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def is_ready(http: httpx.AsyncClient, base: str) -> bool:
    try:
        return (await http.get(f"{base}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def signed_in(here: Installation, link: str) -> Visitor:
    http = httpx.AsyncClient(base_url=here.base, timeout=60)
    entered = await http.post(link.removeprefix(here.base))
    assert entered.headers["location"] in ("/watch", "/backstage"), entered.headers["location"]
    return Visitor(Demo(here.folder, here.port, ()), link[-12:], http)
