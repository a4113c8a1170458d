"""`topmoede serve` as it is run for real: settings in a file, people from another command."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from schedule.programme_file import builtin, dump
from tests.journeys.running_demo import Demo, Visitor
from tests.streams.broadcast import Look
from tests.streams.rtmp_encoder import a_wire_encoder, tags

READY_WITHIN_S = 40.0
ENDS_WITHIN_S = 15.0
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
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    async def run(self, *arguments: str) -> tuple[int | None, str]:
        process = await self.start(*arguments)
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        return process.returncode, said.decode()


def an_installation(folder: Path) -> Installation:
    with (
        socket.create_server(("127.0.0.1", 0)) as free,
        socket.create_server(("127.0.0.1", 0)) as rtmp,
    ):
        return Installation(folder, free.getsockname()[1], rtmp.getsockname()[1])


@asynccontextmanager
async def served(here: Installation) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await here.start("serve")
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
    http = httpx.AsyncClient(base_url=here.base, timeout=20)
    entered = await http.post(link.removeprefix(here.base))
    assert entered.headers["location"] in ("/watch", "/backstage"), entered.headers["location"]
    return Visitor(Demo(here.folder, here.port, ()), link[-12:], http)


async def test_people_come_in_while_the_server_runs_and_it_ends_in_peace(tmp_path: Path) -> None:
    here = an_installation(tmp_path)
    here.write()
    async with served(here) as process:
        people = tmp_path / "people.csv"
        people.write_text(
            "key,name,role,municipality\nmette,Mette,member,Aalborg\nida,Ida,moderator,"
        )
        links = tmp_path / "links.csv"
        status, said = await here.run("people", "import", str(people), "--links", str(links))
        assert (status, links.stat().st_mode & 0o077) == (0, 0), said
        invited = {row.split(",")[0]: row.split(",")[-1] for row in links.read_text().splitlines()}
        mette = await signed_in(here, invited["mette"])
        status, said = await here.run("link", "ida")
        assert status == 0, said
        ida = await signed_in(here, said.strip())
        used = await ida.http.post(said.strip().removeprefix(here.base))
        assert used.headers["location"].endswith("?brugt")

        show, room, backstage = await mette.open("show", "room:aalborg", "sources")
        assert show["snapshot"]["state"] == "before"
        assert (room["op"], backstage["op"]) == ("joined", "denied")
        assert (await mette.do("room:aalborg", "post_message", text="Hej"))["op"] == "done"
        await ida.open("show")
        assert (await ida.do("show", "hold"))["op"] in ("done", "refused")
        for visitor in (mette, ida):
            await visitor.leave()

        async with a_wire_encoder(here.rtmp_port) as encoder:
            await encoder.publish(KEY)
            await encoder.send(tags(Look(), 2))
            process.send_signal(signal.SIGTERM)
            await encoder.hung_up()
        async with asyncio.timeout(ENDS_WITHIN_S):
            said_at_all, _ = await process.communicate()
        assert b"encoder publishes" in said_at_all
        assert KEY.encode() not in said_at_all
        assert process.returncode == 0
        assert b"Traceback" not in said_at_all
        assert b"Hej" not in said_at_all


async def test_unsafe_settings_are_refused_and_named(tmp_path: Path) -> None:
    here = an_installation(tmp_path)
    for setting, value, named in (
        ("public_url", "http://topmoede.dk", "https"),
        ("metrics_everywhere", True, "metrics_everywhere"),
        ("programme", str(tmp_path / "none.toml"), "none.toml"),
        ("edition", "2021", "edition"),
        ("port", 70_000, "port"),
        ("unknown", 1, "unknown"),
    ):
        here.write(**{setting: value})
        status, said = await here.run("serve")
        assert status not in (0, None), said
        assert named in said, (setting, said)
        assert "Traceback" not in said, said
