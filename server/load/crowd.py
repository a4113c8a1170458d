"""The day that a crowd plays: it arrives, it speaks, storms come, everything is waited for.

    arriving    the seats open their lines, so many a second; each is waited for until it is whole
    speaking    posts and cues at their rates; the frozen stop reading; storms, evenly spread
    settling    nobody speaks, the frozen read again; until all have everything, or time is up

Rates are kept over the whole: what fell due while this program was late is asked at once.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson

from server.load.page import heads_of
from server.load.seat import Around, Seat
from server.load.tally import Storm, Times

TICK_S = 0.02
LOOK_S = 0.1
TELL_S = 2.0
ARRIVE_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to happen.

    Args:
        for_s: how long the crowd speaks.
        arrive_per_s: lines that are opened each second.
        chat_per_s: messages a second, all rooms together.
        writers: the share of those who may write that do.
        cue_every_s: 0 for none.
        frozen: how many stop reading while the others speak.
        storms: how often everybody else drops their line at once.
        settle_s: how long the end is waited for.
    """

    for_s: float = 30.0
    arrive_per_s: float = 100.0
    chat_per_s: float = 2.0
    writers: float = 0.2
    cue_every_s: float = 0.0
    frozen: int = 0
    storms: int = 0
    settle_s: float = 30.0


