"""Where the finished frames of one client go, whatever server stands below.

A frame that a thousand people get is made once, as bytes, and handed to each client's sink: over
uvicorn the transport's own (`transport.DirectSink`, by the ASGI extension named here), over any
other server ASGI's `send` (`asgi_sink.AsgiSink`). Who writes looks at how much is unsent: above
one bound the client is held back, below the other it may go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

EXTENSION = "topmoede.sink"
PAUSE_ABOVE_BYTES = 64 * 1024
RESUME_BELOW_BYTES = 16 * 1024

TEXT = 0x81
PING = b"\x89\x00"


class Sink(Protocol):
    """Where the finished frames of one client go.

    Frames leave in the order they were written. A write never waits and never raises; one that
    returns False has gone nowhere, now or ever, because the connection is over. Nothing is
    dropped in between: the caller looks at `buffered` and holds back.
    """

    on_drained: Callable[[], None] | None
    """Called when a sink that held more than PAUSE_ABOVE_BYTES is nearly empty again."""

    @property
    def offer(self) -> Callable[[bytes], bool | None]:
        """The short way for finished frames: takes one and returns None, or returns True when it
        is held back, because more than PAUSE_ABOVE_BYTES is unsent or the connection is over."""

    def write(self, frame: bytes) -> bool:
        """Take one or several finished websocket frames."""

    def buffered(self) -> int:
        """Bytes taken that the kernel has not; but for the last few that are about to go."""

    def ping(self) -> None:
        """Ask for a sign of life."""

    def close(self, code: int, reason: str) -> None:
        """Say why and end; what the client will not take within a grace is dropped."""

    def abort(self) -> None:
        """End at once, without a word."""

    def take_heard(self) -> bool:
        """Whether anything has come from the client since this was last asked."""

    def take_wrote(self) -> bool:
        """Whether anything was written since this was last asked.

        What went the short way is not counted: who only listens is asked for a sign of life anyway.
        """


def text_frame(payload: bytes) -> bytes:
    """Frame a text message as a server does: final, unmasked. RFC 6455, section 5.2."""
    size_bytes = len(payload)
    if size_bytes < 126:
        return bytes((TEXT, size_bytes)) + payload
    if size_bytes < 65536:
        return bytes((TEXT, 126)) + size_bytes.to_bytes(2, "big") + payload
    return bytes((TEXT, 127)) + size_bytes.to_bytes(8, "big") + payload


def payload_of(frame: bytes) -> bytes:
    """What `text_frame` was given."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


def held(_frame: bytes) -> bool:
    """The short way that is closed."""
    return True
