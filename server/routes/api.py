"""What programs and the fallback client ask over HTTP: who am I, the show, one command."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import wire
from server.access.municipalities import register
from server.board import Board
from server.errors import Refused, not_found
from server.problems import NO_STORE
from server.published import PublishedQuestions
from server.routes.asking import Asking, body_of, told
from server.routes.json_answers import json_answer

MAX_ID = 128


@dataclass(frozen=True, slots=True)
class Api:
    """Handlers over the board; each returns JSON or raises a refusal."""

    board: Board
    asking: Asking
    published: PublishedQuestions

    def routes(self) -> list[Route]:
        return [
            Route("/api/me", told(self.me), methods=["GET"]),
            Route("/api/municipalities", told(self.municipalities), methods=["GET"]),
            Route("/api/show", told(self.show), methods=["GET"]),
            Route("/api/programme", told(self.programme), methods=["GET"]),
            Route("/api/history", told(self.history), methods=["GET"]),
            Route("/api/questions/{item}", told(self.questions), methods=["GET"]),
            Route("/api/commands/{name}", told(self.command), methods=["POST"]),
        ]

    async def me(self, request: Request) -> Response:
        person = await self.asking.person(request)
        place = register().get(person.municipality or "")
        return json_answer(
            {
                "id": person.id,
                "name": person.name,
                "role": person.role,
                "municipality": person.municipality,
                "municipality_name": place and place.full_name,
            }
        )

    async def municipalities(self, request: Request) -> Response:
        """Every municipality's slug, name and whole name, in Danish order."""
        await self.asking.person(request)
        return json_answer(
            [
                {"slug": one.slug, "name": one.name, "full_name": one.full_name}
                for one in register().values()
            ]
        )

    async def show(self, request: Request) -> Response:
        return await self._snapshot(request, "show")

    async def programme(self, request: Request) -> Response:
        return await self._snapshot(request, "programme")

    async def questions(self, request: Request) -> Response:
        """All public questions and answers of an item, oldest first."""
        await self.asking.person(request)
        item = request.path_params["item"]
        return json_answer({"item": item, "questions": await self.published.of(item)})

    async def command(self, request: Request) -> Response:
        self.asking.must_be_ours(request)
        person = await self.asking.person(request)
        topic, data = _asked(await body_of(request))
        command_id = request.headers.get("idempotency-key", "")
        if not 0 < len(command_id) <= MAX_ID:
            raise Refused("bad_request", f"expected an Idempotency-Key of 1 to {MAX_ID} signs")
        name = request.path_params["name"]
        done = await self.board.do(person, command_id, topic, name, data)
        answer: dict[str, object] = {"op": "done", "id": command_id, "topic": done.topic}
        if done.seq is not None:
            answer |= {"seq": done.seq}
        if done.held:
            answer |= {"held": True}
        return json_answer(answer)

    async def history(self, request: Request) -> Response:
        """Objects from before `?before=` on `?topic=`, as they are now: the socket's `history`."""
        person = await self.asking.person(request)
        asked = request.query_params
        topic, before, limit = (
            asked.get("topic", ""),
            _number(asked, "before"),
            _number(asked, "limit"),
        )
        if not self.board.may_read(person, topic):
            raise not_found(topic)
        try:
            await self.board.open(topic)
            items, more = await self.board.history(topic, before, limit, of=person.id)
        except KeyError:
            raise not_found(topic) from None
        return json_answer({"op": "history", "topic": topic, "items": items, "more": more})

    async def _snapshot(self, request: Request, topic: str) -> Response:
        await self.asking.person(request)
        await self.board.open(topic)
        return Response(self.board.snapshot(topic), 200, NO_STORE, "application/json")


def _asked(body: bytes) -> tuple[str, dict[str, object]]:
    try:
        asked = wire.from_json(body)
    except ValueError as error:
        raise Refused("bad_request", "expected a JSON object; came something else") from error
    match asked:
        case {"topic": str(topic), "data": dict(data)}:
            return topic, data
        case {"topic": str(topic)} if "data" not in asked:
            return topic, {}
    raise Refused("bad_request", 'expected {"topic": "…", "data": {…}}')


def _number(asked: QueryParams, name: str) -> int:
    text = asked.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Refused("bad_request", f"expected {name} as a number, came {text!r:.40}")
    return int(text)