class Crowd:
    """Seats, and what is done with them.

    Args:
        tell: a line of progress.
    """

    def __init__(
        self,
        plan: Plan,
        around: Around,
        seats: list[Seat],
        cue_giver: Seat | None,
        tell: Callable[[str], None],
    ) -> None:
        self._plan = plan
        self._around = around
        self._tell = tell
        self._phase = "arriving"
        self._ids = itertools.count(1)
        self._run = secrets.token_hex(6)
        self.seats = seats
        self.cue_giver = cue_giver
        self.speaking_s = 0.0
        self.there = 0

    @property
    def everybody(self) -> list[Seat]:
        return [*self.seats, self.cue_giver] if self.cue_giver else self.seats

    async def play(self) -> None:
        """The day from its beginning to its end."""
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(self._watch_own_lateness())]
            beside.append(tasks.create_task(self._tell_progress()))
            beside.append(tasks.create_task(self._arrive(tasks, beside)))
            arrival_s = len(self.seats) / self._plan.arrive_per_s
            await self._wait(arrival_s + ARRIVE_WITHIN_S, self._all_are_whole)
            await self._speak()
            self._phase = "settling"
            for seat in self._frozen():
                seat.thaw()
            await self._wait(self._plan.settle_s, self._all_is_said)
            self.there = sum(seat.is_open for seat in self.seats)
            for task in beside:
                task.cancel()

    def missing(self) -> int:
        """Events that pages lack now."""
        pages = [seat.page for seat in self.everybody]
        heads = heads_of(pages, self._around.tally.promised)
        return sum(page.missing(heads) for page in pages)

    def waiting(self) -> int:
        """Posts without an answer now."""
        return sum(len(seat.page.outbox) for seat in self.everybody)

    # Arriving.

    async def _arrive(self, tasks: asyncio.TaskGroup, lives: list[asyncio.Task[None]]) -> None:
        for seat in _paced(self.everybody, self._plan.arrive_per_s):
            if seat is None:
                await self._around.clock.sleep(TICK_S)
            else:
                lives.append(tasks.create_task(seat.live()))

    def _all_are_whole(self) -> bool:
        return all(seat.is_whole or seat.gone is not None for seat in self.everybody)

    # Speaking.

    async def _speak(self) -> None:
        self._phase, begun = "speaking", self._around.clock.monotonic()
        for seat in self._frozen():
            seat.freeze()
        async with asyncio.TaskGroup() as tasks:
            talking = [tasks.create_task(self._chat())]
            if self._plan.cue_every_s and self.cue_giver is not None:
                talking.append(tasks.create_task(self._give_cues(self.cue_giver)))
            for _ in range(self._plan.storms):
                await self._around.clock.sleep(self._plan.for_s / (self._plan.storms + 1))
                self._storm()
            await self._around.clock.sleep(self._plan.for_s / (self._plan.storms + 1))
            for task in talking:
                task.cancel()
        self.speaking_s = self._around.clock.monotonic() - begun
        if self._plan.cue_every_s and self.cue_giver is not None:
            self._ask(self.cue_giver, "show", "clear_announcement", {})

    async def _chat(self) -> None:
        able = [seat for seat in self.seats if seat.guest.room and not seat.freezes]
        self._around.chance.shuffle(able)
        writers = able[: max(1, round(len(able) * self._plan.writers))]
        if not writers or not self._plan.chat_per_s:
            return
        clock, begun, asked = self._around.clock, self._around.clock.monotonic(), 0
        while True:
            due = int((clock.monotonic() - begun) * self._plan.chat_per_s)
            for _ in range(due - asked):
                self._write(self._around.chance.choice(writers))
            asked = due
            await clock.sleep(TICK_S)

    def _write(self, seat: Seat) -> None:
        assert seat.guest.room is not None
        text = f"Belastningsprøve, linje {next(self._ids)}"
        self._ask(seat, seat.guest.room, "post_message", {"text": text})

    async def _give_cues(self, giver: Seat) -> None:
        for number in itertools.count(1):
            self._ask(giver, "show", "announce", {"text": f"Belastningsprøve {number}"})
            await self._around.clock.sleep(self._plan.cue_every_s)

    def _ask(self, seat: Seat, topic: str, name: str, data: dict[str, str]) -> None:
        id = f"load-{self._run}-{next(self._ids)}"
        frame = {"op": "do", "id": id, "topic": topic, "name": name, "data": data}
        if seat.ask(id, topic, orjson.dumps(frame)):
            self._around.tally.asked += 1

    def _frozen(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.freezes]

    def _storm(self) -> None:
        """All who read drop their line at once, and come back at once."""
        dropping = [seat for seat in self.seats if seat.is_open and not seat.freezes]
        storm = Storm(len(dropping))
        self._around.tally.storms.append(storm)
        for seat in dropping:
            seat.drop(storm.back)

    # Settling.

    def _all_is_said(self) -> bool:
        return self._all_are_whole() and not self.missing() and not self.waiting()

    async def _wait(self, within_s: float, until: Callable[[], bool]) -> None:
        """Wait for something to be true, and no longer than a while."""
        clock = self._around.clock
        over_at = clock.monotonic() + within_s
        while not until() and clock.monotonic() < over_at:
            await clock.sleep(LOOK_S)

    # Beside it all.

    async def _watch_own_lateness(self) -> None:
        clock, late = self._around.clock, self._around.tally.own_lateness
        while True:
            before = clock.monotonic()
            await clock.sleep(TICK_S)
            late.note((clock.monotonic() - before - TICK_S) * 1000)

    async def _tell_progress(self) -> None:
        clock, tally = self._around.clock, self._around.tally
        begun, before = clock.monotonic(), 0
        while True:
            await clock.sleep(TELL_S)
            there = sum(seat.is_open for seat in self.seats)
            rate = (tally.deliveries - before) / TELL_S
            p99 = tally.lately.within(0.99)
            late = "no delivery" if p99 is None else f"p99 {p99:.0f} ms"
            self._tell(
                f"{clock.monotonic() - begun:6.0f} s  {self._phase:<9} {there} of "
                f"{len(self.seats)} there  {rate:,.0f} deliveries/s  {late}"
            )
            before, tally.lately = tally.deliveries, Times()


def _paced(seats: Iterable[Seat], per_s: float) -> Iterable[Seat | None]:
    """The seats with a None wherever a tick is to pass."""
    allowed = 0.0
    for seat in seats:
        while allowed < 1:
            allowed += per_s * TICK_S
            yield None
        allowed -= 1
        yield seat
