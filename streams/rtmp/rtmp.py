"""RTMP's edge: encoders in, publishers for the desk out.

One `RtmpServer` per media process, on a socket that listens already. An encoder publishes to
`rtmp://HOST:PORT/live/KEY`; the key alone names one input of one source, as with WHIP. Nothing is
taken over by a key alone: only an encoder's first whole picture replaces what delivered on that
input, whichever way that came.

What strangers may cost is bounded. A connection has PUBLISH_WITHIN_S from its first byte to a key
that is right, however slowly it talks; the session bounds what it may say. There are so many
connections and no more: where one too many comes, the oldest that does not publish makes room, and
where all publish the new one is closed. A wrong key is refused after a pause that is always the
same. Who publishes but brings no tag for `idle_s` is let go.

Nothing is queued here: a tag goes through to the packager before the next bytes are read, so a
sender that is faster than we are is held back by TCP. The key is never logged, nor is the address.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass

from streams.errors import Refused
from streams.rtmp.chunkstream import Broken
from streams.rtmp.flvpublisher import FlvPublisher, Recoding
from streams.rtmp.rtmpsession import HANDSHAKE_BYTES, Left, PublishAsked, RtmpSession, State, Tag
from streams.segments import AccessUnit, Lane
from streams.sound.sound import Sound
from streams.sound.sounddecoder import AnyToAac
from streams.sound.soundform import SoundForm
from streams.timeline import EventClock
from streams.webrtc.publisher import Emit, Now
from streams.webrtc.session import Clock
from streams.webrtc.whip import Input

log = logging.getLogger("topmoede.rtmp")

READ_BYTES = 16 * 1024
_CHALLENGE_BYTES = HANDSHAKE_BYTES - 8
_SEE_OUT_WITHIN_S = 1.0
_JOIN_WITHIN_S = 5.0
_ACCEPT_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class RtmpSettings:
    """How encoders are taken in.

    Args:
        most_connections: publishing or not.
        publish_within_s: from the connection to a right key.
        idle_s: a publisher that brings no tag for so long is let go.
        refuse_after_s: how long a wrong key waits for its answer.
    """

    most_connections: int = 32
    publish_within_s: float = 10.0
    idle_s: float = 10.0
    refuse_after_s: float = 0.5


class Connection:
    """An encoder's connection: the live source that the desk packages.

    `emit` is called in the event loop. `on_lost` is called once, with the reason, when the encoder
    is gone by itself; not after `close`.
    """

    def __init__(
        self,
        server: RtmpServer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.place: Input | None = None
        self.on_lost: Callable[[str], None] | None = None
        self.ended = False
        self._server = server
        self._reader, self._writer = reader, writer
        self._session = RtmpSession(secrets.token_bytes(_CHALLENGE_BYTES))
        self._publisher = FlvPublisher(server.now, server.clock.monotonic(), self._recode)
        self._sounds: list[Sound] = []
        self._emit: Emit | None = None
        self._connected = False

    @property
    def publishing(self) -> bool:
        """Whether it has shown a right key."""
        return self._session.state is State.PUBLISHING

    # -- for the desk

    def start(self, emit: Emit) -> None:
        """Hand out access units of both lanes from the IDR on that is in hand."""
        self._emit = emit

    def request_keyframe(self) -> None:
        """RTMP has no way to ask for one; the next comes when it comes."""

    def close(self) -> None:
        """End it; the encoder is told, the socket goes in the background. Twice does nothing."""
        self.on_lost = None
        if self.ended:
            return
        self._session.fail("Another encoder has taken over, or the studio has closed.")
        self.end("closed")
        self._writer.write(self._session.data_to_send())
        self._writer.close()

    def health(self) -> dict[str, object]:
        """Figures for backstage: publisher.Health by name."""
        return asdict(self._publisher.health(self._server.clock.monotonic()))

    # -- for the server

    def end(self, code: str) -> None:
        """Nothing comes out from here on; tells who wants to know, once."""
        if self.ended:
            return
        self.ended = True
        self._emit = None
        self._publisher.close()
        if self.place is not None:
            log.info("encoder gone", extra={"source": self.place.source, "code": code})
        on_lost, self.on_lost = self.on_lost, None
        if on_lost is not None:
            on_lost(code)

    def abort(self) -> None:
        """Let go of the socket at once."""
        self._writer.transport.abort()

    async def serve(self) -> str:
        """Read until it is over.

        Returns:
            Why, as a code.

        Raises:
            Broken, TimeoutError, OSError: what was expected did not come.
        """
        settings, loop = self._server.settings, asyncio.get_running_loop()
        code = ""
        async with asyncio.timeout(settings.publish_within_s) as limit:
            while not code:
                data = await self._reader.read(READ_BYTES)
                if not data or self.ended:
                    return "closed"
                for event in self._session.receive(data):
                    match event:
                        case PublishAsked(key):
                            code = await self._judge(key)
                            limit.reschedule(loop.time() + settings.idle_s)
                        case Tag():
                            code = code or self._take(event)
                            limit.reschedule(loop.time() + settings.idle_s)
                        case Left():
                            code = code or event.code
                await self._send()
        self.end(code)
        await self._see_out()
        return code

    async def join(self) -> None:
        """Wait for the threads of its sound."""
        for sound in self._sounds:
            await asyncio.to_thread(sound.join, _JOIN_WITHIN_S)

    async def _judge(self, key: str) -> str:
        """Accept a right key; returns the code of a refusal."""
        self.place = self._server.place_of(key)
        if self.place is not None:
            self._session.accept()
            log.info("encoder publishes", extra={"source": self.place.source})
            return ""
        await asyncio.sleep(self._server.settings.refuse_after_s)
        self._session.refuse("Expected the key of an input; came another.")
        log.info("encoder refused", extra={"code": "wrong_key"})
        return "wrong_key"

    def _take(self, tag: Tag) -> str:
        """One tag through to the desk; returns the code of a refusal."""
        if self.ended:
            return "closed"
        try:
            units = self._publisher.receive(tag, self._server.clock.monotonic())
        except Refused as refused:
            self._session.fail(refused.detail)
            return refused.code
        for unit in units:
            if not self._connected and unit.lane is Lane.VIDEO and unit.key:
                self._connected = True
                self._server.on_connected(self)
            if self._emit is not None:
                self._emit(unit)
        return ""

    def _recode(self, config: bytes) -> Recoding:
        """A thread that codes sound anew; the last one's has been told to end."""
        call_soon = asyncio.get_running_loop().call_soon_threadsafe
        sound = Sound(call_soon, self._deliver, lane=lambda: AnyToAac(SoundForm("aac", config)))
        self._sounds = [*(each for each in self._sounds if each.alive), sound]
        return sound

    def _deliver(self, units: list[AccessUnit]) -> None:
        for unit in units:
            if self._emit is not None:
                self._emit(unit)

    async def _send(self) -> None:
        data = self._session.data_to_send()
        if data and not self.ended:
            self._writer.write(data)
            await self._writer.drain()

    async def _see_out(self) -> None:
        """Lets the encoder hear the last word: a socket closed over unread bytes takes it back."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_SEE_OUT_WITHIN_S):
                self._writer.write_eof()
                while await self._reader.read(READ_BYTES):
                    pass


class RtmpServer:
    """All RTMP connections of one media process.

    Args:
        keys: each key and the input that it opens.
        clock: wall and monotonic time.
        event_clock: what access units are stamped in.
        on_connected: called in the loop with a publisher that has its first whole picture in hand;
            the desk starts it there.
    """

    def __init__(
        self,
        keys: Mapping[str, Input],
        clock: Clock,
        event_clock: EventClock,
        on_connected: Callable[[Connection], None],
        settings: RtmpSettings | None = None,
    ) -> None:
        self.settings = settings or RtmpSettings()
        self.clock = clock
        self.now = Now(clock.monotonic(), event_clock.ticks(clock.wall()))
        self.on_connected = on_connected
        self._keys = keys
        self._connections: dict[Connection, None] = {}

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Those that are open, oldest first."""
        return tuple(self._connections)

    def place_of(self, key: str) -> Input | None:
        """The input that a key opens; every key is compared, each in constant time."""
        came = key.encode()
        opened = [
            place
            for known, place in self._keys.items()
            if hmac.compare_digest(known.encode(), came)
        ]
        return opened[0] if opened and key else None

    async def run(self, listener: socket.socket) -> None:
        """Take encoders in until cancelled; returns when every one is closed.

        Args:
            listener: bound and listening; it stays open.
        """
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as serving:
            while True:
                try:
                    accepted, _ = await loop.sock_accept(listener)
                except OSError as error:
                    log.warning("no encoder could be accepted", extra={"code": str(error.errno)})
                    await asyncio.sleep(_ACCEPT_AGAIN_S)
                    continue
                serving.create_task(self._serve(accepted))

    async def _serve(self, accepted: socket.socket) -> None:
        if not self._has_room():
            accepted.close()
            return
        try:
            reader, writer = await asyncio.open_connection(sock=accepted, limit=READ_BYTES)
        except OSError:
            accepted.close()
            return
        connection = Connection(self, reader, writer)
        self._connections[connection] = None
        try:
            connection.end(await self._outcome(connection))
        except Exception:
            log.exception("an encoder's connection failed")
        finally:
            self._connections.pop(connection, None)
            connection.end("closed")
            connection.abort()
            await connection.join()

    async def _outcome(self, connection: Connection) -> str:
        """Serves a connection; why it ended, as a code."""
        try:
            return await connection.serve()
        except Broken as broken:
            log.info("no RTMP: %s", broken, extra={"code": "broken"})
            return "broken"
        except TimeoutError:
            return "silent" if connection.publishing else "never_published"
        except OSError:
            return "lost"

    def _has_room(self) -> bool:
        """Whether another may come in; the oldest that does not publish makes room."""
        if len(self._connections) < self.settings.most_connections:
            return True
        for connection in self._connections:
            if not connection.publishing:
                del self._connections[connection]
                connection.end("displaced")
                connection.abort()
                return True
        return False
