"""Where speakers try their camera: a publisher is taken in, measured, and thrown away.

An ingest of its own, which nothing is attached to: no session is ever started, so no picture leaves
it, nothing is packaged, recorded or shown, and no source's key is near it. Who is signed in may
try, once at a time (a second trial ends the first), for half a minute; a few at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from server.access.actor import Actor
from server.clock import Clock
from streams.timeline import EventClock
from streams.webrtc.gathering import Reach
from streams.webrtc.ingest import Created, Ingest, IngestSettings
from streams.webrtc.session import Session
from streams.webrtc.whip import IceServer, Input

SOURCE = "proev"
LONGEST_S = 30.0
AT_ONCE = 4
LOOK_EVERY_S = 1.0
MOST_TICKETS = 2_000


@dataclass(slots=True)
class _Tickets:
    """A key for each person who tries, known to nobody outside."""

    keys: dict[str, Input] = field(default_factory=dict)
    by_person: dict[str, str] = field(default_factory=dict)

    def of(self, person: str) -> str:
        if person not in self.by_person:
            if len(self.by_person) >= MOST_TICKETS:
                self.keys.pop(self.by_person.pop(next(iter(self.by_person))))
            key = self.by_person[person] = secrets.token_urlsafe(24)
            self.keys[key] = Input(SOURCE, person)
        return self.by_person[person]


class TrialIngest:
    """
    Args:
        reach: as publishers of the day come, so that the trial tells of the same way.
        ice_servers: likewise; told to whoever may try.
    """

    def __init__(self, clock: Clock, reach: Reach, ice_servers: tuple[IceServer, ...] = ()) -> None:
        self._clock = clock
        self.ice_servers = ice_servers
        self._tickets = _Tickets()
        # Publishers are stamped on a clock that leads nowhere.
        self._ingest = Ingest(
            self._tickets.keys,
            clock,
            EventClock(clock.wall()),
            lambda session: None,
            IngestSettings(reach, most_sessions=AT_ONCE),
        )

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The trials that are going on."""
        return self._ingest.sessions

    async def offer(self, person: Actor, content_type: str | None, sdp: str) -> Created:
        """Takes a trial in. Raises whip.Refused."""
        return await self._ingest.offer(SOURCE, self._key(person), content_type, sdp)

    async def leave(self, person: Actor, session: str) -> None:
        """Ends a trial of one's own. Raises whip.Refused."""
        await self._ingest.delete(SOURCE, session, self._key(person))

    async def run(self) -> None:
        """Looks after the sessions until cancelled. A long task."""
        await self._ingest.run()

    async def end_long_ones(self) -> None:
        """Ends what has lasted for half a minute. A long task."""
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            for session in self.sessions:
                if self._clock.monotonic() - session.opened_s > LONGEST_S:
                    session.end("trial over")

    def _key(self, person: Actor) -> str:
        return self._tickets.of(person.id)
