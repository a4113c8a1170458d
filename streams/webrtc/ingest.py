"""WHIP's edge: offers in, publishers running, access units out.

One `Ingest` per media process. It answers offers, keeps one session per input, and in `run` looks
after them about ten times a second: keyframes, retransmissions, publishers that never connected or
went silent, sessions to be closed. ICE notices a dead peer after half a minute; we count packets
and know after `silent_s`. Where we ourselves stood still, what came meanwhile lies unread: nobody
is judged before it could be read.

A session is closed once and in the background, with a time limit on everything that aiortc may
hang in. Who closes: DELETE, a take-over, the desk, `run` when the publisher is lost, `close`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from aiortc import RTCPeerConnection

from streams.segments import Lane
from streams.timeline import EventClock
from streams.webrtc import negotiation, offers, whip
from streams.webrtc.consent import ask_nothing
from streams.webrtc.gathering import Reach
from streams.webrtc.publisher import Now
from streams.webrtc.session import Clock, Session
from streams.webrtc.tap import Tap, accept_only_what_passes
from streams.webrtc.whip import Input, Refused

_LOOK_EVERY_S = 0.1
_STOOD_STILL_S = 0.5
"""Whoever looks so late has not heard either."""
_READS_WITHIN_S = 0.5


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How publishers are taken in.

    Args:
        reach: where publishers reach this machine.
        most_sessions: further offers are refused with 503.
        connect_within_s: a session that is not connected by then expires.
        silent_s: a publisher that sends nothing for so long is lost.
        ice_servers: told to publishers in Link headers; nobody else's unless told here.
    """

    reach: Reach = field(default_factory=Reach)
    most_sessions: int = 12
    connect_within_s: float = 15.0
    silent_s: float = 2.0
    ice_servers: tuple[whip.IceServer, ...] = ()


@dataclass(frozen=True, slots=True)
class Created:
    """An offer that was taken.

    Args:
        session: the last segment of its URL.
        answer: SDP with all candidates.
    """

    session: str
    answer: str
    place: Input


