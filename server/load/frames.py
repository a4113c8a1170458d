"""Websocket frames as a client sees them: those from the server read, ours made. RFC 6455.

Ours are masked with a key of zeros, which leaves the payload as it is: masking guards proxies
against pages that choose their bytes, and these texts are our own.
"""

from __future__ import annotations

from collections.abc import Iterator

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
CONTINUED = 0x0
FINAL, MASKED = 0x80, 0x80
MESSAGE_BYTES = 16 * 1024 * 1024
HEAD_BYTES = 16 * 1024
NO_KEY = bytes(4)
ASKED = "dGhlIHNhbXBsZSBub25jZQ=="
ANSWERED = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""What RFC 6455, section 1.3, answers to ASKED."""


class Broken(Exception):
    """What came is no websocket of ours."""


def request(host: str, cookie: str) -> bytes:
    """The handshake's request; `host` with its port where it needs one."""
    return (
        f"GET /rt HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {ASKED}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: topmoede.v1\r\nCookie: {cookie}\r\n\r\n"
    ).encode("ascii")


def masked(payload: bytes, opcode: int = TEXT) -> bytes:
    """One final frame from a client, at most 65,535 bytes."""
    size_bytes = len(payload)
    if size_bytes < 126:
        head = bytes((FINAL | opcode, MASKED | size_bytes))
    else:
        head = bytes((FINAL | opcode, MASKED | 126)) + size_bytes.to_bytes(2, "big")
    return head + NO_KEY + payload


class Reader:
    """Takes bytes as they come; gives whole messages."""

    __slots__ = ("_fragments", "_rest", "_upgraded")

    def __init__(self) -> None:
        self._rest = b""
        self._fragments: list[bytes] = []
        self._upgraded = False

    @property
    def upgraded(self) -> bool:
        return self._upgraded

    def receive(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Messages and control frames by opcode, in order; to be gone through to the end.

        Raises:
            Broken: with what was expected.
        """
        self._rest += data
        if not self._upgraded:
            self._upgrade()
        return self._messages() if self._upgraded else iter(())

    def _messages(self) -> Iterator[tuple[int, bytes]]:
        data, at = self._rest, 0
        while (found := _frame(data, at)) is not None:
            head, start, at = found
            yield from self._whole(head, data[start:at])
        self._rest = data[at:]

    def _upgrade(self) -> None:
        head, end, rest = self._rest.partition(b"\r\n\r\n")
        if not end:
            if len(head) > HEAD_BYTES:
                raise Broken(f"expected a head of at most {HEAD_BYTES} bytes")
            return
        if not head.startswith(b"HTTP/1.1 101 ") or ANSWERED not in head:
            status = head.split(b"\r\n", 1)[0].decode("latin-1")
            raise Broken(f"expected 101 Switching Protocols; came {status:.60}")
        self._upgraded = True
        self._rest = rest

    def _whole(self, head: int, payload: bytes) -> Iterator[tuple[int, bytes]]:
        opcode, final = head & 0x0F, head & FINAL
        if opcode >= CLOSE or (final and opcode != CONTINUED):
            yield opcode, payload
            return
        self._fragments.append(payload)
        if sum(map(len, self._fragments)) > MESSAGE_BYTES:
            raise Broken(f"expected a message of at most {MESSAGE_BYTES} bytes")
        if final:
            joined, self._fragments = b"".join(self._fragments), []
            yield TEXT, joined


def _frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """The frame that begins at `at`: its first byte, where its payload starts and ends."""
    have = len(data) - at
    if have < 2:
        return None
    size_bytes, start = data[at + 1], at + 2
    if size_bytes & MASKED:
        raise Broken("expected a frame without a mask; servers never mask")
    if size_bytes >= 126:
        wide = 2 if size_bytes == 126 else 8
        if have < 2 + wide:
            return None
        start += wide
        size_bytes = int.from_bytes(data[at + 2 : start], "big")
        if size_bytes > MESSAGE_BYTES:
            raise Broken(f"expected a message of at most {MESSAGE_BYTES} bytes; came {size_bytes}")
    return (data[at], start, start + size_bytes) if len(data) - start >= size_bytes else None


def close_code(payload: bytes) -> int:
    """Why the server ends; 1005 when it says nothing."""
    return int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
