"""The long way to the socket: a sink over ASGI's `send`, for servers without our extension."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.websockets import WebSocketDisconnect

from server.sink import PAUSE_ABOVE_BYTES, RESUME_BELOW_BYTES, payload_of

ASGISend = Callable[[Any], Awaitable[None]]


class AsgiSink:
    """Queues finished frames and sends their payloads one after the other.

    `run` must be running beside it; it returns when the connection is over. ASGI knows no PING, so
    `ping` does nothing: the beat, which a page answers when it is worried, has to be enough, and
    `take_heard` never calls a client silent.
    """

    def __init__(self, send: ASGISend) -> None:
        self._send = send
        self._queue: deque[bytes] = deque()
        self._size_bytes = 0
        self._filled = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._over = False
        self._wrote = True
        self.on_drained: Callable[[], None] | None = None

    def offer(self, frame: bytes) -> bool | None:
        if self._size_bytes <= PAUSE_ABOVE_BYTES and self.write(frame):
            return None
        return True

    def write(self, frame: bytes) -> bool:
        if self._over or self._closing is not None:
            return False
        self._wrote = True
        self._queue.append(frame)
        self._size_bytes += len(frame)
        self._filled.set()
        return True

    def buffered(self) -> int:
        return self._size_bytes

    def ping(self) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._closing = (code, reason)
            self._filled.set()

    def abort(self) -> None:
        self._queue.clear()
        self.close(1011, "")

    def take_heard(self) -> bool:
        return True

    def take_wrote(self) -> bool:
        wrote, self._wrote = self._wrote, False
        return wrote

    async def run(self) -> None:
        try:
            while self._queue or self._closing is None:
                await self._filled.wait()
                self._filled.clear()
                await self._send_queued()
            code, reason = self._closing
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, WebSocketDisconnect):
            # The client has gone; its end of the conversation is told by `receive`.
            pass
        finally:
            self._over = True
            self._drained()

    async def _send_queued(self) -> None:
        was_full = self._size_bytes > PAUSE_ABOVE_BYTES
        while self._queue:
            frame = self._queue.popleft()
            await self._send({"type": "websocket.send", "text": payload_of(frame).decode()})
            was_full = was_full or self._size_bytes > PAUSE_ABOVE_BYTES
            self._size_bytes -= len(frame)
            if was_full and self._size_bytes <= RESUME_BELOW_BYTES:
                was_full = False
                self._drained()

    def _drained(self) -> None:
        if self.on_drained is not None:
            self.on_drained()
