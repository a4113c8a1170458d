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
takes over.

Who watches (WHEP) makes the offer too, with sections that receive; we make no counter-offer. What
the codecs of an offer make impossible is 406, what its shape does is 422. While nothing is on air
the answer is 409 and when to ask again.

What goes on to the transport's own reader is small by then: so many lines, so long, so many
candidates in the whole life of a session (each of them makes the server send to an address), and
addresses that are addresses: no name is ever looked up. It describes one transport, whole and the
same in every section (sharedtransport.py).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from streams import errors
from streams.webrtc.sharedtransport import read_transport

OFFER = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
LARGEST_BODY_BYTES = 64 * 1024
MOST_LINES = 1000
LONGEST_LINE = 1024
MOST_CANDIDATES = 100
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
            case "too_many_sessions" | "too_many_viewers" | "nothing_on_air" | "no_port":
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


@dataclass(slots=True)
class Section:
    """One media section of an offer."""

    kind: str
    codecs: set[str] = field(default_factory=set)
    direction: str = "sendrecv"
    mid: str = ""
    modes: dict[str, str] = field(default_factory=dict)
    h264: set[str] = field(default_factory=set)

    @property
    def passes_h264(self) -> bool:
        """H.264 in fragments (packetization mode 1); mode 0 cannot carry a large picture."""
        return any(self.modes.get(payload_type) == "1" for payload_type in self.h264)


_DIRECTIONS = {"sendrecv", "sendonly", "recvonly", "inactive"}
_LINE = re.compile(r"^([a-z])=(.*)$")


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that may be taken.

    Args:
        sdp: as it goes to the transport: described in every section, without candidates that only
            its sender can look up.
        kinds: media kinds in the order of its sections.
        ufrag: the ICE user name fragment.
        candidates: how many it holds, those that were left out too.
    """

    sdp: str
    kinds: tuple[str, ...]
    ufrag: str
    candidates: int = 0

    @property
    def remote(self) -> Remote:
        """What it tells of its sender."""
        return Remote(self.ufrag, self.candidates)


@dataclass(slots=True)
class Remote:
    """What the other side of a session has told of itself by now.

    Args:
        ufrag: the ICE user name fragment.
        candidates: how many it has named.
    """

    ufrag: str | None = None
    candidates: int = 0

    def read_fragment(self, fragment: str) -> tuple[Candidate, ...]:
        """Candidates that came after the offer.

        Raises:
            Refused: `bad_fragment`, or `no_restart` as below.
        """
        found = read_fragment(fragment, self.ufrag)
        if self.candidates + len(found) > MOST_CANDIDATES:
            raise Refused("bad_fragment", f"expected at most {MOST_CANDIDATES} candidates in all")
        self.candidates += len(found)
        return found


def read_offer(sdp: str) -> Offer:
    """Read a publisher's offer and refuse what cannot be used.

    Raises:
        Refused: `bad_offer` for what is no session description, else the reason with 422.
    """
    read = _read_description(sdp)
    _check_shape(read)
    if not read.video_passes_h264:
        raise Refused("no_h264", f"expected a picture in H.264, got {_codecs(read.sections)}")
    if not read.audio_passes_opus:
        raise Refused("no_opus", f"expected sound in Opus, got {_codecs(read.sections)}")
    if any(section.direction not in ("sendonly", "sendrecv") for section in read.sections):
        raise Refused("not_sending", "expected every section to send, got one that does not")
    return read.offer(sdp)


def read_viewer_offer(sdp: str) -> Offer:
    """Read the offer of somebody who wants to watch.

    Raises:
        Refused: `bad_offer`, 422 for its shape, 406 for its codecs.
    """
    read = _read_description(sdp)
    _check_shape(read)
    if any(section.direction not in ("recvonly", "sendrecv") for section in read.sections):
        raise Refused("not_receiving", "expected every section to receive, got one that does not")
    if not read.video_passes_h264:
        raise Refused("plays_no_h264", f"expected H.264 to be played, got {_codecs(read.sections)}")
    if not read.audio_passes_opus:
        raise Refused("plays_no_opus", f"expected Opus to be played, got {_codecs(read.sections)}")
    return read.offer(sdp)


@dataclass(frozen=True, slots=True)
class _Description:
    """What is read of a session description."""

    sections: tuple[Section, ...]
    bundled: tuple[str, ...]
    candidates: int

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(section.kind for section in self.sections)

    @property
    def video_passes_h264(self) -> bool:
        return any(section.kind == "video" and section.passes_h264 for section in self.sections)

    @property
    def audio_passes_opus(self) -> bool:
        """Whether sound, if there is any, may be Opus."""
        return all(s.kind != "audio" or "opus" in s.codecs for s in self.sections)

    def offer(self, sdp: str) -> Offer:
        """The offer as it goes on. Raises Refused `no_ice`, `no_dtls`."""
        lines = _without_unreachable_candidates(sdp)
        transport = read_transport(lines, self.bundled[0] if self.bundled else None)
        if transport.lacks:
            raise Refused(*transport.lacks)
        written = "\r\n".join([*transport.written_into(lines), ""])
        return Offer(written, self.kinds, transport.ufrag or "", self.candidates)


def _check_shape(read: _Description) -> None:
    kinds = read.kinds
    if set(kinds) - {"audio", "video"} or len(set(kinds)) != len(kinds):
        raise Refused(
            "too_many_media", f"expected one picture and at most one sound, got {kinds!s:.80}"
        )
    if len(kinds) > 1 and not {section.mid for section in read.sections} <= set(read.bundled):
        raise Refused("no_bundle", "expected all media on one transport (BUNDLE), got several")
    # Whoever leans on a section that is not there leaves aiortc without a transport to close.
    if read.bundled and read.bundled[0] not in {section.mid for section in read.sections}:
        raise Refused(
            "no_bundle", f"expected BUNDLE to name a section, got {read.bundled[0]!r:.40}"
        )


def _read_description(sdp: str) -> _Description:
    sections: list[Section] = []
    bundled: tuple[str, ...] = ()
    lines = _measured(sdp, "bad_offer")
    candidates = sum(line.startswith("a=candidate:") for line in lines)
    if candidates > MOST_CANDIDATES:
        raise Refused("bad_offer", f"expected {MOST_CANDIDATES} candidates, got {candidates}")
    if not lines or lines[0].strip() != "v=0":
        raise Refused("bad_offer", f"expected a session description, got {sdp[:40]!r}")
    for line in filter(None, map(str.strip, lines)):
        matched = _LINE.match(line)
        if matched is None:
            raise Refused("bad_offer", f"expected a line like a=…, got {line[:40]!r}")
        letter, value = matched.groups()
        if letter == "m":
            sections.append(Section(value.partition(" ")[0]))
        elif letter == "a" and sections:
            _read_attribute(sections[-1], value)
        elif letter == "a":
            named = tuple(value.removeprefix("group:BUNDLE ").split())
            bundled = bundled or (named if value.startswith("group:BUNDLE ") else ())
    if not sections:
        raise Refused("bad_offer", "expected a media section, got none")
    return _Description(tuple(sections), bundled, candidates)


_CREDENTIAL = re.compile(r"a=ice-(?:ufrag|pwd):[!-~]{1,256}")


def _measured(text: str, code: str) -> list[str]:
    """The lines of a description or fragment, none of them beyond measure."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise Refused(code, f"expected at most {MOST_LINES} lines, got {len(lines)}")
    for line in map(str.strip, lines):
        if len(line) > LONGEST_LINE:
            raise Refused(code, f"expected {LONGEST_LINE} characters a line, got {len(line)}")
        # RFC 8839 5.4; they go into every STUN message.
        if line.startswith(("a=ice-ufrag:", "a=ice-pwd:")) and not _CREDENTIAL.fullmatch(line):
            raise Refused(code, "expected ICE credentials of 1 to 256 ASCII characters")
    return lines


