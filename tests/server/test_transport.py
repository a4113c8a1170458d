"""The websocket class under a real uvicorn, on both event loops, down to the bytes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.exceptions import ConnectionClosed

from server import paced_http, transport
from server.connection import Limits
from server.ring import PAYLOAD_BYTES
from server.sink import PAUSE_ABOVE_BYTES, payload_of, text_frame
from server.transport import (
    GATHERED_AT_MOST_BYTES,
    KERNEL_SEND_BYTES,
    USED_OF_UVICORN,
    DirectSink,
    DirectWebSocket,
)
from server.turns import TurnsOfLoops
from tests.server.memory_board import Edge, an_edge, on_both_loops


@pytest.mark.parametrize("size_bytes", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_text_frame_has_the_shortest_header_and_no_mask(size_bytes: int) -> None:
    payload = b"x" * size_bytes
    frame = text_frame(payload)
    assert frame[0] == 0x81
    assert frame[1] < 128
    assert len(frame) - size_bytes == (2 if size_bytes < 126 else 4 if size_bytes < 65536 else 10)
    assert payload_of(frame) == payload


async def test_uvicorn_still_has_what_we_lean_on() -> None:
    """When this fails after an upgrade, read the class again before moving the range."""
    config = uvicorn.Config(_no_app, log_config=None)
    config.load()
    protocol = WebSocketsSansIOProtocol(config, ServerState(), {})
    given_in_handshake = {"scope", "request", "response"}
    missing = [name for name in USED_OF_UVICORN if not hasattr(protocol, name)]
    assert set(missing) == given_in_handshake


async def _no_app(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("never called")


@on_both_loops
async def test_handshake_never_negotiates_compression() -> None:
    async with an_edge() as edge, raw(edge, extensions="permessage-deflate") as line:
        assert b"101 Switching Protocols" in line.head
        assert b"sec-websocket-extensions" not in line.head.lower()


@on_both_loops
async def test_kernel_send_buffer_is_bounded() -> None:
    async with an_edge() as edge, edge.reader():
        (client,) = edge.gateway.clients
        protocol: DirectWebSocket = client._sink._protocol  # type: ignore[attr-defined]
        sock = protocol.transport.get_extra_info("socket")
        # Linux answers with the double of what was asked for.
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * KERNEL_SEND_BYTES


@on_both_loops
async def test_frame_of_exactly_the_limit_is_read_and_one_byte_more_is_1009() -> None:
    async with an_edge() as edge:
        async with edge.reader() as anna:
            filler = "x" * (8192 - len('{"op":"ping","x":""}'))
            await anna.socket.send('{"op":"ping","x":"' + filler + '"}')
            assert (await anna.hear_op("pong")) == {"op": "pong"}
        async with edge.reader(person="bo") as bo:
            await bo.socket.send("x" * 8193)
            assert await bo.end() == 1009


@on_both_loops
async def test_1009_arrives_although_the_rest_of_the_frame_is_still_coming() -> None:
    async with an_edge() as edge, edge.reader() as anna:
        await anna.socket.send("x" * 1_000_000)
        assert await anna.end() == 1009


@on_both_loops
async def test_invalid_utf8_is_1007() -> None:
    async with an_edge() as edge, raw(edge) as line:
        line.write(masked(0x81, b"\xff\xfe"))
        assert (await line.close_code()) == 1007


@on_both_loops
async def test_unmasked_frame_is_a_protocol_error() -> None:
    async with an_edge() as edge, raw(edge) as line:
        line.write(text_frame(b'{"op":"ping"}'))
        assert (await line.close_code()) == 1002


@on_both_loops
async def test_message_in_fragments_is_one_message() -> None:
    async with an_edge() as edge, raw(edge) as line:
        line.write(masked(0x01, b'{"op":"hel'), masked(0x00, b'lo","v"'), masked(0x80, b":1}"))
        assert b'"op":"welcome"' in await line.text()


@on_both_loops
async def test_bomb_of_fragments_is_1009() -> None:
    async with an_edge() as edge, raw(edge) as line:
        line.write(masked(0x01, b"x" * 4000))
        for _ in range(3):
            line.write(masked(0x00, b"x" * 4000))
        assert (await line.close_code()) == 1009


@on_both_loops
async def test_ping_is_answered_below_the_session() -> None:
    async with an_edge() as edge, edge.reader() as anna:
        await (await anna.socket.ping())


@on_both_loops
async def test_client_that_stops_reading_costs_a_bounded_amount_and_comes_back() -> None:
    """F17: frozen in the middle of a flood, thawed before 30 s: nothing is missing."""
    async with an_edge() as edge:
        edge.board.add("show")
        async with edge.reader("show", person="bo") as bo, frozen_reader(edge) as frozen:
            text = "x" * 2000
            for _ in range(30):
                for _ in range(20):
                    edge.board.post("show", text)
                await bo.hear_events(20)
            (paused,) = [each for each in edge.gateway.clients if each.actor.id == "frozen"]
            assert paused.subscriber.paused_at is not None
            # One payload may pass the limit before the next one is held back.
            assert paused.buffered() <= PAUSE_ABOVE_BYTES + 2 * PAYLOAD_BYTES
            assert edge.fanout.counts.paused >= 1
            assert await frozen.event_seqs(upto=600) == list(range(1, 601))


@on_both_loops
async def test_client_frozen_beyond_the_ring_is_ended_and_the_others_hear_everything() -> None:
    async with an_edge() as edge:
        edge.board.add("show")
        async with edge.reader("show", person="bo") as bo, frozen_reader(edge) as frozen:
            text = "x" * 4000
            for _ in range(40):
                for _ in range(50):
                    edge.board.post("show", text)
                await bo.hear_events(50)
            with contextlib.suppress(ConnectionResetError):
                seqs = await frozen.event_seqs(upto=2000)
                assert seqs == list(range(1, len(seqs) + 1))
                assert len(seqs) < 2000
            assert edge.fanout.counts.cut == 1


@on_both_loops
async def test_shutdown_does_not_wait_for_a_frozen_client() -> None:
    async with asyncio.timeout(15):
        async with an_edge() as edge, frozen_reader(edge):
            edge.board.add("show")
            for _ in range(200):
                edge.board.post("show", "x" * 4000)


@on_both_loops
async def test_connection_objects_do_not_hold_each_other_after_the_end() -> None:
    async with an_edge() as edge:
        async with edge.reader():
            (client,) = edge.gateway.clients
            protocol: DirectWebSocket = client._sink._protocol  # type: ignore[attr-defined]
        await edge.doorkeeper.empty.wait()
        assert protocol.sink is None
        assert not protocol.scope["extensions"]


@on_both_loops
async def test_crowd_that_comes_and_goes_in_one_instant_is_let_in_and_let_go() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paced_http, "ARRIVALS", TurnsOfLoops(1))
        patch.setattr(transport, "DEPARTURES", TurnsOfLoops(1))
        async with an_edge() as edge, contextlib.AsyncExitStack() as stack:
            edge.board.add("show")
            coming = (stack.enter_async_context(edge.client(f"p{n}")) for n in range(40))
            crowd = await asyncio.gather(*coming)
            joined = await asyncio.gather(*(one.hello("show") for one in crowd))
            assert [frame["mode"] for (frame,) in joined] == ["snapshot"] * 40
            edge.board.post("show")
            assert [await one.hear_events(1) for one in crowd] == [[1]] * 40
            for one in crowd:
                one.socket.transport.abort()
            await edge.doorkeeper.empty.wait()
            assert edge.fanout.subscribers("show") == []


@on_both_loops
async def test_server_ends_although_lines_that_have_ended_wait_to_be_let_go() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport, "DEPARTURES", TurnsOfLoops(1))
        async with an_edge() as edge, contextlib.AsyncExitStack() as stack:
            edge.board.add("show")
            crowd = [await stack.enter_async_context(edge.client(f"p{n}")) for n in range(60)]
            for one in crowd:
                await one.hello("show")
            for one in crowd:
                one.socket.transport.abort()
            while len(edge.gateway.clients) == 60:  # noqa: ASYNC110
                await asyncio.sleep(0)
            assert len(edge.gateway.clients) > 1


@on_both_loops
async def test_write_after_the_end_goes_nowhere_and_says_so() -> None:
    async with an_edge() as edge:
        async with edge.reader():
            (client,) = edge.gateway.clients
            sink = client._sink  # type: ignore[attr-defined]
            assert sink.write(text_frame(b'{"op":"beat"}'))
        await edge.doorkeeper.empty.wait()
        assert not sink.write(text_frame(b'{"op":"beat"}'))


@on_both_loops
async def test_limit_of_the_session_is_the_limit_of_the_transport() -> None:
    async with an_edge() as edge, edge.reader() as anna:
        (client,) = edge.gateway.clients
        protocol: DirectWebSocket = client._sink._protocol  # type: ignore[attr-defined]
        assert protocol.conn.max_message_size == Limits().message_bytes
        with contextlib.suppress(ConnectionClosed):
            await anna.socket.close()


def masked(head: int, payload: bytes) -> bytes:
    """A frame as a client sends it."""
    mask = os.urandom(4)
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    size_bytes = len(payload)
    if size_bytes < 126:
        return bytes((head, 0x80 | size_bytes)) + mask + body
    return bytes((head, 0xFE)) + size_bytes.to_bytes(2, "big") + mask + body


class RawLine:
    """A websocket client of bytes, which can also simply not read."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.head = b""

    async def shake(self, edge: Edge, person: str, extensions: str) -> None:
        offered = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
        key = base64.b64encode(os.urandom(16)).decode()
        self._writer.write(
            f"GET /rt HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"{offered}Authorization: Bearer {person}\r\n\r\n".encode()
        )
        self.head = await self._reader.readuntil(b"\r\n\r\n")

    def write(self, *frames: bytes) -> None:
        self._writer.write(b"".join(frames))

    async def frame(self) -> tuple[int, bytes]:
        head, size = await self._reader.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self._reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self._reader.readexactly(8), "big")
        return head & 0x0F, await self._reader.readexactly(size)

    async def text(self) -> bytes:
        opcode, payload = await self.frame()
        assert opcode == 1
        return payload

    async def close_code(self) -> int:
        while True:
            opcode, payload = await self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2], "big")

    async def event_seqs(self, upto: int) -> list[int]:
        """The numbers of the events that come, up to one of them or the end."""
        seqs: list[int] = []
        while not seqs or seqs[-1] < upto:
            try:
                opcode, payload = await self.frame()
            except asyncio.IncompleteReadError:
                break
            if opcode == 8:
                break
            for line in payload.split(b"\n"):
                if line.startswith(b'{"op":"event"'):
                    seqs.append(int(line.split(b'"seq":')[1].split(b",")[0]))
        return seqs


