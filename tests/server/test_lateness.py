"""How late the loop is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from server.clock import VirtualClock
from server.lateness import FADES_BY, LOOK_EVERY_S, Lateness


def test_lateness_fades_and_a_longer_one_counts_at_once() -> None:
    late = Lateness(VirtualClock(datetime(2021, 1, 28, tzinfo=UTC)))
    late.receive(0.5)
    assert late.now_s == 0.5
    late.receive(0.1)
    assert late.now_s == 0.5 * FADES_BY
    late.receive(0.7)
    assert late.now_s == late.longest_s == 0.7
    for _ in range(100):
        late.receive(-0.001)
    assert 0 <= late.now_s < 0.001
    assert late.longest_s == 0.7


async def test_timer_that_comes_late_is_noted() -> None:
    clock = VirtualClock(datetime(2021, 1, 28, tzinfo=UTC))
    late = Lateness(clock)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(late.run())
        await clock.settle()
        clock.advance(LOOK_EVERY_S)
        await clock.settle()
        assert late.longest_s == pytest.approx(0)
        clock.advance(LOOK_EVERY_S + 0.3)
        await clock.settle()
        assert late.longest_s == pytest.approx(0.3)
        watching.cancel()
