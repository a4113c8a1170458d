"""How much each of many may ask: an allowance for everybody, of as many as have asked lately."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from server.allowance import Allowance


class Allowances:
    """An allowance for each asker; whoever has not asked for longest is forgotten first.

    Args:
        monotonic: seconds, never going back.
        per_s, burst: as of each `Allowance`.
        most: how many askers are remembered.
    """

    def __init__(
        self, monotonic: Callable[[], float], *, per_s: float, burst: int, most: int
    ) -> None:
        self._monotonic = monotonic
        self._per_s, self._burst, self._most = per_s, burst, most
        self._each: OrderedDict[str, Allowance] = OrderedDict()

    def of(self, asker: str) -> Allowance:
        found = self._each.get(asker)
        if found is not None:
            self._each.move_to_end(asker)
            return found
        found = self._each[asker] = Allowance(self._per_s, self._burst, self._monotonic())
        if len(self._each) > self._most:
            self._each.popitem(last=False)
        return found

    def wait_s(self, asker: str) -> float:
        """Take one of the asker's tokens; returns 0, or the seconds until there is one."""
        return self.of(asker).take(self._monotonic())

    def refused_in_a_row(self, asker: str) -> int:
        return self.of(asker).refused_in_a_row
