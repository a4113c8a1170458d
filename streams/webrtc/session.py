"""A WHIP session: a publisher on the wire, and the live source that the desk packages.

Its two sides: the tap tells it what arrives (`lane`), the desk starts it, asks it for keyframes and
closes it. It ends once, for whichever reason comes first, and from that moment hands out nothing;
letting go of the sockets (`hang_up`) is the ingest's, in the background.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from streams.segments import AccessUnit, Lane
from streams.sound.sound import Sound
from streams.webrtc.jitterbuffer import Packet
from streams.webrtc.offers import Remote
from streams.webrtc.publisher import Emit, Now, Publisher
from streams.webrtc.whip import Input

log = logging.getLogger(__name__)

_CLOSE_WITHIN_S = 5.0


class Clock(Protocol):
    """What is asked of the server's clock."""

    def wall(self) -> datetime: ...
    def monotonic(self) -> float: ...


class Connection(Protocol):
    """What is asked of a peer connection here."""

    async def close(self) -> None: ...


class Asking(Protocol):
    """How a publisher is asked for something (tap.Tap)."""

    async def acknowledge(self, ssrc: int) -> None: ...
    async def ask_keyframe(self, ssrc: int) -> None: ...
    async def ask_again(self, ssrc: int, sequences: list[int]) -> None: ...


class Session:
    """A publisher on the wire: the live source that the desk packages.

    `emit` is called in the event loop. `on_lost` is called once, with the reason, when the
    publisher is gone by itself or was replaced; not after `close`.
    """

    def __init__(
        self,
        place: Input,
        connection: Connection,
        clock: Clock,
        now: Now,
        on_connected: Callable[[Session], None],
    ) -> None:
        self.place = place
        self.id = secrets.token_urlsafe(24)
        self.on_lost: Callable[[str], None] | None = None
        self.connected = False
        self.ended = False
        self.remote = Remote()
        self._clock = clock
        self._on_connected = on_connected
        self.opened_s = clock.monotonic()
        self.publisher = Publisher(now, self.opened_s)
        self.connection = connection
        self.taps: dict[Lane, Asking] = {}
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

    def health(self) -> dict[str, object]:
        """Figures for backstage: publisher.Health by name."""
        return asdict(self.publisher.health(self._clock.monotonic()))

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
        except Exception:
            # The boundary of one session: what its connection raises must not end all the others.
            log.exception("a connection could not be closed")
        if self._sound is not None:
            await asyncio.to_thread(self._sound.join, _CLOSE_WITHIN_S)

    async def ask(self) -> None:
        """Send the publisher what is due: what came, NACKs and picture loss indications."""
        wants = self.publisher.due(self._clock.monotonic())
        tap = self.taps[Lane.VIDEO]
        if wants.ssrc is None:
            return
        await tap.acknowledge(wants.ssrc)
        if wants.missing:
            await tap.ask_again(wants.ssrc, wants.missing)
        if wants.keyframe:
            await tap.ask_keyframe(wants.ssrc)

    def lane(self, lane: Lane) -> LaneListener:
        """Where the tap of a lane tells what arrives."""
        return LaneListener(self, lane)

    def receive(self, lane: Lane, ssrc: int, packet: Packet, level_dbov: int | None) -> None:
        """One packet from the tap."""
        if self.ended:
            return
        if not self.connected:
            self.connected = True
            self._on_connected(self)
        if level_dbov is not None:
            self.publisher.sound_level_dbov = level_dbov
        self.publisher.receive_packet(lane, ssrc, packet)

    def _deliver_sound(self, units: list[AccessUnit]) -> None:
        if self._emit is not None and not self.ended:
            for unit in units:
                self._emit(unit)


@dataclass(frozen=True, slots=True)
class LaneListener:
    """Binds a tap to one lane of a session."""

    session: Session
    lane: Lane

    def receive_packet(self, ssrc: int, packet: Packet, level_dbov: int | None) -> None:
        self.session.receive(self.lane, ssrc, packet, level_dbov)

    def receive_report(self, ntp: int, timestamp: int) -> None:
        self.session.publisher.receive_report(self.lane, ntp, timestamp)

    def receive_end(self) -> None:
        self.session.end("ended")
