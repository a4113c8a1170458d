"""One socket to the server, as bare as it can be: the generator must not be what is measured.

A protocol on the loop's own transport: no task, no queue, no lock for a connection. Every message
is handed over as it is read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from server.errors import Unusable
from server.load import frames
from server.load.coming_back import LOST

SMALL_RECEIVE_BYTES = 4096
"""What a frozen client's kernel takes for it: a phone in a pocket, not a server's megabytes."""


class Line(asyncio.Protocol):
    """A websocket from handshake to end.

    Args:
        opened: called when the handshake is done; the first word is ours.
        heard: called with each message.
    """

    def __init__(
        self, request: bytes, opened: Callable[[], None], heard: Callable[[bytes], None]
    ) -> None:
        self._request = request
        self._opened = opened
        self._heard = heard
        self._reader = frames.Reader()
        self._transport: asyncio.Transport | None = None
        self._code = LOST
        self.fault = ""
        """What was wrong with what came, when that ended the line."""
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """Done with the code of the close when the line is over, whoever ended it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one by what it does, and by nothing else.
        self._transport = cast("asyncio.Transport", transport)
        self._write(self._request)

    def data_received(self, data: bytes) -> None:
        was_open = self._reader.upgraded
        try:
            messages = self._reader.receive(data)
            if not was_open and self._reader.upgraded:
                self._opened()
            for opcode, payload in messages:
                self._take(opcode, payload)
        except (frames.Broken, ValueError, LookupError) as error:
            self.fault = f"{type(error).__name__}: {error}"
            self.abort()

    def _take(self, opcode: int, payload: bytes) -> None:
        match opcode:
            case frames.TEXT:
                self._heard(payload)
            case frames.PING:
                self._write(frames.masked(payload, frames.PONG))
            case frames.CLOSE:
                self._code = frames.close_code(payload)
                self._write(frames.masked(payload[:2], frames.CLOSE))
                if self._transport is not None:
                    self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self.ended.done():
            self.ended.set_result(self._code)

    def say(self, *objects: bytes) -> None:
        """Send JSON objects, each as a message."""
        self._write(b"".join(map(frames.masked, objects)))

    def freeze(self) -> None:
        """Stop reading, as a page does whose machine is asleep."""
        if self._transport is not None:
            self._transport.pause_reading()

    def thaw(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def abort(self) -> None:
        """End without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


@dataclass(frozen=True, slots=True)
class Target:
    """The only place that anything is sent to."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return name if self.port == usual else f"{name}:{self.port}"

    @property
    def base(self) -> str:
        return f"{self.scheme}://{self.authority}"


def target_of(url: str) -> Target:
    """A server by its address. Raises Unusable unless that is scheme, host and port alone."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        port = 0
    if not port or not parts.hostname or parts.username or parts.path.strip("/") or parts.query:
        raise Unusable(f"expected http(s)://HOST[:PORT] and nothing after it; came {url!r:.80}")
    return Target(parts.scheme, parts.hostname, port)


class Way:
    """How connections to the target are opened; its name is looked up once."""

    def __init__(self, target: Target, family: int, address: Any) -> None:
        self._target = target
        self._family = family
        self._address = address
        self._tls = ssl.create_default_context() if target.scheme == "https" else None

    @classmethod
    async def to(cls, target: Target) -> Way:
        """Raises Unusable when there is no such host."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unusable(f"expected a host at {target.base}; {error}") from error
        return cls(target, found[0][0], found[0][4])

    async def open(self, line: Line, *, small: bool = False) -> None:
        """Connect a line. Raises OSError.

        Args:
            small: with a small kernel buffer, for who is going to stop reading.
        """
        loop = asyncio.get_running_loop()
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if small:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_RECEIVE_BYTES)
            await loop.sock_connect(sock, self._address)
            name = self._target.host if self._tls else None
            await loop.create_connection(
                lambda: line, sock=sock, ssl=self._tls, server_hostname=name
            )
        except BaseException:
            sock.close()
            raise
