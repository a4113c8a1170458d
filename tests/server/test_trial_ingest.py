from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from server.access.actor import Actor
from server.clock import VirtualClock
from server.trial_ingest import AT_ONCE, LONGEST_S, TrialIngest
from streams.webrtc.gathering import Reach
from streams.webrtc.whip import OFFER, Refused
from tests.streams.loopback_camera import a_connection, an_offer

NOW = datetime(2021, 1, 28, 8, 0, tzinfo=UTC)


def somebody(id: str) -> Actor:
    return Actor(id, id.title(), "individual")


@asynccontextmanager
async def a_trial() -> AsyncIterator[tuple[TrialIngest, VirtualClock, str]]:
    """An ingest with an offer to make to it; every session is seen off at the end."""
    clock = VirtualClock(NOW)
    trial = TrialIngest(clock, Reach(loopback=True))
    connection = a_connection()
    try:
        yield trial, clock, await an_offer(connection)
    finally:
        await connection.close()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(trial.run())
            await asyncio.sleep(0)
            running.cancel()


async def test_what_is_no_offer_is_refused() -> None:
    async with a_trial() as (trial, _, offer):
        for kind, body, code in (
            (OFFER, "v=0", "bad_offer"),
            ("text/plain", offer, "unsupported_type"),
        ):
            with pytest.raises(Refused) as refused:
                await trial.offer(somebody("mette"), kind, body)
            assert refused.value.code == code


async def test_one_trial_a_person_and_a_few_at_once() -> None:
    async with a_trial() as (trial, _, offer):
        for _ in range(2):
            for number in range(AT_ONCE):
                assert (await trial.offer(somebody(f"p{number}"), OFFER, offer)).answer
        assert len(trial.sessions) == AT_ONCE
        with pytest.raises(Refused) as refused:
            await trial.offer(somebody("one-more"), OFFER, offer)
        assert refused.value.code == "too_many_sessions"


async def test_a_trial_is_ended_by_its_own_person_alone() -> None:
    async with a_trial() as (trial, _, offer):
        created = await trial.offer(somebody("mette"), OFFER, offer)
        with pytest.raises(Refused):
            await trial.leave(somebody("jens"), created.session)
        await trial.leave(somebody("mette"), created.session)
        assert trial.sessions == ()


async def test_a_trial_lasts_for_half_a_minute_and_starts_nothing() -> None:
    async with a_trial() as (trial, clock, offer), asyncio.TaskGroup() as tasks:
        await trial.offer(somebody("mette"), OFFER, offer)
        (session,) = trial.sessions
        ending = tasks.create_task(trial.end_long_ones())
        await clock.settle()
        clock.advance(LONGEST_S - 1)
        await clock.settle()
        ended = [session.ended]
        clock.advance(2)
        await clock.settle()
        ended.append(session.ended)
        assert ended == [False, True]
        assert session._emit is None
        ending.cancel()
