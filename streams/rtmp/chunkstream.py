"""RTMP's chunk stream: bytes of a connection in, messages out (RTMP 1.0, 5.3 and 5.4).

A message is cut into *chunks*, so that a large picture does not hold up the sound. Chunks belong to
numbered *chunk streams*; within one, a message is finished before the next begins, and across them
they come in any order. A chunk's header says as little as it can:

    format 0    time, length, type, message stream         everything anew
    format 1    time since the last, length, type          same message stream
    format 2    time since the last                        same length and type
    format 3    nothing                                    goes on, or a message like the last

A time that does not fit in three bytes follows in four more (*extended*), again in every chunk of
format 3. Some encoders leave it out there; since it can only repeat, it is read where it does and
taken for payload where it does not. A format 3 that begins a message after a format 0 adds that
one's whole time, as the specification says and FFmpeg does.

`ChunkReader` keeps what is incomplete and nothing else: at most one header's bytes, and the
beginnings of messages. Their sizes are bounded one by one and together, the number of chunk streams
is, and nothing is set aside for a length that was only promised. What breaks a rule or a bound is
`Broken`; the connection is of no use then, because nobody can tell where the next chunk begins.

Set Chunk Size and Abort (5.4.1, 5.4.2) are obeyed here and handed on to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

CHUNK_BYTES_AT_FIRST = 128
MOST_CHUNK_STREAMS = 16
MOST_COMMAND_BYTES = 64 * 1024
MOST_MEDIA_BYTES = 4 * 1024 * 1024
"""A picture of four megabytes, at 30 a second, is a gigabit."""
MOST_WAITING_BYTES = 2 * MOST_MEDIA_BYTES
CONTROL_CHUNKS = 2
_EXTENDED = 0xFFFFFF
_WRAP = 1 << 32
_HEADER_BYTES = (11, 7, 3, 0)


class Kind(IntEnum):
    """Message types that are looked at."""

    SET_CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW_SIZE = 5
    PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    DATA_AMF3 = 15
    COMMAND_AMF3 = 17
    DATA = 18
    COMMAND = 20


_MEDIA = frozenset({Kind.AUDIO, Kind.VIDEO})


class Broken(ValueError):
    """Bytes that no chunk stream has, or more than is taken."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Args:
        kind: one of `Kind`, or a number that nobody looks at.
        stream: message stream; 0 is the connection itself.
        time_ms: 32 bits, wrapping.
    """

    kind: int
    stream: int
    time_ms: int
    data: bytes


@dataclass(slots=True)
class _ChunkStream:
    """What the next header of one chunk stream may leave out."""

    kind: int = 0
    stream: int = 0
    size: int = 0
    time_ms: int = 0
    step: int = 0
    extended: bool = False
    data: bytearray = field(default_factory=bytearray)
    open: bool = False


class ChunkReader:
    """Reads one direction of a connection, after its handshake.

    Args:
        most_media_bytes: of one audio or video message.
    """

    def __init__(self, most_media_bytes: int = MOST_MEDIA_BYTES) -> None:
        self.most_media_bytes = most_media_bytes
        self._chunk_bytes = CHUNK_BYTES_AT_FIRST
        self._streams: dict[int, _ChunkStream] = {}
        self._buffer = b""
        self._at = 0
        self._waiting_bytes = 0
        self._current: _ChunkStream | None = None
        self._left = 0

    @property
    def kept_bytes(self) -> int:
        """What is kept until more comes."""
        return len(self._buffer) + self._waiting_bytes

    def receive(self, data: bytes) -> list[Message]:
        """Take bytes in, however they were cut; gives the messages that they complete.

        Raises:
            Broken: the rest of the connection cannot be read.
        """
        self._buffer, self._at = self._buffer + data, 0
        messages: list[Message] = []
        while self._current is not None or self._read_header():
            message = self._take_payload()
            if message is not None:
                messages += self._obey(message)
            elif self._current is not None:
                break
        self._buffer = self._buffer[self._at :]
        return messages

    # The header: read whole or not at all.

    def _read_header(self) -> bool:
        basic = self._basic_header()
        if basic is None:
            return False
        form, number, at = basic
        end = at + _HEADER_BYTES[form]
        known = self._streams.get(number)
        if len(self._buffer) < end:
            return False
        if known is None and form:
            raise Broken(f"expected a whole header on a new chunk stream; came format {form}")
        stream = known or self._new_stream(number)
        if form < 3 and stream.open:
            raise Broken("expected the rest of a message; came another's header")
        head = self._buffer[at:end]
        value = int.from_bytes(head[:3]) if form < 3 else stream.step
        extended = value == _EXTENDED if form < 3 else stream.extended
        if extended:
            if len(self._buffer) < end + 4:
                return False
            value = int.from_bytes(self._buffer[end : end + 4])
            if form < 3 or value == stream.step:
                end += 4
            else:
                value = stream.step
        self._at = end
        self._begin(stream, form, head, value, extended)
        return True

    def _basic_header(self) -> tuple[int, int, int] | None:
        """Format, chunk stream, and where the header goes on (5.3.1.1)."""
        buffer, at = self._buffer, self._at
        if at >= len(buffer):
            return None
        form, number = buffer[at] >> 6, buffer[at] & 0x3F
        more = {0: 1, 1: 2}.get(number, 0)
        if len(buffer) < at + 1 + more:
            return None
        if more:
            number = 64 + int.from_bytes(buffer[at + 1 : at + 1 + more], "little")
        return form, number, at + 1 + more

    def _new_stream(self, number: int) -> _ChunkStream:
        if len(self._streams) >= MOST_CHUNK_STREAMS:
            raise Broken(f"expected {MOST_CHUNK_STREAMS} chunk streams at most; came another")
        stream = self._streams[number] = _ChunkStream()
        return stream

    def _begin(
        self, stream: _ChunkStream, form: int, head: bytes, value: int, extended: bool
    ) -> None:
        """A chunk begins, and with it a message unless one goes on."""
        if form < 2:
            stream.size, stream.kind = int.from_bytes(head[3:6]), head[6]
        if form == 0:
            stream.stream = int.from_bytes(head[7:11], "little")
        stream.step, stream.extended = value, extended
        if not stream.open:
            stream.time_ms = value if form == 0 else (stream.time_ms + value) % _WRAP
            stream.open = True
            most = self.most_media_bytes if stream.kind in _MEDIA else MOST_COMMAND_BYTES
            if stream.size > most:
                raise Broken(f"expected a message of {most} bytes at most; came {stream.size}")
        self._current = stream
        self._left = min(self._chunk_bytes, stream.size - len(stream.data))

    # The payload: taken as it comes.

    def _take_payload(self) -> Message | None:
        """Moves what is there into the open message; gives it when that makes it whole."""
        stream = self._current
        assert stream is not None
        taken = min(self._left, len(self._buffer) - self._at)
        stream.data += memoryview(self._buffer)[self._at : self._at + taken]
        self._at += taken
        self._left -= taken
        self._waiting_bytes += taken
        if self._waiting_bytes > MOST_WAITING_BYTES:
            raise Broken(f"expected {MOST_WAITING_BYTES} bytes of begun messages at most")
        if self._left:
            return None
        self._current = None
        if len(stream.data) < stream.size:
            return None
        message = Message(stream.kind, stream.stream, stream.time_ms, bytes(stream.data))
        self._drop(stream)
        return message

    def _drop(self, stream: _ChunkStream) -> None:
        self._waiting_bytes -= len(stream.data)
        stream.data, stream.open = bytearray(), False

    def _obey(self, message: Message) -> list[Message]:
        if message.kind not in (Kind.SET_CHUNK_SIZE, Kind.ABORT):
            return [message]
        if len(message.data) != 4:
            raise Broken(f"expected four bytes of control; came {len(message.data)}")
        number = int.from_bytes(message.data)
        if message.kind == Kind.ABORT:
            if number in self._streams:
                self._drop(self._streams[number])
        elif not 1 <= number < 1 << 31:
            raise Broken(f"expected a chunk size of 1 to 2147483647; came {number}")
        else:
            self._chunk_bytes = number
        return []


def chunks_of(message: Message, number: int, chunk_bytes: int) -> bytes:
    """A message as chunks: one of format 0, the rest of format 3.

    Args:
        number: the chunk stream, 2 to 63.
        chunk_bytes: what the other side was told.
    """
    extended = message.time_ms >= _EXTENDED
    time = message.time_ms.to_bytes(4) if extended else b""
    field = min(message.time_ms, _EXTENDED).to_bytes(3)
    head = field + len(message.data).to_bytes(3) + bytes([message.kind])
    first = bytes([number]) + head + message.stream.to_bytes(4, "little") + time
    again = bytes([0xC0 | number]) + time
    pieces = range(0, max(len(message.data), 1), chunk_bytes)
    return b"".join((again if at else first) + message.data[at : at + chunk_bytes] for at in pieces)
