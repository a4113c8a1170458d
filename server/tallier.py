"""The tallier: publishes votes, at most once a second for each question."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from server.access.actor import SYSTEM
from server.clock import Clock
from server.dispatch import Dispatch
from server.errors import Refusal

log = logging.getLogger("topmoede.tallier")

TALLY_EVERY_S = 1.0

Ask = Callable[[Any, datetime], Any | None]


class Tallier:
    """Asks for a tally while votes wait, and for nothing while none do."""

    def __init__(self, dispatch: Dispatch, clock: Clock, tally: Ask, topic: str) -> None:
        """
        Args:
            tally: the command that is due for the unit's state at a wall time, None for none.
            topic: where it is sent.
        """
        self._dispatch = dispatch
        self._clock = clock
        self._tally = tally
        self._topic = topic

    async def run(self) -> None:
        while True:
            await self.take_due()
            await self._clock.sleep(TALLY_EVERY_S)

    async def take_due(self) -> bool:
        unit = await self._dispatch.unit_of(self._topic)
        command = self._tally(unit.fold.state, self._clock.wall())
        if command is None:
            return False
        id = f"auto:tally:{unit.name}:{sum(unit.fold.heads.values())}"
        try:
            await self._dispatch.command(SYSTEM, id, self._topic, command)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            log.info("not tallied", extra={"cause": id, "code": error.code})
            return False
        return True
