"""Coding beside the loop: in order, bounded, over at once when it is closed."""

from __future__ import annotations

import asyncio
import threading

from streams.encoder import audio_unit
from streams.segments import AccessUnit, Lane
from streams.webrtc.coderthread import CoderThread
from streams.webrtc.outbox import Frame


class Gate:
    """A coding that waits until it is let, and says what it was given."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Event()
        self.waiting: list[int] = []

    def receive(self, unit: AccessUnit, waiting: int) -> list[Frame]:
        self.entered.set()
        self.open.wait(10)
        self.waiting.append(waiting)
        return [Frame(unit.pts_ticks, unit.key, b"")]

    def want_key(self) -> None:
        self.waiting.append(-1)


def a_picture(number: int, key: bool = False) -> AccessUnit:
    return AccessUnit(Lane.VIDEO, number, number, 1, key, b"")


async def test_what_goes_in_comes_out_in_the_loop_and_in_order() -> None:
    gate, heard, all_there = Gate(), list[int](), asyncio.Event()
    gate.open.set()
    loop, home = asyncio.get_running_loop(), threading.get_ident()

    def deliver(frames: list[Frame]) -> None:
        assert threading.get_ident() == home
        heard.extend(frame.ticks for frame in frames)
        if len(heard) == 20:
            all_there.set()

    coder = CoderThread(lambda: gate, loop.call_soon_threadsafe, deliver)
    for number in range(20):
        coder.put(audio_unit(number, b""))
    async with asyncio.timeout(20):
        await all_there.wait()
    coder.close()
    assert heard == list(range(20))
    assert await asyncio.to_thread(coder.join, 20)


async def test_a_full_queue_drops_up_to_the_next_idr() -> None:
    gate, heard = Gate(), list[int]()
    drained, last = asyncio.Event(), asyncio.Event()

    def deliver(frames: list[Frame]) -> None:
        heard.extend(frame.ticks for frame in frames)
        if heard[-1] == 5:
            drained.set()
        if heard[-1] == 21:
            last.set()

    call_soon = asyncio.get_running_loop().call_soon_threadsafe
    coder = CoderThread(lambda: gate, call_soon, deliver, capacity=5)
    coder.put(a_picture(0, key=True))
    await asyncio.to_thread(gate.entered.wait, 20)
    for number in range(1, 12):
        coder.put(a_picture(number))
    gate.open.set()
    async with asyncio.timeout(20):
        await drained.wait()
    for number in range(12, 22):
        coder.put(a_picture(number, key=number == 20))
    async with asyncio.timeout(20):
        await last.wait()
    coder.close()
    assert heard == [*range(6), 20, 21]
    assert coder.dropped == 14
    assert gate.waiting[:6] == [0, 4, 3, 2, 1, 0]


async def test_a_closed_coder_delivers_nothing_more_and_its_thread_ends() -> None:
    gate, heard = Gate(), list[Frame]()
    coder = CoderThread(
        lambda: gate, asyncio.get_running_loop().call_soon_threadsafe, heard.extend, capacity=1
    )
    coder.put(a_picture(0, key=True))
    await asyncio.to_thread(gate.entered.wait, 20)
    coder.put(a_picture(1))
    coder.close()
    coder.close()
    gate.open.set()
    assert await asyncio.to_thread(coder.join, 20)
    await asyncio.sleep(0)
    assert heard == []
