"""Trying one's browser and one's line, open to everybody: who tries has often not signed in yet.

Trying a camera costs the server more, so that is for those who are signed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from server import wire
from server.clock import Clock
from server.events_stream import HEADERS
from server.problems import NO_STORE, problem
from server.routes.asking import Asking, body_of, told
from server.trial import Trial
from server.trial_ingest import TrialIngest
from streams.webrtc import whip


@dataclass(frozen=True, slots=True)
class Trying:
    """Handlers over the trial."""

    trial: Trial
    cameras: TrialIngest
    asking: Asking
    clock: Clock

    def routes(self) -> list[Route]:
        return [
            Route("/api/trial/clip/{name}", told(self.clip), methods=["GET"]),
            Route("/api/trial/bytes", told(self.block), methods=["GET"]),
            Route("/api/trial/clock", told(self.time), methods=["GET"]),
            Route("/api/trial/events", told(self.events), methods=["GET"]),
            Route("/api/trial/whip", told(self.publish), methods=["POST", "OPTIONS"]),
            Route("/api/trial/whip/{session}", told(self.leave), methods=["DELETE"]),
        ]

    async def clip(self, request: Request) -> Response:
        """A file of the clip that people try their browser with."""
        answer = self.trial.file(request.path_params["name"])
        return Response(answer.body, answer.status, answer.headers)

    async def block(self, request: Request) -> Response:
        """A mebibyte of noise to measure a line with."""
        headers = NO_STORE | {"content-encoding": "identity"}
        return Response(self.trial.block(), 200, headers, "application/octet-stream")

    async def time(self, request: Request) -> Response:
        """What the server's clock says."""
        return JSONResponse({"wall": wire.rfc3339(self.clock.wall())}, headers=NO_STORE)

    async def publish(self, request: Request) -> Response:
        """Tries a camera for half a minute: an offer as in WHIP, measured and thrown away.

        OPTIONS tells of the ICE servers, as WHIP does to whoever has a key.
        """
        self.asking.must_be_ours(request)
        person = await self.asking.person(request)
        if request.method == "OPTIONS":
            return Response(None, 204, NO_STORE | whip.links(self.cameras.ice_servers))
        sdp = (await body_of(request, whip.LARGEST_BODY_BYTES)).decode("utf-8", "replace")
        try:
            kind = request.headers.get("content-type")
            created = await self.cameras.offer(person, kind, sdp)
        except whip.Refused as refused:
            return _refusal(refused)
        headers = NO_STORE | {"location": f"/api/trial/whip/{created.session}"}
        return Response(created.answer, 201, headers, whip.OFFER)

    async def leave(self, request: Request) -> Response:
        """Ends one's own trial of a camera."""
        self.asking.must_be_ours(request)
        person = await self.asking.person(request)
        try:
            await self.cameras.leave(person, request.path_params["session"])
        except whip.Refused as refused:
            return _refusal(refused)
        return Response(None, 204, NO_STORE)

    async def events(self, request: Request) -> Response:
        """Five server-sent events in a second: what is held back on the way comes at once."""
        return StreamingResponse(
            self.trial.events(), media_type="text/event-stream", headers=HEADERS
        )


def _refusal(refused: whip.Refused) -> Response:
    """The same problem as everywhere, with WHIP's own status."""
    answer = problem(refused)
    answer.status_code = refused.status
    return answer
