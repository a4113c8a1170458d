"""A transport stream as it arrives, on a clock that is turned by hand."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from streams.feeds.livefeed import LiveFeed
from streams.segments import AccessUnit, Lane
from tests.streams.broadcast import Look
from tests.streams.transportfiles import PACKET, Muxed, a_transport_stream, without

EPOCH = 5_000_000_000


class Arrivals:
    """A feed whose bytes arrive evenly over the time that they last."""

    def __init__(self) -> None:
        self.now = EPOCH
        self.units: list[AccessUnit] = []
        self.feed = LiveFeed(lambda: self.now)
        self.came = asyncio.Event()
        self.feed.start(self.receive)

    def receive(self, unit: AccessUnit) -> None:
        self.units.append(unit)
        self.came.set()

    def send(self, muxed: Muxed, data: bytes | None = None) -> None:
        data = muxed.data if data is None else data
        packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
        lasts = muxed.pictures[-1][1] - muxed.pictures[0][1]
        began = self.now
        for index, packet in enumerate(packets):
            self.now = began + lasts * index // len(packets)
            self.feed.receive(packet)

    def lane(self, lane: Lane) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.lane is lane]


def test_pictures_and_sound_lie_on_the_event_clock_together() -> None:
    muxed, arrivals = a_transport_stream(Look(b_frames=2), 4), Arrivals()
    arrivals.send(muxed)
    pictures, sounds = arrivals.lane(Lane.VIDEO), arrivals.lane(Lane.AUDIO)
    moved = pictures[10].dts_ticks - muxed.pictures[10][1]
    assert all(unit.pts_ticks % 1024 == 0 for unit in sounds)
    assert {b.pts_ticks - a.pts_ticks for a, b in pairwise(sounds)} == {1024}
    first = min(muxed.sounds, key=lambda pts: abs((pts + moved) * 8 // 15 - sounds[0].pts_ticks))
    assert abs((first + moved) * 8 // 15 - sounds[0].pts_ticks) <= 1024
    assert abs(pictures[0].dts_ticks - EPOCH) < 90_000


def test_a_sender_that_begins_again_goes_on_at_the_present() -> None:
    """Another size, and a count that steps back: the clock is anchored, decode times rise."""
    arrivals = Arrivals()
    arrivals.send(a_transport_stream(Look(), 2, 900_000_000))
    arrivals.send(a_transport_stream(Look(192, 108), 2, 90_000))
    pictures = arrivals.lane(Lane.VIDEO)
    assert all(b.dts_ticks > a.dts_ticks for a, b in pairwise(pictures))
    assert abs(pictures[-1].dts_ticks - arrivals.now) < 90_000
    assert arrivals.feed.health()["anchored"] == 2


def test_losses_are_counted_and_pictures_wait_for_the_next_idr() -> None:
    muxed, arrivals = a_transport_stream(groups=3), Arrivals()
    packets = len(muxed.data) // PACKET
    arrivals.send(muxed, without(muxed.data, *range(packets // 3 + 20, packets // 3 + 23)))
    assert arrivals.feed.health()["packets_lost"] != 0
    steps = [b.dts_ticks - a.dts_ticks for a, b in pairwise(arrivals.lane(Lane.VIDEO))]
    assert max(steps) > 2 * 3600


def test_nothing_comes_out_after_close() -> None:
    arrivals = Arrivals()
    arrivals.feed.close()
    arrivals.send(a_transport_stream())
    assert arrivals.units == []


async def test_other_sound_is_coded_anew_and_said_to_be() -> None:
    arrivals = Arrivals()
    arrivals.send(a_transport_stream(codec="mp2", rate=44_100, layout="mono"))
    while len(arrivals.lane(Lane.AUDIO)) < 100:
        arrivals.came.clear()
        await arrivals.came.wait()
    assert arrivals.feed.health()["sound_coded_anew"] == "mp2"
    sounds = arrivals.lane(Lane.AUDIO)
    assert {b.pts_ticks - a.pts_ticks for a, b in pairwise(sounds)} == {1024}
    arrivals.feed.close()
