"""Plays a clip out: its frames go to a packaging when they are due, on the event clock.

Playing out follows the wall with a fixed lag, so that it stands where live pictures stand when
they arrive and a cut in either direction meets no hole. What is late already (a slate that stands
in for two seconds that were lost) is handed over at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Protocol

from streams.clips import Clip
from streams.packaging import Packaging
from streams.segments import AccessUnit, Lane
from streams.timeline import AUDIO_HZ, VIDEO_HZ

LAG_TICKS = VIDEO_HZ * 3 // 10
AT_ONCE = 200
LOOK_EVERY_S = 0.04


class Ticks(Protocol):
    """The event clock now, and waiting on it."""

    def now_ticks(self) -> int:
        """In video ticks."""

    async def sleep(self, wall_s: float) -> None: ...


async def play_out(
    clip: Clip,
    packaging: Packaging,
    start_ticks: int,
    ticks: Ticks,
    *,
    offset_s: float = 0.0,
    ended: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Plays until the clip ends or the task is cancelled.

    Args:
        start_ticks: of its first picture on the event clock.
        offset_s: where in the clip to begin.
        ended: called when the clip has run out.
    """
    units = clip.access_units(start_ticks, offset_s)
    waiting = next(units, None)
    while waiting is not None:
        due = ticks.now_ticks() - LAG_TICKS
        if _instant_ticks(waiting) > due:
            await ticks.sleep(LOOK_EVERY_S)
            continue
        packaging.push(waiting)
        for unit in islice(units, AT_ONCE):
            if _instant_ticks(unit) > due:
                waiting = unit
                break
            packaging.push(unit)
        else:
            await asyncio.sleep(0)
            waiting = next(units, None)
    if ended is not None:
        await ended()


def _instant_ticks(unit: AccessUnit) -> int:
    """Decode time in video ticks."""
    if unit.lane is Lane.VIDEO:
        return unit.dts_ticks
    return unit.dts_ticks * VIDEO_HZ // AUDIO_HZ