@contextlib.asynccontextmanager
async def raw(edge: Edge, person: str = "anna", extensions: str = "") -> AsyncIterator[RawLine]:
    """A client that has shaken hands and says nothing."""
    sock = socket.socket()
    # Small from the start, so that what the client's own kernel swallows is little.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", edge.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
    line = RawLine(reader, writer)
    try:
        await line.shake(edge, person, extensions)
        yield line
    finally:
        writer.transport.abort()


@contextlib.asynccontextmanager
async def frozen_reader(edge: Edge) -> AsyncIterator[RawLine]:
    """A client that has joined `show` and reads no further, until it is asked to."""
    async with raw(edge, person="frozen") as line:
        line.write(masked(0x81, b'{"op":"hello","v":1,"topics":[{"topic":"show"}]}'))
        assert b'"op":"welcome"' in await line.text()
        yield line


class Kernel:
    """Notes each write; a transport that is always open."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        pass


def a_sink(kernel: Kernel) -> DirectSink:
    sink = DirectSink(SimpleNamespace(transport=kernel, loop=asyncio.get_running_loop()))  # type: ignore[arg-type]
    sink.receive_open(True)
    return sink


async def test_what_is_said_in_one_step_leaves_by_one_write_and_in_order() -> None:
    kernel = Kernel()
    sink = a_sink(kernel)
    sink.offer(b"0")
    for said in (b"1", b"2"):
        assert sink.write(said)
    assert sink.offer(b"3") is None
    assert kernel.writes == [b"0"]
    await asyncio.sleep(0)
    sink.offer(b"4")
    assert kernel.writes == [b"0", b"123", b"4"]


async def test_much_does_not_wait_for_the_end_of_the_step() -> None:
    kernel = Kernel()
    sink = a_sink(kernel)
    large = bytes(GATHERED_AT_MOST_BYTES)
    for said in (b"1", large, b"2"):
        sink.write(said)
    assert kernel.writes == [b"1" + large]
    await asyncio.sleep(0)
    assert kernel.writes == [b"1" + large, b"2"]


async def test_what_was_said_before_the_end_leaves_before_it_and_nothing_after_an_abort() -> None:
    ended, aborted = Kernel(), Kernel()
    sink, other = a_sink(ended), a_sink(aborted)
    sink.write(b"1")
    sink.receive_open(False)
    assert ended.writes == [b"1"]
    other.write(b"1")
    other.abort()
    await asyncio.sleep(0)
    assert not sink.write(b"2")
    assert (ended.writes, aborted.writes) == ([b"1"], [])