class Ingest:
    """All WHIP sessions of one media process.

    Args:
        keys: each key and the input that it opens.
        clock: wall and monotonic time.
        event_clock: what access units are stamped in.
        on_connected: called in the loop at a publisher's first packet; the desk starts it there,
            or keeps it for later.
    """

    def __init__(
        self,
        keys: Mapping[str, Input],
        clock: Clock,
        event_clock: EventClock,
        on_connected: Callable[[Session], None],
        settings: IngestSettings | None = None,
    ) -> None:
        self.settings = settings or IngestSettings()
        self._keys = keys
        self._clock = clock
        self._now = Now(clock.monotonic(), event_clock.ticks(clock.wall()))
        self._on_connected = on_connected
        self._sessions: dict[str, Session] = {}
        self._connections: dict[Session, RTCPeerConnection] = {}
        self._leaving: list[Session] = []
        self._looked_s = self._hears_from_s = clock.monotonic()

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Those that are open, connected or not."""
        return tuple(self._sessions.values())

    # -- requests

    async def offer(
        self, source: str, key: str | None, content_type: str | None, sdp: str
    ) -> Created:
        """POST: take a publisher in.

        Raises:
            Refused: with code and status.
        """
        place = whip.check_key(source, key, self._keys)
        whip.check_body(content_type, sdp, whip.OFFER)
        offer = offers.read_offer(sdp)
        replaced = [s for s in self._sessions.values() if s.place == place]
        if len(self._sessions) - len(replaced) >= self.settings.most_sessions:
            raise Refused(
                "too_many_sessions", f"expected fewer than {len(self._sessions)} publishers"
            )
        session = self._open(place, offer.kinds)
        try:
            answer = await self._answer(session, offer)
        except BaseException:
            self._dismiss(session, "refused")
            raise
        if session.ended:
            raise Refused("taken_over", f"expected to be the last to publish to {place.name!r}")
        # Only an offer that was taken takes over: garbage with the right key stops nobody.
        for other in takewhile(lambda each: each is not session, self.sessions):
            if other.place == place:
                self._dismiss(other, "replaced")
        return Created(session.id, answer, place)

    def place_of(self, key: str | None) -> Input | None:
        """The input that a key opens, None where it opens none."""
        return whip.opened_by(key, self._keys) if key else None

    def ice_servers(self, source: str, key: str | None) -> tuple[whip.IceServer, ...]:
        """What OPTIONS tells: credentials only to whom the key lets in."""
        try:
            whip.check_key(source, key, self._keys)
        except Refused:
            return whip.open_to_all(self.settings.ice_servers)
        return self.settings.ice_servers

    async def patch(
        self,
        source: str,
        session: str,
        key: str | None,
        content_type: str | None,
        fragment: str,
        if_match: str | None = None,
    ) -> None:
        """PATCH: candidates that came after the offer.

        Raises:
            Refused: with code and status.
        """
        found = self._find(source, session, key)
        whip.check_if_match(if_match)
        whip.check_body(content_type, fragment, whip.FRAGMENT)
        await negotiation.add_candidates(self._connections[found], fragment, found.remote)

    async def delete(self, source: str, session: str, key: str | None) -> None:
        """DELETE: the publisher leaves.

        Raises:
            Refused: with code and status.
        """
        self._dismiss(self._find(source, session, key), "deleted")

    # -- life

    async def run(self) -> None:
        """Look after all sessions until cancelled; returns when every one is closed."""
        cancelled: asyncio.CancelledError | None = None
        async with asyncio.TaskGroup() as leaving:
            try:
                while True:
                    await self._look()
                    self._see_off(leaving)
                    await asyncio.sleep(_LOOK_EVERY_S)
            except asyncio.CancelledError as error:
                # Kept until the group is empty: a connection whose close is cancelled half way
                # cannot be closed again, and would keep its sockets.
                cancelled = error
                self.dismiss_all()
                self._see_off(leaving)
        if cancelled is not None:
            raise cancelled

    def dismiss_all(self) -> None:
        """End every session; `run` closes them."""
        for session in self.sessions:
            self._dismiss(session, "closed")

    def _see_off(self, leaving: asyncio.TaskGroup) -> None:
        sessions, self._leaving = self._leaving, []
        for session in sessions:
            leaving.create_task(session.hang_up())

    async def _look(self) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._looked_s > _STOOD_STILL_S:
            self._hears_from_s = now_s + _READS_WITHIN_S
        self._looked_s = now_s
        for session in list(self._sessions.values()):
            reason = self._why_gone(session, now_s)
            if reason is not None:
                self._dismiss(session, reason)
                continue
            await session.ask()

    def _why_gone(self, session: Session, now_s: float) -> str | None:
        if session.ended:
            return "ended"
        if self._connections[session].connectionState in ("failed", "closed"):
            return "failed"
        if not session.connected:
            late = now_s - session.opened_s > self.settings.connect_within_s
            return "never_connected" if late else None
        silent = session.publisher.silent_s(now_s) > self.settings.silent_s
        return "silent" if silent and now_s >= self._hears_from_s else None

    def _open(self, place: Input, kinds: tuple[str, ...]) -> Session:
        connection = negotiation.a_connection()
        session = Session(place, connection, self._clock, self._now, self._on_connected)
        for kind in kinds:
            transceiver = connection.addTransceiver(kind, direction="recvonly")
            accept_only_what_passes(transceiver)
            lane = Lane(kind)
            session.taps[lane] = Tap(
                transceiver.receiver, session.lane(lane), self._clock.monotonic
            )
        self._sessions[session.id] = session
        self._connections[session] = connection
        return session

    async def _answer(self, session: Session, offer: offers.Offer) -> str:
        session.remote = offer.remote
        connection, reach = self._connections[session], self.settings.reach
        answer = await negotiation.answer(connection, offer, "no_h264", reach)
        ask_nothing(connection)
        return answer

    def _find(self, source: str, id: str, key: str | None) -> Session:
        found = self._sessions.get(id)
        if found is None or found.place.source != source:
            raise Refused("unknown_session", "expected an open session, got none of that name")
        whip.check_same_key(found.place, key, self._keys)
        return found

    def _dismiss(self, session: Session, reason: str) -> None:
        if self._sessions.pop(session.id, None) is not None:
            del self._connections[session]
            session.end(reason)
            self._leaving.append(session)
