"""Share links over HTTP: their addresses for those who made them, and what each opens.

Whatever is wrong with a link (unknown, ended, revoked, another's) is answered the same, so nobody
learns what there is. A wrong code is answered apart: whoever has the address knows the link.
"""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schedule.library.documentwords import Document
from schedule.library.library import standing_of
from schedule.library.unlocking import SHOWN, Opening, Standing, Viewer
from schedule.sharing.sharing import Shares
from schedule.show import ShowItem
from server import wire
from server.access.municipalities import register
from server.allowance import Allowance
from server.clock import Clock
from server.documents import told_of
from server.errors import Refused, not_found
from server.permissions import may_read
from server.problems import NO_STORE
from server.routes.asking import Asking, body_of, told
from server.routes.json_answers import json_answer
from server.routes.library import is_taken_home
from server.share_links import Shared, ShareLinks
from server.unlocking import Unlocking
from server.viewers import PASS
from server.visits import Count

CODES_PER_S = 10 / 60
CODES_AT_ONCE = 10
MOST_ALLOWANCES = 10_000


@dataclass(frozen=True, slots=True)
class SharingRoutes:
    """Handlers over the share links.

    Args:
        public_url: what addresses begin with.
        count: told of every visit.
        downloads: whether recordings may be had as files.
    """

    links: ShareLinks
    shares_of: Callable[[str], Awaitable[Shares]]
    unlocking: Unlocking
    asking: Asking
    clock: Clock
    public_url: str
    count: Count
    downloads: bool = False
    allowances: dict[str, Allowance] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        return [
            Route("/api/shares", told(self.addresses), methods=["GET"]),
            Route("/api/shared/{token}", told(self.look), methods=["GET"]),
            Route("/api/shared/{token}", told(self.enter), methods=["POST"]),
            Route("/api/shared/{token}/qr.svg", told(self.qr), methods=["GET"]),
        ]

    async def addresses(self, request: Request) -> Response:
        """The addresses of one's own municipality's links, by their ids."""
        person = await self.asking.person(request)
        municipality = person.municipality or ""
        if not may_read(person, "shares", municipality):
            raise not_found("/api/shares")
        shares = await self.shares_of(municipality)
        return json_answer({id: self.address(municipality, id) for id in shares.links})

    async def look(self, request: Request) -> Response:
        """What a link opens; of one with a code only that it wants it.

        Whoever comes with the link's pass has been counted and has told the code: their page asks
        whether the link still holds.
        """
        shared = await self._followed(request)
        if request.query_params.get(PASS) == self.links.pass_for(shared):
            return await self._told(shared)
        if shared.share.code is not None:
            return json_answer(self._head(shared) | {"needs_code": True})
        return await self._opened(shared)

    async def enter(self, request: Request) -> Response:
        """What a link opens, for its code."""
        self.asking.must_be_ours(request)
        shared = await self._followed(request)
        self._check_allowance(request.path_params["token"])
        code = _code(await body_of(request, 1024))
        if shared.share.code is not None and code != shared.share.code:
            raise Refused("wrong_code", "expected the code that belongs to this link")
        return await self._opened(shared)

    async def qr(self, request: Request) -> Response:
        """The link's address as a picture to print."""
        shared = await self._followed(request)
        drawn = io.BytesIO()
        address = self.address(shared.municipality, shared.share.id)
        segno.make(address, error="m").save(drawn, kind="svg", border=2, scale=8, xmldecl=False)
        return Response(drawn.getvalue(), 200, NO_STORE, "image/svg+xml")

    async def _followed(self, request: Request) -> Shared:
        shared = await self.links.follow(request.path_params["token"])
        if shared is None:
            raise not_found("a link that is open")
        return shared

    def _check_allowance(self, token: str) -> None:
        """So many codes may be tried at a link; beyond MOST_ALLOWANCES the oldest is forgotten."""
        now = self.clock.monotonic()
        if token not in self.allowances:
            if len(self.allowances) >= MOST_ALLOWANCES:
                self.allowances.pop(next(iter(self.allowances)))
            self.allowances[token] = Allowance(CODES_PER_S, CODES_AT_ONCE, now)
        if wait_s := self.allowances[token].take(now):
            detail = f"expected fewer codes; the next may be tried in {wait_s:.0f} s"
            raise Refused("too_fast", detail, retry_ms=round(wait_s * 1000))

    async def _opened(self, shared: Shared) -> Response:
        self.count(shared.municipality, shared.share.id)
        return await self._told(shared)

    async def _told(self, shared: Shared) -> Response:
        show, library, now = await self.unlocking.now()
        viewer = Viewer(items=frozenset(shared.share.items))
        items = []
        for entry in show.items:
            opening = await self.unlocking.of(entry, viewer, show)
            if entry.id not in shared.share.items or entry.item.kind not in SHOWN:
                continue
            if opening.state != "absent":
                standing = standing_of(library, entry.item, show.spine[-1].id)
                documents = library.documents.get(entry.id, ())
                ways = self._ways(entry, opening, documents)
                items.append(_item(entry, opening, standing) | ways)
        told = {"pass": self.links.pass_for(shared), "items": items, "now": wire.rfc3339(now)}
        return json_answer(self._head(shared) | told)

    def _ways(
        self, entry: ShowItem, opening: Opening, documents: Sequence[Document]
    ) -> dict[str, object]:
        """What can be taken home of an item; nothing of one that is not open."""
        if opening.state != "open":
            return {}
        ways: dict[str, object] = {"documents": told_of(documents)} if documents else {}
        taken_home = is_taken_home(entry, allowed=self.downloads)
        return ways | ({"download": True} if taken_home else {})

    def _head(self, shared: Shared) -> dict[str, object]:
        place = register()[shared.municipality]
        return {
            "title": shared.share.title,
            "municipality": place.full_name,
            "institution": shared.share.institution,
            "until": wire.rfc3339(shared.share.until),
        }

    def address(self, municipality: str, share: str) -> str:
        """The whole address of a municipality's link."""
        return f"{self.public_url}/del/{self.links.token(municipality, share)}"


def _item(entry: ShowItem, opening: Opening, standing: Standing) -> dict[str, object]:
    item, is_open = entry.item, opening.state == "open"
    told: dict[str, object | None] = {
        "item": entry.id,
        "title": item.long_title or item.title,
        "description": item.description,
        "people": [wire.data_of(person) for person in item.people],
        "questions": list(item.questions),
        "captions": list(standing.captions),
        "captions_version": standing.captions_version if is_open else None,
        "state": opening.state,
        "reason": opening.reason,
        "opens_at": wire.rfc3339(opening.opens_at) if opening.opens_at else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _code(body: bytes) -> str:
    try:
        match wire.from_json(body):
            case {"code": str(code)}:
                return code.strip()
    except ValueError:
        pass
    raise Refused("bad_request", 'expected {"code": "…"}')
