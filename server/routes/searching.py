"""Searching the library over HTTP: what is open to who asks, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import searching
from server.allowances import Allowances
from server.clock import Clock
from server.errors import Refused
from server.routes.asking import told
from server.routes.json_answers import json_answer
from server.search_index import Found, SearchIndex
from server.searching import Passage
from server.viewers import Viewers

ITEMS_MOST = 50
PER_S, BURST = 2.0, 12
ASKERS_MOST = 5_000
AT_ONCE = 8


class Pace:
    """How fast each asker may ask, and how many are answered at once."""

    def __init__(self, clock: Clock) -> None:
        self._allowances = Allowances(clock.monotonic, per_s=PER_S, burst=BURST, most=ASKERS_MOST)
        self._under_way = 0

    def take(self, asker: str) -> None:
        """Raises Refused `too_fast`."""
        if wait_s := self._allowances.wait_s(asker):
            detail = f"expected at most {PER_S:g} searches a second; came more"
            raise Refused("too_fast", detail, retry_ms=int(wait_s * 1000) + 1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises Refused `busy` where too many are answered already."""
        if self._under_way >= AT_ONCE:
            raise Refused("busy", f"expected at most {AT_ONCE} searches at once", retry_ms=1_000)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


@dataclass(frozen=True, slots=True)
class SearchRoutes:
    """Handlers over the library's index."""

    viewers: Viewers
    index: SearchIndex
    pace: Pace

    def routes(self) -> list[Route]:
        return [Route("/api/search", told(self.search), methods=["GET"])]

    async def search(self, request: Request) -> Response:
        """Items that hold the words of `q`: the best passages, and how many, by item."""
        words = searching.asked(request.query_params.get("q", ""))
        self.pace.take(await self._asker(request))
        with self.pace.turn():
            open_to = await self._open(request)
            found = {one.item: one for one in await self.index.find(words, open_to)}
        best = [(one.item, one.best, one.hits) for one in found.values()]
        order = searching.ordered(best, list(open_to))
        items = await asyncio.to_thread(
            lambda: [_told_of(found[item], words) for item in order[:ITEMS_MOST]]
        )
        body = {
            "words": list(words),
            "hits": sum(one.hits for one in found.values()),
            "items": items,
            "more": len(order) > ITEMS_MOST,
        }
        return json_answer(body)

    async def _open(self, request: Request) -> tuple[str, ...]:
        """The items open to who asks, in the programme's order."""
        viewer = await self.viewers.of(request, "")
        unlocking = self.viewers.unlocking
        show = await unlocking.show()
        standing = [(entry.id, await unlocking.of(entry, viewer, show)) for entry in show.items]
        return tuple(item for item, opening in standing if opening.state == "open")

    async def _asker(self, request: Request) -> str:
        person = await self.viewers.asking.who(request.scope)
        if person is not None:
            return f"person:{person.id}"
        return f"from:{request.client.host if request.client else ''}"


def _told_of(found: Found, words: tuple[str, ...]) -> dict[str, Any]:
    return {
        "item": found.item,
        "hits": found.hits,
        "found": [_passage(one, words) for one in found.passages],
    }


def _passage(passage: Passage, words: tuple[str, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": passage.kind,
        "pieces": [
            {"text": piece.text} | ({"hit": True} if piece.hit else {})
            for piece in searching.pieces(passage.text, words)
        ],
    }
    if passage.at_s is not None:
        told["at_s"] = passage.at_s
    if passage.language is not None:
        told["language"] = passage.language
    return told
