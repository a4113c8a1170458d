"""A WHEP session: one person who watches one channel (or one source).

It ends once, for whichever reason comes first, and from that moment is sent nothing; letting go of
the sockets (`hang_up`) is done in the background.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass

from aiortc import RTCPeerConnection

from streams.segments import Lane
from streams.timeline import EventClock
from streams.webrtc import outlet
from streams.webrtc.feed import Feed
from streams.webrtc.offers import Remote
from streams.webrtc.outlet import OutletTrack
from streams.webrtc.session import Clock
from streams.webrtc.tap import accept_only_what_passes
from streams.webrtc.whip import Input

log = logging.getLogger("topmoede.viewer")

_CLOSE_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who watches.

    Args:
        session: of the person who is signed in, or of the pass; when it ends, so does watching.
            Empty for a publisher.
        publishes: the input whose key a publisher showed; None for everybody else.
    """

    session: str
    publishes: Input | None = None


class Viewer:
    """One connection that is sent a feed."""

    def __init__(
        self,
        channel: str,
        watcher: Watcher,
        connection: RTCPeerConnection,
        feed: Feed,
        clock: Clock,
        event_clock: EventClock,
    ) -> None:
        self.id = secrets.token_urlsafe(24)
        self.channel, self.watcher, self.connection = channel, watcher, connection
        self.remote = Remote()
        self.opened_s = clock.monotonic()
        self.ended = False
        self.tracks: list[OutletTrack] = []
        self._feed = feed
        self._clock, self._event_clock = clock, event_clock

    @property
    def connected(self) -> bool:
        """Whether the transport has stood once."""
        return any(track.begun for track in self.tracks)

    @property
    def dropped(self) -> int:
        """Frames that were not sent because the viewer was behind."""
        return sum(track.outbox.dropped for track in self.tracks)

    def offer_lane(self, lane: Lane) -> None:
        """Makes the transceiver of a lane, before the offer is read."""
        track = OutletTrack(lane, self._clock.monotonic, lambda: self._begin(track))
        transceiver = self.connection.addTransceiver(track, direction="sendonly")
        accept_only_what_passes(transceiver)
        outlet.connect(transceiver.sender, track, self._want_key, self._event_clock.ntp)
        self.tracks.append(track)

    def end(self, reason: str) -> None:
        """Nothing is sent from here on. Twice does nothing."""
        if not self.ended:
            self.ended = True
            self._feed.leave([track.outbox for track in self.tracks])
            log.info("viewer gone", extra={"source": self.channel, "reason": reason})

    async def hang_up(self) -> None:
        """Lets go of everything; never takes longer than its limit."""
        try:
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await self.connection.close()
        except TimeoutError:
            log.warning("a connection did not close in time", extra={"session": self.id})
        except Exception:
            # The boundary of one session: what its connection raises must not end all the others.
            log.exception("a connection could not be closed")

    def _begin(self, track: OutletTrack) -> None:
        if self.ended:
            return
        if track.lane is Lane.VIDEO:
            self._feed.watch(track.outbox)
        else:
            self._feed.listen(track.outbox)

    def _want_key(self) -> None:
        if not self.ended:
            self._feed.want_key()
