"""The way in: sockets go straight to the gateway, requests to the routes.

What Starlette wraps around a route's handler would stand around it for as long as a page is open,
nine coroutines deep: memory for each line, and work at each that comes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

SOCKET = "/rt"


class FrontDoor:
    """ASGI: `GET /rt` as a websocket, and everything else.

    Args:
        serve: one socket, from its handshake to its end.
    """

    def __init__(self, app: ASGIApp, serve: Callable[[WebSocket], Awaitable[None]]) -> None:
        self._app = app
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == SOCKET:
            await self._serve(WebSocket(scope, receive, send))
        else:
            await self._app(scope, receive, send)
