"""How fast people are let in when all come at once: after a restart, a proxy's reload, a lost line.

A handshake costs as much as sixty deliveries, and what a page asks for first as much again. Some
may come in at once; after those, so many a second. Who comes faster waits for a turn, in the order
of arrival. Who would wait longer than a page does is told to come back (1013): pages then wait five
seconds and a random while, and are spread out when they come. So those who are in hear the day go
on meanwhile.

What a machine can take in nobody knows beforehand. When the event loop is later with its timers
than `UNHURRIED_S`, turns are given further apart, by as many times as it is, up to four: the first
second of a storm is late whatever the machine. Otherwise a slow one works for those who have given
up waiting, and they come again.

Invariants: in any span of time no more are let in than `at_once`, and `per_s` for each of its
seconds; nobody waits longer than `patience_s`, so that no more than `per_s * patience_s` wait; who
is sent away takes no turn.
"""

from __future__ import annotations

from dataclasses import dataclass

UNHURRIED_S = 0.05
FURTHEST_APART = 4.0


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many clients a process takes, and how fast.

    Args:
        patience_s: shorter than a page waits for its welcome.
    """

    clients: int = 12_000
    per_person: int = 1_000
    arrivals_per_s: float = 1000.0
    arrivals_at_once: int = 200
    patience_s: float = 1.5


class Admission:
    """Gives turns.

    Args:
        per_s: how many come in each second.
        at_once: how many more do when it was quiet before.
        patience_s: how long a turn is waited for.
    """

    __slots__ = ("_apart_s", "_at_once_s", "_next", "_patience_s")

    def __init__(self, per_s: float, at_once: int, patience_s: float) -> None:
        self._apart_s = 1 / per_s
        self._at_once_s = (at_once - 1) / per_s
        self._patience_s = patience_s
        self._next: float | None = None

    def take(self, now: float, late_s: float = 0.0) -> float | None:
        """Take the next turn.

        Args:
            now: seconds on a monotonic clock.
            late_s: how late the event loop is.

        Returns: the seconds until it is there, 0 for now; None when that would be too long.
        """
        earliest = now - self._at_once_s
        turn = earliest if self._next is None else max(self._next, earliest)
        wait_s = max(0.0, turn - now)
        if wait_s > self._patience_s:
            return None
        self._next = turn + self._apart_s * min(FURTHEST_APART, max(1.0, late_s / UNHURRIED_S))
        return wait_s
