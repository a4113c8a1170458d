from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.clock import VirtualClock
from server.errors import Refused
from server.trial import BLOCK_BYTES, BLOCKS_AT_ONCE, EVENTS, MOST_STREAMS, Trial

NOW = datetime(2021, 1, 28, 8, 0, tzinfo=UTC)


def a_trial(folder: Path) -> tuple[Trial, VirtualClock]:
    clock = VirtualClock(NOW)
    return Trial(folder, clock), clock


def test_a_clip_that_is_not_made_yet_says_when_to_come_back(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        a_trial(tmp_path)[0].file("index.m3u8")
    assert refused.value.code == "not_ready"
    assert refused.value.facts["retry_ms"] == 3000


def test_measuring_has_one_allowance_for_everybody(tmp_path: Path) -> None:
    trial, clock = a_trial(tmp_path)
    assert {len(trial.block()) for _ in range(BLOCKS_AT_ONCE)} == {BLOCK_BYTES}
    with pytest.raises(Refused) as refused:
        trial.block()
    assert refused.value.code == "too_fast"
    clock.advance(1)
    assert trial.block()


async def test_events_come_one_by_one_and_their_streams_are_counted(tmp_path: Path) -> None:
    trial, clock = a_trial(tmp_path)
    streams = [trial.events() for _ in range(MOST_STREAMS)]
    assert [await anext(stream) for stream in streams] == [b"data: 0\n\n"] * MOST_STREAMS
    with pytest.raises(Refused) as refused:
        trial.events()
    assert refused.value.code == "busy"
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]
    clock.advance(10)
    stream, heard = trial.events(), []
    heard.append(await anext(stream))
    while len(heard) < EVENTS:
        following = asyncio.ensure_future(anext(stream))
        await clock.settle()
        clock.advance(1)
        heard.append(await following)
    assert heard[-1] == b"data: 4\n\n"
    assert trial.events()
