"""Plays a clip out: its frames go to a packaging when they are due, on the event clock.

Playing out follows the wall with a fixed lag, so that it stands where live pictures stand when
they arrive. What is late already (a slate that stands in for two seconds that were lost) is handed
over at once, and so is, at a cut, what the lag still held back: the cut meets no hole. Where a
live source is awaited that is later than the lag, playing out waits for it: the cut will be at an
IDR of the source, and what was played beyond that instant could not be taken back.

A clip that cannot be read any further (its file is gone, or broken in the middle) has ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol

from av import FFmpegError

from streams.packaging import Packaging
from streams.segments import AccessUnit
from streams.timeline import VIDEO_HZ

log = logging.getLogger("topmoede.playout")

LAG_TICKS = VIDEO_HZ * 3 // 10
AT_ONCE = 200
LOOK_EVERY_S = 0.04


class Ticks(Protocol):
    """The event clock now, and waiting on it."""

    def now_ticks(self) -> int:
        """In video ticks."""

    async def sleep(self, wall_s: float) -> None: ...


class Playout:
    """A clip on its way to a packaging.

    Args:
        units: the clip's, from its start on the event clock.
    """

    def __init__(self, units: Iterator[AccessUnit], packaging: Packaging) -> None:
        self._units = units
        self._packaging = packaging
        self._waiting = self._following()

    @property
    def ended(self) -> bool:
        """Whether the clip has no frame left."""
        return self._waiting is None

    async def run(
        self, ticks: Ticks, due_ticks: Callable[[], int], ended: Callable[[], Awaitable[None]]
    ) -> None:
        """Plays until the frames run out or the task is cancelled; then calls `ended`.

        Args:
            due_ticks: what comes before this may be played now.
        """
        while self._waiting is not None:
            if self.advance(due_ticks(), AT_ONCE) < AT_ONCE:
                await ticks.sleep(LOOK_EVERY_S)
            else:
                await asyncio.sleep(0)
        await ended()

    async def catch_up(self, until_ticks: int) -> None:
        """Hands over everything before an instant; others get their turn in between."""
        behind = True
        while behind:
            behind = self.advance(until_ticks, AT_ONCE) == AT_ONCE
            await asyncio.sleep(0)

    def advance(self, until_ticks: int, most: int) -> int:
        """Hands over what comes before an instant; returns how many frames that were."""
        count = 0
        while count < most and self._waiting and self._waiting.decoded_ticks < until_ticks:
            self._packaging.push(self._waiting)
            self._waiting = self._following()
            count += 1
        return count

    def _following(self) -> AccessUnit | None:
        try:
            return next(self._units, None)
        except (FFmpegError, OSError, ValueError):
            log.exception("expected the clip's next frame; it ends here")
            return None
