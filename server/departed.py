"""Sessions that have lost a line: who comes back within a minute is still looked at, and known."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Set

EXPECTED_FOR_S = 60.0


class Departed:
    """Who comes later than that is asked for again.

    Args:
        monotonic: seconds, never going back.
        most: of so many; whoever left first is forgotten first.
    """

    def __init__(self, monotonic: Callable[[], float], most: int) -> None:
        self._monotonic = monotonic
        self._most = most
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, session: str) -> None:
        self._until[session] = self._monotonic() + EXPECTED_FOR_S
        self._until.move_to_end(session)
        if len(self._until) > self._most:
            self._until.popitem(last=False)

    def expected(self) -> Set[str]:
        """Those who may be on their way back."""
        while self._until and next(iter(self._until.values())) <= self._monotonic():
            self._until.popitem(last=False)
        return self._until.keys()
