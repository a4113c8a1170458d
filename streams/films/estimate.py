"""How long something will still take, told so that it can be believed.

A rate is measured over the last while and over everything so far, and the slower of the two
counts: work that slows down is noticed, and a burst promises nothing. What is told is in steps
that grow with it, because nobody believes seconds an hour ahead. It falls as it may, but rises
only when it was wrong by more than a fifth: a figure that goes up and down is no figure. Nothing
is told before there is something to tell from, and never more than a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

SOONEST_S = 2.0
LEAST_DONE = 0.01
LONGEST_S = 24 * 3600
_LATELY_S = 20.0
_RISES_BY = 1.2
_STEPS = ((20, 1), (60, 5), (300, 15), (3600, 60), (LONGEST_S, 300))


@dataclass(frozen=True, slots=True)
class Estimate:
    """Progress seen so far, and what is told of it.

    Args:
        began_s, first: when the first progress was seen, and how much; 0 to 1.
        since_s, since: the same of where "lately" begins.
        at_s, done: the newest.
        left_s: whole seconds that are told; None while nothing can be said.
    """

    began_s: float
    first: float
    since_s: float
    since: float
    at_s: float
    done: float
    left_s: int | None = None

    @classmethod
    def begun(cls, at_s: float, done: float = 0.0) -> Estimate:
        return cls(at_s, done, at_s, done, at_s, done)

    def after(self, at_s: float, done: float) -> Estimate:
        """The estimate when that much is done; less than before begins it anew.

        Args:
            at_s: of a clock that never goes back.
            done: 0 to 1.
        """
        if done < self.done:
            return Estimate.begun(at_s, done)
        seen = replace(self, at_s=at_s, done=min(1.0, done))
        if at_s - self.since_s > 2 * _LATELY_S:
            seen = replace(seen, since_s=self.at_s, since=self.done)
        return replace(seen, left_s=_told(seen, _reckoned(seen)))


def _reckoned(seen: Estimate) -> float | None:
    if seen.done >= 1.0:
        return 0.0
    whole_s, whole = seen.at_s - seen.began_s, seen.done - seen.first
    if whole_s < SOONEST_S or whole < LEAST_DONE:
        return None
    lately_s, lately = seen.at_s - seen.since_s, seen.done - seen.since
    slowest = whole / whole_s
    if lately_s >= _LATELY_S / 2:
        slowest = min(slowest, lately / lately_s)
    return (1 - seen.done) / slowest if slowest > 0 else LONGEST_S


def _told(seen: Estimate, left_s: float | None) -> int | None:
    if left_s is None:
        return seen.left_s
    if seen.left_s is not None and seen.left_s < left_s <= seen.left_s * _RISES_BY + 2:
        return seen.left_s
    step = next((step for below, step in _STEPS if left_s < below), _STEPS[-1][1])
    return min(LONGEST_S, ceil(left_s / step) * step)
