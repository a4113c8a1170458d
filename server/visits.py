"""How often share links are opened: added up here and written now and then, by link and day.

Nothing is kept of who came. What has not been written is lost when the process is killed; a count
is not worth a write for every visitor.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from zoneinfo import ZoneInfo

from schedule.sharing.commands import CountVisits
from server.access.actor import SYSTEM
from server.clock import Clock
from server.dispatch import Dispatch
from server.errors import Refusal

log = logging.getLogger("topmoede.visits")

WRITE_EVERY_S = 10.0
MOST_WAITING = 10_000


class Visits:
    """Counts visits of one process.

    Args:
        zone: of the edition, whose days are counted.
    """

    def __init__(self, dispatch: Dispatch, clock: Clock, zone: ZoneInfo) -> None:
        self._dispatch = dispatch
        self._clock = clock
        self._zone = zone
        self._waiting: Counter[tuple[str, str, str]] = Counter()

    def count(self, municipality: str, share: str) -> None:
        """Somebody has opened a link. When more wait than can be, the newest are left out."""
        key = municipality, share, self._day(self._clock.show())
        if key in self._waiting or len(self._waiting) < MOST_WAITING:
            self._waiting[key] += 1

    def _day(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).date().isoformat()

    async def run(self) -> None:
        """Writes for as long as the process lives."""
        while True:
            await self._clock.sleep(WRITE_EVERY_S)
            await self.write()

    async def write(self) -> None:
        """Writes what waits; what storage does not take now waits on."""
        while self._waiting:
            (municipality, share, day), visits = self._waiting.popitem()
            command = CountVisits(share, day, visits)
            try:
                await self._dispatch.command(
                    SYSTEM, f"visits:{token_hex(8)}", f"shares:{municipality}", command
                )
            except Exception as error:
                if not isinstance(error, Refusal):
                    self._waiting[municipality, share, day] += visits
                    raise
                log.warning("visits not counted", extra={"code": error.code})


Count = Callable[[str, str], None]
