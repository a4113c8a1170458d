"""Files in rooms over HTTP: sent, let go of, fetched.

A file is never shown by the browser as a page of ours: it comes as a download, with a type that is
not guessed at, in a sandbox that may do nothing. The pictures in the list are the same bytes asked
for by our own page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from chat.filewords import FileKind
from server import wire
from server.access.actor import Actor
from server.board import Board
from server.errors import Refused, not_found
from server.problems import NO_STORE
from server.routes.asking import Asking, told
from server.shared_files import SharedFiles

TYPES: Mapping[FileKind, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "pdf": "application/pdf",
}
HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    # Asked for anew each time, so that whoever is out of the room has it no longer.
    "cache-control": "private, no-cache",
}
LONGEST_LENGTH = 12


@dataclass(frozen=True, slots=True)
class FileRoutes:
    """Handlers over the rooms' files."""

    board: Board
    asking: Asking
    files: SharedFiles

    def routes(self) -> list[Route]:
        one = "/api/rooms/{room}/files/{file}"
        return [
            Route("/api/rooms/{room}/files", told(self.send), methods=["POST"]),
            Route(one, told(self.fetch), methods=["GET"]),
            Route(one, told(self.let_go), methods=["DELETE"]),
            Route(f"{one}/small", told(self.fetch_small), methods=["GET"]),
        ]

    async def send(self, request: Request) -> Response:
        """Take in the body, a PDF or a picture, for a message that is to follow within an hour."""
        self.asking.must_be_ours(request)
        person, room = await self._in_the_room(request)
        kept = await self.files.receive(person, room, chunks_of(request), length_of(request))
        return Response(wire.to_json(kept), 201, NO_STORE, "application/json")

    async def let_go(self, request: Request) -> Response:
        """Let go of a file of one's own that is not posted."""
        self.asking.must_be_ours(request)
        person, room = await self._in_the_room(request)
        await self.files.drop(person, room, request.path_params["file"])
        return Response(None, 204, NO_STORE)

    async def fetch(self, request: Request) -> Response:
        """The file, as a download."""
        return await self._fetched(request, small=False)

    async def fetch_small(self, request: Request) -> Response:
        """A picture as it stands in the list, at most 720 pixels on a side."""
        return await self._fetched(request, small=True)

    async def _fetched(self, request: Request, *, small: bool) -> Response:
        person, room = await self._in_the_room(request)
        id = request.path_params["file"]
        hosts = self.board.may_read(person, f"room.host:{room}")
        found = await self.files.find(person, room, id, small=small, hosts=hosts)
        named = f"{id}-small" if small else id
        return as_download(request, named, found.name, found.kind, found.data)

    async def _in_the_room(self, request: Request) -> tuple[Actor, str]:
        person = await self.asking.person(request)
        room = request.path_params["room"]
        if not self.board.may_read(person, f"room:{room}"):
            raise not_found(f"room:{room}")
        return person, room


def as_download(request: Request, id: str, name: str, kind: FileKind, data: bytes) -> Response:
    """A file that came from somebody, as whoever may have it gets it.

    Args:
        id: what it stands for never changes; its name may be given later.
    """
    tag = f'"{id}"'
    headers = {**HEADERS, "etag": tag, "content-disposition": disposition(name)}
    if request.headers.get("if-none-match") == tag:
        return Response(None, 304, headers)
    return Response(data, 200, headers, TYPES[kind])


def disposition(name: str) -> str:
    """A download of this name (RFC 6266): plain letters for old clients, all of them for others."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() else "_" for sign in name)
    for sign in '"\\%/':
        plain = plain.replace(sign, "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def length_of(request: Request) -> int | None:
    """How large the sender says the body is. Raises Refused `bad_request`."""
    given = request.headers.get("content-length")
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= LONGEST_LENGTH):
        raise Refused("bad_request", f"expected Content-Length, a number; came {given!r:.20}")
    return int(given)


async def chunks_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises Refused `bad_request` where the sender leaves."""
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect as gone:
        raise Refused("bad_request", "expected a whole file; the client left") from gone
