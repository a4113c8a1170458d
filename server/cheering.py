"""Applause over the picture: summed, told once a second, stored nowhere.

A cheer is worth a second. So it goes past the journal: it is counted here, everybody hears the sum
on the state topic `cheers`, and it is forgotten. Nothing that leaves this file says whose it was.

    {"sums": {"applause": 12, "heart": 3}}      since the last frame; {} when it has gone quiet

Each worker tells its own sums, to its own people and over the bus; they add up where they are
drawn. One person has a handful at once and then one a second; what is more is refused `too_fast`.
The memory of who cheered lasts as long as that matters, a few seconds, and is bounded by who is
signed in.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.access.actor import Actor
from server.allowance import Allowance
from server.clock import Clock
from server.errors import Refused

TOPIC = "cheers"
CHEERS = ("applause", "heart", "thumb")
EVERY_S = 1.0
PER_S = 1.0
AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Cheer:
    """`kind`: one of CHEERS."""

    kind: str


Announce = Callable[[str, Mapping[str, object]], None]


class Cheering:
    """Counts cheers, and announces their sums."""

    def __init__(self, announce: Announce, clock: Clock) -> None:
        self._announce = announce
        self._clock = clock
        self._sums: Counter[str] = Counter()
        self._allowances: dict[str, tuple[float, Allowance]] = {}
        self._cheered = asyncio.Event()

    def receive(self, actor: Actor, cheer: Cheer) -> None:
        """Count one.

        Raises:
            Refused: `bad_data`, or `too_fast` with `retry_ms`.
        """
        if cheer.kind not in CHEERS:
            raise Refused("bad_data", f"expected one of {CHEERS}, came {cheer.kind!r:.40}")
        now_s = self._clock.monotonic()
        _, allowance = self._allowances.get(actor.id) or (0, Allowance(PER_S, AT_ONCE, now_s))
        self._allowances[actor.id] = now_s, allowance
        if wait_s := allowance.take(now_s):
            retry_ms = int(wait_s * 1000) + 1
            raise Refused("too_fast", "expected a slower pace", retry_ms=retry_ms)
        self._sums[cheer.kind] += 1
        self._cheered.set()

    @property
    def remembered(self) -> int:
        """How many people are remembered for having cheered."""
        return len(self._allowances)

    async def run(self) -> None:
        """Tell the sums for ever; sleeps while nobody cheers."""
        while True:
            await self._cheered.wait()
            self.tell()
            await self._clock.sleep(EVERY_S)

    def tell(self) -> None:
        """Announce what has come since the last time; nothing is told once, and then no more."""
        sums, self._sums = dict(self._sums), Counter()
        if not sums:
            self._cheered.clear()
        self._announce(TOPIC, {"sums": sums})
        self._forget()

    def _forget(self) -> None:
        """Whoever has a full allowance again is as good as new."""
        full_at_s = self._clock.monotonic() - AT_ONCE / PER_S
        recent = {one: known for one, known in self._allowances.items() if known[0] > full_at_s}
        self._allowances = recent
