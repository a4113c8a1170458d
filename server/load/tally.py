"""What is counted while a crowd is served.

Times are kept as counts in steps of five per cent, so that an hour of them costs as much as a
minute. What is told of them is the upper end of a step: never better than it was.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate

FINEST_MS, COARSEST_MS, STEP = 0.1, 600_000.0, 1.05
_STEPS = math.ceil(math.log(COARSEST_MS / FINEST_MS, STEP))
BOUNDS_MS = tuple(FINEST_MS * STEP**n for n in range(_STEPS + 1))


class Times:
    """How long things took, in milliseconds."""

    __slots__ = ("_counts", "count", "longest_ms")

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_MS) + 1)
        self.count = 0
        self.longest_ms = 0.0

    def note(self, ms: float) -> None:
        self._counts[bisect_left(BOUNDS_MS, ms)] += 1
        self.count += 1
        if ms > self.longest_ms:
            self.longest_ms = ms

    def within(self, share: float) -> float | None:
        """What that share of them took at the most; None before the first.

        Args:
            share: 0 to 1, such as 0.99.
        """
        if not self.count:
            return None
        wanted = math.ceil(share * self.count)
        step = bisect_left(list(accumulate(self._counts)), wanted)
        return min((*BOUNDS_MS, math.inf)[step], self.longest_ms)


@dataclass(slots=True)
class Storm:
    """All drop their lines at once and come back at once.

    Args:
        dropped: how many did.
        back: how long each took until it was whole again.
    """

    dropped: int
    back: Times = field(default_factory=Times)


@dataclass(slots=True)
class Tally:
    """Everything that was counted.

    Args:
        delivery: from the server's decision to the page, live events to pages that read.
        answered: from asking to `done` or `refused`.
        lately: as `delivery`, since the last word of progress.
        modes: answers to joins of logs that a page was in before, by mode.
        at: where each accepted command's event stands: by its id, as it was told.
        promised: the furthest of these in each topic.
        seen: what came out, of whichever command, seen by anybody.
        posted: where each message was seen first.
        torn: posts that stand in two places.
        closes: lines that we did not end, by code; 1006 for those that were lost.
    """

    deliveries: int = 0
    doubled: int = 0
    gaps: int = 0
    unasked: int = 0
    asked: int = 0
    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    closes: Counter[int] = field(default_factory=Counter)
    denied: Counter[str] = field(default_factory=Counter)
    delivery: Times = field(default_factory=Times)
    lately: Times = field(default_factory=Times)
    answered: Times = field(default_factory=Times)
    arrived: Times = field(default_factory=Times)
    own_lateness: Times = field(default_factory=Times)
    at: dict[str, tuple[str, int]] = field(default_factory=dict)
    promised: dict[str, int] = field(default_factory=dict)
    seen: set[tuple[str, str, int]] = field(default_factory=set)
    posted: dict[str, tuple[str, int]] = field(default_factory=dict)
    torn: int = 0
    storms: list[Storm] = field(default_factory=list)

    def promise(self, id: str, topic: str, seq: int) -> None:
        """A command was accepted, and its event stands there."""
        self.at[id] = (topic, seq)
        self.promised[topic] = max(self.promised.get(topic, 0), seq)

    def see(self, cause: str, topic: str, seq: int, name: str) -> None:
        """A command's event has come out; a message in two places was made true twice."""
        self.seen.add((cause, topic, seq))
        if name == "message_posted":
            self.torn += self.posted.setdefault(cause, (topic, seq)) != (topic, seq)

    def unseen(self) -> int:
        """Accepted commands of which nobody was sent anything where it was said to stand."""
        return sum((id, *place) not in self.seen for id, place in self.at.items())
