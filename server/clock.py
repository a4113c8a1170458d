"""The two clocks, and the only file that reads one.

*Wall time* is what the machine says: media, chat timers, sessions, beats. *Show time* is what the
programme lives by: an affine map of wall time, one anchor and one speed, stored when an edition
starts for the first time. Printed hours never shift; the map is set instead, so that the whole day
can be shown in twenty minutes or begin at 09.16 now.

Everybody else is given the time as an argument, or a Clock by the one who assembles the program.
A wait on show time is taken in slices of at most a second, each of which looks at the wall again:
a step of the machine's clock is noticed within a second, in both directions.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST_SLICE_S = 1.0


@dataclass(frozen=True, slots=True)
class ShowMap:
    """Where show time stands at one moment of wall time, and how fast it runs.

    Args:
        wall: aware, kept in UTC; the anchor on the wall.
        show: aware, kept in UTC; what the show's clock says at that anchor.
        speed: show seconds for each wall second, above 0.
    """

    wall: datetime
    show: datetime
    speed: float = 1.0

    def __post_init__(self) -> None:
        if self.wall.tzinfo is None or self.show.tzinfo is None:
            raise ValueError("expected aware times for the show's clock, got a naive one")
        if not self.speed > 0:
            raise ValueError(f"expected a speed above 0, got {self.speed}")
        # Every moment of the show is reckoned from here: one with another offset spreads.
        object.__setattr__(self, "wall", self.wall.astimezone(UTC))
        object.__setattr__(self, "show", self.show.astimezone(UTC))

    def to_show(self, wall: datetime) -> datetime:
        return self.show + (wall - self.wall) * self.speed

    def to_wall(self, show: datetime) -> datetime:
        return self.wall + (show - self.show) / self.speed


def same_as_wall() -> ShowMap:
    """Show time that is wall time: a real day at its real hour."""
    anchor = datetime(2021, 1, 1, tzinfo=UTC)
    return ShowMap(wall=anchor, show=anchor)


class Clock:
    """Reads the machine's clocks; show time follows the map it was given."""

    def __init__(self, show_map: ShowMap | None = None) -> None:
        self.show_map = show_map or same_as_wall()

    @property
    def speed(self) -> float:
        return self.show_map.speed

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def show(self) -> datetime:
        return self.show_map.to_show(self.wall())

    async def sleep(self, wall_s: float) -> None:
        await asyncio.sleep(max(0.0, wall_s))

    async def sleep_until(self, show: datetime, *, poked: asyncio.Event | None = None) -> None:
        """Wait for a moment of show time, or until poked; clears the poke.

        Returns at the latest a second late after the wall was stepped.
        """
        while (left := self.show_map.to_wall(show) - self.wall()) > timedelta(0):
            slice_s = min(left.total_seconds(), LONGEST_SLICE_S)
            if poked is None:
                await self.sleep(slice_s)
            elif await self._poked_within(poked, slice_s):
                return

    async def _poked_within(self, poked: asyncio.Event, wall_s: float) -> bool:
        try:
            async with asyncio.timeout(wall_s):
                await poked.wait()
        except TimeoutError:
            return False
        poked.clear()
        return True


class VirtualClock(Clock):
    """A clock that stands still until it is advanced; for rehearsals and tests.

    The event loop's own timers stay real: only those who wait on this clock are moved.
    """

    def __init__(self, wall: datetime, show_map: ShowMap | None = None) -> None:
        super().__init__(show_map)
        self._wall = wall
        self._elapsed_s = 0.0
        self._sleepers: list[tuple[datetime, int, asyncio.Event]] = []
        self._order = itertools.count()

    def wall(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        return self._elapsed_s

    async def sleep(self, wall_s: float) -> None:
        await self._until(self._wall + timedelta(seconds=max(0.0, wall_s)))

    async def sleep_until(self, show: datetime, *, poked: asyncio.Event | None = None) -> None:
        await self._until(self.show_map.to_wall(show), poked)

    def advance(self, wall_s: float) -> None:
        """Move both clocks on and wake in order everyone whose moment has come."""
        self._elapsed_s += wall_s
        self._wall += timedelta(seconds=wall_s)
        self._wake()

    def advance_to(self, show: datetime) -> None:
        """Move on to a moment of show time; nothing happens when it has passed."""
        self.advance(max(0.0, (self.show_map.to_wall(show) - self._wall).total_seconds()))

    def step(self, wall_s: float) -> None:
        """Move the wall alone, as somebody who sets the machine's clock does."""
        self._wall += timedelta(seconds=wall_s)
        self._wake()

    async def settle(self, rounds: int = 50) -> None:
        """Let those who were woken run until they wait again, as far as they need no thread."""
        for _ in range(rounds):
            await asyncio.sleep(0)

    def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self._wall:
            heapq.heappop(self._sleepers)[2].set()

    async def _until(self, wall: datetime, poked: asyncio.Event | None = None) -> None:
        if wall <= self._wall:
            await asyncio.sleep(0)
            return
        woken = poked or asyncio.Event()
        heapq.heappush(self._sleepers, (wall, next(self._order), woken))
        await woken.wait()
        woken.clear()
