"""The lower rendition of a film on demand, coded while the film is packaged.

A live source never waits for its coder (ladder.py); a film does, because nobody watches it yet: it
is packaged no faster than the coder takes its pictures. A coder that dies, or says nothing for
SILENT_AT_MOST_S, leaves the film without a lower rendition, as does a film that is no taller than
the rung: then only the film itself is listed.

Which generation is whose rung stands in the index (`Generation.rung_of`). A rung is listed when it
has every segment that its film has, and so after a restart too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streams.generations import RUNG, Generation
from streams.ladder import Rung
from streams.packaging import Packaging
from streams.segments import Lane
from streams.shelf import Shelf

log = logging.getLogger("topmoede.films")

MOST_AHEAD = 2
"""Segments that the coder may owe while the next one is read."""
BEGINS_WITHIN_S = 20.0
SILENT_AT_MOST_S = 120.0
NICE = 15


class FilmRung:
    """One film's coder at work."""

    def __init__(self, shelf: Shelf, source: str, height_px: int, part_ticks: int) -> None:
        self._heard = asyncio.Event()
        self.rung = Rung(shelf, source, height_px, part_ticks, self._heard.set, nice=NICE)

    async def keep_up(self, most_ahead: int = MOST_AHEAD) -> None:
        """Waits until the coder owes no more segments than these."""
        await self.rung.drained()
        while self.rung.unsettled > most_ahead:
            self._heard.clear()
            try:
                async with asyncio.timeout(SILENT_AT_MOST_S):
                    await self._heard.wait()
            except TimeoutError:
                self.rung.end_coder("expected a coder that answers; it does not")


@asynccontextmanager
async def a_rung(
    shelf: Shelf, packaging: Packaging, height_px: int, part_ticks: int
) -> AsyncIterator[FilmRung | None]:
    """The pictures of a packaging go to a coder too; None where none is wanted.

    In the end all that it was sent has been answered, or never will be.
    """
    if not height_px:
        yield None
        return
    film = FilmRung(shelf, packaging.source, height_px, part_ticks)
    async with asyncio.TaskGroup() as group:
        coding = group.create_task(film.rung.code())
        try:
            async with asyncio.timeout(BEGINS_WITHIN_S):
                await film.rung.coding.wait()
        except TimeoutError:
            log.warning("a film goes without a lower rendition: no coder begins")
        packaging.climb(film.rung)
        yield film
        await film.keep_up(0)
        coding.cancel()


def rung_of(shelf: Shelf, film: Generation | None, height_px: int) -> Generation | None:
    """The lower rendition of a packaged film, whole; None where it has none."""
    if film is None or not height_px:
        return None
    found = shelf.newest(f"{film.source}{RUNG}{height_px}")
    if found is None or found.rung_of != film.number:
        return None
    own, whole = found.lanes[Lane.VIDEO], film.lanes[Lane.VIDEO]
    return found if own.keys() == whole.keys() else None
