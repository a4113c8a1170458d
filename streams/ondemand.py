"""Films to be watched on demand: packaged once, long before anybody may open them."""

from __future__ import annotations

import asyncio
from fractions import Fraction

from streams.film import Film
from streams.packaging import Packaging
from streams.segments import Lane
from streams.shelf import Generation

AT_ONCE = 100
NEARLY_S = 1


def is_whole(generation: Generation | None, film: Film) -> bool:
    """Whether a film was packaged to its end; a process that was killed leaves it half."""
    if generation is None:
        return False
    segments = generation.lanes[Lane.VIDEO].values()
    packaged_s = sum((each.duration_s for each in segments), Fraction(0))
    return all(each.ended for each in segments) and packaged_s > film.duration_s - NEARLY_S


async def package(film: Film, packaging: Packaging) -> None:
    """Packages a film from its beginning; the loop goes on meanwhile."""
    for number, unit in enumerate(film.access_units(0)):
        packaging.push(unit)
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
    packaging.cut(packaging.end_ticks)
