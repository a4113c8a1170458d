"""The sink for servers without our extension."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from server.asgi_sink import AsgiSink
from server.sink import PAUSE_ABOVE_BYTES, text_frame


class SlowServer:
    """An ASGI `send` that takes a message only when it is let."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.open = asyncio.Event()
        self.fails: Exception | None = None

    async def send(self, message: Any) -> None:
        await self.open.wait()
        if self.fails is not None:
            raise self.fails
        self.sent.append(message)


async def test_frames_are_sent_in_order_as_their_payloads_and_then_the_close() -> None:
    server = SlowServer()
    server.open.set()
    sink = AsgiSink(server.send)
    assert sink.write(text_frame(b"one"))
    assert not sink.offer(text_frame("ø".encode()))
    sink.close(4501, "removed")
    await sink.run()
    assert server.sent == [
        {"type": "websocket.send", "text": "one"},
        {"type": "websocket.send", "text": "ø"},
        {"type": "websocket.close", "code": 4501, "reason": "removed"},
    ]


async def test_writing_never_waits_and_what_waits_is_counted() -> None:
    sink = AsgiSink(SlowServer().send)
    frame = text_frame(b"x" * 1000)
    while not sink.offer(frame):
        pass
    assert PAUSE_ABOVE_BYTES < sink.buffered() <= PAUSE_ABOVE_BYTES + len(frame)
    assert sink.write(frame)


async def test_room_is_told_of_once_when_the_server_has_taken_most() -> None:
    server = SlowServer()
    sink = AsgiSink(server.send)
    told: list[int] = []
    sink.on_drained = lambda: told.append(sink.buffered())
    frame = text_frame(b"x" * 1000)
    while not sink.offer(frame):
        pass
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sink.run())
        server.open.set()
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(told) == 1
        sink.close(1000, "")


async def test_after_the_close_nothing_is_taken() -> None:
    sink = AsgiSink(SlowServer().send)
    sink.close(1000, "")
    sink.close(4000, "the first close counts")
    assert not sink.write(text_frame(b"late"))
    assert sink.offer(text_frame(b"late"))


@pytest.mark.parametrize("error", [OSError("gone"), WebSocketDisconnect(1006)])
async def test_client_that_is_gone_ends_the_sending_quietly(error: Exception) -> None:
    server = SlowServer()
    server.open.set()
    server.fails = error
    sink = AsgiSink(server.send)
    drained = asyncio.Event()
    sink.on_drained = drained.set
    sink.write(text_frame(b"one"))
    await sink.run()
    assert not sink.write(text_frame(b"two"))
    assert drained.is_set()


async def test_abort_drops_what_waits() -> None:
    server = SlowServer()
    server.open.set()
    sink = AsgiSink(server.send)
    sink.write(text_frame(b"secret"))
    sink.abort()
    await sink.run()
    assert [message["type"] for message in server.sent] == ["websocket.close"]


async def test_signs_of_life_are_taken_once() -> None:
    sink = AsgiSink(SlowServer().send)
    sink.take_wrote()
    assert not sink.take_wrote()
    sink.write(text_frame(b"one"))
    assert sink.take_wrote()
    sink.ping()
    assert sink.take_heard()
