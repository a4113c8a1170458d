"""A rehearsal: the whole day on a virtual clock, in seconds.

Everything decides and reacts as on the day itself: the house is opened on a journal in memory, the
clock stands still until nothing is left to do, and then jumps to the next moment at which something
is due. There are no sockets and no media.

Without a seed the day goes by the book. A seed makes it a day with people in it: speakers who
overrun or finish early, a moderator who does something about it, municipalities that write, ask and
vote. The same programme, seed and faults give the same log, byte for byte.

    source_lost   the camera in KL-huset falls silent        source_back   and is there again
    overrun       what is on air takes ten minutes more      moderator_gone   nobody cues any more
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from schedule.commands import Extend
from schedule.programme import Programme
from schedule.show import Show
from server import wire
from server.access.actor import SYSTEM, Actor
from server.as_run import AsRun, Line, lines_of
from server.clock import ShowMap, VirtualClock
from server.database import Database
from server.entries import Entry
from server.errors import Refusal, Refused
from server.house import House, open_house
from server.newest import show_of
from server.rehearsed_people import MODERATOR, MUNICIPALITIES, People
from streams.commands import ReportOnAir

FAULTS = ("source_lost", "source_back", "overrun", "moderator_gone")
OVERRUN_MIN = 10
DOORS = timedelta(minutes=30)
_FAULT = re.compile(r"([a-z_]+)@([01]\d|2[0-3])\.([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at an hour of the day, in the programme's own zone."""

    name: str
    at: time


def read_fault(text: str) -> Fault:
    """A fault as it is given on the command line: `overrun@10.15`.

    Raises:
        Refused: `bad_fault`.
    """
    found = _FAULT.fullmatch(text)
    if found is None or found[1] not in FAULTS:
        raise Refused(
            "bad_fault", f"expected one of {', '.join(FAULTS)} as NAME@HH.MM, came {text!r:.80}"
        )
    return Fault(found[1], time(int(found[2]), int(found[3])))


def rehearse(
    programme: Programme, *, seed: int | None = None, faults: Sequence[Fault] = ()
) -> AsRun:
    """Run the day and tell how it went. Opens a loop of its own."""
    return asyncio.run(rehearsed(programme, seed=seed, faults=faults))


async def rehearsed(
    programme: Programme, *, seed: int | None = None, faults: Sequence[Fault] = ()
) -> AsRun:
    """As `rehearse`, in the loop that runs."""
    doors = programme.items[0].start - DOORS
    clock = VirtualClock(doors, ShowMap(wall=doors, show=doors))
    database = Database("sqlite://")
    try:
        house = await open_house(
            database, programme, clock, MUNICIPALITIES, NoFanout(), epoch="rehearsal"
        )
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(house.dispatch.run())
            try:
                return await Rehearsal(programme, house, clock, seed, faults).run()
            finally:
                writing.cancel()
    finally:
        await database.close()


class NoFanout:
    """Nobody watches a rehearsal."""

    def publish(self, topic: str, seq: int, frame: bytes) -> None: ...

    def publish_state(self, topic: str, frame: bytes) -> None: ...

    def rewrite(self, topic: str, seq: int, frame: bytes) -> None: ...


Act = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Script:
    """What will happen when, besides what the clock wants done."""

    _acts: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def add(self, moment: datetime, act: Act) -> None:
        heapq.heappush(self._acts, (moment, next(self._order), act))

    def next_moment(self) -> datetime | None:
        return self._acts[0][0] if self._acts else None

    def take(self, now: datetime) -> Act | None:
        """The next act whose moment has come."""
        return heapq.heappop(self._acts)[2] if self._acts and self._acts[0][0] <= now else None


class Rehearsal:
    """One run of the day."""

    def __init__(
        self,
        programme: Programme,
        house: House,
        clock: VirtualClock,
        seed: int | None,
        faults: Sequence[Fault],
    ) -> None:
        self._programme = programme
        self._house = house
        self._clock = clock
        self._zone = ZoneInfo(programme.timezone)
        self._script = Script()
        self._lines: list[Line] = []
        self._moderated = True
        self._asked = itertools.count(1)
        self._reports = itertools.count(1)
        self._seed = seed
        self._faults = tuple(faults)
        self._people = None if seed is None else People(random.Random(seed), self)
        for fault in self._faults:
            moment = datetime.combine(programme.date, fault.at, self._zone)
            self._script.add(moment, partial(self._strike, fault))
        house.dispatch.on_rows.append(self._note)

    async def run(self) -> AsRun:
        await self._house.plan()
        while (moment := await self._settled()) is not None:
            self._clock.advance_to(moment)
        show = await self.show()
        return AsRun.of(self._programme, show, self._seed, self._faults, self._lines)

    # --- what people of the rehearsal use ---

    def later(self, moment: datetime, act: Act) -> None:
        """Have something happen at a moment of show time."""
        self._script.add(moment, act)

    async def show(self) -> Show:
        return await show_of(self._house.dispatch)

    async def ask(self, actor: Actor, topic: str, command: Any) -> None:
        """Send a command as this person; a refusal stands in the log."""
        id, name = f"rehearsal-{next(self._asked)}", wire.name_of(type(command))
        try:
            await self._house.dispatch.do(actor, id, topic, name, wire.data_of(command))
        except Exception as error:
            if not isinstance(error, Refusal):
                raise
            self._log(topic, "refused", f"{name}: {error.code}")

    async def moderate(self, command: Any) -> None:
        """Send a command as the moderator, as long as there is one."""
        if self._moderated:
            await self.ask(MODERATOR, "show", command)

    # --- the day ---

    async def _settled(self) -> datetime | None:
        """Do everything that is due now.

        Returns:
            The next moment at which something is; None when the day is over.
        """
        now = self._clock.show()
        while await self._one_more(now):
            pass
        moments = (await self._house.next_due(), self._script.next_moment())
        return min((moment for moment in moments if moment is not None), default=None)

    async def _one_more(self, now: datetime) -> bool:
        """One round of everything that may be due; whether anything was."""
        before = len(self._lines)
        await self._house.take_due()
        if (act := self._script.take(now)) is not None:
            await act()
            return True
        return len(self._lines) > before

    async def _strike(self, fault: Fault) -> None:
        self._log("rehearsal", fault.name, "")
        match fault.name:
            case "overrun":
                show = await self.show()
                if show.now is not None:
                    await self.moderate(Extend(show.now, OVERRUN_MIN))
            case "moderator_gone":
                self._moderated = False
            case "source_lost":
                await self._report("slate")
            case "source_back":
                await self._report("live")

    async def _report(self, kind: str) -> None:
        """Say what the media side would: the slate stands in for the source, or makes way."""
        channel = (await self._house.dispatch.unit_of("channel:main")).fold.state
        put, number = channel.put, next(self._reports)
        if put is None or put.content.kind != "live":
            return
        source = put.content.source if kind == "live" else "slate"
        report = ReportOnAir(put.item, put.run, kind, source, 1, number, self._clock.wall())
        await self._house.dispatch.command(SYSTEM, f"report-{number}", "channel:main", report)

    def _note(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._lines += lines_of(entry, self._clock.show(), self._zone)
            if self._people is not None:
                self._people.notice(entry)

    def _log(self, topic: str, name: str, details: str) -> None:
        self._lines.append(Line(self._clock.show().astimezone(self._zone), topic, name, details))
