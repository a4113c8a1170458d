"""Keeping the collector's hands off those who are here.

A full collection looks at every object that may hold another, some hundred for a connection: with
four thousand open ones the event loop stood still for a third of a second (measured). So when a
crowd has come in, what there is is collected once more and then frozen: it is never looked at
again. It is still freed when nobody holds it any more; only circles would stay for ever, and who
leaves a process leaves none (a test in `test_gateway` holds that).

Each freeze looks at what came since the last one, so it must not be put off too long either.
"""

from __future__ import annotations

LEAST = 250
MOST = 1_000
SHARE = 0.2


class Ramps:
    """Says when a crowd has come in."""

    def __init__(self) -> None:
        self._frozen_at = 0

    def is_due(self, connections: int) -> bool:
        """Whether to freeze now; when it says so, that is taken as done.

        Args:
            connections: how many there are.
        """
        # Who comes after an ebb comes in the place of frozen ones, and is a newcomer all the same.
        self._frozen_at = min(self._frozen_at, connections)
        grown = connections - self._frozen_at
        if grown < min(MOST, max(LEAST, SHARE * self._frozen_at)):
            return False
        self._frozen_at = connections
        return True
