"""Requests as no decent client would make them: bytes on a line, one answer each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

ANSWER_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    body: bytes


async def ask(port: int, request: bytes) -> RawAnswer:
    """Sends these bytes on a connection of their own; the status is 0 where nothing came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            writer.write(request)
            answer = await reader.read(-1)
    except ConnectionError:
        answer = b""
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    return RawAnswer(int(words[1]) if len(words) > 1 else 0, body)


def get(target: bytes, *headers: bytes, host: bytes = b"127.0.0.1") -> bytes:
    """A GET of exactly this target."""
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: " + host, b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", b""])
