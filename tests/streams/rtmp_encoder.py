"""An encoder's half of RTMP for tests: what it says, as bytes; and one on a real socket."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import cache

from streams.encoder import silent_frame
from streams.nalunits import join_lengths, nal_type, split_lengths
from streams.parameters import parameters_of
from streams.rtmp import amf
from streams.rtmp.chunkstream import ChunkReader, Kind, Message, chunks_of
from streams.rtmp.rtmpsession import HANDSHAKE_BYTES
from streams.segments import AccessUnit
from tests.streams.broadcast import Look, coded, moved

HELLO = b"\3" + bytes(2 * HANDSHAKE_BYTES)
AAC_STEREO_48K = bytes([0x11, 0x90])
AAC_MONO_44K = bytes([0x12, 0x08])


def say(kind: int, data: bytes, time_ms: int = 0, stream: int = 0, size: int = 128) -> bytes:
    """One message as chunks; sound, picture and commands on chunk streams of their own."""
    number = {Kind.AUDIO: 4, Kind.VIDEO: 6}.get(Kind(kind), 3) if kind in tuple(Kind) else 3
    return chunks_of(Message(kind, stream, time_ms, data), number, size)


def command(name: str, transaction: int, *arguments: amf.Value, stream: int = 0) -> bytes:
    return say(Kind.COMMAND, amf.encode([name, transaction, *arguments]), stream=stream)


def connect(app: str = "live") -> bytes:
    about: dict[str, amf.Value] = {"app": app, "type": "nonprivate", "flashVer": "FMLE/3.0"}
    return command("connect", 1, about | {"tcUrl": f"rtmp://127.0.0.1/{app}"})


def publish(key: str) -> bytes:
    """All that encoders say between connect and the first tag."""
    return b"".join(
        [
            command("releaseStream", 2, None, key),
            command("FCPublish", 3, None, key),
            command("createStream", 4, None),
            command("publish", 5, None, key, "live", stream=1),
        ]
    )


def heard(data: bytes) -> list[Message]:
    """What a server said, its handshake included."""
    return ChunkReader().receive(data[1 + 2 * HANDSHAKE_BYTES :])


def statuses(messages: Iterable[Message]) -> list[str]:
    """The codes of all that was answered, in order."""
    found = []
    for message in messages:
        if message.kind == Kind.COMMAND:
            said = amf.decode(message.data)
            found += [str(v["code"]) for v in said if isinstance(v, dict) and "code" in v]
    return found


def parameters_tag(look: Look) -> bytes:
    """An AVC sequence header."""
    shown = parameters_of(coded(look)[0].data)
    assert shown is not None
    sps, pps = (struct.pack(">H", len(nal)) + nal for nal in (shown.sps, shown.pps))
    return b"\x17\0\0\0\0" + b"\1" + shown.sps[1:4] + b"\xff\xe1" + sps + b"\1" + pps


def picture_tag(unit: AccessUnit, offset_ms: int) -> bytes:
    nals = join_lengths(n for n in split_lengths(unit.data) if nal_type(n) not in (7, 8))
    return bytes([0x17 if unit.key else 0x27, 1]) + offset_ms.to_bytes(3, signed=True) + nals


def sound_tag(data: bytes | None = None) -> bytes:
    return b"\xaf\1" + (silent_frame() if data is None else data)


@cache
def tags(
    look: Look, seconds: int, start_ms: int = 0, config: bytes | None = AAC_STEREO_48K
) -> tuple[tuple[Kind, int, bytes], ...]:
    """Picture and sound of some seconds as (kind, time in ms, tag), in the order of sending."""
    made = [(Kind.VIDEO, start_ms, parameters_tag(look))]
    if config is not None:
        made.append((Kind.AUDIO, start_ms, b"\xaf\0" + config))
    group, between = coded(look), round(look.gop_s * 90_000)
    units = [moved(u, n * between) for n in range(round(seconds / look.gop_s)) for u in group]
    lead_ms = max(0, max(unit.dts_ticks - unit.pts_ticks for unit in group) // 90)
    rest = [
        (Kind.VIDEO, u.dts_ticks // 90, picture_tag(u, (u.pts_ticks - u.dts_ticks) // 90 + lead_ms))
        for u in units
    ]
    if config is not None:
        count = seconds * 48_000 // 1024
        rest += [(Kind.AUDIO, n * 1024 // 48 + lead_ms, sound_tag()) for n in range(count)]
    rest.sort(key=lambda tag: tag[1])
    return (*made, *((kind, start_ms + at, tag) for kind, at, tag in rest))


class WireEncoder:
    """An encoder on a real socket, as slow or as rude as the test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.said: list[Message] = []
        self._chunks = ChunkReader()
        self._greeted = False

    async def publish(self, key: str) -> None:
        """Say everything until the server has answered to the key."""
        self.writer.write(HELLO + connect() + publish(key))
        await self.reader.readexactly(1 + 2 * HANDSHAKE_BYTES)
        self._greeted = True
        await self.until("NetStream.")

    async def until(self, code: str) -> str:
        """Read until the server says a status that begins so; returns it."""
        async with asyncio.timeout(30):
            while True:
                found = [each for each in statuses(self.said) if each.startswith(code)]
                if found:
                    return found[-1]
                data = await self.reader.read(65536)
                assert data, f"expected {code}; it hung up after {statuses(self.said)}"
                self.said += self._chunks.receive(data)

    async def hung_up(self) -> None:
        """Read until the other side is gone."""
        async with asyncio.timeout(30):
            try:
                while data := await self.reader.read(65536):
                    self.said += self._chunks.receive(data) if self._greeted else []
            except ConnectionError:
                return

    async def send(self, sent: Iterable[tuple[Kind, int, bytes]]) -> None:
        for kind, time_ms, tag in sent:
            self.writer.write(say(kind, tag, time_ms, 1))
        await self.writer.drain()


@asynccontextmanager
async def a_wire_encoder(port: int) -> AsyncIterator[WireEncoder]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield WireEncoder(reader, writer)
    finally:
        writer.transport.abort()


def pieces(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    """Bytes cut into pieces of the sizes, the rest in one."""
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    yield data[at:]
