"""Who asks to see a recording: a person by session or pass, a share link's holder, or a stranger.

A stranger is let in where an item is open to everybody. Where it is not, a stranger is asked to
sign in, whatever there is or is not: the answer says nothing of the item.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from schedule.library.unlocking import STRANGER, Viewer
from schedule.show import ShowItem
from server.access.signing_in import SigningIn
from server.errors import Refused
from server.problems import not_signed_in
from server.routes.asking import Asking
from server.share_links import PASS_MARK, ShareLinks
from server.unlocking import Unlocking, viewer_of

PASS = "pass"


@dataclass(frozen=True, slots=True)
class Viewers:
    """Tells who asks, and whether an item is open to them."""

    asking: Asking
    signing_in: SigningIn
    unlocking: Unlocking
    links: ShareLinks

    async def of(self, request: Request, item: str) -> Viewer:
        """Who asks for an item; STRANGER for nobody we know."""
        token = request.query_params.get(PASS)
        if token and token.startswith(PASS_MARK):
            return await self.links.viewer(token) or STRANGER
        if token:
            holder = await self.signing_in.holder(token, item)
            return STRANGER if holder is None else viewer_of(holder)
        person = await self.asking.who(request.scope)
        return STRANGER if person is None else viewer_of(person)

    async def entry(self, request: Request, item: str) -> ShowItem:
        """The item, if it is open to who asks.

        Raises:
            Refused: `not_found`, `locked`, and for a stranger `not_signed_in` instead of both.
        """
        viewer = await self.of(request, item)
        try:
            return await self.unlocking.entry(item, viewer)
        except Refused:
            if viewer == STRANGER:
                raise not_signed_in() from None
            raise
