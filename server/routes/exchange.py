"""The programme in other people's formats; public, as a printed programme is."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schedule import frab, ical
from schedule.programme import Programme
from server import wire


@dataclass(frozen=True, slots=True)
class Exchange:
    """The programme in other people's formats; public, as a printed programme is."""

    programme: Programme

    def routes(self) -> list[Route]:
        return [
            Route("/api/programme.ics", self.ics, methods=["GET"]),
            Route("/api/programme.xml", self.xml, methods=["GET"]),
            Route("/api/programme.json", self.json, methods=["GET"]),
        ]

    async def ics(self, request: Request) -> Response:
        return Response(ical.dump(self.programme), media_type="text/calendar")

    async def xml(self, request: Request) -> Response:
        kind = "application/vnd.c3voc.schedule+xml"
        return Response(frab.dump_xml(self.programme), media_type=kind)

    async def json(self, request: Request) -> Response:
        return Response(wire.to_json(frab.dump_json(self.programme)), media_type="application/json")
