"""Much that comes at once is done some at a time, in order, and nothing waits when it is quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.turns import Turns


def doing(turns: Turns, done: list[int]) -> Callable[[int], None]:
    def do(number: int) -> None:
        if turns.take():
            done.append(number)
        else:
            turns.later(lambda: done.append(number))

    return do


async def test_no_more_than_its_turns_is_done_in_one_turn_of_the_loop() -> None:
    done: list[int] = []
    do = doing(Turns(asyncio.get_running_loop(), 3), done)
    for number in range(8):
        do(number)
    assert done == [0, 1, 2]
    await asyncio.sleep(0)
    assert done == [0, 1, 2, 3, 4, 5]
    do(8)
    assert done == [0, 1, 2, 3, 4, 5]
    await asyncio.sleep(0)
    assert done == [0, 1, 2, 3, 4, 5, 6, 7, 8]


async def test_others_are_served_between_the_turns() -> None:
    done: list[int] = []
    turns = Turns(asyncio.get_running_loop(), 1)
    do = doing(turns, done)
    for number in range(3):
        do(number)
    asyncio.get_running_loop().call_soon(done.append, 100)
    for _ in range(3):
        await asyncio.sleep(0)
    assert done[:2] == [0, 1]
    assert done.index(100) < done.index(2)


async def test_nothing_waits_when_it_is_quiet() -> None:
    done: list[int] = []
    do = doing(Turns(asyncio.get_running_loop(), 2), done)
    for number in range(6):
        do(number)
        assert done[-1] == number
        await asyncio.sleep(0)
        await asyncio.sleep(0)
