"""The subtitle renditions of replays over HTTP; open to whom the replay is."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.problems import NO_STORE
from server.routes.asking import told
from server.routes.media import ANY_ORIGIN, passed_on
from server.subtitles import SubtitleTracks
from server.unlocking import absent
from server.viewers import Viewers
from streams.answers import PLAYLIST_HEADERS, Answer
from streams.subtitles import MEDIA_TYPE

DIGITS_MOST = 6


@dataclass(frozen=True, slots=True)
class SubtitleRoutes:
    """Handlers over the renditions."""

    tracks: SubtitleTracks
    viewers: Viewers

    def routes(self) -> list[Route]:
        name = "/replay/{item}/{cut}/captions-{track}"
        return [
            Route(f"{name}.m3u8", told(self.playlist), methods=["GET"]),
            Route(f"{name}.{{number}}.vtt", told(self.piece), methods=["GET"]),
        ]

    async def playlist(self, request: Request) -> Response:
        """An item's captions in a language, as a rendition of its replay."""
        item, cut, track = (request.path_params[name] for name in ("item", "cut", "track"))
        entry = await self.viewers.entry(request, item)
        text = await self.tracks.playlist(entry, cut, track)
        if text is None:
            raise absent()
        return passed_on(request, Answer(200, PLAYLIST_HEADERS, text.encode()))

    async def piece(self, request: Request) -> Response:
        """A minute of a rendition, as WebVTT."""
        item, cut, track = (request.path_params[name] for name in ("item", "cut", "track"))
        entry = await self.viewers.entry(request, item)
        number = _number(request.path_params["number"])
        text = await self.tracks.piece(entry, cut, track, number) if number is not None else None
        if text is None:
            raise absent()
        return Response(text, 200, NO_STORE | ANY_ORIGIN, MEDIA_TYPE)


def _number(text: str) -> int | None:
    plain = text.isascii() and text.isdecimal() and len(text) <= DIGITS_MOST
    return int(text) if plain else None
