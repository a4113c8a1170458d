"""What the tap leans on in aiortc is there, and a tapped receiver queues and decodes nothing."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aioice.ice import Connection
from aiortc import RTCRtpReceiver, RTCSessionDescription
from aiortc.rtp import RtcpPacket, RtcpRtpfbPacket, RtpPacket

from streams.webrtc import tap
from streams.webrtc.arrivals import EXTENSION
from streams.webrtc.gathering import Reach, gather_within
from streams.webrtc.jitterbuffer import Packet
from tests.streams.loopback_camera import a_connection, an_offer
from tests.streams.whip_server import RealClock

pytestmark = pytest.mark.alone


class Listener:
    """Counts what a tap tells."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.reports: list[tuple[int, int]] = []
        self.ended = asyncio.Event()
        self.enough = asyncio.Event()

    def receive_packet(self, ssrc: int, packet: Packet, level_dbov: int | None) -> None:
        self.packets.append(packet)
        if len(self.packets) == 50:
            raise ValueError("a packet that the listener cannot digest")
        if len(self.packets) > 100 and self.reports:
            self.enough.set()

    def receive_report(self, ntp: int, timestamp: int) -> None:
        self.reports.append((ntp, timestamp))

    def receive_end(self) -> None:
        self.ended.set()


async def test_a_real_session_gives_packets_and_reports_and_no_thread_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sender, receiver, listener = a_connection(), a_connection(), Listener()
    threads = set(threading.enumerate())
    offer = await an_offer(sender)
    transceiver = receiver.addTransceiver("video", direction="recvonly")
    tap.accept_only_what_passes(transceiver)
    tap.Tap(transceiver.receiver, listener, RealClock().monotonic)
    await receiver.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    gather_within(receiver, Reach(loopback=True))
    await receiver.setLocalDescription(await receiver.createAnswer())
    await sender.setRemoteDescription(receiver.localDescription)

    async with asyncio.timeout(30):
        await listener.enough.wait()
    track: Any = transceiver.receiver.track
    assert set(threading.enumerate()) <= threads
    assert track._queue.qsize() <= 1
    sequences = [packet.sequence for packet in listener.packets]
    assert all((b - a) % 65536 == 1 for a, b in pairwise(sequences))
    assert "cannot digest" in caplog.text
    assert "127.0.0.1" in receiver.localDescription.sdp

    async with asyncio.timeout(30):
        await sender.close()
        await receiver.close()
        await listener.ended.wait()


class Wire:
    """What a receiver sends, where a transport would encrypt it."""

    state = "connected"

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def _send_rtp(self, data: bytes) -> None:
        self.sent.append(data)


def a_tapped_receiver() -> tuple[Wire, Any, tap.Tap]:
    wire = Wire()
    receiver: Any = RTCRtpReceiver("video", wire)  # type: ignore[arg-type]
    tapped = tap.Tap(receiver, Listener(), RealClock().monotonic)
    receiver._set_rtcp_ssrc(0x01020304)
    return wire, receiver, tapped


async def test_packets_are_asked_for_again_also_where_their_numbers_go_round() -> None:
    wire, _, tapped = a_tapped_receiver()
    await tapped.ask_again(7, [65533, 65535, 0, 1])
    (packet,) = RtcpPacket.parse(wire.sent[0])
    assert isinstance(packet, RtcpRtpfbPacket)
    assert set(packet.lost) == {65533, 65535, 0, 1}


def a_packet(number: int | None) -> RtpPacket:
    packet = RtpPacket(payload_type=102, sequence_number=number or 0, ssrc=7)
    packet.extensions.transport_sequence_number = number
    packet.extensions.abs_send_time = (number or 0) << 16
    return packet


async def test_when_numbered_packets_came_is_told_and_no_guess_at_the_line() -> None:
    wire, receiver, tapped = a_tapped_receiver()
    await tapped.acknowledge(7)
    assert wire.sent == []
    for number in (65535, 0, 3):
        packet = a_packet(number)
        await receiver._handle_rtp_packet(packet, arrival_time_ms=0)
        assert packet.extensions.abs_send_time is None, "aiortc would guess by it"
    await tapped.acknowledge(7)
    await tapped.acknowledge(7)
    (feedback,) = wire.sent
    assert (feedback[0] & 31, feedback[1]) == (15, 205)
    assert feedback[12:16] == bytes((255, 255, 0, 5)), "from 65535 on, five of them"


async def test_of_packets_without_numbers_nothing_is_told() -> None:
    wire, receiver, tapped = a_tapped_receiver()
    packet = a_packet(None)
    await receiver._handle_rtp_packet(packet, arrival_time_ms=0)
    await tapped.acknowledge(7)
    assert wire.sent == []
    assert packet.extensions.abs_send_time is not None, "the guess is all that there is then"


OFFERS = Path(__file__).parent.parent / "offers"


@pytest.mark.parametrize(("who", "numbers"), [("chromium", True), ("ffmpeg", False)])
async def test_who_can_number_packets_is_asked_to(who: str, numbers: bool) -> None:
    offer = (OFFERS / f"{who}_publishes.sdp").read_text()
    connection = a_connection()
    for kind in ("audio", "video"):
        transceiver = connection.addTransceiver(kind, direction="recvonly")
        tap.accept_only_what_passes(transceiver)
    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    video = (await connection.createAnswer()).sdp.partition("m=video")[2]
    await connection.close()
    assert (EXTENSION in video) is numbers
    assert (" transport-cc" in video) is numbers
    assert " nack" in video


def test_a_version_without_a_name_that_is_leant_on_is_refused_at_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(RTCRtpReceiver, "_send_rtcp_pli")
    with pytest.raises(tap.InternalsChanged, match="_send_rtcp_pli"):
        tap.check_internals()


def test_a_version_that_gathers_otherwise_is_refused_at_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Connection, "get_component_candidates", lambda self: None)
    with pytest.raises(tap.InternalsChanged, match="get_component_candidates"):
        tap.check_internals()


@pytest.mark.parametrize("profile", ["42e01f", "42001f", "4d001f", "64001f", "640c1f"])
async def test_every_profile_of_h264_may_be_published(profile: str) -> None:
    connection = a_connection()
    transceiver = connection.addTransceiver("video", direction="recvonly")
    tap.accept_only_what_passes(transceiver)
    profiles = [codec.parameters.get("profile-level-id") for codec in transceiver._preferred_codecs]
    assert profile in profiles
    assert profiles[0] == "42e01f"
    assert {codec.name.lower() for codec in transceiver._preferred_codecs} == {"h264", "rtx"}
    await connection.close()
