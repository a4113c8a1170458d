"""What was put into an inbox is got once, in order."""

from __future__ import annotations

import asyncio

from server.inbox import Inbox


async def test_what_lies_there_is_got_in_order_without_waiting() -> None:
    inbox = Inbox[int]()
    for number in range(3):
        inbox.put_nowait(number)
    assert [await inbox.get() for _ in range(3)] == [0, 1, 2]
    assert inbox.empty()


async def test_who_waits_is_given_what_comes() -> None:
    inbox = Inbox[int]()
    reader = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait(1)
    inbox.put_nowait(2)
    assert await reader == 1
    assert await inbox.get() == 2


async def test_what_comes_for_a_reader_who_gave_up_is_there_for_the_next() -> None:
    inbox = Inbox[int]()
    reader = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait(1)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    assert await inbox.get() == 1
    inbox.put_nowait(2)
    assert await inbox.get() == 2
