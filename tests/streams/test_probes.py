"""What nobody should send to a publisher's port: from elsewhere, and from its own address."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable
from contextlib import closing

from tests.streams.loopback_camera import LossyLine, a_loopback_camera
from tests.streams.whip_server import Recording, an_endpoint

HOST = re.compile(r"a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host")
FLOOD = 3000

CLIENT_HELLO = bytes.fromhex(
    "16feff0000000000000000003a0100002e000000000000002efefd" + "11" * 32 + "000000" + "0002c02b0100"
)

Sent = list[bytes]


def a_forgery(sent: Sent) -> Sent:
    """The header of a real packet with another body."""
    return [packet[:12] + os.urandom(len(packet) - 12) for packet in sent]


def a_replay(sent: Sent) -> Sent:
    return sent


def truncated(sent: Sent) -> Sent:
    return [packet[:length] for packet in sent[:8] for length in range(len(packet))]


def nothing(sent: Sent) -> Sent:
    return [b""]


def handshakes(sent: Sent) -> Sent:
    alert, end = bytes.fromhex("15feff000000000000ffff00020228"), bytes([21])
    return [CLIENT_HELLO, CLIENT_HELLO[:20], alert, alert.replace(b"\2\x28", b"\1\0"), end, b"\x16"]


def noise(sent: Sent) -> Sent:
    return [bytes([first]) + os.urandom(40) for first in range(256)] + [bytes(20), b"\x80\xc9"]


async def goes_on(recording: Recording) -> None:
    """More pictures come, and the session is the same."""
    seconds = recording.units[-1].pts_ticks - recording.units[0].pts_ticks
    async with asyncio.timeout(20):
        await recording.until_seconds(seconds / 90_000 + 0.3)
    assert recording.lost is None


class Overheard:
    """Keeps what a line carries, for whoever sends it again."""

    def __init__(self, line: LossyLine) -> None:
        self.sent: Sent = []
        self._send = line._send
        line._send = self

    async def __call__(self, data: bytes) -> None:
        if len(self.sent) < 50:
            self.sent.append(data)
        await self._send(data)


PROBES: tuple[Callable[[Sent], Sent], ...] = (
    a_forgery, a_replay, truncated, nothing, handshakes, noise,
)  # fmt: skip


async def test_a_recording_goes_on_whatever_is_sent_to_its_port() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest) as (line, created):
        overheard = Overheard(line)
        recording = await endpoint.recording()
        async with asyncio.timeout(30):
            await recording.until_seconds(1.0)
        port = int(HOST.findall(created.answer)[0])
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as elsewhere:
            for probe in PROBES:
                for packet in probe(overheard.sent):
                    elsewhere.sendto(packet, ("127.0.0.1", port))
                await goes_on(recording)
        # And by whoever has taken the publisher's own address.
        for probe in PROBES:
            for packet in probe(overheard.sent):
                await overheard._send(packet)
            await goes_on(recording)


async def test_a_flood_from_the_publisher_itself_ends_nothing() -> None:
    async with an_endpoint() as endpoint, a_loopback_camera(endpoint.ingest) as (line, _):
        overheard = Overheard(line)
        recording = await endpoint.recording()
        async with asyncio.timeout(30):
            await recording.until_seconds(1.0)
        for number in range(FLOOD):
            await overheard._send(overheard.sent[number % len(overheard.sent)])
        await goes_on(recording)
