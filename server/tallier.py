"""The tallier: has sums of votes told, at most once a second for each question or poll."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat import questions
from chat.deskwords import Tally
from chat.polls import polling
from chat.polls.commands import CountBallots
from server.access.actor import SYSTEM
from server.clock import Clock
from server.dispatch import Dispatch
from server.entries import Entry
from server.errors import Refusal

log = logging.getLogger("topmoede.tallier")

AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Sums:
    """What is told, and when.

    Args:
        name: stands in the ids of the commands.
        votes: the topics whose events change a sum: the ballots, and what joins two questions.
        desk: the topic that takes the command.
        due: the wall time of the next telling for the desk's state; None while nothing waits.
    """

    name: str
    votes: frozenset[str]
    desk: str
    command: object
    due: Callable[[Any, datetime], datetime | None]


QUESTIONS = Sums(
    "tally",
    frozenset({"committee.desk", "committee.ballots"}),
    "committee.desk",
    Tally(),
    questions.tally_due,
)
BALLOTS = Sums(
    "ballots",
    frozenset({"polls.ballots"}),
    "polls.desk",
    CountBallots(),
    polling.count_due,
)


class Tallier:
    """Asks for a tally when one is due, and sleeps while no votes wait."""

    def __init__(self, dispatch: Dispatch, clock: Clock, sums: Sums) -> None:
        self._dispatch = dispatch
        self._clock = clock
        self._sums = sums
        self._voted = asyncio.Event()
        dispatch.on_rows.append(self._notice)

    def _notice(self, entries: Sequence[Entry]) -> None:
        if any(entry.envelope.topic in self._sums.votes for entry in entries):
            self._voted.set()

    async def run(self) -> None:
        """Tally for ever; a long task of the app."""
        while True:
            await self._voted.wait()
            self._voted.clear()
            while (due := await self.next_moment()) is not None:
                await self._clock.sleep((due - self._clock.wall()).total_seconds())
                if not await self.take_due():
                    await self._clock.sleep(AGAIN_S)

    async def next_moment(self) -> datetime | None:
        unit = await self._dispatch.unit_of(self._sums.desk)
        return self._sums.due(unit.fold.state, self._clock.wall())

    async def take_due(self) -> bool:
        """Ask for a tally if one is due.

        Returns:
            Whether it was accepted.
        """
        unit = await self._dispatch.unit_of(self._sums.desk)
        due = self._sums.due(unit.fold.state, self._clock.wall())
        if due is None or due > self._clock.wall():
            return False
        id = f"auto:{self._sums.name}:{sum(unit.fold.heads.values())}"
        try:
            await self._dispatch.command(SYSTEM, id, self._sums.desk, self._sums.command)
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            log.info("not tallied", extra={"cause": id, "code": error.code})
            return False
        return True
