"""How a feed stands, and what every way in needs of its surroundings.

A *feed* is an input of a source that is not offered by a browser: SRT, a transport stream over UDP,
an HLS stream that is fetched. Each has one state at a time:

    waiting       it listens, or asks again later; nobody sends
    connected     a sender is there
    unavailable   this machine or these settings do not allow it; asked again every minute
    troubled      something comes that cannot be shown, or not whole

The code is stable and pages have words for it; the detail is English, for the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from streams.livesource import Publisher

UNAVAILABLE_AGAIN_S = 60.0
_BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed stands."""

    state: str = "waiting"
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Which input of which source."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a feed is given.

    Args:
        event_ticks: reads the event clock, in video ticks.
        sleep: waits so many seconds.
        attach: a publisher begins on the feed's input.
        detach: that publisher is gone.
    """

    event_ticks: Callable[[], int]
    sleep: Callable[[float], Awaitable[None]]
    attach: Callable[[Publisher], None]
    detach: Callable[[Publisher], None]


class Feed(Protocol):
    """One way in."""

    @property
    def state(self) -> FeedState: ...

    async def run(self) -> None:
        """Take what comes until cancelled, or until it cannot go on."""


class Backoff:
    """How long to wait before the next try: longer each time, from the start when it went well."""

    def __init__(self) -> None:
        self._tries = 0

    def next_s(self) -> float:
        """Seconds until the next try."""
        wait_s = _BACKOFF_S[min(self._tries, len(_BACKOFF_S) - 1)]
        self._tries += 1
        return wait_s

    def reset(self) -> None:
        """It went well."""
        self._tries = 0
