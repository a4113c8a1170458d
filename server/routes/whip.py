"""WHIP over HTTP (RFC 9725): a request is read, asked of the ingest, and answered.

Who publishes shows the input's key, not a session of ours, and may come from any origin: an encoder
or somebody else's page. The rules are in `streams.webrtc.whip`.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.errors import Refused
from server.problems import problem
from server.routes.asking import body_of
from streams.webrtc import whip
from streams.webrtc.ingest import Ingest


@dataclass(frozen=True, slots=True)
class WhipRoutes:
    """Handlers over the ingest."""

    ingest: Ingest

    def routes(self) -> list[Route]:
        return [
            Route("/whip/{source}", self.endpoint, methods=["POST", "OPTIONS"]),
            Route("/whip/{source}/{session}", self.session, methods=["PATCH", "DELETE", "OPTIONS"]),
        ]

    async def endpoint(self, request: Request) -> Response:
        source, key = request.path_params["source"], _key(request)
        if request.method == "OPTIONS":
            servers = self.ingest.ice_servers(source, key)
            return Response(None, 204, whip.preflight_headers(servers))
        try:
            sdp = await text_of(request)
            created = await self.ingest.offer(source, key, request.headers.get("content-type"), sdp)
        except (Refused, whip.Refused) as refused:
            return whip_problem(refused)
        location = f"/whip/{quote(source)}/{created.session}"
        headers = whip.created_headers(location, self.ingest.settings.ice_servers)
        return Response(created.answer, 201, headers)

    async def session(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(None, 204, whip.session_preflight_headers())
        try:
            if request.method == "DELETE":
                await self.ingest.delete(key=_key(request), **request.path_params)
                return Response(None, 200, dict(whip.CORS))
            await self._patch(request)
            return Response(None, 204, dict(whip.CORS))
        except (Refused, whip.Refused) as refused:
            return whip_problem(refused)

    async def _patch(self, request: Request) -> None:
        source, session = request.path_params["source"], request.path_params["session"]
        await self.ingest.patch(
            source,
            session,
            _key(request),
            request.headers.get("content-type"),
            await text_of(request),
            request.headers.get("if-match"),
        )


def _key(request: Request) -> str | None:
    return whip.bearer(request.headers.get("authorization"))


async def text_of(request: Request) -> str:
    """The body as text. Raises Refused `too_large`."""
    body = await body_of(request, whip.LARGEST_BODY_BYTES)
    return body.decode("utf-8", "replace")


def whip_problem(refused: Refused | whip.Refused) -> Response:
    """A refusal of WHIP or WHEP, with the headers that browsers must be let see."""
    if isinstance(refused, Refused):
        response, headers = problem(refused), whip.CORS
    else:
        response, headers = problem(refused, refused.status), refused.headers
    response.headers.update(headers)
    return response
