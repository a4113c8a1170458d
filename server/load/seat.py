"""One simulated viewer: a page's memory, and the line that it has now.

The line may end at any time and by anybody; the page stays, and comes back by the browser's rules.
What is heard is held against the page's memory and counted; nothing else is kept of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from server.clock import Clock
from server.load import frames
from server.load.coming_back import LOST, delay_s
from server.load.guests import Guest
from server.load.hearing import Event, Hearing, seconds_of
from server.load.line import Line, Way
from server.load.page import Page, Step
from server.load.tally import Tally, Times

WELCOME_WITHIN_S = 4.0
MOST_UNANSWERED = 20


@dataclass(slots=True)
class Skew:
    """The server's wall clock beside our monotonic one, by the quickest answer so far.

    Args:
        between_s: what is added to ours; None before the first answer.
        known_within_s: how wrong it can be.
    """

    between_s: float | None = None
    known_within_s: float = float("inf")

    def receive(self, wall_s: float, asked_s: float, answered_s: float) -> None:
        """The server said what time it was, somewhere between our two."""
        within_s = (answered_s - asked_s) / 2
        if within_s < self.known_within_s:
            self.between_s = wall_s - (asked_s + answered_s) / 2
            self.known_within_s = within_s


@dataclass(slots=True)
class Around:
    """What all seats share."""

    way: Way
    host: str
    clock: Clock
    tally: Tally
    hearing: Hearing
    chance: Random
    skew: Skew = field(default_factory=Skew)
    faults: set[str] = field(default_factory=set)


class Seat:
    """A viewer in the crowd.

    Args:
        freezes: whether it is going to stop reading; it is no measure of anybody's delivery.
    """

    def __init__(self, guest: Guest, cookie: str, around: Around, *, freezes: bool = False) -> None:
        self.guest = guest
        self.freezes = freezes
        self.page = Page(guest.topics)
        self.gone: int | None = None
        """The code of the close after which it does not come back."""
        self._request = frames.request(around.host, cookie)
        self._around = around
        self._line: Line | None = None
        self._greeted: asyncio.Future[None] | None = None
        self._waited: tuple[float, Times] | None = None
        self._dropping = False
        self._hello_at = 0.0
        self._drain_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Welcomed on a line that has not ended."""
        return self._greeted is not None and self._greeted.done()

    @property
    def is_whole(self) -> bool:
        return self.is_open and self.page.is_whole

    # What others ask of it.

    async def live(self) -> None:
        """Come, and come back until it is for good, or until this is cancelled."""
        around, tries = self._around, 0
        self._wait_for_all(around.tally.arrived)
        while True:
            code, welcomed = await self._one_line()
            self.page.receive_end()
            tries = 0 if welcomed else tries + 1
            if self._dropping:
                self._dropping = False
                continue
            around.tally.closes[code] += 1
            wait_s = delay_s(code, tries, self._drain_s, around.chance.random())
            if wait_s is None:
                self.gone = code
                return
            await around.clock.sleep(wait_s)

    def drop(self, back: Times) -> None:
        """Lose the line, and come back at once; how long that takes is noted."""
        assert self._line is not None
        self._dropping = True
        self._wait_for_all(back)
        self._line.abort()

    def freeze(self) -> None:
        if self._line is not None:
            self._line.freeze()

    def thaw(self) -> None:
        if self._line is not None:
            self._line.thaw()

    def ask(self, id: str, topic: str, frame: bytes) -> bool:
        """Send a command; False when this seat has too many unanswered, or no line."""
        if self._line is None or not self.is_open or len(self.page.outbox) >= MOST_UNANSWERED:
            return False
        if topic in self.page.topics and topic not in self.page.places:
            return False
        self.page.ask(id, frame, self._around.clock.monotonic())
        self._line.say(frame)
        return True

    # Its line.

    async def _one_line(self) -> tuple[int, bool]:
        """Keep a line to its end; returns the code of the close, and whether it was welcomed."""
        self._drain_s = None
        self._greeted = asyncio.get_running_loop().create_future()
        line = self._line = Line(self._request, self._opened, self._heard)
        try:
            async with asyncio.timeout(WELCOME_WITHIN_S):
                await self._around.way.open(line, small=self.freezes)
                both = (self._greeted, line.ended)
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            return await line.ended, self._greeted.done()
        except (OSError, TimeoutError) as error:
            self._around.faults.add(f"{type(error).__name__}: {error}")
            return LOST, False
        finally:
            line.abort()
            if line.fault:
                self._around.faults.add(line.fault)
            self._line = self._greeted = None

    def _opened(self) -> None:
        self._hello_at = self._around.clock.monotonic()
        if self._line is not None:
            self._line.say(self.page.hello_to_send())

    # What it hears.

    def _heard(self, message: bytes) -> None:
        now = self._around.clock.monotonic()
        for heard in self._around.hearing.read(message):
            if isinstance(heard, Event):
                self._hear_event(heard, now)
            else:
                self._hear(heard, now)
        if self._waited is not None and self.is_whole:
            since, times = self._waited
            times.note((now - since) * 1000)
            self._waited = None

    def _hear_event(self, event: Event, now: float) -> None:
        tally = self._around.tally
        tally.deliveries += 1
        match self.page.receive_event(event.topic, event.seq):
            case Step.NEXT:
                between_s = self._around.skew.between_s
                if not self.freezes and between_s is not None:
                    late_ms = (now + between_s - event.at_s) * 1000
                    tally.delivery.note(late_ms)
                    tally.lately.note(late_ms)
            case Step.DOUBLED:
                tally.doubled += 1
            case Step.GAP:
                tally.gaps += 1
                if self._line is not None:
                    self._line.say(self.page.join_to_send(event.topic))
            case Step.UNASKED:
                tally.unasked += 1

    def _hear(self, frame: dict[str, Any], now: float) -> None:
        tally = self._around.tally
        match frame["op"]:
            case "welcome":
                self._welcomed(frame, now)
            case "joined":
                was_there = self.page.has_been_in(frame["topic"])
                mode = self.page.receive_joined(frame)
                if was_there:
                    tally.modes[mode] += 1
            case "denied":
                tally.denied[frame["topic"]] += 1
                self.page.receive_denied(frame["topic"])
            case "drain":
                self._drain_s = frame["within_ms"] / 1000
            case "done" | "refused":
                self._answered(frame, now)

    def _welcomed(self, frame: dict[str, Any], now: float) -> None:
        self._around.skew.receive(seconds_of(frame["clock"]["wall"]), self._hello_at, now)
        if self._greeted is not None and not self._greeted.done():
            self._greeted.set_result(None)
        if self._line is not None:
            self._line.say(*self.page.again_to_send())

    def _answered(self, frame: dict[str, Any], now: float) -> None:
        tally = self._around.tally
        post = self.page.receive_answer(frame["id"])
        if post is None:
            return
        if post.asked_at is not None:
            tally.answered.note((now - post.asked_at) * 1000)
        if frame["op"] == "refused":
            tally.refused[frame["code"]] += 1
            return
        tally.done += 1
        if "seq" in frame:
            tally.promise(frame["id"], frame["topic"], frame["seq"])

    def _wait_for_all(self, times: Times) -> None:
        self._waited = (self._around.clock.monotonic(), times)
