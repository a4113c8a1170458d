from __future__ import annotations

import asyncio

from server.bus import WAITING, Hint, LocalBus


async def test_a_hint_reaches_the_other_workers_and_not_its_sender() -> None:
    bus = LocalBus()
    one, two, three = bus.join(), bus.join(), bus.join()
    one.publish(Hint("show", 1))
    two.publish(Hint("show", 2))

    assert await one.receive() == Hint("show", 2)
    assert [await three.receive(), await three.receive()] == [Hint("show", 1), Hint("show", 2)]
    assert await two.receive() == Hint("show", 1)


async def test_who_does_not_listen_loses_hints_and_stops_nobody() -> None:
    bus = LocalBus()
    one, deaf = bus.join(), bus.join()
    for head in range(WAITING + 10):
        one.publish(Hint("show", head))

    assert await deaf.receive() == Hint("show", 0)


async def test_who_has_left_is_sent_nothing() -> None:
    bus = LocalBus()
    one, two = bus.join(), bus.join()
    bus.leave(two)
    one.publish(Hint("show", 1))
    receiving = asyncio.ensure_future(two.receive())
    await asyncio.sleep(0)

    assert not receiving.done()
    receiving.cancel()
