"""What is taken of a playlist that is opened once more."""

from __future__ import annotations

import asyncio
from functools import cache

import pytest

from streams.errors import Refused
from streams.feeds.foreignrendition import Rendition, Taken
from streams.feeds.outgoing import Outgoing
from tests.streams.broadcast import Look
from tests.streams.hostile_origin import Origin, an_origin
from tests.streams.transportfiles import a_transport_stream


def publish(origin: Origin, count: int, more: str = "") -> None:
    """A playlist of so many pieces; their names carry a token that is another each time."""
    lines = [f"#EXTINF:1,\n{number}.ts?token={count}\n" for number in range(count)]
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n"
    origin.put("/live.m3u8", head + "".join(lines) + more)
    for number in range(count):
        origin.put(f"/{number}.ts?token={count}", a_piece())


@cache
def a_piece() -> bytes:
    return a_transport_stream(Look(gop_s=1.0), 1, 90_000).data


async def a_moment(wall_s: float) -> None:
    await asyncio.sleep(0)


async def opened(origin: Origin, taken: Taken) -> tuple[list[int], str]:
    """What one opening brings until it is given up, and why that is."""
    outgoing = Outgoing(origin.place)
    rendition = Rendition(outgoing, origin.base + "/live.m3u8", lambda: 0, a_moment, taken)
    brought = []

    async def take() -> None:
        while True:
            brought.append((await rendition.queue.get()).piece.number)
            rendition.queue.task_done()

    taking = asyncio.create_task(take())
    try:
        with pytest.raises(Refused) as refused:
            await rendition.run()
    finally:
        taking.cancel()
        await outgoing.close()
    return brought, refused.value.code


async def test_a_stream_that_stands_still_is_not_shown_again_from_the_last_pieces() -> None:
    async with an_origin() as origin:
        taken = Taken()
        publish(origin, 5)
        assert await opened(origin, taken) == ([2, 3, 4], "stalled")
        asked = origin.asked["/live.m3u8"]
        again = asyncio.create_task(opened(origin, taken))
        while origin.asked["/live.m3u8"] < 3 * asked:
            await asyncio.sleep(0)
            assert not again.done(), "what was there is waited for, not given up"
        publish(origin, 6)
        assert await again == ([5], "stalled")


async def test_a_stream_that_has_ended_is_shown_once() -> None:
    async with an_origin() as origin:
        taken = Taken()
        publish(origin, 4, "#EXT-X-ENDLIST\n")
        assert await opened(origin, taken) == ([1, 2, 3], "ended")
        assert await opened(origin, taken) == ([], "ended")


async def test_an_encoder_that_counts_anew_is_another_stream() -> None:
    async with an_origin() as origin:
        taken = Taken()
        publish(origin, 9)
        assert await opened(origin, taken) == ([6, 7, 8], "stalled")
        publish(origin, 2)
        assert await opened(origin, taken) == ([0, 1], "stalled")
