"""RELIABILITY F9: Redis answers 0.3 s late and what waits for it is cancelled. Nothing is mixed up.

Every message carries what it is about, so a mismatch can be seen: the number of a hint is made of
its topic's. Both ends are ended and started again all the time, with answers under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

from server.bus import Hint
from server.clock import Clock
from server.redis_bus import RedisBus
from tests.running_redis import the_redis
from tests.stalling_line import a_stalling_line

LATE_S = 0.3
TOPICS = 40
WITHIN_S = 60.0


def hint(topic: int, round: int) -> Hint:
    return Hint(f"room:{topic}", round * TOPICS + topic)


async def joined(bus: RedisBus) -> None:
    async with asyncio.timeout(WITHIN_S):
        await bus.joined.wait()


async def broken_again_and_again(bus: RedisBus, dice: random.Random) -> None:
    """Runs it, and cancels it wherever it stands."""
    while True:
        running = asyncio.create_task(bus.run())
        try:
            await joined(bus)
            await asyncio.sleep(dice.uniform(0, 3 * LATE_S))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def mix_up(rounds: int, seed: int) -> tuple[int, int]:
    """How many hints were said, and how many of those heard were of another topic."""
    dice, heard, wrong = random.Random(seed), dict[str, int](), 0
    async with a_stalling_line(the_redis().port, late_s=LATE_S) as line:
        url = f"redis://127.0.0.1:{line.port}"
        channel = f"late-{seed}-{rounds}-{dice.random()}"
        speaker, hearer = (RedisBus(url, channel, Clock().sleep) for _ in range(2))

        async def hear() -> None:
            nonlocal wrong
            while True:
                message = await hearer.receive()
                assert isinstance(message, Hint)
                topic = int(message.topic.removeprefix("room:"))
                wrong += message.head % TOPICS != topic
                heard[message.topic] = max(heard.get(message.topic, 0), message.head)

        breaking = [
            asyncio.create_task(broken_again_and_again(each, dice)) for each in (speaker, hearer)
        ]
        hearing = asyncio.create_task(hear())
        for round in range(1, rounds + 1):
            for topic in range(TOPICS):
                speaker.publish(hint(topic, round))
            await asyncio.sleep(0.1)  # as fast as this line carries: 256 in each round trip
        for task in breaking:
            task.cancel()
        await asyncio.gather(*breaking, return_exceptions=True)
        # In the end nobody is broken any more, and the newest of each topic arrives.
        quiet = [asyncio.create_task(each.run()) for each in (hearer, speaker)]
        newest = [hint(topic, rounds + 1) for topic in range(TOPICS)]
        last = {each.topic: each.head for each in newest}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WITHIN_S):
                while heard != last:
                    # Said again: what was said while nobody was joined is heard by nobody.
                    for each in newest:
                        speaker.publish(each)
                    await asyncio.sleep(LATE_S)
        for task in (*quiet, hearing):
            task.cancel()
        await asyncio.gather(*quiet, hearing, return_exceptions=True)
    assert heard == last
    return (rounds + 1) * TOPICS, wrong


async def test_late_and_cancelled_answers_mix_nothing_up() -> None:
    assert await mix_up(rounds=30, seed=9) == (31 * TOPICS, 0)


@pytest.mark.long
@pytest.mark.timeout(500)
async def test_of_a_hundred_thousand_messages_none_is_mixed_up() -> None:
    said, wrong = await mix_up(rounds=100_000 // TOPICS, seed=10)
    assert said >= 100_000
    assert wrong == 0
