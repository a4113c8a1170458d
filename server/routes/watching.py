"""Watching by WebRTC over HTTP (WHEP): who may, and then the media side's answer.

Open to those who work backstage, and to nobody else: every viewer costs a share of a core, and who
only watches is served better by playlists. Whoever may not is answered as if nothing were there.
A page of ours asks by its cookie; a program by a session as bearer token; a player by a `pass`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.errors import Refused
from server.routes.asking import Asking
from server.routes.media import BACKSTAGE, PASS, MediaRoutes, absent
from server.routes.whip import text_of, whip_problem
from streams import whip
from streams.desk import SOURCE
from streams.viewer import Watcher
from streams.whep import Whep


@dataclass(frozen=True, slots=True)
class WatchingRoutes:
    """Handlers over the WHEP sessions.

    Args:
        media: whose rules for playlists hold here too.
        has_source: whether there is a source of an id, on air or not.
    """

    whep: Whep
    asking: Asking
    media: MediaRoutes
    has_source: Callable[[str], bool]

    def routes(self) -> list[Route]:
        methods = ["PATCH", "DELETE", "OPTIONS"]
        return [
            Route("/whep/{channel}", self.join, methods=["POST", "OPTIONS"]),
            Route("/whep/{channel}/{session}", self.session, methods=methods),
        ]

    async def join(self, request: Request) -> Response:
        """Begin to watch: an offer for an answer."""
        ice_servers = self.whep.settings.ice_servers
        if request.method == "OPTIONS":
            return Response(
                None,
                204,
                whip.preflight_headers(each for each in ice_servers if each.username is None),
            )
        channel = request.path_params["channel"]
        try:
            watcher = await self._watcher(request, channel)
            sdp = await text_of(request)
            kind = request.headers.get("content-type")
            joined = await self.whep.offer(channel, watcher, kind, sdp)
        except (Refused, whip.Refused) as refused:
            return _problem(refused)
        token = request.query_params.get(PASS)
        location = f"/whep/{quote(channel)}/{joined.session}"
        location += f"?{PASS}={quote(token)}" if token else ""
        return Response(joined.answer, 201, whip.created_headers(location, ice_servers))

    async def session(self, request: Request) -> Response:
        """Candidates that came later; the end of watching."""
        if request.method == "OPTIONS":
            return Response(None, 204, whip.preflight_headers())
        channel, session = request.path_params["channel"], request.path_params["session"]
        try:
            watcher = await self._watcher(request, channel)
            if request.method == "DELETE":
                await self.whep.delete(channel, session, watcher)
                return Response(None, 200, dict(whip.CORS))
            kind = request.headers.get("content-type")
            await self.whep.patch(channel, session, watcher, kind, await text_of(request))
            return Response(None, 204, dict(whip.CORS))
        except (Refused, whip.Refused) as refused:
            return _problem(refused)

    async def _watcher(self, request: Request, channel: str) -> Watcher:
        if "authorization" not in request.headers and PASS not in request.query_params:
            self.asking.must_be_ours(request)
        person = await self.media.person(request, channel)
        if person.role not in BACKSTAGE:
            raise absent()
        await self.media.may_watch(request, channel)
        if channel.startswith(SOURCE) and not self.has_source(channel.removeprefix(SOURCE)):
            raise absent()
        return Watcher(person.session)


def _problem(refused: Refused | whip.Refused) -> Response:
    response = whip_problem(refused)
    if response.status_code == 401:
        response.headers["www-authenticate"] = 'Bearer realm="whep"'
    return response
