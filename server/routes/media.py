"""Playlists and media over HTTP: who may, and then the desk's answer.

A channel is open to everybody who is signed in; a source's own picture to those who work backstage.
An item's recording is open by the rule of the library (`unlocking`): else it is `locked` for those
who will be entitled, and as if absent for everybody else. A player without cookies carries a
`pass` in the query, which is handed on to the child URIs of its own answers only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from schedule.show import ShowItem
from server.access.actor import Actor
from server.access.signing_in import SigningIn
from server.on_air import MAIN
from server.problems import NO_STORE, not_signed_in
from server.routes.asking import Asking, told
from server.subtitles import SubtitleTracks
from server.unlocking import absent, viewer_of
from server.viewers import PASS, Viewers
from streams.answers import MEDIA_HEADERS, Answer, Answers
from streams.desk import SOURCE
from streams.films.captionfiles import DEFAULT, LANGUAGE
from streams.films.films import Films
from streams.recordings.replays import ALL

BACKSTAGE = frozenset({"moderator", "secretariat"})
ANY_ORIGIN = {"access-control-allow-origin": "*"}
FILES_AT = "x-accel-files"
"""Said by nginx alone: where it has the media files, so that it sends the whole ones itself."""


@dataclass(frozen=True, slots=True)
class MediaRoutes:
    """Handlers over the desk's answers.

    Args:
        subtitles: what replays name beside picture and sound.
        reach: how far back somebody who watches a channel may be.
    """

    answers: Answers
    asking: Asking
    signing_in: SigningIn
    films: Films
    stills: Mapping[str, bytes]
    viewers: Viewers
    subtitles: SubtitleTracks
    reach: timedelta

    def routes(self) -> list[Route]:
        playlist, item = "/hls/{channel}", "/replay/{item}"
        return [
            Route(f"{playlist}/index.m3u8", told(self.channel), methods=["GET"]),
            Route(f"{playlist}/{{lane}}.m3u8", told(self.lane), methods=["GET"]),
            Route(f"{item}/index.m3u8", told(self.item), methods=["GET"]),
            Route(f"{item}/{{cut}}/{{lane}}.m3u8", told(self.item_lane), methods=["GET"]),
            Route(
                "/media/{via}/{source}/{generation}/{lane}/{name}",
                told(self.media),
                methods=["GET"],
            ),
            Route("/api/sources/{source}.jpg", told(self.still), methods=["GET"]),
            Route("/captions/{film}.vtt", told(self.captions), methods=["GET"]),
        ]

    # Reading.

    async def channel(self, request: Request) -> Response:
        channel = request.path_params["channel"]
        await self.may_watch(request, channel)
        return passed_on(request, self.answers.channel(channel))

    async def lane(self, request: Request) -> Response:
        channel, lane = request.path_params["channel"], request.path_params["lane"]
        await self.may_watch(request, channel)
        packed = takes_gzip(request)
        answer = await self.answers.lane(channel, lane, request.query_params, packed=packed)
        return passed_on(request, answer)

    async def item(self, request: Request) -> Response:
        item = request.path_params["item"]
        entry = await self.viewers.entry(request, item)
        subtitles = await self.subtitles.renditions(entry)
        return passed_on(request, self.answers.item(item, subtitles))

    async def item_lane(self, request: Request) -> Response:
        item, cut, lane = (request.path_params[name] for name in ("item", "cut", "lane"))
        entry = await self.viewers.entry(request, item)
        if cut == ALL and not await self.sees_all(request, item):
            raise absent()
        answer = self.answers.item_lane(
            item, cut, lane, finished=entry.state != "on_air", packed=takes_gzip(request)
        )
        return passed_on(request, answer)

    async def media(self, request: Request) -> Response:
        asked = request.path_params
        via = asked["via"]
        show = await self.viewers.unlocking.show()
        if via in self.answers.channels:
            await self.may_watch(request, via)
        else:
            # What is neither is answered as an item that is not meant for who asks.
            await self.viewers.entry(request, via)
        place = (via, asked["source"], asked["generation"], asked["lane"], asked["name"])
        whole = show.find(via) is not None and await self.sees_all(request, via)
        files = request.headers.get(FILES_AT, "")
        if files and (path := self.answers.file(*place, whole=whole)) is not None:
            return Response(
                None, 200, MEDIA_HEADERS | {"x-accel-redirect": f"{files}/{quote(path)}"}
            )
        answer = await self.answers.media(*place, whole=whole)
        return _response(_ranged(answer, request.headers.get("range", "")))

    async def still(self, request: Request) -> Response:
        """A recent picture of a source, for those who work backstage."""
        person = await self.asking.person(request)
        picture = self.stills.get(request.path_params["source"])
        if person.role not in BACKSTAGE or not picture:
            raise absent()
        return Response(picture, 200, NO_STORE, "image/jpeg")

    async def captions(self, request: Request) -> Response:
        """A film's own text, whole: for as long as a channel reaches back to it. A recording's text
        is at `/captions/item/`, without what a cut leaves out."""
        film = request.path_params["film"]
        show = await self.viewers.unlocking.show()
        item = next((entry.id for entry in show.items if entry.item.film == film), "")
        entry = await self.viewers.entry(request, item)
        if self._is_behind_us(entry) and not await self.sees_all(request, item):
            raise absent()
        language = request.query_params.get("language", DEFAULT)
        path = self.films.captions(film, language) if LANGUAGE.fullmatch(language) else None
        if path is None:
            raise absent()
        return FileResponse(path, media_type="text/vtt", headers=NO_STORE)

    def _is_behind_us(self, entry: ShowItem) -> bool:
        clock, ended = self.viewers.unlocking.clock, entry.actual_end
        return ended is not None and clock.show() > ended + self.reach * clock.speed

    async def may_watch(self, request: Request, channel: str) -> Actor:
        """Who asks, if they may watch a channel or `source:{id}`; raises Refused where not."""
        person = await self.person(request, channel)
        if channel.startswith(SOURCE):
            if person.role not in BACKSTAGE:
                raise absent()
            return person
        if channel != MAIN:
            await self.viewers.unlocking.entry(channel, viewer_of(person))
        return person

    async def sees_all(self, request: Request, item: str) -> bool:
        """Whether who asks sees what a cut leaves out: those who make the cuts."""
        return (await self.viewers.of(request, item)).prepares

    async def person(self, request: Request, via: str) -> Actor:
        """Who asks, by a pass for `via` or signed in; raises Refused for a stranger."""
        token = request.query_params.get(PASS)
        if token:
            person = await self.signing_in.holder(token, via)
        else:
            person = await self.asking.who(request.scope)
        if person is None:
            raise not_signed_in()
        return person


def _ranged(answer: Answer, asked: str) -> Answer:
    """One range of the bytes, where one was asked for; several are answered with everything."""
    found = re.fullmatch(r"bytes=(\d{1,15})-(\d{1,15})?", asked)
    if found is None or answer.status != 200:
        return answer
    size, first = len(answer.body), int(found[1])
    last = min(int(found[2] or size), size - 1)
    if first > last:
        return Answer(416, NO_STORE | {"content-range": f"bytes */{size}"})
    headers = answer.headers | {"content-range": f"bytes {first}-{last}/{size}"}
    return Answer(206, headers, answer.body[first : last + 1])


def takes_gzip(request: Request) -> bool:
    accepted = "gzip" in request.headers.get("accept-encoding", "")
    return accepted and PASS not in request.query_params


def passed_on(request: Request, answer: Answer) -> Response:
    """The answer, with the player's pass on every URI in it."""
    token = request.query_params.get(PASS)
    if token and answer.status == 200:
        answer = replace(answer, body=_with_pass(answer.body, quote(token)))
    return _response(answer)


def _with_pass(playlist: bytes, token: str) -> bytes:
    lines = []
    for line in playlist.decode().split("\n"):
        if line and not line.startswith("#"):
            line = f"{line}?{PASS}={token}"
        elif 'URI="' in line:
            head, _, rest = line.partition('URI="')
            uri, _, tail = rest.partition('"')
            line = f'{head}URI="{uri}?{PASS}={token}"{tail}'
        lines.append(line)
    return "\n".join(lines).encode()


def _response(answer: Answer) -> Response:
    headers = answer.headers | ANY_ORIGIN
    if headers.get("content-type") == "video/mp4":
        headers["accept-ranges"] = "bytes"
    return Response(answer.body, answer.status, headers)
