"""A TURN relay for tests: Debian's coturn on an address of this machine, over TCP alone."""

from __future__ import annotations

import asyncio
import secrets
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from streams.webrtc.whip import IceServer
from tests.ports import a_free_port

TURNSERVER = "/usr/bin/turnserver"


@asynccontextmanager
async def a_relay(folder: Path, address: str = "127.0.0.1") -> AsyncIterator[IceServer]:
    """A relay that takes TCP and no UDP from its clients; ends with the test."""
    port = a_free_port()
    credential = secrets.token_hex(8)
    settings = folder / "turnserver.conf"
    settings.write_text(
        f"listening-ip={address}\nrelay-ip={address}\nlistening-port={port}\n"
        f"no-udp\nno-tls\nno-dtls\nlt-cred-mech\nuser=camera:{credential}\nrealm=topmoede\n"
        "allow-loopback-peers\ncli-password=unused\nno-cli\nfingerprint\n"
        f"pidfile={folder}/pid\nuserdb={folder}/users.db\nlog-file=stdout\nsimple-log\n"
    )
    process = await asyncio.create_subprocess_exec(
        TURNSERVER, "-c", str(settings), stdout=PIPE, stderr=STDOUT, cwd=folder
    )
    try:
        async with asyncio.timeout(30):
            await _until_it_listens(address, port)
        yield IceServer(f"turn:{address}:{port}?transport=tcp", "camera", credential)
    finally:
        process.terminate()
        await process.communicate()


async def _until_it_listens(address: str, port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(address, port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            await writer.wait_closed()
            return
