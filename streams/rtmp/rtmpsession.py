"""RTMP as far as publishing needs it: one connection's rules, without a socket (RTMP 1.0, 5.2, 7).

    greeting -> talking -> asked -> publishing -> over
       |           |         |          |
       +-----------+---------+----------+--> over

* *Greeting.* C0 and C1 are answered with S0, S1, S2; C2 is awaited. Only the version is looked at:
  S1 says by four zeros that we know no signed handshake.
* *Talking.* `connect` to the application, then what encoders say before they publish:
  releaseStream, FCPublish, createStream. Nothing may be large here, and neither bytes nor messages
  many (MOST_BYTES_BEFORE, MOST_MESSAGES_BEFORE): whoever talks has shown no key yet.
* *Asked.* `publish` names a stream key. `receive` gives PublishAsked and its owner answers with
  `accept` or `refuse`, perhaps later; what comes in between is read and dropped.
* *Publishing.* Audio, video and metadata are handed out. deleteStream, closeStream and FCUnpublish
  end it.
* *Over.* Nothing is read any more; `data_to_send` still has what the encoder should hear.

Nobody plays from here: `play` is refused. So is what is published in another codec (`fail`).

`receive` takes bytes as they come and gives events; `data_to_send` takes what is to be sent, which
is bounded by what came in. Bytes that are no RTMP raise `Broken`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from streams.rtmp import amf
from streams.rtmp.chunkstream import (
    CHUNK_BYTES_AT_FIRST,
    CONTROL_CHUNKS,
    MOST_COMMAND_BYTES,
    MOST_MEDIA_BYTES,
    Broken,
    ChunkReader,
    Kind,
    Message,
    chunks_of,
)

VERSION = 3
APPLICATION = "live"
HANDSHAKE_BYTES = 1536
MOST_BYTES_BEFORE = 128 * 1024
MOST_MESSAGES_BEFORE = 256
OUR_CHUNK_BYTES = 4096
WINDOW_BYTES = 2_500_000
LONGEST_KEY = 256
_COMMAND_CHUNKS = 3
_STREAM = 1
_PING, _PONG, _STREAM_BEGIN = 6, 7, 0
_DYNAMIC = 2


@dataclass(frozen=True, slots=True)
class PublishAsked:
    """An encoder wants to publish; answer with `accept` or `refuse`."""

    key: str


@dataclass(frozen=True, slots=True)
class Tag:
    """One piece of sound or picture.

    Args:
        kind: Kind.AUDIO or Kind.VIDEO.
        time_ms: 32 bits, wrapping; of decoding.
        data: an FLV tag's body.
    """

    kind: Kind
    time_ms: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the encoder says of itself (onMetaData)."""

    values: dict[str, amf.Value]


@dataclass(frozen=True, slots=True)
class Left:
    """The encoder has stopped, or was told to."""

    code: str


Event = PublishAsked | Tag | Metadata | Left


class State(Enum):
    """Where a connection stands; see above."""

    GREETING = "greeting"
    TALKING = "talking"
    ASKED = "asked"
    PUBLISHING = "publishing"
    OVER = "over"


_STRANGERS = frozenset({State.GREETING, State.TALKING, State.ASKED})


