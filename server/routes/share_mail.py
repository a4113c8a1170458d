"""A municipality mails one of its links to a list of addresses.

The answer comes address by address as the mails are handed in, one line of JSON each, so that a
long list is seen to move and a proxy's patience is not tried. The addresses are in the request and
in the answer, and nowhere else.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from schedule.sharing.link_mail import (
    LONGEST_MESSAGE,
    MOST_ADDRESSES,
    LinkMail,
    is_address,
    once_each,
    written,
)
from schedule.sharing.sharing import Share, Shares
from server import wire
from server.access.municipalities import register
from server.allowance import Allowance
from server.clock import Clock
from server.errors import Refused, not_found
from server.mailing import Line, MailServer
from server.permissions import may_read
from server.problems import NO_STORE
from server.routes.asking import Asking, body_of, told
from server.routes.json_answers import json_answer

MOST_BYTES = 128 * 1024
MAILS_AT_ONCE = 2 * MOST_ADDRESSES
MAILS_PER_S = MAILS_AT_ONCE / 3600
"""Of one municipality; what is beyond is told to wait, address by address."""


@dataclass(frozen=True, slots=True)
class ShareMail:
    """Handlers over the mail server.

    Args:
        server: None where the installation has none; the page then writes a mail of its own.
        address_of: the whole address of a municipality's link.
        zone: of the edition, whose days the mail tells.
        sending: the municipalities that are being written for; one list at a time.
    """

    server: MailServer | None
    shares_of: Callable[[str], Awaitable[Shares]]
    address_of: Callable[[str, str], str]
    asking: Asking
    clock: Clock
    zone: ZoneInfo
    allowances: dict[str, Allowance] = field(default_factory=dict)
    sending: set[str] = field(default_factory=set)

    def routes(self) -> list[Route]:
        return [
            Route("/api/shares/mail", told(self.means), methods=["GET"]),
            Route("/api/shares/{share}/mail", told(self.mail), methods=["POST"]),
        ]

    async def means(self, request: Request) -> Response:
        """Whether the server mails, and how many at most at a time."""
        await self._municipality(request)
        body = {"mails": self.server is not None, "most": MOST_ADDRESSES}
        return json_answer(body)

    async def mail(self, request: Request) -> Response:
        """Mails a link to a list of addresses; answers a line of JSON for each."""
        self.asking.must_be_ours(request)
        municipality = await self._municipality(request)
        share = (await self.shares_of(municipality)).links.get(request.path_params["share"])
        if share is None:
            raise not_found("a link of your municipality")
        if not share.is_open(self.clock.show()):
            raise Refused("share_ended", "expected a link that is open; make a new one")
        addresses, message = _asked(await body_of(request, MOST_BYTES))
        if self.server is None:
            raise Refused("mail_not_set", "expected the setting smtp_url; there is none")
        if municipality in self.sending:
            raise Refused("busy", "expected one list at a time; another is being mailed")
        stack = contextlib.AsyncExitStack()
        self.sending.add(municipality)
        stack.callback(self.sending.discard, municipality)
        try:
            line = await stack.enter_async_context(self.server.opened())
        except Refused:
            await stack.aclose()
            raise
        mail = self._about(municipality, share, message)
        lines = self._handed_in(line, mail, municipality, addresses, stack)
        return _Lines(lines, stack)

    async def _handed_in(
        self,
        line: Line,
        mail: LinkMail,
        municipality: str,
        addresses: tuple[str, ...],
        held: contextlib.AsyncExitStack,
    ) -> AsyncIterator[bytes]:
        for address in addresses:
            result = await self._result(line, mail, municipality, address)
            yield wire.to_json({"address": address, "result": result}) + b"\n"
        # Before the answer's end is told: whoever has it may ask for the next list.
        await held.aclose()

    async def _result(self, line: Line, mail: LinkMail, municipality: str, address: str) -> str:
        if not is_address(address):
            return "no_address"
        if self._allowance(municipality).take(self.clock.monotonic()):
            return "too_many"
        assert self.server is not None
        message = written(mail, self.server.sender, address, self.clock.wall(), self.zone)
        return await line.hand_in(message, address)

    async def _municipality(self, request: Request) -> str:
        """Whose links the asker looks after. Raises Refused `not_found` for everybody else."""
        person = await self.asking.person(request)
        municipality = person.municipality or ""
        if not may_read(person, "shares", municipality):
            raise not_found("/api/shares")
        return municipality

    def _allowance(self, municipality: str) -> Allowance:
        now = self.clock.monotonic()
        fresh = Allowance(MAILS_PER_S, MAILS_AT_ONCE, now)
        return self.allowances.setdefault(municipality, fresh)

    def _about(self, municipality: str, share: Share, message: str) -> LinkMail:
        return LinkMail(
            register()[municipality].full_name,
            share.title,
            self.address_of(municipality, share.id),
            share.until,
            share.code is not None,
            message,
        )


class _Lines(StreamingResponse):
    """An answer that comes line by line; what it holds is let go when it ends or is left."""

    def __init__(self, lines: AsyncIterator[bytes], held: contextlib.AsyncExitStack) -> None:
        # Told to nginx, which would otherwise keep the lines until there are many.
        headers = NO_STORE | {"x-accel-buffering": "no"}
        super().__init__(lines, 200, headers, "application/x-ndjson")
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


def _asked(body: bytes) -> tuple[tuple[str, ...], str]:
    """The addresses, each once, and what is to be said. Raises Refused `bad_request`."""
    try:
        asked = wire.from_json(body)
    except ValueError:
        asked = None
    match asked:
        case {"addresses": [*addresses], "message": str(message)} if (
            1 <= len(addresses) <= MOST_ADDRESSES
            and all(isinstance(each, str) for each in addresses)
            and len(message) <= LONGEST_MESSAGE
        ):
            return once_each(addresses), message
    expected = f'{{"addresses": [1 to {MOST_ADDRESSES} addresses], "message": "…"}}'
    raise Refused("bad_request", f"expected {expected}, the message up to {LONGEST_MESSAGE} signs")
