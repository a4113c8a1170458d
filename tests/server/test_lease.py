"""Who keeps time: one row, two workers, a clock that the test moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from server.access.actor import SYSTEM
from server.clock import VirtualClock
from server.database import Database
from server.errors import Refused
from server.journal import new_edition, open_journal
from server.lease import FOR_S, RENEW_EVERY_S, Lease
from tests.server.guestbook import NOON, PostMessage, a_library


@dataclass
class Desk:
    """Two workers that ask for the same lease."""

    clock: VirtualClock
    one: Lease
    two: Lease

    def holders(self) -> list[str]:
        return [name for name, lease in (("one", self.one), ("two", self.two)) if lease.held()]


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    database, clock = Database(database_url), VirtualClock(NOON)
    await database.migrate()
    journal = await open_journal(database, new_edition("e", "Test", clock.show_map, epoch="a1"))
    yield Desk(clock, Lease(journal, clock), Lease(journal, clock))
    await database.close()


async def test_one_of_two_holds_it_and_keeps_it_by_renewing(desk: Desk) -> None:
    assert desk.holders() == []
    for _ in range(10):
        await desk.one.renew()
        await desk.two.renew()
        assert desk.holders() == ["one"]
        desk.clock.advance(RENEW_EVERY_S)


async def test_who_does_not_renew_loses_it_before_another_may_take_it(desk: Desk) -> None:
    await desk.one.renew()
    desk.clock.advance(FOR_S - 0.1)
    await desk.two.renew()
    assert desk.holders() == ["one"]

    desk.clock.advance(0.1)
    assert desk.holders() == []
    await desk.two.renew()
    assert desk.holders() == ["two"]


async def test_who_wakes_up_late_does_nothing_until_the_lease_is_theirs_again(desk: Desk) -> None:
    await desk.one.renew()
    desk.clock.advance(60)
    await desk.two.renew()
    await desk.one.renew()
    assert desk.holders() == ["two"]
    assert desk.one.lost.is_set()


async def test_who_ends_lets_go_at_once(desk: Desk) -> None:
    running = asyncio.create_task(desk.one.run())
    async with asyncio.timeout(10):
        await desk.one.taken.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await desk.two.renew()
    assert desk.holders() == ["two"]


async def test_a_database_that_cannot_be_asked_lets_the_lease_run_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.one.renew()

    async def refuse() -> bool:
        raise OSError("gone")

    monkeypatch.setattr(desk.one, "_take", refuse)
    desk.clock.advance(RENEW_EVERY_S)
    await desk.one.renew()
    assert desk.holders() == ["one"]
    desk.clock.advance(FOR_S)
    await desk.one.renew()
    assert desk.holders() == []
    assert "cannot be looked at" in caplog.text


async def test_a_task_runs_while_the_lease_is_held_and_at_no_other_time(desk: Desk) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def direct() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def in_time(event: asyncio.Event) -> None:
        async with asyncio.timeout(10):
            await event.wait()
        event.clear()

    running = asyncio.create_task(desk.one.while_held(direct))
    await asyncio.sleep(0)
    assert not begun.is_set()
    for _ in range(2):
        await desk.one.renew()
        await in_time(begun)
        desk.clock.advance(2 * FOR_S)
        await desk.two.renew()
        await desk.one.renew()
        await in_time(ended)
        assert not begun.is_set()
        desk.clock.advance(2 * FOR_S)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_the_system_wants_done_is_refused_without_the_lease(database_url: str) -> None:
    async with a_library(database_url) as library:
        library.dispatch.may_direct = lambda: False
        with pytest.raises(Refused) as refused:
            await library.dispatch.command(SYSTEM, "auto:1", "room:aalborg", PostMessage("hej"))
        assert refused.value.code == "lease_lost"
        assert (await library.post("hej")).seq == 1
