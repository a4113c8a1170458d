from __future__ import annotations

import asyncio
import socket

from streams.feeds.feeding import Place, Surroundings
from streams.feeds.tsudp import UdpFeed, UdpPlan
from streams.livesource import Publisher
from streams.segments import AccessUnit, Lane
from tests.ports import a_free_port
from tests.streams.transportfiles import PACKET, a_transport_stream

DATAGRAM = 7 * PACKET


def a_plan(sender: str | None = None) -> UdpPlan:
    return UdpPlan("127.0.0.1", a_free_port(socket.SOCK_DGRAM), sender=sender)


class Hall:
    """Surroundings that note what is attached; time passes at each look."""

    def __init__(self) -> None:
        self.there: list[Publisher] = []
        self.units: list[AccessUnit] = []
        self.attached = 0
        self.looked = asyncio.Event()

    def attach(self, publisher: Publisher) -> None:
        self.attached += 1
        self.there.append(publisher)
        publisher.start(self.units.append)

    def detach(self, publisher: Publisher) -> None:
        self.there.remove(publisher)
        publisher.close()

    async def sleep(self, wall_s: float) -> None:
        self.looked.set()
        await asyncio.sleep(0.02)

    @property
    def around(self) -> Surroundings:
        return Surroundings(lambda: 9_000_000, self.sleep, self.attach, self.detach)


async def run(plan: UdpPlan, *datagrams: bytes) -> tuple[Hall, UdpFeed]:
    """Sends datagrams to a feed and waits until it has fallen silent."""
    hall = Hall()
    feed = UdpFeed(Place("hall", "main"), plan, hall.around)
    running = asyncio.create_task(feed.run())
    await hall.looked.wait()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, ("127.0.0.1", plan.port))
            await asyncio.sleep(0)
    for _ in range(20):
        hall.looked.clear()
        await hall.looked.wait()
    running.cancel()
    await asyncio.wait([running])
    return hall, feed


def datagrams() -> list[bytes]:
    data = a_transport_stream().data
    return [data[at : at + DATAGRAM] for at in range(0, len(data), DATAGRAM)]


async def test_datagrams_become_pictures_and_silence_is_a_sender_that_left() -> None:
    hall, feed = await run(a_plan(), *datagrams())
    assert len([unit for unit in hall.units if unit.lane is Lane.VIDEO]) >= 90
    assert (hall.attached, hall.there, feed.state.state) == (1, [], "waiting")


async def test_somebody_else_is_not_listened_to() -> None:
    plan = a_plan(sender="127.0.0.9")
    hall, feed = await run(plan, *datagrams())
    assert hall.attached == 0
    assert feed.dropped == len(datagrams())


async def test_what_is_no_transport_stream_attaches_nobody() -> None:
    hall, feed = await run(a_plan(), b"", b"hej", b"\x00" * 1316)
    assert (hall.attached, feed.dropped) == (0, 3)


async def test_a_port_that_is_taken_is_told_of() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        _, feed = await run(UdpPlan("127.0.0.1", taken.getsockname()[1]))
    assert (feed.state.state, feed.state.code) == ("unavailable", "port_taken")
