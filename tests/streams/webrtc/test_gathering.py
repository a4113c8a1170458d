"""Where a connection listens, and what it announces."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from streams.webrtc.gathering import Reach, announced
from streams.webrtc.ingest import IngestSettings
from streams.webrtc.whip import Refused
from tests.streams.loopback_camera import a_connection, a_loopback_camera, an_offer
from tests.streams.whip_server import an_endpoint

pytestmark = pytest.mark.alone

CANDIDATE = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host\r?$", re.MULTILINE)


@contextmanager
def taken(ports: range) -> Iterator[None]:
    """Somebody else listens on these ports."""
    with ExitStack() as sockets:
        for port in ports:
            # An IPv6 socket of all addresses takes the port in IPv4 as well.
            other = sockets.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
            other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            other.bind(("::", port))
        yield


def free_ports(count: int) -> range:
    """Ports in a row that nobody listens on just now, below those that the system gives away."""
    for first in range(20_000, 32_000, count):
        try:
            with taken(range(first, first + count)):
                return range(first, first + count)
        except OSError:
            continue
    raise AssertionError("expected free ports")


async def test_publishers_come_in_on_ports_of_the_range_alone() -> None:
    ports = free_ports(20)
    settings = IngestSettings(Reach(loopback=True, ports=ports))
    async with (
        an_endpoint(settings) as endpoint,
        a_loopback_camera(endpoint.ingest) as (_, first),
        a_loopback_camera(endpoint.ingest, key="key-backup") as (_, second),
    ):
        recording = await endpoint.recording(1)
        async with asyncio.timeout(30):
            await recording.until_seconds(0.3)
        places = [CANDIDATE.findall(created.answer) for created in (first, second)]
        used = [{int(port) for _, port in found} for found in places]
        assert used[0] | used[1] <= set(ports)
        assert min(used[1]) > min(used[0]), "each listens on its own"


async def test_ports_are_given_back() -> None:
    ports = free_ports(20)
    settings = IngestSettings(Reach(loopback=True, ports=ports))
    async with an_endpoint(settings) as endpoint, a_loopback_camera(endpoint.ingest):
        await endpoint.recording()
    with taken(ports):
        pass


async def test_where_every_port_is_taken_a_publisher_is_told_to_come_again() -> None:
    ports = free_ports(2)
    settings = IngestSettings(Reach(loopback=True, ports=ports))
    async with an_endpoint(settings) as endpoint:
        camera = a_connection()
        offer = await an_offer(camera)
        with taken(ports), pytest.raises(Refused) as refused:
            await endpoint.ingest.offer("kl-huset", "key-main", "application/sdp", offer)
        await camera.close()
        assert (refused.value.code, refused.value.status) == ("no_port", 503)
        assert refused.value.headers["Retry-After"]
        assert endpoint.ingest.sessions == ()


async def test_behind_a_translation_the_public_address_is_announced_on_the_same_ports() -> None:
    reach = Reach(loopback=True, public_addresses=("203.0.113.7",))
    async with (
        an_endpoint(IngestSettings(reach)) as endpoint,
        a_loopback_camera(endpoint.ingest) as (_, created),
    ):
        addresses = {address for address, _ in CANDIDATE.findall(created.answer)}
        assert addresses == {"203.0.113.7", "127.0.0.1"} | {a for a in addresses if ":" in a}
        recording = await endpoint.recording()
        async with asyncio.timeout(30):
            await recording.until_seconds(0.3)


def test_each_family_has_its_own_public_address() -> None:
    sdp = "\r\n".join(
        [
            "o=- 1 1 IN IP4 0.0.0.0",
            "m=video 5000 UDP/TLS/RTP/SAVPF 102",
            "c=IN IP4 10.0.0.5",
            "a=candidate:1 1 udp 2130706431 10.0.0.5 5000 typ host",
            "a=candidate:2 1 udp 2130706431 fd00::5 5001 typ host",
            "a=candidate:3 1 udp 2130706431 127.0.0.1 5002 typ host",
            "a=candidate:4 1 udp 2130706431 192.0.2.9 5003 typ relay raddr 10.0.0.5 rport 5000",
            "",
        ]
    )
    both = announced(sdp, ("203.0.113.7", "2001:db8::7"))
    assert "10.0.0.5 5000" not in both
    assert "c=IN IP4 203.0.113.7\r\n" in both
    assert "203.0.113.7 5000 typ host" in both
    assert "2001:db8::7 5001 typ host" in both
    assert "127.0.0.1 5002 typ host" in both
    assert "192.0.2.9 5003 typ relay" in both
    assert "o=- 1 1 IN IP4 0.0.0.0" in both
    assert announced(sdp, ("203.0.113.7",)).count("fd00::5") == 1
    assert announced(sdp, ()) == sdp
