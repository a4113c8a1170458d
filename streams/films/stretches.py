"""Captions along what a recording shows of that for which they were written.

A text counts in a time of its own: that of a film, or that of the whole recording. What people see
is seldom all of it in one go. A cut leaves out a beginning and an end; a slate covers a film, which
goes on behind it; the moderator goes back, and the film is shown once more from its beginning. So a
recording is a table of *stretches*, each at its place, and

    given out   each cue is cut along the stretches: seen as often and as long as its picture is
    taken in    what was written beside the recording goes to where its picture is in the text's own
                time. What the recording does not show, or what nobody changed, stays as it is

There is one text, however often it is shown: whoever changes a cue in one place changes all.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from streams.films.captions import Cue
from streams.timeline import VIDEO_HZ

SHORTEST_S = 0.1
"""What is left of a cue at the edge of a stretch is not shown for less: nobody could read it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a recording shows in one go; video ticks.

    Args:
        at_ticks: where in the recording.
        from_ticks: where in the text's own time; before 0 where the text begins later.
        lasts_ticks: None: it still goes on.
    """

    at_ticks: int
    from_ticks: int
    lasts_ticks: int | None = None

    @property
    def at_s(self) -> float:
        return self.at_ticks / VIDEO_HZ

    @property
    def from_s(self) -> float:
        return self.from_ticks / VIDEO_HZ

    @property
    def until_s(self) -> float:
        """Where it ends in the text's own time."""
        lasts = self.lasts_ticks
        return inf if lasts is None else (self.from_ticks + lasts) / VIDEO_HZ


@dataclass(frozen=True, slots=True)
class Beside:
    """How a text that was written beside a recording is taken in.

    Args:
        stretches: what the recording shows, in the own time of the text that is to be.
        later_s: by how much that of the text that was there is behind it.
    """

    stretches: tuple[Stretch, ...]
    later_s: float = 0.0


def joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The same, where what follows on another is one with it."""
    rows: list[Stretch] = []
    for each in stretches:
        last = rows[-1] if rows else None
        if last and last.lasts_ticks is not None and _follows(last, each):
            lasts = None if each.lasts_ticks is None else last.lasts_ticks + each.lasts_ticks
            rows[-1] = Stretch(last.at_ticks, last.from_ticks, lasts)
        else:
            rows.append(each)
    return tuple(rows)


def given_out(cues: Sequence[Cue], stretches: Iterable[Stretch]) -> tuple[Cue, ...]:
    """Cues as the recording shows them, in order.

    Args:
        cues: in order of their beginnings.
    """
    shown = (
        cue
        for stretch in stretches
        for each in cues[: bisect_left(cues, stretch.until_s, key=lambda cue: cue.start_s)]
        for cue in _shown(each, stretch)
    )
    return tuple(sorted(shown, key=lambda cue: (cue.start_s, cue.end_s)))


def taken_in(
    written: Iterable[Cue], there: Iterable[Cue], stretches: Sequence[Stretch]
) -> tuple[Cue, ...]:
    """The text that it comes to, in its own time.

    Args:
        written: in the recording's time.
        there: the text as it was, in its own time.
    """
    written = tuple(written)
    still, given = {_key(cue) for cue in written}, set()
    text: dict[_Key, Cue] = {}
    for cue in there:
        seen = [(_key(one), stretch) for stretch in stretches for one in _shown(cue, stretch)]
        given |= {key for key, _ in seen}
        gone = [stretch for key, stretch in seen if key not in still]
        text |= {_key(left): left for left in _without(cue, gone)}
    for cue in written:
        if _key(cue) not in given:
            own = _owned(cue, stretches)
            text[_key(own)] = own
    return tuple(sorted(text.values(), key=lambda cue: (cue.start_s, cue.end_s)))


_Key = tuple[int, int, str]


def _key(cue: Cue) -> _Key:
    """Which cue it is, to the millisecond: that is how they are written."""
    return round(cue.start_s * 1000), round(cue.end_s * 1000), cue.text


def _follows(last: Stretch, each: Stretch) -> bool:
    lasts = last.lasts_ticks or 0
    ends = last.at_ticks + lasts, last.from_ticks + lasts
    return ends == (each.at_ticks, each.from_ticks)


def _shown(cue: Cue, stretch: Stretch) -> Iterator[Cue]:
    """What a stretch shows of a cue; nothing, or one."""
    start_s, end_s = max(cue.start_s, stretch.from_s), min(cue.end_s, stretch.until_s)
    if end_s - start_s >= min(SHORTEST_S, cue.end_s - cue.start_s):
        by_s = stretch.at_s - stretch.from_s
        yield Cue(start_s + by_s, end_s + by_s, cue.text)


def _without(cue: Cue, gone: Iterable[Stretch]) -> list[Cue]:
    """A cue without what lies in stretches where it is no more."""
    left = [cue]
    for stretch in gone:
        left = [
            Cue(start_s, end_s, cue.text)
            for each in left
            for start_s, end_s in (
                (each.start_s, min(each.end_s, stretch.from_s)),
                (max(each.start_s, stretch.until_s), each.end_s),
            )
            if end_s - start_s >= SHORTEST_S
        ]
    return left


def _owned(cue: Cue, stretches: Sequence[Stretch]) -> Cue:
    """A cue of the recording in the text's own time.

    It belongs to the stretch that shows most of it, and ends with that one. What stands over a
    slate goes on behind the stretch before it, so that it is not lost.
    """
    if not stretches:
        return cue
    best = max(stretches, key=lambda stretch: _overlap_s(cue, stretch))
    if _overlap_s(cue, best) > 0:
        by_s = best.from_s - best.at_s
        start_s, end_s = max(cue.start_s + by_s, best.from_s), min(cue.end_s + by_s, best.until_s)
        return _from_zero(start_s, end_s, cue.text)
    before = [stretch for stretch in stretches if stretch.at_s <= cue.start_s]
    nearest = before[-1] if before else stretches[0]
    by_s = nearest.from_s - nearest.at_s
    return _from_zero(cue.start_s + by_s, cue.end_s + by_s, cue.text)


def _overlap_s(cue: Cue, stretch: Stretch) -> float:
    by_s = stretch.from_s - stretch.at_s
    return min(cue.end_s + by_s, stretch.until_s) - max(cue.start_s + by_s, stretch.from_s)


def _from_zero(start_s: float, end_s: float, text: str) -> Cue:
    """Nothing is before the text's own beginning; it lasts as long as it did."""
    late_s = max(0.0, -start_s)
    return Cue(start_s + late_s, end_s + late_s, text)
