"""How late the event loop is with its timers: what everybody who is served has to wait as well."""

from __future__ import annotations

from server.clock import Clock

LOOK_EVERY_S = 0.05
FADES_BY = 0.8


class Lateness:
    """Watches the loop that it runs in.

    Attributes:
        now_s: the newest lateness, or what is left of an older and longer one.
        longest_s: since the process began.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.now_s = 0.0
        self.longest_s = 0.0

    async def run(self) -> None:
        """Watch, for as long as the process lives."""
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(LOOK_EVERY_S)
            self.receive(self._clock.monotonic() - before - LOOK_EVERY_S)

    def receive(self, late_s: float) -> None:
        """A timer was so late."""
        self.now_s = max(0.0, late_s, self.now_s * FADES_BY)
        self.longest_s = max(self.longest_s, late_s)
