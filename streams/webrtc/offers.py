"""What offers and trickle fragments say, read and refused before the transport sees them.

An offer is taken whole or not at all. What goes on to the transport's own reader is small by then:
so many lines, so long, so many candidates in the whole life of a session (each of them makes the
server send to an address), and addresses that are addresses: no name is ever looked up. It
describes one transport, whole and the same in every section (sharedtransport.py).

The codes of the refusals, and what RFC 9725 leaves open, are in whip.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

from streams.webrtc.sharedtransport import read_transport
from streams.webrtc.whip import Refused

MOST_LINES = 1000
LONGEST_LINE = 1024
MOST_CANDIDATES = 100


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
