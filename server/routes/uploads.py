"""Resumable uploads of films over HTTP, by the tus protocol 1.0.0.

Core, and the extensions `creation`, `expiration`, `checksum` and `termination`: every client that
speaks tus can send us a film. The metadata names the `film` (or the programme's item that shows
it) and the `filename`, which is shown and nothing else. With the last bytes, or with an empty piece
after them, may come the digest of the whole file as `Repr-Digest` (RFC 9530): `sha-256`, or
`sha-256-8m` from browsers (`streams/films/digests.py`).

To those who do not work backstage there are no uploads.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import format_datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from server import wire
from server.errors import Refusal, Refused
from server.film_office import FilmOffice
from server.problems import NO_STORE, problem
from server.routes.asking import Asking, Handler
from server.routes.films import backstage
from streams.films.digests import DIGESTS, Checksum
from streams.films.uploads import Upload

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
ALGORITHMS = {"sha1": 20, "sha256": 32}
PIECE = "application/offset+octet-stream"
LONGEST_METADATA = 4096
HEADERS = NO_STORE | {"tus-resumable": VERSION}
_DIGEST = re.compile(r"\s*([a-z0-9-]+)=:([A-Za-z0-9+/=]{1,100}):\s*")


@dataclass(frozen=True, slots=True)
class UploadRoutes:
    """Handlers over the film office.

    Args:
        hours: how long an upload may lie untouched.
    """

    office: FilmOffice
    asking: Asking
    hours: float

    def routes(self) -> list[Route]:
        upload = "/api/uploads/{upload}"
        return [
            Route("/api/uploads", self.capabilities, methods=["OPTIONS"]),
            Route("/api/uploads", _tus(self.begin), methods=["POST"]),
            Route(upload, self.capabilities, methods=["OPTIONS"]),
            Route(upload, _tus(self.state), methods=["GET"]),
            Route(upload, _tus(self.append), methods=["PATCH"]),
            Route(upload, _tus(self.discard), methods=["DELETE"]),
        ]

    async def capabilities(self, request: Request) -> Response:
        """What of tus is spoken here."""
        return Response(
            None,
            204,
            HEADERS
            | {
                "tus-version": VERSION,
                "tus-extension": EXTENSIONS,
                "tus-max-size": str(self.office.uploads.largest_bytes),
                "tus-checksum-algorithm": ",".join(ALGORITHMS),
            },
        )

    async def begin(self, request: Request) -> Response:
        """Begins an upload: Upload-Length, and Upload-Metadata with film and filename."""
        self.asking.must_be_ours(request)
        person = await backstage(self.asking, request)
        _check_version(request)
        size = _count(request, "upload-length")
        said = _metadata(request.headers.get("upload-metadata", ""))
        film = said.get("film") or said.get("item") or ""
        upload = await self.office.begin(person, film, said.get("filename", ""), size)
        return Response(None, 201, self._about(upload) | {"location": f"/api/uploads/{upload.id}"})

    async def state(self, request: Request) -> Response:
        """How far an upload has come, by Upload-Offset and Upload-Length."""
        await backstage(self.asking, request)
        upload = self._asked(request)
        offset = self.office.uploads.offset(upload)
        body = {"film": upload.film, "name": upload.name, "size": upload.size, "offset": offset}
        headers = self._about(upload) | {"upload-length": str(upload.size)}
        return Response(wire.to_json(body), 200, headers, "application/json")

    async def append(self, request: Request) -> Response:
        """Adds a piece at Upload-Offset; with the last one the file is whole."""
        self.asking.must_be_ours(request)
        await backstage(self.asking, request)
        _check_version(request)
        if (kind := request.headers.get("content-type")) != PIECE:
            raise Refused("wrong_type", f"expected {PIECE}; came {kind!r:.60}")
        uploads, upload = self.office.uploads, self._asked(request)
        offset, checksum = _count(request, "upload-offset"), _checksum(request)
        digest = _digest(request.headers.get("repr-digest", ""))
        come = await uploads.append(upload, offset, _chunks(request), checksum)
        if come == upload.size:
            await uploads.finish(upload, digest)
            self.office.finished()
        return Response(None, 204, self._about(upload))

    async def discard(self, request: Request) -> Response:
        """Ends an upload that nobody will finish."""
        self.asking.must_be_ours(request)
        await backstage(self.asking, request)
        _check_version(request)
        self.office.discard(self._asked(request))
        return Response(None, 204, HEADERS)

    def _asked(self, request: Request) -> Upload:
        return self.office.uploads.find(request.path_params["upload"])

    def _about(self, upload: Upload) -> dict[str, str]:
        ends = self.office.ends(upload, self.hours)
        return HEADERS | {
            "upload-offset": str(self.office.uploads.offset(upload)),
            "upload-expires": format_datetime(ends, usegmt=True),
        }


def _tus(handler: Handler) -> Handler:
    """The handler with refusals turned into problem bodies that a client of tus reads."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as refusal:
            if not isinstance(refusal, Refusal):
                raise
            response = problem(refusal)
            response.headers.update(HEADERS | {"tus-version": VERSION})
            if isinstance(offset := refusal.facts.get("offset"), int):
                response.headers["upload-offset"] = str(offset)
            return response

    answer.__doc__ = handler.__doc__
    return answer


def _check_version(request: Request) -> None:
    if (came := request.headers.get("tus-resumable")) != VERSION:
        raise Refused("wrong_protocol", f"expected Tus-Resumable: {VERSION}; came {came!r:.20}")


def _count(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Refused("bad_request", f"expected {header} as a number of bytes; came {text!r:.40}")
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    if len(text) > LONGEST_METADATA:
        raise Refused("bad_request", f"expected at most {LONGEST_METADATA} signs of metadata")
    said: dict[str, str] = {}
    for pair in filter(None, (each.strip() for each in text.split(","))):
        key, _, value = pair.partition(" ")
        said[key] = _decoded(value, "Upload-Metadata").decode("utf-8", "replace")
    return said


def _checksum(request: Request) -> Checksum | None:
    if (text := request.headers.get("upload-checksum")) is None:
        return None
    algorithm, _, value = text.partition(" ")
    digest = _decoded(value, "Upload-Checksum")
    if ALGORITHMS.get(algorithm) != len(digest):
        known = " or ".join(ALGORITHMS)
        raise Refused("bad_request", f"expected Upload-Checksum by {known}; came {text!r:.40}")
    return Checksum(algorithm, digest)


def _digest(text: str) -> tuple[str, bytes] | None:
    """The first digest we know of those that were sent (RFC 9530, 3)."""
    for each in text.split(","):
        found = _DIGEST.fullmatch(each)
        if found is not None and found[1] in DIGESTS:
            return found[1], _decoded(found[2], "Repr-Digest")
    return None


def _decoded(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("bad_request", f"expected base64 in {header}; came {text!r:.40}") from error


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect as gone:
        raise Refused("bad_request", "expected a whole piece; the client left") from gone
