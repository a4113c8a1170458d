"""The one way out: whatever somebody else's URL makes us fetch is fetched through here.

A URL is a foreigner's order to connect, so it is narrowed before it is followed (RELIABILITY T10):
https on port 443 or 80, no name and password in it. The host is resolved once, every address that
comes must be a public one (reachable.py), and the connection goes to exactly the address that was
looked at; TLS still proves the name. A redirect is a new URL and is looked at again, three times at
most. What comes is bounded in size and in time, asked for unpacked and refused packed. There are no
cookies, no credentials, no proxies from the environment, and nothing is fetched that was not asked
for by `fetch`.

One host may be excepted, `intranet`: exactly this host and port may be private, and be spoken to
without TLS. Only who runs the server can say so.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from streams.errors import Refused
from streams.feeds.reachable import why_unreachable

LONGEST_URL = 4096
MOST_REDIRECTS = 3
PORTS = frozenset({443, 80})
CONNECT_WITHIN_S = 5.0
QUIET_S = 10.0
"""No part of an answer may be waited for longer."""
_MOST_CONNECTIONS = 6
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEPT_IN_PATHS = "%/?:@!$&'()*+,;=-._~[]"
_HEADERS = (("User-Agent", "topmoede"), ("Accept", "*/*"), ("Accept-Encoding", "identity"))

Resolve = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads, looked at and found harmless in form."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The URL in one spelling."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of an answer is taken, and for how long."""

    size_bytes: int
    within_s: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; `url` is where it came from in the end."""

    url: str
    type: str
    body: bytes


def target_of(url: str, intranet: str | None = None) -> Target:
    """Where a URL leads.

    Args:
        intranet: `host:port` of the one host that may be spoken to without TLS.

    Raises:
        Refused: `bad_url`, `bad_scheme`, `bad_port`.
    """
    if len(url) > LONGEST_URL or any(sign <= " " or sign in "\\\x7f" for sign in url):
        raise Refused("bad_url", f"expected a URL; came {url[:80]!r}")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        host = host if ":" in host else host.encode("idna").decode()
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError as error:
        raise Refused("bad_url", f"expected a URL; {error}") from error
    excepted = intranet is not None and f"{host}:{port}" == intranet
    if parts.scheme != "https" and not (excepted and parts.scheme == "http"):
        raise Refused("bad_scheme", f"expected https; came {parts.scheme[:20]!r}")
    if not host or "%" in host or parts.username is not None or parts.password is not None:
        raise Refused("bad_url", "expected a host and no name or password in the URL")
    if port not in PORTS and not excepted:
        raise Refused("bad_port", f"expected port 443 or 80; came {port}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, quote(path, safe=_KEPT_IN_PATHS))


def joined(base: str, uri: str) -> str:
    """A URI where it was found, as a URL. Raises Refused `bad_url`."""
    try:
        return urljoin(base, uri)
    except ValueError as error:
        raise Refused("bad_url", f"expected a URL; {error}") from error


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, as the system's resolver says. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Pinned(httpcore.AsyncNetworkBackend):
    """Connects to the address that was looked at, never to a name."""

    def __init__(self, resolve: Resolve, intranet: str | None) -> None:
        self._resolve = resolve
        self._intranet = intranet
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._address(host, port)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise Refused("bad_scheme", "expected a host; came a local socket")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _address(self, host: str, port: int) -> str:
        """The one address to connect to. A host with a single forbidden one has none."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise Refused("unresolved", f"expected a host that exists; came {host}") from error
        if not addresses:
            raise Refused("unresolved", f"expected a host that exists; came {host}")
        if f"{host}:{port}" != self._intranet:
            for address in addresses:
                if why := why_unreachable(address):
                    detail = f"expected a public address; {host} has one that is {why}"
                    raise Refused("private_address", detail, why=why)
        return addresses[0]


class Outgoing:
    """Fetches for one purpose; its connections are its own.

    Args:
        intranet: `host:port` of the one host that may be private.
        resolve: names to addresses.
        trust: who may prove a name.
    """

    def __init__(
        self,
        intranet: str | None = None,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._intranet = intranet
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust or _trust(),
            max_connections=_MOST_CONNECTIONS,
            keepalive_expiry=30.0,
            network_backend=Pinned(resolve, intranet),
        )

    async def close(self) -> None:
        """Let go of every connection."""
        await self._pool.aclose()

    async def fetch(self, url: str, limit: Limit) -> Fetched:
        """Fetch one URL, following at most three redirects.

        Raises:
            Refused: `bad_url`, `bad_scheme`, `bad_port`, `private_address`, `unresolved`,
                `unreachable`, `too_many_redirects`, `not_found`, `bad_status`, `packed`,
                `too_large`, `too_slow`.
        """
        try:
            async with asyncio.timeout(limit.within_s):
                for _ in range(MOST_REDIRECTS + 1):
                    answer = await self._ask(target_of(url, self._intranet), limit)
                    if isinstance(answer, Fetched):
                        return answer
                    url = joined(url, answer)
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise Refused("too_slow", f"expected an answer within {limit.within_s} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            name = type(error).__name__
            raise Refused("unreachable", f"expected an answer; came {name}") from error
        raise Refused("too_many_redirects", f"expected at most {MOST_REDIRECTS} redirects")

    async def _ask(self, target: Target, limit: Limit) -> Fetched | str:
        """One request; gives the answer, or where it sends us."""
        quiet_s = min(QUIET_S, limit.within_s)
        waits = {"connect": CONNECT_WITHIN_S, "read": quiet_s, "write": quiet_s, "pool": quiet_s}
        async with self._pool.stream(
            "GET", target.url, headers=list(_HEADERS), extensions={"timeout": waits}
        ) as answer:
            headers = {
                name.lower(): value.decode("latin-1")
                for name, value in ((n.decode("latin-1"), v) for n, v in answer.headers)
            }
            if answer.status in _REDIRECTS and "location" in headers:
                return headers["location"]
            _check(answer.status, headers, limit)
            body = bytearray()
            async for chunk in answer.aiter_stream():
                body += chunk
                if len(body) > limit.size_bytes:
                    raise _too_large(limit)
        return Fetched(target.url, headers.get("content-type", ""), bytes(body))


@cache
def _trust() -> ssl.SSLContext:
    """Who may prove a name: whom the system trusts. Read once, it takes a while."""
    return ssl.create_default_context()


def _check(status: int, headers: dict[str, str], limit: Limit) -> None:
    """Whether an answer is to be read at all."""
    if status in (404, 410):
        raise Refused("not_found", f"expected something there; came {status}")
    if status != 200:
        raise Refused("bad_status", f"expected status 200; came {status}")
    packed = headers.get("content-encoding", "identity")
    if packed != "identity":
        raise Refused("packed", f"expected an answer that is not packed; came {packed[:20]!r}")
    stated = headers.get("content-length", "0")
    if stated.isdigit() and int(stated) > limit.size_bytes:
        raise _too_large(limit)


def _too_large(limit: Limit) -> Refused:
    return Refused("too_large", f"expected at most {limit.size_bytes} bytes; more was coming")
