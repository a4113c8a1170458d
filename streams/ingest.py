"""WHIP's edge: offers in, publishers running, access units out.

One `Ingest` per media process. It answers offers, keeps one session per input, and in `run` looks
after them about ten times a second: keyframes, retransmissions, publishers that never connected or
went silent, sessions to be closed. ICE notices a dead peer after half a minute; we count packets
and know after `silent_s`.

A session is closed once and in the background, with a time limit on everything that aiortc may
hang in. Who closes: DELETE, a take-over, the desk, `run` when the publisher is lost, `close`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.rtp import RtpPacket
from aiortc.sdp import candidate_from_sdp

from streams import whip
from streams.jitterbuffer import Packet
from streams.publisher import Emit, Health, Now, Publisher
from streams.segments import AccessUnit, Lane
from streams.sound import Sound
from streams.tap import Tap, accept_only_what_passes, gather_also
from streams.timeline import EventClock
from streams.whip import Input, Refused

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.1
_CLOSE_WITHIN_S = 5.0
_ANSWER_WITHIN_S = 10.0


class Clock(Protocol):
    """What is asked of the server's clock."""

    def wall(self) -> datetime: ...
    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How publishers are taken in.

    Args:
        loopback: listen on 127.0.0.1 too; only a demo on one machine needs it.
        most_sessions: further offers are refused with 503.
        connect_within_s: a session that is not connected by then expires.
        silent_s: a publisher that sends nothing for so long is lost.
        ice_servers: told to publishers in Link headers.
    """

    loopback: bool = False
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


class Session:
    """A publisher on the wire: the live source that the desk packages.

    `emit` is called in the event loop. `on_lost` is called once, with the reason, when the
    publisher is gone by itself or was replaced; not after `close`.
    """

    def __init__(
        self, place: Input, id: str, connection: RTCPeerConnection, clock: Clock, now: Now
    ):
        self.place = place
        self.id = id
        self.on_lost: Callable[[str], None] | None = None
        self.connected = False
        self.ended = False
        self.ufrag: str | None = None
        self._clock = clock
        self.opened_s = clock.monotonic()
        self.publisher = Publisher(now, self.opened_s)
        self.connection = connection
        self.taps: dict[Lane, Tap] = {}
        self._sound: Sound | None = None
        self._emit: Emit | None = None

    # -- for the desk

    def start(self, emit: Emit) -> None:
        """Hand out access units of both lanes from the next IDR on."""
        call_soon = asyncio.get_running_loop().call_soon_threadsafe
        self._emit = emit
        self._sound = Sound(call_soon, self._deliver_sound)
        self.publisher.start(emit, self._sound)

    def request_keyframe(self) -> None:
        """Ask for an IDR, at most twice a second."""
        self.publisher.request_keyframe()

    def close(self) -> None:
        """End the session; its sockets go in the background. Twice does nothing."""
        self.on_lost = None
        self.end("closed")

    def health(self) -> Health:
        """Figures for backstage."""
        return self.publisher.health(self._clock.monotonic())

    # -- for the ingest

    def end(self, reason: str) -> None:
        """Nothing comes out from here on; tells who wants to know, once."""
        if self.ended:
            return
        self.ended = True
        self.publisher.stop()
        if self._sound is not None:
            self._sound.close()
        log.info("publisher gone", extra={"source": self.place.source, "reason": reason})
        on_lost, self.on_lost = self.on_lost, None
        if on_lost is not None:
            on_lost(reason)

    async def hang_up(self) -> None:
        """Let go of everything; never takes longer than its limit."""
        try:
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await self.connection.close()
        except TimeoutError:
            log.warning("a connection did not close in time", extra={"session": self.id})
        if self._sound is not None:
            await asyncio.to_thread(self._sound.join, _CLOSE_WITHIN_S)

    async def ask(self) -> None:
        """Send the publisher what is due: NACKs and picture loss indications."""
        wants = self.publisher.due(self._clock.monotonic())
        tap = self.taps[Lane.VIDEO]
        if wants.ssrc is None:
            return
        if wants.missing:
            await tap.ask_again(wants.ssrc, wants.missing)
        if wants.keyframe:
            await tap.ask_keyframe(wants.ssrc)

    def receive(self, lane: Lane, packet: RtpPacket) -> None:
        """One packet from the tap."""
        if self.ended:
            return
        if (level := packet.extensions.audio_level) is not None:
            self.publisher.sound_level_dbov = -level[1]
        arrival_s = self._clock.monotonic()
        taken = Packet(
            packet.sequence_number, packet.timestamp, bool(packet.marker), packet.payload, arrival_s
        )
        self.publisher.receive_packet(lane, packet.ssrc, taken)

    def _deliver_sound(self, units: list[AccessUnit]) -> None:
        if self._emit is not None and not self.ended:
            for unit in units:
                self._emit(unit)


@dataclass(frozen=True, slots=True)
class _LaneListener:
    """Binds a tap to a session's lane."""

    session: Session
    lane: Lane

    def receive_packet(self, packet: RtpPacket) -> None:
        self.session.receive(self.lane, packet)

    def receive_report(self, ntp: int, timestamp: int) -> None:
        self.session.publisher.receive_report(self.lane, ntp, timestamp)

    def receive_end(self) -> None:
        self.session.end("ended")


