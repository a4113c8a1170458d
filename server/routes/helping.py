"""Whom to ask, and where to go if the pages fail: told to everybody, signed in or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from schedule.show import Show
from server.problems import NO_STORE
from server.routes.asking import told
from server.support import Support


@dataclass(frozen=True, slots=True)
class Helping:
    """
    Args:
        show: the show as it stands now.
    """

    support: Support
    show: Callable[[], Awaitable[Show]]

    def routes(self) -> list[Route]:
        return [Route("/api/support", told(self.whom_to_ask), methods=["GET"])]

    async def whom_to_ask(self, request: Request) -> Response:
        """Who helps, and where to go if the pages fail: as set, and as announced for today."""
        show = await self.show()
        body = {
            "name": self.support.name,
            "mail": self.support.mail,
            "phone": self.support.phone,
            "backup": self.support.backup or None,
            "announced": show.backup,
        }
        return JSONResponse(body, headers=NO_STORE)
