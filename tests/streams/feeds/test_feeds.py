from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streams.feeds import feeds
from streams.feeds.feeding import Backoff, FeedState, Place
from streams.feeds.feeds import Feeds, Plan
from streams.feeds.hlsfeed import HlsPlan
from streams.feeds.srt import SrtPlan
from streams.feeds.tsudp import UdpPlan
from streams.livesource import Publisher


class Ticks:
    """Time that passes only as far as somebody who waits is let go."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now_ticks(self) -> int:
        return 0

    async def sleep(self, wall_s: float) -> None:
        self.slept.append(wall_s)
        await asyncio.sleep(0)


class Desk:
    """A desk that is ready and notes nothing."""

    def __init__(self) -> None:
        self.ticks = Ticks()
        self.ready = asyncio.Event()
        self.ready.set()

    def attach(self, source: str, name: str, publisher: Publisher) -> None: ...

    def detach(self, source: str, name: str, publisher: Publisher) -> None: ...


class Failing:
    """A feed that fails the first times it is run."""

    def __init__(self, failures: int) -> None:
        self.failures, self.running = failures, asyncio.Event()
        self.state = FeedState()

    async def run(self) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("expected to fail")
        self.running.set()
        await asyncio.Event().wait()


async def test_a_feed_that_fails_is_started_again_and_takes_no_other_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = iter([Failing(0), Failing(3)])
    monkeypatch.setattr(feeds, "_feed", lambda *_: next(made))
    plan = UdpPlan("127.0.0.1", 5000)
    running = Feeds(Desk(), {Place("a", "main"): plan, Place("b", "main"): plan})
    task = asyncio.create_task(running.run())
    found: Any = running.feeds.values()
    for feed in found:
        await feed.running.wait()
    task.cancel()
    await asyncio.wait([task])


def test_a_source_tells_how_its_own_feeds_stand() -> None:
    plans: dict[Place, Plan] = {
        Place("hall", "main"): SrtPlan("127.0.0.1", 9000),
        Place("hall", "backup"): HlsPlan("https://example.dk/"),
        Place("other", "main"): UdpPlan("127.0.0.1", 5000),
    }
    health = Feeds(Desk(), plans).health("hall")
    assert health == {
        name: {"state": "waiting", "code": None, "detail": None} for name in ("main", "backup")
    }


def test_what_keeps_a_feed_away_is_warned_of_beside_what_is_warned_of_already() -> None:
    running = Feeds(Desk(), {Place("hall", "main"): UdpPlan("127.0.0.1", 5000)})
    troubled = Failing(0)
    troubled.state = FeedState("unavailable", "port_taken", "expected a free UDP port 5000")
    running.feeds[Place("hall", "main")] = troubled
    inputs = [{"name": each, "warnings": [{"code": "no_sound"}]} for each in ("main", "backup")]
    shown = running.shown_with("hall", {"inputs": inputs})
    told = [[warning["code"] for warning in each["warnings"]] for each in shown["inputs"]]
    assert told == [["no_sound", "feed_port_taken"], ["no_sound"]]
    assert shown["feeds"]["main"]["detail"] == "expected a free UDP port 5000"
    assert running.shown_with("other", {"connected": True}) == {"connected": True}


def test_waits_grow_and_begin_again_when_it_went_well() -> None:
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(8)]
    assert waits == sorted(waits)
    assert waits[0] < waits[-1] == waits[-2]
    backoff.reset()
    assert backoff.next_s() == waits[0]