def _read_attribute(section: Section, attribute: str) -> None:
    name, _, value = attribute.partition(":")
    payload_type, _, rest = value.partition(" ")
    match name:
        case "rtpmap":
            codec = rest.partition("/")[0].lower()
            section.codecs.add(codec)
            if codec == "h264":
                section.h264.add(payload_type)
        case "fmtp" if mode := re.search(r"packetization-mode=(\d)", rest):
            section.modes[payload_type] = mode[1]
        case "mid":
            section.mid = value
        case direction if direction in _DIRECTIONS:
            section.direction = direction


def _codecs(sections: Iterable[Section]) -> str:
    return f"{ {section.kind: sorted(section.codecs) for section in sections}!s:.200}"


def _without_unreachable_candidates(sdp: str) -> list[str]:
    """The lines of an offer that stay.

    Browsers hide their addresses behind names (mDNS) that end at their own link, and say that they
    have no more. Both are left out: the publisher's checks reach us, and that is how we learn where
    it is.
    """
    return [line for line in sdp.splitlines() if not _unreachable(line)]


def _unreachable(line: str) -> bool:
    if line.startswith("a=end-of-candidates"):
        return True
    words = line.split()
    named = line.startswith("a=candidate:") and len(words) > 5
    return named and not (_is_address(words[4]) and _is_port(words[5]))


def _is_address(text: str) -> bool:
    """Whether a text is an address that means the same everywhere: one with a zone does not."""
    try:
        return bool(ip_address(text)) and "%" not in text
    except ValueError:
        return False


def _is_port(text: str) -> bool:
    """Whether it may be sent to: asyncio ends a socket that is asked to send to other numbers."""
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and 0 < int(text) < 65536


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate that came after the offer.

    Args:
        mid: the media section it belongs to.
        text: the value of the attribute, from its foundation on.
    """

    mid: str
    text: str


def read_fragment(fragment: str, ufrag: str | None) -> tuple[Candidate, ...]:
    """The candidates of a trickle fragment (RFC 8840).

    Raises:
        Refused: `bad_fragment`; `no_restart` when it starts ICE over, which we do not do.
    """
    mid, found = "0", []
    for line in filter(None, map(str.strip, _measured(fragment, "bad_fragment"))):
        name, _, value = line.partition(":")
        match name:
            case "a=ice-ufrag" if ufrag is not None and value != ufrag:
                raise Refused(
                    "no_restart", "expected candidates of this session, got an ICE restart"
                )
            case "a=mid":
                mid = value
            case "a=candidate" if not _unreachable(line):
                found.append(Candidate(mid, value))
            case _ if not _LINE.match(line):
                raise Refused("bad_fragment", f"expected a line like a=…, got {line[:40]!r}")
    return tuple(found)
