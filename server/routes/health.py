"""Is the process alive, can it serve, what does it count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.problems import NO_STORE

Checks = Callable[[], Awaitable[dict[str, str]]]


def health_routes(
    checks: Checks, registry: CollectorRegistry, *, metrics_everywhere: bool
) -> list[Route]:
    """Routes of `/healthz`, `/readyz` and `/metrics`.

    Args:
        checks: each part's name with "ok" or what is missing.
        metrics_everywhere: otherwise only this machine reads the metrics.
    """

    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=NO_STORE)

    async def ready(request: Request) -> Response:
        found = await checks()
        status = 200 if all(state == "ok" for state in found.values()) else 503
        return JSONResponse(found, status, NO_STORE)

    async def metrics(request: Request) -> Response:
        if not (metrics_everywhere or _from_here(request)):
            return PlainTextResponse("not found\n", 404, NO_STORE)
        return Response(generate_latest(registry), 200, NO_STORE, CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


def _from_here(request: Request) -> bool:
    """Asked by this machine itself, not through a proxy on it."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
