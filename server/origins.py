"""From which pages a socket may be opened.

A browser sends the page's origin with every websocket handshake, and the page cannot change it; so
a foreign page that rides on somebody's cookie is told from ours by that header alone. Origins are
compared whole: scheme, host and port. A look-alike (`https://topmoede.dk.evil.example`,
`https://eviltopmoede.dk`, another port) is as foreign as any other, and `null`, which a sandboxed
frame sends, is nobody's origin.

A client that is no browser sends no origin and no other's cookie either; it is let through, unless
a header that only browsers send says that it is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

BROWSER_ONLY = ("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
DEFAULT_PORTS = {"http": 80, "https": 443}

Parts = tuple[str, str, int]


class Origins:
    """The allow-list.

    Args:
        allowed: origins such as `https://topmoede.example`; a host may begin with `*.`, which
            stands for exactly one label.
        without: whether a handshake that no browser sent may have no origin.
    """

    def __init__(self, allowed: Iterable[str], *, without: bool = True) -> None:
        self._without = without
        self._exact: set[Parts] = set()
        self._one_label: set[Parts] = set()
        for origin in allowed:
            parts = _parts(origin)
            if parts is None:
                raise ValueError(f"expected an origin like https://host:port, got {origin!r}")
            scheme, host, port = parts
            if host.startswith("*."):
                self._one_label.add((scheme, host[2:], port))
            else:
                self._exact.add(parts)

    def allow(self, headers: Mapping[str, str]) -> bool:
        """Judge a handshake by its headers, whose names are in lower case."""
        origin = headers.get("origin")
        if origin is None:
            return self._without and not any(name in headers for name in BROWSER_ONLY)
        return self._known(origin)

    def allow_request(self, headers: Mapping[str, str]) -> bool:
        """Judge a plain GET, for which a browser names its origin only when it is a foreign one."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("same-origin", "same-site", "none")
        return self._known(origin)

    def _known(self, origin: str) -> bool:
        parts = _parts(origin)
        if parts is None:
            return False
        scheme, host, port = parts
        label, _, rest = host.partition(".")
        return parts in self._exact or (bool(label) and (scheme, rest, port) in self._one_label)


def _parts(origin: str) -> Parts | None:
    """Scheme, host and port of an origin; None for anything with more or less in it."""
    try:
        url = urlsplit(origin)
        port = url.port
    except ValueError:
        return None
    scheme, host = url.scheme.lower(), (url.hostname or "").lower()
    if scheme not in DEFAULT_PORTS or not host or url.username is not None:
        return None
    if url.path or url.query or url.fragment or origin.endswith(("?", "#", "/", "@")):
        return None
    return scheme, host, port or DEFAULT_PORTS[scheme]
