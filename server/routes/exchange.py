"""The programme in other people's formats; public, as a printed programme is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schedule import frab, ical
from schedule.library.unlocking import SHOWN, STRANGER
from schedule.programme import Programme
from server import wire
from server.unlocking import Unlocking


@dataclass(frozen=True, slots=True)
class Exchange:
    """The newest programme in other people's formats; public, as a printed programme is."""

    programme: Callable[[], Awaitable[Programme]]
    unlocking: Unlocking
    public_url: str

    def routes(self) -> list[Route]:
        return [
            Route("/api/programme.ics", self.ics, methods=["GET"]),
            Route("/api/programme.xml", self.xml, methods=["GET"]),
            Route("/api/programme.json", self.json, methods=["GET"]),
        ]

    async def ics(self, request: Request) -> Response:
        data = ical.dump(await self.programme(), recordings=await self.recordings())
        return Response(data, media_type="text/calendar")

    async def xml(self, request: Request) -> Response:
        data = frab.dump_xml(await self.programme(), recordings=await self.recordings())
        return Response(data, media_type="application/vnd.c3voc.schedule+xml")

    async def json(self, request: Request) -> Response:
        told = frab.dump_json(await self.programme(), recordings=await self.recordings())
        return Response(wire.to_json(told), media_type="application/json")

    async def recordings(self) -> dict[str, str]:
        """Where the recordings are that are open to everybody, by item."""
        show = await self.unlocking.show()
        shown = [entry for entry in show.items if entry.run and entry.state != "on_air"]
        return {
            entry.id: f"{self.public_url}/bibliotek/{quote(entry.id)}"
            for entry in shown
            if entry.item.kind in SHOWN
            and (await self.unlocking.of(entry, STRANGER, show)).state == "open"
        }
