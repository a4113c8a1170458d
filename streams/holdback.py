"""What is shown goes no further than what is awaited has come.

Live pictures come each with its own delay. A cut is at the IDR of the one that is awaited, on the
event clock, and what was packaged beyond that instant cannot be taken back: a picture that always
comes a second later than the one on air would find every such instant gone, and would never be
shown, or only behind a slate. So while one is awaited, frames of what is shown wait here until the
other has come as far; then they go on, and its next IDR is a cut that meets neither a hole nor an
overlap. Players see nothing of it: they hold three parts.

Who is later than MOST_LATE_TICKS is not waited for, because players would run dry first; so no more
frames than that lie here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from streams.segments import AccessUnit
from streams.timeline import VIDEO_HZ

MOST_LATE_S = 2
MOST_LATE_TICKS = MOST_LATE_S * VIDEO_HZ

Reach = Callable[[], int]
"""How far what is awaited has come, in video ticks on the event clock."""


class HoldBack:
    """The frames of one packaging that wait, in the order in which they came."""

    def __init__(self) -> None:
        self._units: deque[AccessUnit] = deque()
        self._reaches: list[Reach] = []

    def begin(self, reach: Reach) -> None:
        """Something is awaited."""
        if reach not in self._reaches:
            self._reaches.append(reach)

    def end(self, reach: Reach) -> None:
        """It is awaited no more; twice does nothing."""
        if reach in self._reaches:
            self._reaches.remove(reach)

    def add(self, unit: AccessUnit) -> None:
        """A frame has come; bounded by `due`, which must be asked after each."""
        self._units.append(unit)

    def due(self) -> Iterator[AccessUnit]:
        """Takes out what may be packaged now."""
        while self._units and self._units[0].decoded_ticks <= self._until():
            yield self._units.popleft()

    def before(self, at_ticks: int) -> Iterator[AccessUnit]:
        """Takes out what comes before an instant, awaited or not."""
        while self._units and self._units[0].decoded_ticks < at_ticks:
            yield self._units.popleft()

    def clear(self) -> None:
        """Forgets what waits."""
        self._units.clear()

    def _until(self) -> int:
        newest = max(each.decoded_ticks for each in (self._units[0], self._units[-1]))
        reach = min((each() for each in self._reaches), default=newest)
        return reach if newest - reach < MOST_LATE_TICKS else newest
