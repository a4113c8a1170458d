"""When a crowd has come in."""

from __future__ import annotations

import asyncio
import gc
from datetime import UTC, datetime

import pytest

from server.clock import VirtualClock
from server.ramps import LOOK_EVERY_S, Ramps, freeze_after_ramps


def test_a_few_who_come_are_not_worth_a_stop() -> None:
    ramps = Ramps()
    assert [ramps.is_due(count) for count in (1, 100, 249)] == [False, False, False]


def test_crowd_is_frozen_once() -> None:
    ramps = Ramps()
    assert [ramps.is_due(count) for count in (250, 250, 300, 499)] == [True, False, False, False]
    assert ramps.is_due(500)


def test_larger_crowd_waits_for_a_fifth_more_but_never_for_more_than_a_thousand() -> None:
    ramps = Ramps()
    assert ramps.is_due(2000)
    assert not ramps.is_due(2399)
    assert ramps.is_due(2400)
    assert ramps.is_due(10_000)
    assert not ramps.is_due(10_999)
    assert ramps.is_due(11_000)


def test_who_comes_after_an_ebb_is_new() -> None:
    ramps = Ramps()
    assert ramps.is_due(5000)
    assert not ramps.is_due(0)
    assert ramps.is_due(250)


async def test_process_freezes_what_a_crowd_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: did.append("collect"))
    monkeypatch.setattr(gc, "freeze", lambda: did.append("freeze"))
    clock, crowd = VirtualClock(datetime(2021, 1, 28, 8, tzinfo=UTC)), [10]

    async def looked() -> None:
        clock.advance(LOOK_EVERY_S)
        await clock.settle()

    async with asyncio.TaskGroup() as tasks:
        freezing = tasks.create_task(freeze_after_ramps(lambda: crowd[0], clock))
        await clock.settle()
        await looked()
        assert did == []
        crowd[0] = 400
        await looked()
        await looked()
        assert did == ["collect", "freeze"]
        freezing.cancel()
