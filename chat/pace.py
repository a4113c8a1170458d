"""How often one person may do a thing: so many times within so long.

Only what lies in the past counts. A moment that is still to come was noted before the clock was set
back; were it to count, its person would be locked out until the clock came round again.
"""

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
        return min(left_ms(moment, self.window, now) for moment in moments)


def left_ms(since: datetime, length: timedelta, now: datetime) -> int:
    """Milliseconds left of a wait that began at a moment; 0 when it is over."""
    return max(0, whole_ms(since + length - now)) if since <= now else 0


def whole_ms(length: timedelta) -> int:
    """Milliseconds, rounded up: who waits that long has waited enough."""
    return -(-length // timedelta(milliseconds=1))
