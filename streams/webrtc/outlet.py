"""The outlet: coded frames into aiortc, which packs and encrypts and codes nothing.

aiortc's sender takes an `av.Packet` from a track as it is: Annex B is split into RTP packets, Opus
goes through. Two things it keeps to itself are changed on each sender before it starts:

* a viewer's wish for an IDR (PLI, FIR) sets a flag that only an encoder reads; here it is told;
* a sender report says at which wall time a picture was *sent*. Here it says when it was *taken*, by
  the event clock, for both lanes alike: lips stay with the voice however long each lane was under
  way, and a player can say how old its picture is.

The names taken over are private to aiortc; they are looked for when this file is imported (tap.py
does the same, and says why).

Frames leave at no more than PACE_BPS: a group of pictures to catch up with would otherwise be half
a thousand packets in one breath, and the first thing that a viewer's network does with them is to
drop some.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from aiortc import MediaStreamTrack, RTCRtpSender
from aiortc.rtp import RtcpSrPacket

from streams.segments import Lane
from streams.timeline import AUDIO_HZ, VIDEO_HZ
from streams.webrtc.outbox import Outbox
from streams.webrtc.tap import InternalsChanged

PACE_BPS = 20_000_000
_UNPACED_S = 0.02
_HZ = {Lane.VIDEO: VIDEO_HZ, Lane.AUDIO: AUDIO_HZ}
_NEEDED_IN_SOURCE = (
    "await self.__track.recv()",
    "self.__encoder.pack(data)",
    "self._send_keyframe()",
    "await self._send_rtcp(packets)",
    "ntp_timestamp=self.__ntp_timestamp",
)


def check_internals() -> None:
    """Look for every private name that the outlet leans on.

    Raises:
        InternalsChanged: naming what is missing.
    """
    source = inspect.getsource(RTCRtpSender)
    missing = [line for line in _NEEDED_IN_SOURCE if line not in source]
    if missing:
        raise InternalsChanged(f"expected in aiortc 1.16, not found: {missing}")


check_internals()


class OutletTrack(MediaStreamTrack):
    """A track that gives aiortc what an outbox holds, one frame after the other.

    Args:
        monotonic: seconds.
        begins: called when the transport is there and the first frame is wanted.
    """

    def __init__(
        self, lane: Lane, monotonic: Callable[[], float], begins: Callable[[], None]
    ) -> None:
        self.kind = lane.value
        super().__init__()
        self.lane = lane
        self.hz = _HZ[lane]
        self.begun = False
        """Whether the transport was there and asked for a frame."""
        self.sent_ticks: int | None = None
        """The time of the newest frame that is on its way, on the event clock."""
        self._woken = asyncio.Event()
        self.outbox = Outbox(self.hz, self._woken.set)
        self._time_base = Fraction(1, self.hz)
        self._monotonic = monotonic
        self._begins = begins
        self._free_at_s = 0.0

    async def recv(self) -> av.Packet:  # type: ignore[type-arg]
        """The next frame, when it is there and the line is free."""
        if not self.begun:
            self.begun = True
            self._begins()
        await self._keep_pace()
        while (frame := self.outbox.take()) is None:
            self._woken.clear()
            await self._woken.wait()
        self._free_at_s = max(self._free_at_s, self._monotonic()) + len(frame.data) * 8 / PACE_BPS
        packet = av.Packet(frame.data)
        packet.pts, packet.time_base = frame.ticks, self._time_base
        self.sent_ticks = frame.ticks
        return packet

    async def _keep_pace(self) -> None:
        ahead_s = self._free_at_s - self._monotonic()
        if ahead_s > _UNPACED_S:
            await asyncio.sleep(ahead_s)


def connect(
    sender: RTCRtpSender,
    track: OutletTrack,
    want_key: Callable[[], None],
    ntp_of: Callable[[int, int], int],
) -> None:
    """Tells of wishes for an IDR, and makes sender reports speak of the event clock.

    Args:
        ntp_of: an instant as NTP writes it, from ticks and their rate.
    """
    private: Any = sender
    send = private._send_rtcp

    async def send_reports(packets: list[Any]) -> None:
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                if track.sent_ticks is None:
                    return  # nothing has been sent that a report could speak of
                packet.sender_info.ntp_timestamp = ntp_of(track.sent_ticks, track.hz)
        await send(packets)

    private._send_keyframe = want_key
    private._send_rtcp = send_reports
