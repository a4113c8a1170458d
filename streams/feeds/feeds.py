"""All feeds of an edition: each runs on its own, and one that fails takes no other with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Protocol

from streams.feeds.feeding import Feed, Place, Surroundings
from streams.feeds.hlsfeed import HlsFeed, HlsPlan
from streams.feeds.srt import SrtFeed, SrtPlan
from streams.feeds.tsudp import UdpFeed, UdpPlan
from streams.livesource import Publisher

log = logging.getLogger("topmoede.feeds")

AGAIN_AFTER_S = 5.0

Plan = SrtPlan | UdpPlan | HlsPlan


class Ticks(Protocol):
    """The event clock now."""

    def now_ticks(self) -> int: ...

    async def sleep(self, wall_s: float) -> None: ...


class Desk(Protocol):
    """Where publishers are attached (desk.Desk)."""

    @property
    def ticks(self) -> Ticks: ...

    @property
    def ready(self) -> asyncio.Event: ...

    def attach(self, source: str, name: str, publisher: Publisher) -> None: ...

    def detach(self, source: str, name: str, publisher: Publisher) -> None: ...


class Feeds:
    """Runs the feeds that an installation was told of.

    Args:
        plans: what to do for which input.
    """

    def __init__(self, desk: Desk, plans: Mapping[Place, Plan]) -> None:
        self._desk = desk
        self.feeds: dict[Place, Feed] = {
            place: _feed(place, plan, self._surroundings(place)) for place, plan in plans.items()
        }

    async def run(self) -> None:
        """Run all of them until cancelled."""
        await self._desk.ready.wait()
        async with asyncio.TaskGroup() as tasks:
            for place, feed in self.feeds.items():
                tasks.create_task(self._guard(place, feed))
        await asyncio.Event().wait()

    def health(self, source: str) -> dict[str, dict[str, object]]:
        """How the feeds of a source stand, by the name of their input."""
        return {
            place.name: {
                "state": feed.state.state,
                "code": feed.state.code,
                "detail": feed.state.detail,
            }
            for place, feed in self.feeds.items()
            if place.source == source
        }

    def shown_with(self, source: str, health: dict[str, Any]) -> dict[str, Any]:
        """A source's health, with what keeps a feed away said of its input."""
        if not (feeds := self.health(source)):
            return health
        inputs = [
            each | {"warnings": [*each["warnings"], *_warnings(feeds.get(each["name"]))]}
            for each in health.get("inputs", ())
        ]
        return health | {"feeds": feeds, "inputs": inputs}

    async def _guard(self, place: Place, feed: Feed) -> None:
        while True:
            try:
                await feed.run()
            except Exception:
                log.exception("a feed failed, starting again", extra={"source": place.source})
            await self._desk.ticks.sleep(AGAIN_AFTER_S)

    def _surroundings(self, place: Place) -> Surroundings:
        desk = self._desk
        return Surroundings(
            desk.ticks.now_ticks,
            desk.ticks.sleep,
            lambda publisher: desk.attach(place.source, place.name, publisher),
            lambda publisher: desk.detach(place.source, place.name, publisher),
        )


def _warnings(feed: Mapping[str, object] | None) -> list[dict[str, str]]:
    code = feed["code"] if feed else None
    return [{"code": f"feed_{code}"}] if code else []


def _feed(place: Place, plan: Plan, surroundings: Surroundings) -> Feed:
    match plan:
        case SrtPlan():
            return SrtFeed(place, plan, surroundings)
        case UdpPlan():
            return UdpFeed(place, plan, surroundings)
        case HlsPlan():
            return HlsFeed(place, plan, surroundings)
