"""Watching by WebRTC over HTTP (WHEP): who may, and then the media side's answer.

Open to those who work backstage, and to speakers: every viewer costs a share of a core, and who
only watches is served better by playlists. Whoever may not is answered as if nothing were there.
A page of ours asks by its cookie; a program by a session as bearer token; a player by a `pass`; who
publishes by the key of their input, which opens what goes out now and their own source, nothing
else. A key that opens no input is no session either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.errors import Refused
from server.on_air import MAIN
from server.routes.asking import Asking
from server.routes.media import BACKSTAGE, MediaRoutes
from server.routes.whip import text_of, whip_problem
from server.unlocking import absent
from server.viewers import PASS
from streams.desk import SOURCE
from streams.webrtc import whip
from streams.webrtc.viewer import Watcher
from streams.webrtc.whep import Whep


@dataclass(frozen=True, slots=True)
class WatchingRoutes:
    """Handlers over the WHEP sessions.

    Args:
        media: whose rules for playlists hold here too.
        has_source: whether there is a source of an id, on air or not.
        place_of: the input that a publisher's key opens.
    """

    whep: Whep
    asking: Asking
    media: MediaRoutes
    has_source: Callable[[str], bool]
    place_of: Callable[[str | None], whip.Input | None]

    def routes(self) -> list[Route]:
        methods = ["PATCH", "DELETE", "OPTIONS"]
        return [
            Route("/whep/{channel}", self.join, methods=["POST", "OPTIONS"]),
            Route("/whep/{channel}/{session}", self.session, methods=methods),
        ]

    async def join(self, request: Request) -> Response:
        """Begin to watch: an offer for an answer."""
        channel = request.path_params["channel"]
        if request.method == "OPTIONS":
            return Response(None, 204, whip.preflight_headers(await self._told(request, channel)))
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
        headers = whip.created_headers(location, self.whep.settings.ice_servers)
        return Response(joined.answer, 201, headers)

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

    async def _told(self, request: Request, channel: str) -> tuple[whip.IceServer, ...]:
        """Credentials only to whoever may watch; a browser's own preflight brings no proof."""
        ice_servers = self.whep.settings.ice_servers
        try:
            await self._watcher(request, channel)
        except Refused:
            return whip.open_to_all(ice_servers)
        return ice_servers

    async def _watcher(self, request: Request, channel: str) -> Watcher:
        place = self.place_of(whip.bearer(request.headers.get("authorization")))
        if place is not None:
            if channel not in (MAIN, SOURCE + place.source):
                raise absent()
            return Watcher("", place)
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
