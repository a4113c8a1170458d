"""Who may read what the process counts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from server.routes.health import health_routes
from tests.server.memory_board import AnnouncedServer


@contextlib.asynccontextmanager
async def answering_at(listener: socket.socket) -> AsyncIterator[None]:
    """The routes of health, on a port or at a file."""

    async def checks() -> dict[str, str]:
        return {}

    routes = health_routes(checks, CollectorRegistry(), metrics_everywhere=False)
    app = Starlette(routes=list(routes))
    server = AnnouncedServer(uvicorn.Config(app, log_config=None, lifespan="off"))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server._serve([listener]))
        await server.up.wait()
        try:
            yield
        finally:
            server.end.set()
            await serving


async def statuses(transport: httpx.AsyncHTTPTransport, base: str) -> list[int]:
    """Asked directly, and as a proxy of this machine would ask for somebody."""
    proxied = {"X-Forwarded-For": "203.0.113.9"}
    async with httpx.AsyncClient(transport=transport, base_url=base) as http:
        return [
            (await http.get("/metrics", headers=headers)).status_code for headers in ({}, proxied)
        ]


async def test_counts_are_read_on_this_machine_and_not_through_its_proxy() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    async with answering_at(listener):
        told = await statuses(httpx.AsyncHTTPTransport(), f"http://127.0.0.1:{port}")
    assert told == [200, 404]


async def test_a_workers_own_socket_tells_its_counts(tmp_path: Path) -> None:
    """Where several fronts share a port, this is how each is asked."""
    file = str(tmp_path / "worker-1.sock")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(file)
    listener.listen()
    async with answering_at(listener):
        told = await statuses(httpx.AsyncHTTPTransport(uds=file), "http://worker")
    assert told == [200, 404]
