"""The rules of WHIP (RFC 9725) and WHEP: who may, what an offer must hold, which status answers.

A key names one input of one source. Whoever holds it may publish there, and whoever publishes there
last is the one: a second POST takes over within that input, because the first may have been dead
for half a minute without anybody knowing (a publisher that crashed comes back with a new POST).
Publishing puts nothing on air. The URL of a session is unguessable and still not enough: PATCH and
DELETE need the key as well.

The order of the questions is the order below: is it there, may you, do we understand it, can we
use it, have we room. An offer is taken whole or not at all: no media section is refused alone.

Of what RFC 9725 leaves open: candidates may come later (trickle), ICE is never started over (422;
a publisher whose address changed makes a new POST and takes over), and so sessions have no ETag
(4.3.1): whoever sends one back did not get it here (412). 409 is not used: a key that is in use
takes over. An offer that another one with the same key overtook before it was answered is 503.

Who watches (WHEP) makes the offer too, with sections that receive; we make no counter-offer. What
the codecs of an offer make impossible is 406, what its shape does is 422. While nothing is on air
the answer is 409 and when to ask again.

What an offer says is read in offers.py.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from streams import errors

OFFER = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
LARGEST_BODY_BYTES = 64 * 1024
RETRY_AFTER_S = 5

STATUS: Mapping[str, int] = {
    "bad_offer": 400,
    "bad_fragment": 400,
    "no_key": 401,
    "wrong_key": 403,
    "unknown_source": 404,
    "unknown_session": 404,
    "no_match": 412,
    "unknown_channel": 404,
    "plays_no_h264": 406,
    "plays_no_opus": 406,
    "nothing_on_air": 409,
    "too_large": 413,
    "unsupported_type": 415,
    "no_h264": 422,
    "no_opus": 422,
    "not_sending": 422,
    "not_receiving": 422,
    "too_many_media": 422,
    "no_bundle": 422,
    "no_ice": 422,
    "no_dtls": 422,
    "no_restart": 422,
    "taken_over": 503,
    "too_many_sessions": 503,
    "no_port": 503,
    "too_many_viewers": 503,
}

CORS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Expose-Headers": "Location, Link, ETag, Accept-Patch, Retry-After",
    "Access-Control-Max-Age": "86400",
}


class Refused(errors.Refused):
    """A request that is not answered with what it asked for; its code is one of STATUS."""

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return STATUS[self.code]

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the refusal."""
        match self.code:
            case "no_key":
                return {**CORS, "WWW-Authenticate": 'Bearer realm="whip"'}
            case _ if self.status in (409, 503):
                return {**CORS, "Retry-After": str(RETRY_AFTER_S)}
        return dict(CORS)


@dataclass(frozen=True, slots=True)
class Input:
    """Where a key leads: one input of one source."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server that publishers are told of."""

    url: str
    username: str | None = None
    credential: str | None = None

    @property
    def link(self) -> str:
        """The value of its Link header (RFC 9725 4.6)."""
        parts = [f"<{self.url}>", 'rel="ice-server"']
        if self.username is not None:
            parts.append(f"username={_quoted(self.username)}")
            parts.append(f"credential={_quoted(self.credential or '')}")
            parts.append('credential-type="password"')
        return "; ".join(parts)


def _quoted(text: str) -> str:
    """A quoted-string (RFC 9110 5.6.4)."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def open_to_all(ice_servers: Iterable[IceServer]) -> tuple[IceServer, ...]:
    """Those that may be told to a stranger: the ones without credentials."""
    return tuple(server for server in ice_servers if server.username is None)


def preflight_headers(ice_servers: Iterable[IceServer] = ()) -> dict[str, str]:
    """What OPTIONS on an endpoint answers, with 204."""
    return {**CORS, "Accept-Post": OFFER, **links(ice_servers)}


def session_preflight_headers() -> dict[str, str]:
    """What OPTIONS on a session answers, with 204 (RFC 5789 3.1)."""
    return {**CORS, "Accept-Patch": FRAGMENT}


def created_headers(location: str, ice_servers: Iterable[IceServer] = ()) -> dict[str, str]:
    """What goes with 201."""
    return {
        **CORS,
        "Content-Type": OFFER,
        "Location": location,
        "Accept-Patch": FRAGMENT,
        "Cache-Control": "no-store",
        **links(ice_servers),
    }


def links(ice_servers: Iterable[IceServer]) -> dict[str, str]:
    """The header that tells of ICE servers; none where there are none."""
    told = ", ".join(server.link for server in ice_servers)
    return {"Link": told} if told else {}


def bearer(authorization: str | None) -> str | None:
    """The key in an Authorization header, None when there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def check_key(source: str, key: str | None, keys: Mapping[str, Input]) -> Input:
    """The input of `source` that a key opens.

    Every key is compared, each in constant time: how long it takes tells nothing about them.
    """
    if all(place.source != source for place in keys.values()):
        raise Refused("unknown_source", f"expected a source of this event, got {source!r}")
    if not key:
        raise Refused("no_key", "expected the input's key as bearer token, got none")
    place = opened_by(key, keys)
    if place is None or place.source != source:
        raise Refused("wrong_key", f"expected a key of {source!r}, got another")
    return place


def opened_by(key: str, keys: Mapping[str, Input]) -> Input | None:
    """The input that a key opens, None where it opens none; every key is compared."""
    opened = [
        place for known, place in keys.items() if hmac.compare_digest(known.encode(), key.encode())
    ]
    return opened[0] if opened else None


def check_same_key(place: Input, key: str | None, keys: Mapping[str, Input]) -> None:
    """Refuses a key that does not open the very input that a session publishes to."""
    if check_key(place.source, key, keys) != place:
        raise Refused("wrong_key", f"expected the key of input {place.name!r}, got another's")


def check_if_match(if_match: str | None) -> None:
    """Refuses an entity tag, since sessions have none; `*` is any session (RFC 9110 13.1.1)."""
    if if_match is not None and if_match.strip().strip('"') != "*":
        raise Refused("no_match", f"expected no entity tag, since there is none; got {if_match!r}")


def check_body(content_type: str | None, body: str, wanted: str) -> None:
    """Refuses a body of another type or size than `wanted`."""
    came = (content_type or "").partition(";")[0].strip().lower()
    if came != wanted:
        raise Refused("unsupported_type", f"expected {wanted}, got {came or 'no content type'}")
    if len(body) > LARGEST_BODY_BYTES:
        raise Refused(
            "too_large", f"expected at most {LARGEST_BODY_BYTES} characters, got {len(body)}"
        )
