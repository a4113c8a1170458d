"""A publisher in this process: aiortc's own sender with ready-made pictures, and a line that loses.

Its pictures are coded beforehand with a known GOP and number, so that a test can say exactly which
of them came out at the other end. It does not answer keyframe requests, as some encoders do not.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from functools import cache
from typing import Any

import av
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamTrack

from streams.nalunits import NalType, nal_type, split_start_codes
from streams.webrtc.ingest import Created, Ingest
from streams.webrtc.whip import IceServer

FRAME_RATE, GOP = 30, 10
# Who has stood still makes up for it four times as fast: all of it at once would be more than the
# kernel keeps for a receiver, and more than a sender remembers.
CLOSEST_S = 1 / (4 * FRAME_RATE)


@cache
def coded_pictures(crf: int = 30) -> tuple[bytes, ...]:
    """Three seconds of noise, an IDR at every tenth picture; 8 Mbit/s, at crf 51 it is 0.6."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 192, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(FRAME_RATE), Fraction(1, FRAME_RATE)
    encoder.profile = "Baseline"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(GOP), "crf": str(crf)}
    noise, coded = random.Random(1), []
    for number in range(3 * FRAME_RATE):
        frame = av.VideoFrame(320, 192, "yuv420p")
        for plane in frame.planes:
            plane.update(noise.randbytes(plane.buffer_size))
        frame.pts = number
        coded += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(coded)


@cache
def numbers() -> dict[bytes, int]:
    """Each coded slice and which picture it is."""
    return {
        nal: number
        for number, picture in enumerate(coded_pictures())
        for nal in split_start_codes(picture)
        if nal_type(nal) in (NalType.SLICE, NalType.IDR)
    }


class CodedTrack(MediaStreamTrack):
    """Plays the coded pictures in a loop, in real time."""

    kind = "video"

    def __init__(self, pictures: tuple[bytes, ...] | None = None) -> None:
        super().__init__()
        self._pictures = pictures or coded_pictures()  # coded before the clock runs
        self._number = 0
        self._began: float | None = None

    async def recv(self) -> Any:
        loop = asyncio.get_running_loop()
        self._began = self._began or loop.time()
        due = self._began + self._number / FRAME_RATE
        await asyncio.sleep(max(CLOSEST_S, due - loop.time()))
        packet = av.Packet(self._pictures[self._number % len(self._pictures)])
        packet.pts, packet.time_base = self._number, Fraction(1, FRAME_RATE)
        self._number += 1
        return packet


class LossyLine:
    """Stands between a connection and its network, and drops RTP on request."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        transport: Any = connection.getTransceivers()[0].sender.transport.transport
        self._send = transport._send
        transport._send = self
        self._chance = random.Random(3)
        self.loss = 0.0
        self.lost = 0
        self._more = asyncio.Event()

    async def lose(self, packets: int) -> None:
        """Let nothing through until so many packets are lost."""
        self.loss, enough = 1.0, self.lost + packets
        while self.lost < enough:
            self._more.clear()
            await self._more.wait()
        self.loss = 0.0

    async def __call__(self, data: bytes) -> None:
        media = 127 < data[0] < 192 and not 192 <= data[1] <= 223
        if media and self._chance.random() < self.loss:
            self.lost += 1
            self._more.set()
        else:
            await self._send(data)


async def an_offer(
    connection: RTCPeerConnection,
    codec: str = "video/H264",
    pictures: tuple[bytes, ...] | None = None,
) -> str:
    """Make a connection that sends coded pictures; returns its offer."""
    transceiver = connection.addTransceiver(CodedTrack(pictures), direction="sendonly")
    capabilities = RTCRtpSender.getCapabilities("video")
    assert capabilities is not None
    wanted = [c for c in capabilities.codecs if c.mimeType in (codec, "video/rtx")]
    transceiver.setCodecPreferences(wanted)
    await connection.setLocalDescription(await connection.createOffer())
    return str(connection.localDescription.sdp)


def a_connection() -> RTCPeerConnection:
    configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
    return RTCPeerConnection(configuration)


def a_relayed_connection(relay: IceServer) -> RTCPeerConnection:
    """One that can reach nobody but its relay."""
    server = RTCIceServer(relay.url, relay.username, relay.credential)
    configuration = RTCConfiguration(
        iceServers=[server],
        bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
        iceTransportPolicy=RTCIceTransportPolicy.RELAY,
    )
    return RTCPeerConnection(configuration)


@asynccontextmanager
async def a_loopback_camera(
    ingest: Ingest, key: str = "key-main", connection: RTCPeerConnection | None = None
) -> AsyncIterator[tuple[LossyLine, Created]]:
    """Publishes to an ingest without HTTP between."""
    connection = connection or a_connection()
    try:
        offer = await an_offer(connection)
        created = await ingest.offer("kl-huset", key, "application/sdp", offer)
        line = LossyLine(connection)
        await connection.setRemoteDescription(RTCSessionDescription(created.answer, "answer"))
        yield line, created
    finally:
        async with asyncio.timeout(20):
            await connection.close()
