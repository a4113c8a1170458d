"""The short way to the socket: finished websocket frames, written straight to the transport.

ASGI's `send` costs about as much as the kernel's own work for one frame, and it waits. A message
that a thousand people get is therefore framed once and handed to each connection's transport.
The way there is an ASGI extension: `scope["extensions"]["topmoede.sink"]`, put there by the
websocket class below, which uvicorn is given as its `ws` option. Where the extension is absent
(another server, a test client) `asgi_sink.AsgiSink` does the same over `send`.

What the class adds to uvicorn's own, and why:

* No extension is offered, whatever the configuration says: deflate would cost 35 KiB for each
  connection and every frame a packing of its own.
* The kernel's send buffer is bounded. Linux otherwise takes some 3.8 MB for a client that has
  stopped reading before anybody here hears of it.
* Closing never waits for a client: what is unsent after the grace is dropped. A frame that is too
  large is read to its end before the connection closes, else the reset would overtake the 1009.
* Beats are the gateway's; uvicorn's own pings are off.
* Lines that end or begin by the thousand in one instant are seen to some at a time (`turns`).

The parts of uvicorn that this leans on are named in `USED_OF_UVICORN`, and a test holds them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request

from server.client_frames import MESSAGE_BYTES
from server.gate import Gate
from server.inbox import Inbox
from server.sink import EXTENSION, PAUSE_ABOVE_BYTES, PING, RESUME_BELOW_BYTES, held
from server.turns import TurnsOfLoops

GATHERED_AT_MOST_BYTES = 16 * 1024
KERNEL_SEND_BYTES = 32 * 1024
KERNEL_UNSENT_BYTES = 16 * 1024
CLOSE_GRACE_S = 2.0

DEPARTURES = TurnsOfLoops(32)

USED_OF_UVICORN = (
    "close_sent",
    "close_timer",
    "conn",
    "connection_lost",
    "connection_made",
    "curr_msg_data_type",
    "disconnected",
    "data_received",
    "eof_received",
    "frames",
    "handle_close",
    "handle_connect",
    "handle_parser_exception",
    "handshake_complete",
    "loop",
    "ping_interval",
    "queue",
    "pause_writing",
    "read_paused",
    "request",
    "response",
    "resume_writing",
    "scope",
    "send",
    "send_receive_event_to_app",
    "shutdown",
    "transport",
    "writable",
)


class DirectSink:
    """The sink of one uvicorn connection.

    The protocol says when it opens, fills and drains. In between nothing needs to be asked:
    `offer` is the transport's own `write` or `held`, so that a frame's way is one call.

    What is written by `write` in one step of the loop leaves together at its end: a page that comes
    back gets its welcome and the answers to eight joins by one call of the system, not nine. What
    is offered meanwhile goes behind it.
    """

    __slots__ = (
        "_full",
        "_gathered",
        "_gathered_bytes",
        "_is_closing",
        "_open",
        "_protocol",
        "_write",
        "heard",
        "offer",
        "on_drained",
        "wrote",
    )

    def __init__(self, protocol: DirectWebSocket) -> None:
        self._protocol = protocol
        self._write = protocol.transport.write
        self._is_closing = protocol.transport.is_closing
        self.offer: Callable[[bytes], bool | None] = held
        self.on_drained: Callable[[], None] | None = None
        self._open = False
        self._full = False
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self.heard = True
        self.wrote = True

    def receive_open(self, is_open: bool) -> None:
        """The handshake is done, or the end has begun."""
        if not is_open:
            self._send_gathered()
        self._open = is_open
        self._choose_way()

    def receive_full(self, is_full: bool) -> None:
        """The transport holds more than PAUSE_ABOVE_BYTES, or has got rid of nearly all."""
        self._full = is_full
        self._choose_way()
        if not is_full:
            self.drained()

    def _choose_way(self) -> None:
        if not self._open or self._full:
            self.offer = held
        else:
            self.offer = self._gather if self._gathered else self._write

    def write(self, frame: bytes) -> bool:
        if not self._open or self._is_closing():
            return False
        self.wrote = True
        if not self._gathered:
            self._protocol.loop.call_soon(self._send_gathered)
        self._gather(frame)
        self._choose_way()
        return True

    def _gather(self, frame: bytes) -> None:
        self._gathered.append(frame)
        self._gathered_bytes += len(frame)
        if self._gathered_bytes > GATHERED_AT_MOST_BYTES:
            self._send_gathered()

    def _send_gathered(self) -> None:
        gathered, self._gathered, self._gathered_bytes = self._gathered, [], 0
        if gathered and not self._is_closing():
            self._write(b"".join(gathered))
        self._choose_way()

    def buffered(self) -> int:
        return self._protocol.transport.get_write_buffer_size()

    def ping(self) -> None:
        self.write(PING)

    def close(self, code: int, reason: str) -> None:
        self._protocol.close_within_grace(code, reason)

    def abort(self) -> None:
        self._gathered.clear()
        self.receive_open(False)
        self._protocol.transport.abort()

    def drained(self) -> None:
        if self.on_drained is not None:
            self.on_drained()

    def take_heard(self) -> bool:
        heard, self.heard = self.heard, False
        return heard

    def take_wrote(self) -> bool:
        wrote, self.wrote = self.wrote, False
        return wrote


class DirectWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's websocket with a direct way out; `uvicorn.Config(ws=DirectWebSocket)`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn.available_extensions = ()
        self.conn.max_message_size, self.conn.max_fragment_size = MESSAGE_BYTES, None
        self.ping_interval = None
        self.queue = Inbox()  # type: ignore[assignment]
        self.writable = Gate(is_open=True)  # type: ignore[assignment]
        self.sink: DirectSink | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        bound_kernel_buffer(self.transport.get_extra_info("socket"))
        self.transport.set_write_buffer_limits(high=PAUSE_ABOVE_BYTES, low=RESUME_BELOW_BYTES)

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if self.close_sent:
            # After a refusal with a body uvicorn would log that nobody answered the handshake.
            self.handshake_complete = True
        if self.sink is not None:
            self.sink.receive_open(self.handshake_complete and not self.close_sent)
            if self.handshake_complete:
                self._forget_handshake()

    def _forget_handshake(self) -> None:
        """Nobody asks for headers any more, and as they lie here a browser's are 7 KiB: the parser
        keeps what it read, and ASGI has a list of its own."""
        asgi = self.scope["headers"]
        assert isinstance(asgi, list)
        for headers in (asgi, self.request.headers, self.response.headers):
            headers.clear()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.sink = DirectSink(self)
            extensions: dict[str, Any] | None = self.scope["extensions"]
            assert extensions is not None
            extensions[EXTENSION] = self.sink

    def data_received(self, data: bytes) -> None:
        if self.sink is not None:
            self.sink.heard = True
        if self.conn.parser_exc is None:
            super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not is_utf8(b"".join(self.frames)):
            # A client's mistake, for which uvicorn would log an error with its traceback.
            self.frames = []
            self.conn.send_close(1007, "expected UTF-8")
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.sink is not None:
            self.sink.receive_full(True)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.sink is not None:
            self.sink.receive_full(False)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_sink()
        self.disconnected = True
        turns = DEPARTURES.of(self.loop)
        if turns.take():
            self._let_go(exc)
        else:
            turns.later(lambda: self._let_go(exc))

    def _let_go(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.sink is not None:
            # Who waits for room need not wait any longer. Then let go: sink and protocol hold
            # each other, and the scope holds both.
            self.sink.drained()
            self.sink.on_drained = None
            self.scope["extensions"] = {}
            self.sink = None
        # So do the reader of frames and its generator, which waits for more in the middle of one.
        self.conn.parser.close()

    def handle_parser_exception(self) -> None:
        closed = self.conn.close_sent
        assert closed is not None
        self._end(closed.code, closed.reason)
        # The parser will not see the answer to our close; the end of our half asks for theirs.
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def close_within_grace(self, code: int, reason: str) -> None:
        """Send a close frame, tell the application, and wait a bounded while for the answer."""
        if self.close_sent or not self.handshake_complete or self.transport.is_closing():
            return
        self.conn.send_close(code, reason)
        self._end(code, reason)

    def handle_close(self, event: Frame) -> None:
        self._end_sink()
        super().handle_close(event)

    def eof_received(self) -> None:
        self._end_sink()
        super().eof_received()

    def shutdown(self) -> None:
        if self.disconnected:
            return  # it waits for its turn to be let go
        self._end_sink()
        super().shutdown()
        # A graceful close waits for what is unsent, and a frozen client takes nothing.
        self.loop.call_later(CLOSE_GRACE_S, self.transport.abort)

    def _end_sink(self) -> None:
        if self.sink is not None:
            self.sink.receive_open(False)

    def _end(self, code: int, reason: str) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self._end_sink()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSE_GRACE_S, self.transport.abort)


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def bound_kernel_buffer(sock: socket.socket | None) -> None:
    """Keep the kernel from hiding a client that does not read."""
    if sock is None:
        return
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_SEND_BYTES)
        # Linux and macOS have it; elsewhere the send buffer alone is the bound.
        if (option := getattr(socket, "TCP_NOTSENT_LOWAT", None)) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, KERNEL_UNSENT_BYTES)
