from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from server.clock import VirtualClock, same_as_wall
from server.database import Database
from server.errors import Refused
from server.journal import new_edition, open_journal
from server.viewings import KEPT, Viewing, Viewings

NINE = datetime(2021, 1, 28, 8, tzinfo=UTC)


@pytest_asyncio.fixture
async def viewings(database_url: str) -> AsyncIterator[Viewings]:
    database = Database(database_url)
    await database.migrate()
    journal = await open_journal(database, new_edition("day", "Test", same_as_wall()))
    yield Viewings(journal, VirtualClock(NINE, same_as_wall()))
    await database.close()


def ago(seconds: float) -> datetime:
    return NINE - timedelta(seconds=seconds)


async def test_the_newest_position_counts_whichever_comes_last(viewings: Viewings) -> None:
    await viewings.note("anna", "01", 10, ago(60))
    await viewings.note("anna", "01", 95.5, ago(5))
    await viewings.note("anna", "01", 20, ago(30))
    assert await viewings.of("anna") == {"01": Viewing(95.5, ago(5))}


async def test_each_person_has_their_own(viewings: Viewings) -> None:
    await viewings.note("anna", "01", 10, None)
    await viewings.note("bo", "02", 20, None)
    assert await viewings.of("anna") == {"01": Viewing(10.0, NINE)}
    assert await viewings.of("carl") == {}


async def test_a_device_s_clock_that_runs_ahead_does_not_win_for_ever(viewings: Viewings) -> None:
    await viewings.note("anna", "01", 10, NINE + timedelta(days=900))
    await viewings.note("anna", "01", 20, NINE)
    assert (await viewings.of("anna"))["01"] == Viewing(20.0, NINE)


@pytest.mark.parametrize("position_s", [-1, float("nan"), float("inf"), 1e9])
async def test_no_recording_has_such_a_place(viewings: Viewings, position_s: float) -> None:
    with pytest.raises(Refused, match="expected a position"):
        await viewings.note("anna", "01", position_s, None)


async def test_what_was_said_long_ago_is_forgotten(viewings: Viewings) -> None:
    await viewings.note("anna", "01", 10, NINE - KEPT - timedelta(days=1))
    await viewings.note("anna", "02", 10, NINE - KEPT + timedelta(days=1))
    assert await viewings.forget_old() == 1
    assert list(await viewings.of("anna")) == ["02"]
