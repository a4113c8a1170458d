"""Trying one's browser and one's line, open to everybody: who tries has often not signed in yet."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from server import wire
from server.clock import Clock
from server.events_stream import HEADERS
from server.problems import NO_STORE
from server.routes.asking import told
from server.trial import Trial


@dataclass(frozen=True, slots=True)
class Trying:
    """Handlers over the trial."""

    trial: Trial
    clock: Clock

    def routes(self) -> list[Route]:
        return [
            Route("/api/trial/clip/{name}", told(self.clip), methods=["GET"]),
            Route("/api/trial/bytes", told(self.block), methods=["GET"]),
            Route("/api/trial/clock", told(self.time), methods=["GET"]),
            Route("/api/trial/events", told(self.events), methods=["GET"]),
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

    async def events(self, request: Request) -> Response:
        """Five server-sent events in a second: what is held back on the way comes at once."""
        return StreamingResponse(
            self.trial.events(), media_type="text/event-stream", headers=HEADERS
        )
