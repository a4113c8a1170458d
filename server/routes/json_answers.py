"""What most addresses of ours answer: JSON that is true at this moment and kept by nobody."""

from __future__ import annotations

from starlette.responses import Response

from server import wire
from server.problems import NO_STORE


def json_answer(body: object) -> Response:
    """200 with the body as JSON."""
    return Response(wire.to_json(body), 200, NO_STORE, "application/json")
