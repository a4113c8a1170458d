"""What a recording shows, in the time in which its text is written.

A film's text counts in the film's own time: a recording shows the stretches of it that were played
out, as often as they were, and nothing of it while a slate covered it. Any other text counts from a
picture of the recording, wherever that is: so it is known by its *origin*, an instant of the event
clock. Between two runs of an item that clock goes on and the recording does not, so what lies
between an origin and a cut is counted along everything that was on air.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from streams.films.stretches import Stretch, joined
from streams.recordings.spans import Span


@dataclass(frozen=True, slots=True)
class Showing:
    """An item's recording as its text needs to know it.

    Args:
        cut: what the newest cut shows: of the film, or of the event clock where there is none.
        whole: everything that was on air, of the event clock; empty where there is a film.
    """

    cut: tuple[Stretch, ...]
    whole: tuple[Stretch, ...] = ()

    @property
    def begins_ticks(self) -> int | None:
        """The origin of a text that is written beside it now."""
        return self.cut[0].from_ticks if self.cut else None

    def of_text(self, origin_ticks: int) -> tuple[Stretch, ...]:
        """The stretches in the time of a text that counts from this instant."""
        counts_from = _along(self.whole, origin_ticks)
        return joined(
            replace(each, from_ticks=_along(self.whole, each.from_ticks) - counts_from)
            for each in self.cut
        )

    def to_json(self) -> Any:
        return [[_row(each) for each in table] for table in (self.cut, self.whole)]


def read_showing(data: Any) -> Showing:
    """The one behind `to_json`. Raises TypeError, ValueError for what is none."""
    cut, whole = (tuple(Stretch(*row) for row in table) for table in data)
    return Showing(cut, whole)


def of_a_film(film: str, spans: Iterable[Span], *, goes_on: bool) -> Showing:
    """What a recording shows of a film.

    Args:
        goes_on: it is still on the channel; what is shown last has no end yet.
    """
    rows: list[Stretch] = []
    last: Span | None = None
    for last in spans:
        filmed = last.generation.filmed
        if filmed is not None and filmed.film == film:
            begins = filmed.place_ticks(last.start_ticks)
            rows.append(Stretch(last.at_ticks, begins, last.duration_ticks))
    ends_with_it = bool(rows) and last is not None and rows[-1].at_ticks == last.at_ticks
    return Showing(_open_ended(joined(rows)) if goes_on and ends_with_it else joined(rows))


def of_what_was_live(cut: Sequence[Span], whole: Sequence[Span], *, goes_on: bool) -> Showing:
    """What a recording shows of the event clock; as `of_a_film`."""
    kept, every = _on_the_clock(cut), _on_the_clock(whole)
    return Showing(_open_ended(kept) if goes_on else kept, every)


def _on_the_clock(spans: Iterable[Span]) -> tuple[Stretch, ...]:
    return joined(Stretch(span.at_ticks, span.start_ticks, span.duration_ticks) for span in spans)


def _open_ended(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    return (*stretches[:-1], *(replace(last, lasts_ticks=None) for last in stretches[-1:]))


def _along(whole: Sequence[Stretch], instant_ticks: int) -> int:
    """Where in everything that was on air an instant is; between two runs, where the second is."""
    for stretch in whole:
        passed, lasts = instant_ticks - stretch.from_ticks, stretch.lasts_ticks
        if lasts is None or passed <= lasts:
            return stretch.at_ticks + max(0, passed)
    return whole[-1].at_ticks + (whole[-1].lasts_ticks or 0) if whole else instant_ticks


def _row(stretch: Stretch) -> list[int | None]:
    return [stretch.at_ticks, stretch.from_ticks, stretch.lasts_ticks]