class RtmpSession:
    """One encoder's connection.

    Args:
        challenge: 1528 random bytes for S1; they secure nothing.
    """

    def __init__(self, challenge: bytes) -> None:
        self.state = State.GREETING
        self._challenge = challenge
        self._greeting = b""
        self._greeted = False
        self._reader = ChunkReader(MOST_COMMAND_BYTES)
        self._out = bytearray()
        self._out_chunk_bytes = CHUNK_BYTES_AT_FIRST
        self._connected = False
        self._received = self._acknowledged = self._messages = 0
        self._window_bytes = WINDOW_BYTES

    @property
    def kept_bytes(self) -> int:
        """What is kept until more comes."""
        return len(self._greeting) + self._reader.kept_bytes

    def data_to_send(self) -> bytes:
        """What the other side should get now; each byte is given once."""
        data, self._out = bytes(self._out), bytearray()
        return data

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes in; gives what happened, in order.

        Raises:
            Broken: the connection cannot be read any further.
        """
        if self.state is State.OVER:
            return []
        self._received += len(data)
        if self.state in _STRANGERS and self._received > MOST_BYTES_BEFORE:
            raise Broken(f"expected to publish within {MOST_BYTES_BEFORE} bytes; came more")
        if self.state is State.GREETING:
            data = self._greet(data)
        events: list[Event] = []
        for message in self._reader.receive(data) if data else ():
            self._count_message()
            events += self._take(message)
        self._acknowledge()
        return events

    def _count_message(self) -> None:
        self._messages += 1
        if self.state in _STRANGERS and self._messages > MOST_MESSAGES_BEFORE:
            raise Broken(f"expected to publish within {MOST_MESSAGES_BEFORE} messages; came more")

    # What the owner decides.

    def accept(self) -> None:
        """The key is right: publish."""
        if self.state is State.ASKED:
            self.state = State.PUBLISHING
            self._reader.most_media_bytes = MOST_MEDIA_BYTES
            self._send_user_control(_STREAM_BEGIN, _STREAM.to_bytes(4))
            self._send_status("status", "NetStream.Publish.Start", "Publishing.")

    def refuse(self, description: str) -> None:
        """The key is wrong."""
        self._end_with("NetStream.Publish.BadName", description)

    def fail(self, description: str) -> None:
        """What is published cannot be used."""
        self._end_with("NetStream.Publish.Failed", description)

    def _end_with(self, code: str, description: str) -> None:
        if self.state is not State.OVER:
            self._send_status("error", code, description)
            self.state = State.OVER

    # The handshake (5.2).

    def _greet(self, data: bytes) -> bytes:
        """Takes C0, C1, C2; returns what comes after them."""
        self._greeting += data
        if self._greeting and self._greeting[0] != VERSION:
            raise Broken(f"expected RTMP version {VERSION}; came {self._greeting[0]}")
        if not self._greeted and len(self._greeting) > HANDSHAKE_BYTES:
            self._greeted = True
            self._out += bytes([VERSION]) + bytes(8) + self._challenge
            self._out += self._greeting[1 : 1 + HANDSHAKE_BYTES]
        if len(self._greeting) < 1 + 2 * HANDSHAKE_BYTES:
            return b""
        rest, self._greeting = self._greeting[1 + 2 * HANDSHAKE_BYTES :], b""
        self.state = State.TALKING
        return rest

    # Messages.

    def _take(self, message: Message) -> Iterator[Event]:
        if self.state is State.OVER:
            return
        match message.kind:
            case Kind.AUDIO | Kind.VIDEO if self.state is State.PUBLISHING and message.data:
                yield Tag(Kind(message.kind), message.time_ms, message.data)
            case Kind.COMMAND:
                yield from self._command(message.data)
            case Kind.COMMAND_AMF3:
                yield from self._command(message.data[1:])
            case Kind.DATA if self.state is State.PUBLISHING:
                yield from _metadata(message.data)
            case Kind.WINDOW_SIZE if len(message.data) == 4:
                self._window_bytes = max(int.from_bytes(message.data), OUR_CHUNK_BYTES)
            case Kind.USER_CONTROL if message.data[:2] == _PING.to_bytes(2):
                self._send_user_control(_PONG, message.data[2:6])

    def _command(self, data: bytes) -> Iterator[Event]:
        try:
            name, transaction, *arguments = amf.decode(data)
        except ValueError as error:
            raise Broken(f"expected a command; {error}") from error
        if not isinstance(name, str) or not isinstance(transaction, float):
            raise Broken("expected a command's name and number; came something else")
        if name != "connect" and not self._connected:
            raise Broken("expected connect first; came another command")
        answer = _ANSWERS.get(name)
        if answer is not None:
            yield from answer(self, transaction, arguments)
        elif transaction:
            self._send_command(
                "_error", transaction, None, _info("error", "NetConnection.Call.Failed")
            )

    def _connect(self, transaction: float, arguments: list[amf.Value]) -> Iterator[Event]:
        about = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        application = str(about.get("app") or "").partition("?")[0].strip("/")
        if application != APPLICATION:
            rejected = _info(
                "error",
                "NetConnection.Connect.Rejected",
                f"Expected the application {APPLICATION}.",
            )
            self._send_command("_error", transaction, None, rejected)
            self.state = State.OVER
            yield Left("wrong_application")
            return
        self._connected = True
        self._send(Kind.WINDOW_SIZE, WINDOW_BYTES.to_bytes(4))
        self._send(Kind.PEER_BANDWIDTH, WINDOW_BYTES.to_bytes(4) + bytes([_DYNAMIC]))
        self._send(Kind.SET_CHUNK_SIZE, OUR_CHUNK_BYTES.to_bytes(4))
        self._out_chunk_bytes = OUR_CHUNK_BYTES
        server: dict[str, amf.Value] = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0}
        welcome = _info("status", "NetConnection.Connect.Success", "Connected.")
        self._send_command("_result", transaction, server, welcome | {"objectEncoding": 0.0})

    def _agree(self, transaction: float, arguments: list[amf.Value]) -> Iterator[Event]:
        self._send_command("_result", transaction, None)
        yield from ()

    def _create_stream(self, transaction: float, arguments: list[amf.Value]) -> Iterator[Event]:
        self._send_command("_result", transaction, None, float(_STREAM))
        yield from ()

    def _publish(self, transaction: float, arguments: list[amf.Value]) -> Iterator[Event]:
        if self.state is not State.TALKING:
            raise Broken("expected one publish on a connection; came another")
        name = arguments[1] if len(arguments) > 1 else None
        key = name.partition("?")[0] if isinstance(name, str) else ""
        self.state = State.ASKED
        yield PublishAsked(key[:LONGEST_KEY])

    def _play(self, transaction: float, arguments: list[amf.Value]) -> Iterator[Event]:
        self._end_with(
            "NetStream.Play.Failed", "Expected a publisher; nothing is played from here."
        )
        yield Left("play")

    def _leave(self, transaction: float, arguments: list[amf.Value]) -> Iterator[Event]:
        if self.state is State.PUBLISHING:
            self._send_status("status", "NetStream.Unpublish.Success", "Ended.")
            self.state = State.OVER
            yield Left("left")

    # Sending.

    def _acknowledge(self) -> None:
        """Says how much has come, each time that a window is full (5.4.3)."""
        if self._received - self._acknowledged >= self._window_bytes:
            self._acknowledged = self._received
            self._send(Kind.ACKNOWLEDGEMENT, (self._received % (1 << 32)).to_bytes(4))

    def _send_status(self, level: str, code: str, description: str) -> None:
        self._send_command("onStatus", 0.0, None, _info(level, code, description), stream=_STREAM)

    def _send_command(
        self, name: str, transaction: float, *arguments: amf.Value, stream: int = 0
    ) -> None:
        data = amf.encode([name, transaction, *arguments])
        self._send(Kind.COMMAND, data, _COMMAND_CHUNKS, stream)

    def _send_user_control(self, event: int, data: bytes) -> None:
        self._send(Kind.USER_CONTROL, event.to_bytes(2) + data)

    def _send(self, kind: Kind, data: bytes, number: int = CONTROL_CHUNKS, stream: int = 0) -> None:
        self._out += chunks_of(Message(kind, stream, 0, data), number, self._out_chunk_bytes)


_Answer = Callable[[RtmpSession, float, "list[amf.Value]"], Iterator[Event]]
_ANSWERS: dict[str, _Answer] = {
    "connect": RtmpSession._connect,
    "releaseStream": RtmpSession._agree,
    "FCPublish": RtmpSession._agree,
    "createStream": RtmpSession._create_stream,
    "publish": RtmpSession._publish,
    "play": RtmpSession._play,
    "play2": RtmpSession._play,
    "FCUnpublish": RtmpSession._leave,
    "closeStream": RtmpSession._leave,
    "deleteStream": RtmpSession._leave,
}


def _info(level: str, code: str, description: str = "") -> dict[str, amf.Value]:
    return {"level": level, "code": code, "description": description}


def _metadata(data: bytes) -> Iterator[Event]:
    """Metadata that cannot be read is no reason to end a picture."""
    try:
        values = amf.decode(data)
    except ValueError:
        return
    names = [value for value in values if isinstance(value, str)]
    found = [value for value in values if isinstance(value, dict)]
    if "onMetaData" in names and found:
        yield Metadata(found[0])
