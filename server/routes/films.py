"""Films behind the scene: how each stands, its picture to look at, its captions in and out.

All of it is for those who work backstage. To everybody else there is nothing here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from server.access.actor import Actor
from server.errors import Refused
from server.film_office import FilmOffice
from server.problems import NO_STORE
from server.routes.asking import Asking, body_of, told
from server.routes.json_answers import json_answer
from streams.films.captionfiles import LARGEST_BYTES
from streams.films.captions import CaptionFaults

BACKSTAGE = frozenset({"moderator", "secretariat"})
MOST_FAULTS_TOLD = 50


@dataclass(frozen=True, slots=True)
class FilmRoutes:
    """Handlers over the film office."""

    office: FilmOffice
    asking: Asking

    def routes(self) -> list[Route]:
        captions = "/api/films/{film}/captions/{language}"
        return [
            Route("/api/films", told(self.films), methods=["GET"]),
            Route("/api/films/{film}.mp4", told(self.film), methods=["GET"]),
            Route(captions, told(self.put_captions), methods=["PUT"]),
            Route(captions, told(self.remove_captions), methods=["DELETE"]),
        ]

    async def films(self, request: Request) -> Response:
        """Every film of the programme and how it stands; the same as the topic `films`."""
        await backstage(self.asking, request)
        return json_answer(await self.office.view())

    async def film(self, request: Request) -> Response:
        """A film as it will be played, to be looked at."""
        await backstage(self.asking, request)
        film = await self._known(request)
        path = self.office.films.path(film)
        if path is None:
            raise _absent()
        return FileResponse(path, media_type="video/mp4", headers=NO_STORE)

    async def put_captions(self, request: Request) -> Response:
        """Captions of a film in a language, in the place of those that were there."""
        self.asking.must_be_ours(request)
        await backstage(self.asking, request)
        film, language = await self._known(request), request.path_params["language"]
        data = await body_of(request, LARGEST_BYTES, within_s=120.0)
        try:
            track = await self.office.films.captions_beside.take(film, language, data)
        except CaptionFaults as found:
            raise caption_faults(found) from found
        except OSError as error:
            raise Refused("storage_failed", f"expected to write; {error.strerror}") from error
        return json_answer(asdict(track))

    async def remove_captions(self, request: Request) -> Response:
        """Takes a film's captions in a language away."""
        self.asking.must_be_ours(request)
        await backstage(self.asking, request)
        film, language = await self._known(request), request.path_params["language"]
        await self.office.remove_captions(film, language)
        return Response(None, 204, NO_STORE)

    async def _known(self, request: Request) -> str:
        film = str(request.path_params["film"])
        if not await self.office.knows(film):
            raise _absent()
        return film


async def backstage(asking: Asking, request: Request) -> Actor:
    """Whoever works behind the scene. Raises Refused `not_signed_in`, `not_found`."""
    person = await asking.person(request)
    if person.role not in BACKSTAGE:
        raise _absent()
    return person


def caption_faults(found: CaptionFaults) -> Refused:
    """A file of captions refused, with its faults by their lines."""
    faults = [asdict(fault) for fault in found.faults[:MOST_FAULTS_TOLD]]
    detail = f"expected captions without faults; came {len(found.faults)}"
    return Refused("caption_faults", detail, faults=faults, count=len(found.faults))


def _absent() -> Refused:
    return Refused("not_found", "expected a film that is open to you")
