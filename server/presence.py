"""How many are here: counts, never lists.

A roster costs a frame for everybody at every coming and going; a count can be sampled. What keeps
it calm:

* A *person* is counted, not a connection, and stays counted for LEAVE_GRACE_S after the last one
  has gone: a reload, a lost line, a restart of the server is not a departure.
* Each worker tells the others whom it has, by ids, so that nobody is counted twice who has come to
  another one. That is believed for REPORT_TTL_S: a killed worker's people are gone within that time
  without anybody saying so.
* Everybody is shown a rounded number, which moves only when the true one has left the middle of its
  step (hysteresis): nobody watches 199, 200, 199. The people of a municipality see their own room
  exactly.
* Those who sit together before one screen are counted as they say in their room.
* A topic gets a frame when its number has changed, at most every SAMPLE_S.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from server.access.actor import Actor
from server.bus import Here
from server.clock import Clock

TOPIC = "presence"
LEAVE_GRACE_S = 20.0
REPORT_TTL_S = 15.0
SAMPLE_S = 5.0
STEPS = ((10, 1), (100, 5), (500, 10), (5_000, 50))
LARGEST_STEP = 100

Count = Mapping[str | None, int]
"""People for each municipality; None for those without one."""

People = Mapping[str, Collection[str]]
"""Their ids by municipality; "" for those without one."""


Heads = Callable[[str | None, str], int]
"""How many people sit before somebody's screen, by their municipality and id."""


def alone(municipality: str | None, person: str) -> int:
    return 1


class Announce(Protocol):
    """Gives a state topic its newest value; `JournalBoard.set_state` is one."""

    def __call__(self, topic: str, data: Mapping[str, object], /) -> None: ...


def step_of(count: int) -> int:
    return next((step for below, step in STEPS if count < below), LARGEST_STEP)


def rounded(count: int, shown: int) -> int:
    """The number to show everybody.

    Args:
        shown: what is shown now; it stays while the count is within three quarters of a step.
    """
    step = step_of(count)
    if count and shown and shown % step == 0 and abs(count - shown) * 4 <= step * 3:
        return shown
    return (count + step // 2) // step * step


@dataclass(slots=True)
class _Person:
    municipality: str | None
    connections: int = 0
    left_at: float | None = None


@dataclass(slots=True)
class Tally:
    """Who is here, on this worker and by the reports of others. Times are monotonic seconds."""

    heads: Heads = alone
    _people: dict[str, _Person] = field(default_factory=dict)
    _reports: dict[str, tuple[float, People]] = field(default_factory=dict)

    def enter(self, actor: Actor) -> None:
        person = self._people.setdefault(actor.id, _Person(actor.municipality))
        person.municipality = actor.municipality
        person.connections += 1
        person.left_at = None

    def leave(self, actor: Actor, now: float) -> None:
        person = self._people.get(actor.id)
        if person is None or person.connections == 0:
            return
        person.connections -= 1
        if person.connections == 0:
            person.left_at = now

    def report(self, worker: str, people: People, now: float) -> None:
        """Take whom another worker has."""
        self._reports[worker] = (now, people)

    def own(self, now: float) -> People:
        """Whom this worker has, as it tells the others."""
        gone = [
            id
            for id, person in self._people.items()
            if person.left_at is not None and now - person.left_at >= LEAVE_GRACE_S
        ]
        for id in gone:
            del self._people[id]
        people: dict[str, list[str]] = {}
        for id, person in self._people.items():
            people.setdefault(person.municipality or "", []).append(id)
        return people

    def all(self, now: float) -> Count:
        """Who is anywhere, each once; of the workers that are believed to be alive."""
        here = {slug: set(ids) for slug, ids in self.own(now).items()}
        for worker, (at, people) in list(self._reports.items()):
            if now - at >= REPORT_TTL_S:
                del self._reports[worker]
                continue
            for slug, ids in people.items():
                here.setdefault(slug, set()).update(ids)
        return {
            slug or None: sum(self.heads(slug or None, id) for id in ids)
            for slug, ids in here.items()
            if ids
        }


class Presence:
    """Announces the counts; told by the gateway who comes and goes.

    Args:
        heads: how many sit before a person's screen.
        tell: tells the other workers.
    """

    def __init__(
        self,
        announce: Announce,
        clock: Clock,
        heads: Heads = alone,
        tell: Callable[[Here], None] = lambda here: None,
    ) -> None:
        self._announce = announce
        self._clock = clock
        self._tell = tell
        self._worker = secrets.token_hex(4)
        self._shown: dict[str, int] = {}
        self.tally = Tally(heads)

    def enter(self, actor: Actor) -> None:
        self.tally.enter(actor)

    def leave(self, actor: Actor) -> None:
        self.tally.leave(actor, self._clock.monotonic())

    async def run(self) -> None:
        """Sample, for as long as the process lives."""
        try:
            while True:
                self.sample()
                await self._clock.sleep(SAMPLE_S)
        finally:
            self._tell(Here(self._worker, {}))

    def hear(self, here: Here) -> None:
        """Another worker says whom it has."""
        self.tally.report(here.worker, here.people, self._clock.monotonic())

    def sample(self) -> None:
        """Announce every number that has changed."""
        now = self._clock.monotonic()
        own = {slug: tuple(ids) for slug, ids in self.tally.own(now).items()}
        self._tell(Here(self._worker, own))
        counts = self.tally.all(now)
        self._show(TOPIC, rounded(sum(counts.values()), self._shown.get(TOPIC, 0)))
        shown = {topic for topic in self._shown if topic != TOPIC}
        here = {f"{TOPIC}:{slug}": count for slug, count in counts.items() if slug is not None}
        for topic in sorted(shown | set(here)):
            self._show(topic, here.get(topic, 0))

    def _show(self, topic: str, count: int) -> None:
        if self._shown.get(topic) != count:
            self._shown[topic] = count
            self._announce(topic, {"count": count})
