"""Whoever waits at a gate goes on when it opens, and only then."""

from __future__ import annotations

import asyncio

from server.gate import Gate


async def test_an_open_gate_is_passed_at_once() -> None:
    gate = Gate(is_open=True)
    await gate.wait()
    assert gate.is_set()


async def test_everybody_who_waits_goes_on_when_it_opens_though_it_is_shut_again_at_once() -> None:
    gate = Gate(is_open=False)
    waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    gate.set()
    gate.clear()
    await asyncio.gather(*waiting)
    assert not gate.is_set()


async def test_who_comes_after_it_was_shut_waits_for_the_next_time() -> None:
    gate = Gate(is_open=False)
    gate.set()
    gate.clear()
    late = asyncio.create_task(gate.wait())
    await asyncio.sleep(0)
    assert not late.done()
    gate.set()
    await late


async def test_one_who_gives_up_leaves_the_others_waiting() -> None:
    gate = Gate(is_open=False)
    gone, stays = (asyncio.create_task(gate.wait()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert not stays.done()
    gate.set()
    await stays
