"""What an item's page asks beside the picture: the lasting answers, and where one left off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import wire
from server.errors import Refused
from server.item_questions import questions_of, without_names
from server.problems import NO_STORE
from server.published import PublishedQuestions
from server.routes.asking import body_of, told
from server.routes.json_answers import json_answer
from server.viewers import Viewers
from server.viewings import Viewings

LARGEST_BODY_BYTES = 400


@dataclass(frozen=True, slots=True)
class ItemPageRoutes:
    """Handlers of an item's page."""

    viewers: Viewers
    published: PublishedQuestions
    viewings: Viewings

    def routes(self) -> list[Route]:
        item = "/api/library/{item}"
        return [
            Route("/api/viewings", told(self.mine), methods=["GET"]),
            Route(f"{item}/questions", told(self.questions), methods=["GET"]),
            Route(f"{item}/viewing", told(self.note), methods=["PUT"]),
        ]

    async def questions(self, request: Request) -> Response:
        """The answered questions of an item's recording; strangers are not told who asked."""
        item = request.path_params["item"]
        entry = await self.viewers.entry(request, item)
        unlocking = self.viewers.unlocking
        found = questions_of(
            entry,
            await unlocking.show(),
            await self.published.all(),
            unlocking.clock.show_map,
        )
        viewer = await self.viewers.of(request, item)
        if not viewer.signed_in:
            found = [without_names(one) for one in found]
        return json_answer({"item": item, "questions": found})

    async def mine(self, request: Request) -> Response:
        """Where the asker left each recording."""
        person = await self.viewers.asking.person(request)
        left = await self.viewings.of(person.id)
        return json_answer(
            {
                "viewings": {
                    item: {"position_s": one.position_s, "at": wire.rfc3339(one.at)}
                    for item, one in left.items()
                }
            }
        )

    async def note(self, request: Request) -> Response:
        """Notes where somebody left a recording that is open to them; the newest counts."""
        asking = self.viewers.asking
        asking.must_be_ours(request)
        person = await asking.person(request)
        entry = await self.viewers.entry(request, request.path_params["item"])
        position_s, at = _noted(await body_of(request, LARGEST_BODY_BYTES))
        await self.viewings.note(person.id, entry.id, position_s, at)
        return Response(None, 204, NO_STORE)


def _noted(body: bytes) -> tuple[float, datetime | None]:
    try:
        match wire.from_json(body):
            case {"position_s": float() | int() as position_s, "at": str(at)}:
                moment = datetime.fromisoformat(at)
                return float(position_s), moment.astimezone(UTC) if moment.tzinfo else None
            case {"position_s": float() | int() as position_s}:
                return float(position_s), None
    except (ValueError, OverflowError) as error:
        raise Refused("bad_request", "expected a position and a moment; came neither") from error
    raise Refused("bad_request", 'expected {"position_s": …, "at": "…"}')
