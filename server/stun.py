"""A STUN binding request (RFC 8489 5 and 6): does a server for WebRTC's way through answer at all.

A TURN server answers a binding request without credentials, so one question does for both. What is
asked is never more than the servers that the installation itself is set to use.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from dataclasses import dataclass

MAGIC = 0x2112A442
REQUEST, SUCCESS, ERROR = 0x0001, 0x0101, 0x0111
DEFAULT_PORTS = {"stun": 3478, "turn": 3478, "stuns": 5349, "turns": 5349}
ASK_AGAIN_AFTER_S = (0.5, 1.0, 1.5)
_HEADER = struct.Struct("!HHI12s")


@dataclass(frozen=True, slots=True)
class IceAddress:
    """Where a `stun:`, `turn:`, `stuns:` or `turns:` URL leads (RFC 7064, RFC 7065)."""

    scheme: str
    host: str
    port: int
    transport: str


def read_address(url: str) -> IceAddress | None:
    """The address in a URL; None for anything else."""
    scheme, _, rest = url.partition(":")
    where, _, query = rest.partition("?")
    host, colon, port = where.rpartition(":") if not where.endswith("]") else (where, "", "")
    if not colon:
        host, port = where, ""
    if scheme not in DEFAULT_PORTS or not host.strip("[]") or (port and not port.isdecimal()):
        return None
    transport = "tcp" if "transport=tcp" in query or scheme.endswith("s") else "udp"
    return IceAddress(scheme, host.strip("[]"), int(port or DEFAULT_PORTS[scheme]), transport)


def binding_request(transaction: bytes) -> bytes:
    """A request without attributes; the transaction id is twelve bytes."""
    return _HEADER.pack(REQUEST, 0, MAGIC, transaction)


def answers(data: bytes, transaction: bytes) -> bool:
    """Whether these bytes are the answer to that request, any kind of it."""
    if len(data) < _HEADER.size:
        return False
    kind, _, magic, id = _HEADER.unpack_from(data)
    return kind in (SUCCESS, ERROR) and magic == MAGIC and id == transaction


async def responds(address: IceAddress) -> bool:
    """Whether the server answers, asked three times within three seconds; TCP: whether it opens.

    Raises:
        OSError: when the name or the route is unknown.
    """
    if address.transport == "tcp":
        async with asyncio.timeout(sum(ASK_AGAIN_AFTER_S)):
            _, writer = await asyncio.open_connection(address.host, address.port)
        writer.close()
        return True
    loop, transaction = asyncio.get_running_loop(), secrets.token_bytes(12)
    answered = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Listener(transaction, answered), remote_addr=(address.host, address.port)
    )
    try:
        for wait_s in ASK_AGAIN_AFTER_S:
            transport.sendto(binding_request(transaction))
            done, _ = await asyncio.wait([answered], timeout=wait_s)
            if done:
                return bool(answered.result())
        return False
    finally:
        transport.close()


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, transaction: bytes, answered: asyncio.Future[bool]) -> None:
        self._transaction = transaction
        self._answered = answered

    def datagram_received(self, data: bytes, addr: object) -> None:
        if answers(data, self._transaction) and not self._answered.done():
            self._answered.set_result(True)

    def error_received(self, exc: Exception) -> None:
        """Refused by the other machine: no server there."""
        if not self._answered.done():
            self._answered.set_result(False)
