"""How often one person may do a thing: so many times within so long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """At most ``count`` acts within any ``window``; the memory is the last ``count`` moments."""

    count: int
    window: timedelta

    def noted(self, moments: tuple[datetime, ...], at: datetime) -> tuple[datetime, ...]:
        return (*moments, at)[-self.count :]

    def wait_ms(self, moments: tuple[datetime, ...], now: datetime) -> int:
        """Milliseconds until one more act is within the pace; 0 when it is already."""
        if len(moments) < self.count:
            return 0
        return left_ms(moments[-self.count], self.window, now)


def left_ms(since: datetime, length: timedelta, now: datetime) -> int:
    """What is left of a wait that began at a moment.

    Never longer than the wait itself: a clock set back must not lock anyone out for hours.
    """
    return max(0, whole_ms(min(since + length - now, length)))


def whole_ms(length: timedelta) -> int:
    """Milliseconds, rounded up: who waits that long has waited enough."""
    return -(-length // timedelta(milliseconds=1))
