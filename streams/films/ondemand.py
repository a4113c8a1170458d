"""Films to be watched on demand: packaged once, long before anybody may open them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from fractions import Fraction

from av import FFmpegError

from streams.errors import Refused
from streams.films.film import Film
from streams.films.filmrung import FilmRung, rung_of
from streams.generations import Generation
from streams.packaging import Packaging
from streams.segments import AccessUnit, Lane
from streams.shelf import Shelf
from streams.timeline import VIDEO_HZ

AT_ONCE = 20
NEARLY_S = 1


def is_whole(generation: Generation | None, film: Film) -> bool:
    """Whether a film was packaged to its end; a process that was killed leaves it half."""
    if generation is None:
        return False
    segments = generation.lanes[Lane.VIDEO].values()
    packaged_s = sum((each.duration_s for each in segments), Fraction(0))
    return all(each.ended for each in segments) and packaged_s > film.duration_s - NEARLY_S


def is_packaged(
    shelf: Shelf, source: str, film: Film, height_px: int, made: str | None, before: str | None
) -> bool:
    """Whether a film need not be packaged again.

    Args:
        height_px: of the lower rendition that is wanted, 0 for none.
        made: the film's version, and behind a space that height where there is one.
        before: the same of what was packaged last; None where only what lies there can say it.
    """
    newest = shelf.newest(source)
    if before is None:
        lacks = height_px > 0 and rung_of(shelf, newest, height_px) is None
        return not lacks and is_whole(newest, film)
    # One that was made with a lower rendition has all that is needed without.
    return f"{before} ".startswith(f"{made} ") and is_whole(newest, film)


async def package(
    film: Film,
    packaging: Packaging,
    progress: Callable[[float], None] = lambda done: None,
    rung: FilmRung | None = None,
) -> None:
    """Packages a film from its beginning, the loop goes on meanwhile.

    Args:
        rung: takes the pictures too, and is waited for.
        progress: told now and then how much is done, 0 to 1.

    Raises:
        Refused: `unreadable`, where the file breaks off.
    """
    for number, unit in enumerate(_frames(film)):
        packaging.push(unit)
        if number % AT_ONCE == 0:
            progress(min(1.0, packaging.end_ticks / VIDEO_HZ / max(film.duration_s, 1)))
            await asyncio.sleep(0)
        if rung is not None:
            await rung.keep_up()
    packaging.cut(packaging.end_ticks)


def _frames(film: Film) -> Iterator[AccessUnit]:
    try:
        yield from film.access_units(0)
    except (FFmpegError, OSError, ValueError, RuntimeError) as error:
        detail = f"expected a whole film; it breaks off: {type(error).__name__}"
        raise Refused("unreadable", detail) from error
