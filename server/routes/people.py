"""Finding people by name: one's own colleagues, and those a host may ask in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.access.actor import Actor
from server.access.directory import LONGEST_NAME, Directory
from server.errors import Refused, not_found
from server.permissions import may_do, may_read
from server.routes.asking import Asking, told
from server.routes.json_answers import json_answer


@dataclass(frozen=True, slots=True)
class PeopleRoutes:
    """Handlers over the directory; somebody without a municipality finds nothing there."""

    directory: Directory
    asking: Asking

    def routes(self) -> list[Route]:
        return [
            Route("/api/people", told(self.people), methods=["GET"]),
            Route("/api/people/outside", told(self.outside), methods=["GET"]),
        ]

    async def people(self, request: Request) -> Response:
        """At most eight of one's own municipality's people, by the beginning of a name."""
        person = await self.asking.person(request)
        municipality = person.municipality or ""
        if not may_read(person, "presence", municipality) or not municipality:
            raise not_found("/api/people")
        return _told(await self.directory.of_municipality(municipality, _name(request)))

    async def outside(self, request: Request) -> Response:
        """For a host: at most eight who could be guests, by their whole name; and moderators."""
        person = await self.asking.person(request)
        municipality = person.municipality or ""
        if not may_do(person, "groups", municipality, "invite_guest"):
            raise not_found("/api/people/outside")
        return _told(await self.directory.from_outside(municipality, _name(request)))


def _name(request: Request) -> str:
    name = request.query_params.get("name", "")
    if len(name) > LONGEST_NAME:
        raise Refused("bad_request", f"expected a name of at most {LONGEST_NAME} signs")
    return name


def _told(people: Iterable[Actor]) -> Response:
    found = [{"id": one.id, "name": one.name, "role": one.role} for one in people]
    return json_answer(found)
