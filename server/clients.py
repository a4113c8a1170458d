"""One connected client of each kind: how objects reach it, how much is on its way, how it ends.

The gateway and the pump treat all alike. A `SocketClient` writes websocket messages to a sink; an
`EventClient` queues server-sent events for a response that is being streamed. Both hand over
without waiting; the bound is kept by those who write much, by looking at `buffered` first.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable

from server import server_frames
from server.access.actor import Actor
from server.connection import TOO_SLOW, Session
from server.gate import Gate
from server.ring import Payload
from server.sink import PAUSE_ABOVE_BYTES, Sink, text_frame
from server.subscriptions import Subscriber


class Client(ABC):
    """A client with its session, its rights and its place in the fan-out."""

    __slots__ = ("_room", "actor", "id", "on_drained", "session", "subscriber")

    def __init__(self, id: str, actor: Actor, session: Session) -> None:
        self.id = id
        self.actor = actor
        self.session = session
        self.subscriber = Subscriber(self)
        self.on_drained: Callable[[], None] | None = None
        self._room = Gate(is_open=False)

    @abstractmethod
    def say(self, frame: bytes) -> None:
        """Send one JSON object."""

    @abstractmethod
    def say_joined(self, frame: bytes, topic: str, epoch: str, cursor: int) -> None:
        """Send the answer to a join of a log, after which the client stands at `cursor`."""

    @abstractmethod
    def deliver(self, topic: str, payload: Payload) -> bool:
        """Write without waiting; False when the client is gone."""

    @abstractmethod
    def buffered(self) -> int:
        """Bytes written that have not left."""

    @abstractmethod
    def beat(self) -> None:
        """Show a sign of life and ask for one."""

    @abstractmethod
    def close(self, code: int, reason: str) -> None:
        """Say why and end, within a bounded while."""

    @abstractmethod
    def abort(self) -> None:
        """End at once."""

    @abstractmethod
    def take_signs(self) -> tuple[bool, bool]:
        """Whether anything was heard and written since this was last asked."""

    def cut(self) -> None:
        self.end(TOO_SLOW, "too slow")

    def end(self, code: int, reason: str) -> None:
        """Close, and wake whoever waits for room."""
        self.session.receive_end()
        self.close(code, reason)
        self._room.set()

    def drained(self) -> None:
        """There is room again, or the client is gone."""
        self._room.set()
        if self.on_drained is not None:
            self.on_drained()

    async def room(self) -> None:
        """Wait until the client has taken most of what it was sent, or is gone."""
        while self.buffered() > PAUSE_ABOVE_BYTES and not self.session.is_closed:
            self._room.clear()
            await self._room.wait()


class SocketClient(Client):
    """A client on a websocket."""

    __slots__ = ("_sink",)

    def __init__(self, id: str, actor: Actor, session: Session, sink: Sink) -> None:
        super().__init__(id, actor, session)
        self._sink = sink
        self.subscriber.way = sink

    def say(self, frame: bytes) -> None:
        self._sink.write(text_frame(frame))

    def say_joined(self, frame: bytes, topic: str, epoch: str, cursor: int) -> None:
        self.say(frame)

    def deliver(self, topic: str, payload: Payload) -> bool:
        return self._sink.write(payload.framed)

    def buffered(self) -> int:
        return self._sink.buffered()

    def beat(self) -> None:
        self._sink.ping()
        self.say(server_frames.BEAT)

    def close(self, code: int, reason: str) -> None:
        self._sink.close(code, reason)

    def abort(self) -> None:
        self._sink.abort()

    def take_signs(self) -> tuple[bool, bool]:
        return self._sink.take_heard(), self._sink.take_wrote()


class EventClient(Client):
    """A client on a stream of server-sent events.

    Each object is an event of its own. Where it moves a position, its `id:` carries the positions
    of all logs, so that `Last-Event-ID` alone is enough to go on.
    """

    __slots__ = ("_closed", "_filled", "_positions", "_queue", "_size_bytes", "_wrote")

    def __init__(self, id: str, actor: Actor, session: Session) -> None:
        super().__init__(id, actor, session)
        self._positions: dict[str, tuple[str, int]] = {}
        self._queue: list[bytes] = []
        self._size_bytes = 0
        self._filled = asyncio.Event()
        self._closed = False
        self._wrote = True

    def say(self, frame: bytes) -> None:
        self._put(b"data: %b\n\n" % frame)

    def say_joined(self, frame: bytes, topic: str, epoch: str, cursor: int) -> None:
        self._positions[topic] = (epoch, cursor)
        self._put(b"id: %b\ndata: %b\n\n" % (self._last_event_id(), frame))

    def deliver(self, topic: str, payload: Payload) -> bool:
        if topic not in self._positions:
            self.say(payload.frames[-1])
            return not self._closed
        epoch = self._positions[topic][0]
        first = payload.upto - len(payload.frames) + 1
        for seq, frame in enumerate(payload.frames, first):
            self.say_joined(frame, topic, epoch, seq)
        return not self._closed

    def buffered(self) -> int:
        return self._size_bytes

    def beat(self) -> None:
        self.say(server_frames.BEAT)

    def close(self, code: int, reason: str) -> None:
        self._put(b'event: close\ndata: {"code":%d}\n\n' % code)
        self._closed = True

    def abort(self) -> None:
        self._queue.clear()
        self._closed = True
        self._filled.set()

    def take_signs(self) -> tuple[bool, bool]:
        # Nothing is ever heard on this line; a dead one shows when it cannot be written to.
        wrote, self._wrote = self._wrote, False
        return True, wrote

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is to be sent, as it comes, until the end."""
        while self._queue or not self._closed:
            await self._filled.wait()
            self._filled.clear()
            if chunk := b"".join(self._queue):
                self._queue.clear()
                yield chunk
                # Only now has the server taken it.
                self._size_bytes -= len(chunk)
                self.drained()

    def _put(self, event: bytes) -> None:
        if not self._closed:
            self._wrote = True
            self._queue.append(event)
            self._size_bytes += len(event)
            self._filled.set()

    def _last_event_id(self) -> bytes:
        return ",".join(
            f"{topic}@{epoch}.{seq}" for topic, (epoch, seq) in self._positions.items()
        ).encode()
