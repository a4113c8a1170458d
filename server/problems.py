"""Refusals over HTTP: RFC 9457 problem bodies with the same stable codes as on the socket."""

from __future__ import annotations

from starlette.responses import Response

from server import wire
from server.errors import Refusal, Refused

# Codes that mean something to HTTP itself; every other refusal is a conflict with the state.
STATUS = {
    "not_signed_in": 401,
    "locked": 403,
    "wrong_code": 403,
    "foreign_origin": 403,
    "not_found": 404,
    "too_slow": 408,
    "method_not_allowed": 405,
    "too_large": 413,
    "wrong_protocol": 412,
    "captions_changed": 412,
    "wrong_type": 415,
    "file_kind": 415,
    "file_heic": 415,
    "file_unreadable": 422,
    "picture_too_large": 413,
    "files_too_fast": 429,
    "bad_range": 416,
    "caption_faults": 422,
    "checksum_mismatch": 460,  # tus
    "bad_request": 400,
    "bad_data": 400,
    "bad_id": 400,
    "malformed": 400,
    "unknown_command": 400,
    "unknown_field": 400,
    "search_too_short": 400,
    "notes_update": 400,
    "too_fast": 429,
    "slow_mode": 429,
    "internal": 500,
    "busy": 503,
    "storage_full": 503,
    "storage_busy": 503,
    "storage_failed": 503,
    "not_ready": 503,
    "mail_down": 502,
    "media_lost": 502,
    "media_down": 503,
    "media_slow": 504,
}
NO_STORE = {"cache-control": "no-store"}


def problem(refusal: Refusal, status: int | None = None) -> Response:
    """The refusal as a response; facts such as `opens_at` stand beside the code.

    Args:
        status: of a protocol that has its own; else by the code.
    """
    status = status or STATUS.get(refusal.code, 409)
    body = {
        "type": "about:blank",
        "title": refusal.code.replace("_", " "),
        "status": status,
        "code": refusal.code,
        "detail": refusal.detail,
        **refusal.facts,
    }
    headers = dict(NO_STORE)
    if isinstance(wait_ms := refusal.facts.get("retry_ms"), int):
        headers["retry-after"] = str(-(-wait_ms // 1000))
    return Response(wire.to_json(body), status, headers, "application/problem+json")


def not_signed_in() -> Refused:
    return Refused("not_signed_in", "expected a signed-in session; open your invitation's link")
