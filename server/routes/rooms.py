"""What a room's people take out of it: its conversation and its notes, and what they
search for.

Whoever may not read the room is told the same as of a room that does not exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chat import finding
from chat.notes import noting
from chat.plain import plain
from chat.text import readable
from schedule.show import Show
from server import wire
from server.access.actor import Actor
from server.access.municipalities import register
from server.board import Board
from server.clock import Clock
from server.errors import Refused, not_found
from server.problems import NO_STORE
from server.room_log import RoomLog
from server.routes.asking import Asking, told
from server.transcript import WORDS, Language, Setting, written

LONGEST_NUMBER = 18

ShowOf = Callable[[], Awaitable[Show]]


@dataclass(frozen=True, slots=True)
class RoomRoutes:
    """Handlers over the rooms' logs.

    Args:
        show: the show as it stands now, for the edition's title, date and zone.
    """

    board: Board
    asking: Asking
    log: RoomLog
    clock: Clock
    show: ShowOf

    def routes(self) -> list[Route]:
        return [
            Route("/api/rooms/{room}/transcript", told(self.transcript), methods=["GET"]),
            Route("/api/rooms/{room}/notes", told(self.notes), methods=["GET"]),
            Route("/api/rooms/{room}/search", told(self.search), methods=["GET"]),
        ]

    async def transcript(self, request: Request) -> Response:
        """The room's conversation as plain text, `lang=da` or `en`; deleted texts are not in it."""
        topic, person = await self._topic(request, "room")
        language = request.query_params.get("lang", "da")
        if language not in WORDS:
            raise Refused("bad_request", f"expected lang=da or lang=en; came {language!r:.20}")
        show = await self.show()
        said, cut = await self.log.newest(topic, person.id)
        room = topic.partition(":")[2]
        setting = Setting(
            _name_of(room),
            show.title,
            show.date,
            ZoneInfo(show.timezone),
            self.clock.show_map,
            cast(Language, language),
        )
        headers = _download(f"samtale-{room}-{show.date:%Y-%m-%d}.txt")
        text = written(said, setting, cut=cut)
        return Response(text.encode(), 200, headers, "text/plain; charset=utf-8")

    async def search(self, request: Request) -> Response:
        """The room's messages that hold the words of `q`, newest first; `before` goes on."""
        topic, person = await self._topic(request, "room")
        words = finding.asked(request.query_params.get("q", ""))
        found, more = await self.log.find(topic, words, person.id, _before(request))
        return Response(
            wire.to_json({"items": [plain(one) for one in found], "more": more}),
            *(200, NO_STORE, "application/json"),
        )

    async def notes(self, request: Request) -> Response:
        """The room's notes as a Markdown document, with the room and the day above them."""
        topic, _ = await self._topic(request, "notes")
        await self.board.open(topic)
        text = noting.text_of(noting.restore(wire.from_json(self.board.snapshot(topic))))
        show, room = await self.show(), topic.partition(":")[2]
        headers = _download(f"noter-{room}-{show.date:%Y-%m-%d}.md")
        document = (
            f"# {_name_of(room)}\n\n{show.title} · {show.date:%d.%m.%Y}\n\n{readable(text)}\n"
        )
        return Response(document.encode(), 200, headers, "text/markdown; charset=utf-8")

    async def _topic(self, request: Request, noun: str) -> tuple[str, Actor]:
        person = await self.asking.person(request)
        topic = f"{noun}:{request.path_params['room']}"
        if not self.board.may_read(person, topic):
            raise not_found(topic)
        return topic, person


def _download(name: str) -> dict[str, str]:
    return NO_STORE | {"content-disposition": f'attachment; filename="{name}"'}


def _before(request: Request) -> int | None:
    given = request.query_params.get("before")
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= LONGEST_NUMBER):
        raise Refused("bad_request", f"expected before=SEQ, a number; came {given!r:.20}")
    return int(given)


def _name_of(room: str) -> str:
    """As it stands in a sentence; a group of a municipality is told by its own short name."""
    slug, _, group = room.partition(".")
    place = register().get(slug)
    name = place.full_name if place else slug
    return f"{name} · {group}" if group else name
