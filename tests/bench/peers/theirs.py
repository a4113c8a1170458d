"""The peers: nchan, node's ws, NATS, Python's websockets, and Django Channels over Redis."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

from tests.bench.debian_nginx import NGINX
from tests.bench.peers.peer import Peer, handshake, running, spoken_to
from tests.ports import a_free_port
from tests.running_redis import a_redis

HERE = Path(__file__).parent
INSTALLED = Path(__file__).parents[3] / ".venv" / "peers"
NODE_MODULES = INSTALLED / "node_modules"
CHANNELS = INSTALLED / "channels" / "bin" / "daphne"
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
NATS = shutil.which("nats-server") or "/usr/sbin/nats-server"

LACKING = {
    "nchan": "" if NCHAN_MODULE.exists() and Path(NGINX).exists() else "libnginx-mod-nchan",
    "nats": "" if Path(NATS).exists() else "nats-server",
    "node-ws": "" if NODE_MODULES.exists() else "node's ws, which `make bench` installs",
    "websockets": "",
    "channels": "" if CHANNELS.exists() else "Django Channels, which `make bench` installs",
}
"""What is missing for whom; "" for nothing."""


@contextlib.asynccontextmanager
async def _simple(
    command: list[str | Path], port: int, log: Path, **more: str
) -> AsyncIterator[Peer]:
    """A program that is published to at /pub."""
    async with (
        running(command, port, log, more) as process,
        spoken_to(f"ws://127.0.0.1:{port}/pub") as line,
    ):
        yield Peer(port, handshake(port, "/sub"), line.send, (process,))


@contextlib.asynccontextmanager
async def nchan(folder: Path) -> AsyncIterator[Peer]:
    """nginx with one worker, which is what is measured with its master."""
    port = a_free_port()
    settings = (HERE / "nchan.conf").read_text()
    for name, value in {"MODULE": NCHAN_MODULE, "FOLDER": folder, "PORT": port}.items():
        settings = settings.replace(f"@{name}@", str(value))
    (folder / "nchan.conf").write_text(settings)
    command: list[str | Path] = [NGINX, "-c", folder / "nchan.conf", "-p", folder]
    async with _simple(command, port, folder / "nchan.log") as peer:
        yield peer


@contextlib.asynccontextmanager
async def node_ws(folder: Path) -> AsyncIterator[Peer]:
    port = a_free_port()
    command: list[str | Path] = ["node", HERE / "ws_server.cjs", str(port)]
    async with _simple(command, port, folder / "node.log", NODE_PATH=str(NODE_MODULES)) as peer:
        yield peer


@contextlib.asynccontextmanager
async def websockets(folder: Path) -> AsyncIterator[Peer]:
    port = a_free_port()
    command: list[str | Path] = [sys.executable, HERE / "websockets_server.py", str(port)]
    async with _simple(command, port, folder / "websockets.log") as peer:
        yield peer


@contextlib.asynccontextmanager
async def channels(folder: Path) -> AsyncIterator[Peer]:
    """daphne, and a Redis of its own, which is counted apart."""
    port = a_free_port()
    command: list[str | Path] = [
        CHANNELS, "-b", "127.0.0.1", "-p", str(port), "-v", "0", "--ping-interval", "3600",
        "--websocket_timeout", "-1", "channels_server:application",
    ]  # fmt: skip
    with a_redis() as redis:
        more = {"PYTHONPATH": str(HERE), "REDIS_URL": redis.url}
        async with _simple(command, port, folder / "channels.log", **more) as peer:
            beside = (psutil.Process(redis.pid),)
            yield Peer(port, peer.first, peer.publish, peer.servers, beside=beside)


@contextlib.asynccontextmanager
async def nats(folder: Path) -> AsyncIterator[Peer]:
    """Its own protocol within websockets; a message carries some 20 bytes more."""
    port, other = a_free_port(), a_free_port()
    settings = (HERE / "nats.conf").read_text()
    (folder / "nats.conf").write_text(
        settings.replace("@PORT@", str(port)).replace("@OTHER@", str(other))
    )
    command: list[str | Path] = [NATS, "-c", folder / "nats.conf"]
    hello = 'CONNECT {"verbose":false,"pedantic":false}\r\n'
    async with (
        running(command, port, folder / "nats.log") as process,
        spoken_to(f"ws://127.0.0.1:{port}/") as line,
    ):
        await line.send(hello)

        async def publish(text: str) -> None:
            await line.send(f"PUB bench {len(text)}\r\n{text}\r\n")

        yield Peer(
            port, handshake(port, "/"), publish, (process,), second=f"{hello}SUB bench 1\r\n"
        )
