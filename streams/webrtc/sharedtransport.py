"""The one transport of an offer: whom ICE connects with, and which certificate DTLS may meet there.

All media of an offer share a transport (BUNDLE, RFC 9725 4.4.1). It is described in the section
that the group names first, by attributes of that section or, where it has none, of the whole
description. What other sections say of a transport does not count, and a section that is
`bundle-only` says nothing of it: it must not (RFC 9143 7.1.3).

aiortc wants the description in every section, and goes by that of whichever it comes to first. So
it is written into all of them, the same one, before aiortc reads them.

What has to be there: a name fragment and a password (RFC 8839 5.4), a role, and at least one
fingerprint (RFC 8842 5.2) by a hash that is checked here. An offer without them can never be
connected; aiortc takes it all the same, and fails when ICE has ended, in a task that nobody hears.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROLES = ("actpass", "active", "passive")
DIGEST_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
"""The hashes by which a certificate is checked, and how long they are (RFC 8122 5)."""

_DESCRIBED_BY = ("ice-ufrag", "ice-pwd", "fingerprint", "setup")
_BYTE = "[0-9A-Fa-f]{2}"
_FINGERPRINT = re.compile(
    "|".join(f"{name} {_BYTE}(?::{_BYTE}){{{count - 1}}}" for name, count in DIGEST_BYTES.items()),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SharedTransport:
    """What an offer says of its transport.

    Args:
        ufrag: the ICE user name fragment.
        pwd: the ICE password.
        setup: the role in DTLS, one of ROLES; None where it is another or none.
        fingerprints: those that can be checked, as they came.
    """

    ufrag: str | None
    pwd: str | None
    setup: str | None
    fingerprints: tuple[str, ...]

    @property
    def lacks(self) -> tuple[str, str] | None:
        """The code and the words for what has to be there and is not; None: it is all there."""
        if not self.ufrag or not self.pwd:
            return "no_ice", "expected a=ice-ufrag and a=ice-pwd for the transport of all media"
        if self.setup is None:
            return "no_dtls", f"expected a=setup with one of {', '.join(ROLES)}"
        if not self.fingerprints:
            return "no_dtls", f"expected a=fingerprint by one of {', '.join(DIGEST_BYTES)}"
        return None

    def written_into(self, lines: Iterable[str]) -> list[str]:
        """The lines of a description that describe this transport in every section, and no other.

        The transport must lack nothing.
        """
        own = [f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{self.pwd}", f"a=setup:{self.setup}"]
        own += [f"a=fingerprint:{fingerprint}" for fingerprint in self.fingerprints]
        first, *sections = _parts(line for line in lines if _attribute(line)[0] is None)
        return [*first, *(line for section in sections for line in (*section, *own))]


def read_transport(lines: Sequence[str], tag: str | None) -> SharedTransport:
    """The transport of a description that has a section.

    Args:
        tag: the name of the section that describes it; None: the first one does.
    """
    session, *sections = _parts(lines)
    tagged = [section for section in sections if f"a=mid:{tag}" in map(str.strip, section)]
    own, common = _attributes((tagged or sections)[0]), _attributes(session)

    def last(name: str) -> str | None:
        return next(reversed(own[name] or common[name]), None)

    setup = last("setup")
    fingerprints = own["fingerprint"] or common["fingerprint"]
    return SharedTransport(
        last("ice-ufrag"),
        last("ice-pwd"),
        setup if setup in ROLES else None,
        tuple(each for each in fingerprints if _FINGERPRINT.fullmatch(each)),
    )


def _parts(lines: Iterable[str]) -> list[list[str]]:
    """The lines of the session, then those of each section."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.lstrip().startswith("m="):
            parts.append([])
        parts[-1].append(line)
    return parts


def _attributes(part: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in _DESCRIBED_BY}
    for name, value in map(_attribute, part):
        if name is not None:
            found[name].append(value)
    return found


def _attribute(line: str) -> tuple[str | None, str]:
    """Which attribute of a transport a line is, and its value; None for all other lines."""
    name, _, value = line.strip().removeprefix("a=").partition(":")
    described = line.lstrip().startswith("a=") and name in _DESCRIBED_BY
    return (name, value) if described else (None, "")
