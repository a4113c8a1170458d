"""Captions by item: read by whom the item is open to, put by those who work backstage."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schedule.library.unlocking import SHOWN
from schedule.show import ShowItem
from server.caption_office import CaptionOffice
from server.errors import Refused
from server.item_captions import KINDS, TrackKind
from server.problems import NO_STORE
from server.routes.asking import Asking, body_of, told
from server.routes.films import backstage, caption_faults
from server.routes.json_answers import json_answer
from server.unlocking import absent
from server.viewers import Viewers
from streams.films.captionfiles import DEFAULT, LARGEST_BYTES
from streams.films.captions import CaptionFaults

ANY_ORIGIN = {"access-control-allow-origin": "*"}


@dataclass(frozen=True, slots=True)
class CaptionRoutes:
    """Handlers over the caption office."""

    office: CaptionOffice
    viewers: Viewers
    asking: Asking

    def routes(self) -> list[Route]:
        put = "/api/captions/{item}/{language}"
        return [
            Route("/captions/item/{item}.json", told(self.tracks), methods=["GET"]),
            Route("/captions/item/{item}.vtt", told(self.track), methods=["GET"]),
            Route(put, told(self.put), methods=["PUT"]),
            Route(put, told(self.remove), methods=["DELETE"]),
        ]

    async def tracks(self, request: Request) -> Response:
        """The captions an item has: language, kind, number of cues, and which version."""
        entry = await self.viewers.entry(request, request.path_params["item"])
        tracks = [asdict(track) for track in await self.office.tracks(entry)]
        return json_answer({"tracks": tracks})

    async def track(self, request: Request) -> Response:
        """An item's captions as WebVTT; `language` and `kind` say which."""
        entry = await self.viewers.entry(request, request.path_params["item"])
        language = request.query_params.get("language", DEFAULT)
        text = await self.office.text(entry, language, _kind(request))
        if text is None:
            raise absent()
        return Response(text, 200, NO_STORE | ANY_ORIGIN, "text/vtt")

    async def put(self, request: Request) -> Response:
        """Captions of an item in a language, in the place of those that were there.

        With `If-Match` only in the place of that version; with `If-None-Match: *` of none.
        """
        self.asking.must_be_ours(request)
        await backstage(self.asking, request)
        entry = await self._known(request)
        data = await body_of(request, LARGEST_BYTES, within_s=120.0)
        language, kind = request.path_params["language"], _kind(request) or "made"
        try:
            track = await self.office.take(entry, language, kind, data, _over(request))
        except CaptionFaults as found:
            raise caption_faults(found) from found
        except OSError as error:
            raise Refused("storage_failed", f"expected to write; {error.strerror}") from error
        return json_answer(asdict(track))

    async def remove(self, request: Request) -> Response:
        """Takes an item's captions in a language away."""
        self.asking.must_be_ours(request)
        await backstage(self.asking, request)
        entry, language = await self._known(request), request.path_params["language"]
        await self.office.remove(entry, language, _kind(request) or "made")
        return Response(None, 204, NO_STORE)

    async def _known(self, request: Request) -> ShowItem:
        show = await self.viewers.unlocking.show()
        entry = show.find(request.path_params["item"])
        if entry is None or entry.item.kind not in SHOWN:
            raise absent()
        return entry


def _kind(request: Request) -> TrackKind | None:
    asked = request.query_params.get("kind")
    if asked is None:
        return None
    found = next((kind for kind in KINDS if kind == asked), None)
    if found is None:
        raise Refused("bad_request", f"expected one of {', '.join(KINDS)}; came {asked!r:.20}")
    return found


def _over(request: Request) -> str | None:
    if request.headers.get("if-none-match") == "*":
        return ""
    matched = request.headers.get("if-match")
    return None if matched is None else matched.strip().strip('"')
