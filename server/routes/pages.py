"""The client's pages and files, with the headers that keep them to themselves."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGES = (
    "/watch",
    "/backstage",
    "/films",
    "/recordings",
    "/recordings/{item}",
    "/adgang",
    "/desk",
    "/screen",
    "/questions/{item}",
    "/bibliotek",
    "/bibliotek/{item}",
    "/del/{token}",
    "/undertekster",
    "/undertekster/{item}",
    "/deling",
    "/camera",
    "/enter/{token}",
    "/proev",
    "/proev/taler",
)
NOT_BUILT = "The client is not built. Run: make client\n"


def policy(ancestors: str = "'none'") -> str:
    """What a page of ours may do, and whose pages may show it inside theirs."""
    return "; ".join(
        (
            "default-src 'self'",
            "media-src 'self' blob:",  # media come as blobs from the player's buffers
            "img-src 'self' blob: data:",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {ancestors}",
            "object-src 'none'",
        )
    )


POLICY = policy()
HEADERS = {
    "content-security-policy": POLICY,
    # Not `no-referrer`: under it Chromium sends a form with "Origin: null".
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), display-capture=(self)",
}


class PlainHeaders:
    """ASGI middleware: every HTTP response carries HEADERS unless it set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def client_folder() -> Path | None:
    """The built client: inside the wheel, or in the checkout; None when it was not built."""
    packaged = Path(str(resources.files("server"))) / "client"
    built = Path(__file__).parents[2] / "web" / "dist"
    return next((each for each in (packaged, built) if (each / "index.html").is_file()), None)


def page_routes(folder: Path | None) -> list[BaseRoute]:
    """Routes of the pages; without a built client each says how to build it."""
    if folder is None:
        return [Route(path, _not_built) for path in ("/", *PAGES)]

    async def page(request: Request) -> Response:
        return FileResponse(folder / "index.html", headers={"cache-control": "no-cache"})

    return [
        Route("/", _home),
        *(Route(path, page, methods=["GET"]) for path in PAGES),
        Mount("/assets", Immutable(directory=folder / "assets", check_dir=False)),
    ]


class Immutable(StaticFiles):
    """Files whose names change with their content."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


async def _home(request: Request) -> Response:
    return RedirectResponse("/watch", 307)


async def _not_built(request: Request) -> Response:
    return PlainTextResponse(NOT_BUILT, 503)
