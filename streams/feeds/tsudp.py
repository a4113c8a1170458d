"""MPEG transport streams over UDP, for senders in the same building.

Nothing here is secret or proven: whoever may send to the port may be on air, so production names
the sender's address and everything from elsewhere is dropped and counted. Datagrams are taken in
the event loop as they come; one that is no transport stream (seven packets, as a rule) is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from streams.feeds.feeding import UNAVAILABLE_AGAIN_S, FeedState, Place, Surroundings
from streams.feeds.livefeed import LiveFeed

log = logging.getLogger("topmoede.tsudp")

SILENT_S = 3.0
LOOK_EVERY_S = 0.5
_SYNC = b"\x47"


@dataclass(frozen=True, slots=True)
class UdpPlan:
    """What to listen to.

    Args:
        sender: the only address that is listened to; None: any.
    """

    host: str
    port: int
    sender: str | None = None


class UdpFeed(asyncio.DatagramProtocol):
    """One input that takes datagrams (feeding.Feed)."""

    def __init__(self, place: Place, plan: UdpPlan, surroundings: Surroundings) -> None:
        self.place = place
        self.dropped = 0
        """Datagrams from elsewhere, or of something else."""
        self._plan = plan
        self._around = surroundings
        self._state = FeedState()
        self._feed: LiveFeed | None = None
        self._came = False

    @property
    def state(self) -> FeedState:
        """How it stands."""
        trouble = self._feed.trouble if self._feed else None
        if trouble is not None:
            return FeedState("troubled", trouble.code, trouble.detail)
        return self._state

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except OSError as error:
                detail = f"expected a free UDP port {self._plan.port}; {error.strerror}"
                self._state = FeedState("unavailable", "port_taken", detail)
                log.error("udp: %s", detail, extra={"source": self.place.source})
            await self._around.sleep(UNAVAILABLE_AGAIN_S)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take one datagram."""
        if (self._plan.sender is not None and addr[0] != self._plan.sender) or data[:1] != _SYNC:
            self.dropped += 1
            return
        self._came = True
        if self._feed is None:
            self._feed = LiveFeed(self._around.event_ticks)
            self._state = FeedState("connected")
            self._around.attach(self._feed)
        self._feed.receive(data)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        where = self._plan.host, self._plan.port
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=where)
        self._state = FeedState()
        try:
            silent_s = 0.0
            while True:
                await self._around.sleep(LOOK_EVERY_S)
                silent_s = 0.0 if self._came else silent_s + LOOK_EVERY_S
                self._came = False
                if silent_s >= SILENT_S:
                    self._leave()
        finally:
            transport.close()
            self._leave()

    def _leave(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            self._state = FeedState()
            self._around.detach(feed)
