"""Who asks over HTTP, and whether a page of ours sent them.

The session's cookie or a bearer token says who. A request that changes something must come from
our own pages: every browser tells by Origin or Sec-Fetch-Site; a program sends neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Scope

from server.access.actor import Actor
from server.access.signing_in import SigningIn
from server.database import gave_no_answer
from server.errors import Refusal, Refused, storage_busy
from server.origins import Origins
from server.problems import not_signed_in, problem

COOKIE = "topmoede"
MAX_BODY_BYTES = 64 * 1024
BODY_WITHIN_S = 30.0

Handler = Callable[[Request], Awaitable[Response]]


class Asking:
    """Tells who is behind a request.

    Args:
        signing_in: knows the sessions.
        origins: whose pages may change things.
    """

    def __init__(self, signing_in: SigningIn, origins: Origins) -> None:
        self._signing_in = signing_in
        self._origins = origins

    async def who(self, scope: Scope) -> Actor | None:
        """The signed-in person, None for a stranger."""
        token = _token(HTTPConnection(scope))
        return await self._signing_in.actor(token) if token else None

    async def person(self, request: Request) -> Actor:
        """The signed-in person. Raises Refused `not_signed_in`."""
        actor = await self.who(request.scope)
        if actor is None:
            raise not_signed_in()
        return actor

    def must_be_ours(self, request: Request) -> None:
        """Raises Refused `foreign_origin` when another site's page sent a changing request."""
        origin, site = (request.headers.get(name) for name in ("origin", "sec-fetch-site"))
        ours = (
            self._origins.allow(request.headers)
            if origin
            else site in (None, "same-origin", "none")
        )
        if not ours:
            raise Refused(
                "foreign_origin", f"expected a page of ours to ask; came {origin or site}"
            )


async def body_of(
    request: Request, most: int = MAX_BODY_BYTES, within_s: float = BODY_WITHIN_S
) -> bytes:
    """The request's body.

    Raises:
        Refused: `too_large` as soon as it passes `most` bytes, `bad_request` where it is not whole
            in time.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise Refused("too_large", f"expected at most {most} bytes; came more")
    except TimeoutError as late:
        detail = f"expected a whole body within {within_s:g} s; came {len(body)} bytes"
        raise Refused("bad_request", detail) from late
    except ClientDisconnect as gone:
        raise Refused("bad_request", "expected a whole body; the client left") from gone
    return bytes(body)


def told(handler: Handler) -> Handler:
    """The handler with refusals turned into problem bodies."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as refusal:
            if isinstance(refusal, Refusal):
                return problem(refusal)
            if gave_no_answer(refusal):
                return problem(storage_busy())
            raise

    return answer


def _token(asked: HTTPConnection) -> str | None:
    scheme, _, token = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return asked.cookies.get(COOKIE)
