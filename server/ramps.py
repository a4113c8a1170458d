"""Keeping the collector's hands off those who are here.

A full collection looks at every object that may hold another, some hundred for a connection: with
four thousand open ones the event loop stood still for a third of a second (measured). So when a
crowd has come in, what there is is collected once more and then frozen: it is never looked at
again. It is still freed when nobody holds it any more; only circles would stay for ever, and who
leaves a process leaves none (a test in `test_gateway` holds that).

Each freeze looks at what came since the last one, so it must not be put off too long either.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from server.clock import Clock

LEAST = 250
MOST = 1_000
SHARE = 0.2

LOOK_EVERY_S = 1.0
YOUNG = 20_000
"""New objects after which the collector looks at them; some milliseconds' worth."""


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


async def freeze_after_ramps(connections: Callable[[], int], clock: Clock) -> None:
    """Keeps the collector from looking at those who are here again and again.

    In between it looks seldom: after 700 objects, as it would by itself, it would look at each who
    comes three times before it is frozen.
    """
    ramps = Ramps()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    while True:
        await clock.sleep(LOOK_EVERY_S)
        if ramps.is_due(connections()):
            freeze()


def freeze() -> None:
    """What there is now stays: the collector looks at it once more, and never again."""
    gc.collect()
    gc.freeze()