class Ingest:
    """All WHIP sessions of one media process.

    Args:
        keys: each key and the input that it opens.
        clock: wall and monotonic time.
        event_clock: what access units are stamped in.
        on_connected: called in the loop when a publisher's first packet came; the desk starts it.
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
        self._leaving: list[Session] = []

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
        offer = whip.read_offer(sdp)
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
        # Only an offer that was taken takes over: garbage with the right key stops nobody.
        for other in list(self._sessions.values()):
            if other.place == place and other is not session:
                self._dismiss(other, "replaced")
        return Created(session.id, answer, place)

    async def patch(
        self, source: str, session: str, key: str | None, content_type: str | None, fragment: str
    ) -> None:
        """PATCH: candidates that came after the offer.

        Raises:
            Refused: with code and status.
        """
        found = self._find(source, session, key)
        whip.check_body(content_type, fragment, whip.FRAGMENT)
        for candidate in whip.read_fragment(fragment, found.ufrag):
            try:
                parsed = candidate_from_sdp(candidate.text)
            except (ValueError, IndexError, AssertionError) as error:
                raise Refused(
                    "bad_fragment", f"expected a candidate, got {candidate.text[:60]!r}"
                ) from error
            parsed.sdpMid = candidate.mid
            with suppress(ValueError):
                await found.connection.addIceCandidate(parsed)

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
        for session in list(self._sessions.values()):
            reason = self._why_gone(session, now_s)
            if reason is not None:
                self._dismiss(session, reason)
                continue
            if not session.connected and session.publisher.packets:
                session.connected = True
                self._on_connected(session)
            await session.ask()

    def _why_gone(self, session: Session, now_s: float) -> str | None:
        if session.ended:
            return "ended"
        if session.connection.connectionState in ("failed", "closed"):
            return "failed"
        if not session.publisher.packets:
            late = now_s - session.opened_s > self.settings.connect_within_s
            return "never_connected" if late else None
        return "silent" if session.publisher.silent_s(now_s) > self.settings.silent_s else None

    def _open(self, place: Input, kinds: tuple[str, ...]) -> Session:
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        connection = RTCPeerConnection(configuration)
        id = secrets.token_urlsafe(24)
        session = Session(place, id, connection, self._clock, self._now)
        for kind in kinds:
            transceiver = connection.addTransceiver(kind, direction="recvonly")
            accept_only_what_passes(transceiver)
            lane = Lane(kind)
            session.taps[lane] = Tap(transceiver.receiver, _LaneListener(session, lane))
        self._sessions[id] = session
        return session

    async def _answer(self, session: Session, offer: whip.Offer) -> str:
        session.ufrag = offer.ufrag
        connection = session.connection
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                await connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
                if self.settings.loopback:
                    gather_also(connection, ("127.0.0.1",))
                await connection.setLocalDescription(await connection.createAnswer())
        except OperationError as error:
            raise Refused("no_h264", "expected H.264 in a profile that browsers send") from error
        except _NOT_UNDERSTOOD as error:
            raise Refused("bad_offer", f"expected a session description: {error}") from error
        return connection.localDescription.sdp

    def _find(self, source: str, id: str, key: str | None) -> Session:
        found = self._sessions.get(id)
        if found is None or found.place.source != source:
            raise Refused("unknown_session", "expected an open session, got none of that name")
        whip.check_same_key(found.place, key, self._keys)
        return found

    def _dismiss(self, session: Session, reason: str) -> None:
        if self._sessions.pop(session.id, None) is not None:
            session.end(reason)
            self._leaving.append(session)


# What aiortc's reader of SDP throws at broken input; it asserts and indexes freely.
_NOT_UNDERSTOOD = (
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    StopIteration,
    RuntimeError,
    TypeError,
    TimeoutError,
    InvalidAccessError,
    InvalidStateError,
)
