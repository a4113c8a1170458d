"""How much one client may ask: a bucket of tokens that fills with time."""

from __future__ import annotations


class Allowance:
    """Tokens for what a client says; one for each object.

    Args:
        per_s: tokens that come each second.
        burst: tokens there are at most, and at the start.
        now: seconds on a monotonic clock, as in `take`.
    """

    __slots__ = ("_at", "_burst", "_left", "_per_s", "refused_in_a_row")

    def __init__(self, per_s: float, burst: int, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._at = now
        self.refused_in_a_row = 0

    def take(self, now: float) -> float:
        """Take one token; returns 0, or the seconds until there is one."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            self.refused_in_a_row += 1
            return (1 - self._left) / self._per_s
        self._left -= 1
        self.refused_in_a_row = 0
        return 0.0
