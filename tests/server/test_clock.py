from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.clock import Clock, ShowMap, VirtualClock

NOON = datetime(2021, 1, 28, 12, 0, tzinfo=UTC)
NINE = datetime(2021, 1, 28, 9, 0, tzinfo=UTC)
WITHIN_S = 20.0
"""Of a wait that would last an hour and more."""


def test_show_time_is_an_affine_map_of_wall_time_and_back() -> None:
    show_map = ShowMap(wall=NOON, show=NINE, speed=60)

    assert show_map.to_show(NOON + timedelta(seconds=30)) == NINE + timedelta(minutes=30)
    assert show_map.to_wall(NINE + timedelta(minutes=30)) == NOON + timedelta(seconds=30)


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_clock_that_does_not_run_forward_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        ShowMap(wall=NOON, show=NINE, speed=speed)


def test_a_naive_anchor_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        ShowMap(wall=NOON.replace(tzinfo=None), show=NINE)


def test_show_time_is_utc_wherever_its_anchor_was_set() -> None:
    danish = datetime(2021, 1, 28, 9, 16, tzinfo=ZoneInfo("Europe/Copenhagen"))
    show = ShowMap(danish, danish).to_show(danish)
    assert show.isoformat() == "2021-01-28T08:16:00+00:00"


def test_without_a_map_show_time_is_wall_time() -> None:
    assert abs(Clock().show() - datetime.now(UTC)) < timedelta(seconds=5)


async def test_sleepers_wake_in_the_order_of_their_moments() -> None:
    clock, woken = VirtualClock(NOON), []

    async def sleeper(name: str, after_s: int) -> None:
        await clock.sleep_until(NOON + timedelta(seconds=after_s))
        woken.append(name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sleeper("late", 20))
        tasks.create_task(sleeper("early", 10))
        await clock.settle()
        assert woken == []
        clock.advance(10)
        await clock.settle()
        assert woken == ["early"]
        clock.advance(10)
    assert woken == ["early", "late"]


async def test_a_poke_ends_a_wait_and_is_used_up() -> None:
    clock, poked = VirtualClock(NOON), asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(clock.sleep_until(NOON + timedelta(hours=1), poked=poked))
        await clock.settle()
        poked.set()

    assert not poked.is_set()


async def test_a_real_wait_for_a_moment_that_has_passed_does_not_wait() -> None:
    clock = Clock(ShowMap(wall=datetime.now(UTC), show=NINE))

    async with asyncio.timeout(WITHIN_S):
        await clock.sleep_until(NINE - timedelta(days=1))


async def test_a_real_wait_notices_that_the_wall_was_stepped_forwards() -> None:
    class SteppedClock(Clock):
        offset = timedelta(0)

        def wall(self) -> datetime:
            return super().wall() + self.offset

    clock = SteppedClock()
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(clock.sleep_until(clock.wall() + timedelta(hours=2)))
        await asyncio.sleep(0)
        clock.offset = timedelta(hours=2)


async def test_a_real_wait_can_be_poked() -> None:
    clock, poked = Clock(), asyncio.Event()

    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(clock.sleep_until(clock.wall() + timedelta(hours=1), poked=poked))
        await asyncio.sleep(0)
        poked.set()


def test_a_step_of_the_wall_leaves_monotonic_time_alone() -> None:
    clock = VirtualClock(NOON, ShowMap(wall=NOON, show=NINE, speed=2))
    clock.advance(5)
    clock.step(-3600)

    assert clock.monotonic() == 5
    assert clock.wall() == NOON - timedelta(seconds=3595)
    assert clock.show() == NINE - timedelta(seconds=7190)


def test_advancing_to_a_moment_of_show_time_goes_through_the_speed() -> None:
    clock = VirtualClock(NOON, ShowMap(wall=NOON, show=NINE, speed=60))
    clock.advance_to(NINE + timedelta(hours=1))
    clock.advance_to(NINE)

    assert clock.show() == NINE + timedelta(hours=1)
    assert clock.wall() == NOON + timedelta(minutes=1)
