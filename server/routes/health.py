"""Is the process alive, can it serve, what does it count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.problems import NO_STORE

Checks = Callable[[], Awaitable[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Beside:
    """The process beside this one.

    Args:
        state: "ok", or what it is instead.
        counts: its metrics as text; empty while it does not answer.
    """

    state: Callable[[], Awaitable[str]]
    counts: Callable[[], Awaitable[bytes]]


def health_routes(
    checks: Checks,
    registry: CollectorRegistry,
    *,
    metrics_everywhere: bool,
    beside: Beside | None = None,
) -> list[Route]:
    """Routes of `/healthz`, `/readyz` and `/metrics`.

    Args:
        checks: each part's name with "ok" or what is missing.
        metrics_everywhere: otherwise only this machine reads the metrics.
        beside: must have been ready once; later its absence is told, and does not count, because
            a front without a media process still carries every room.
    """
    was_ready = beside is None

    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=NO_STORE)

    async def ready(request: Request) -> Response:
        nonlocal was_ready
        found = await checks()
        told = found | ({"media": await beside.state()} if beside else {})
        was_ready = was_ready or told["media"] == "ok"
        fine = was_ready and all(state == "ok" for state in found.values())
        return JSONResponse(told, 200 if fine else 503, NO_STORE)

    async def metrics(request: Request) -> Response:
        if not (metrics_everywhere or _from_here(request)):
            return PlainTextResponse("not found\n", 404, NO_STORE)
        counts = generate_latest(registry) + (await beside.counts() if beside else b"")
        return Response(counts, 200, NO_STORE, CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


def _from_here(request: Request) -> bool:
    """Asked by this machine itself, not through a proxy on it."""
    if "x-forwarded-for" in request.headers:
        return False
    _, port = request.scope.get("server") or ("", 0)
    if port is None:
        return True  # a worker's own socket is a file
    if request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
