"""One publisher's packets become access units on the event clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from streams.segments import AccessUnit, Lane
from streams.sound.sound import Sound
from streams.webrtc.jitterbuffer import Packet
from streams.webrtc.publisher import Now, Publisher
from tests.streams import h264_line as line
from tests.streams.sound.test_sound import TONE, heard

EVENT = 90_000 * 3600
NOW = Now(anchor_s=0.0, anchor_ticks=EVENT)


@dataclass
class Packager:
    """Takes what a publisher hands out."""

    units: list[AccessUnit] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def emit(self, unit: AccessUnit) -> None:
        self.units.append(unit)
        self.came.set()

    def deliver(self, units: list[AccessUnit]) -> None:
        for unit in units:
            self.emit(unit)

    def lane(self, lane: Lane) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.lane is lane]

    async def until_sound(self, ticks: float) -> list[AccessUnit]:
        async with asyncio.timeout(20):
            while not (units := self.lane(Lane.AUDIO)) or units[-1].pts_ticks < ticks:
                self.came.clear()
                await self.came.wait()
        return units


@asynccontextmanager
async def a_started_publisher() -> AsyncIterator[tuple[Publisher, Packager]]:
    publisher, packager = Publisher(NOW, started_s=0.0), Packager()
    sound = Sound(asyncio.get_running_loop().call_soon_threadsafe, packager.deliver, capacity=1000)
    publisher.start(packager.emit, sound)
    try:
        yield publisher, packager
    finally:
        sound.close()
        assert await asyncio.to_thread(sound.join, 20)


def send(publisher: Publisher, packets: list[Packet], ssrc: int = 1) -> None:
    for packet in packets:
        publisher.receive_packet(Lane.VIDEO, ssrc, packet)


async def test_pictures_come_out_on_the_event_clock_without_durations() -> None:
    async with a_started_publisher() as (publisher, packager):
        send(publisher, list(line.packets(60, gop=30)))
    units = packager.lane(Lane.VIDEO)
    assert [line.number_of(unit.data) for unit in units] == list(range(60))
    assert [unit.key for unit in units] == [n % 30 == 0 for n in range(60)]
    assert [unit.pts_ticks for unit in units] == [EVENT + n * 3000 for n in range(60)]
    assert all(u.dts_ticks == u.pts_ticks and u.duration_ticks is None for u in units)


async def test_nothing_comes_out_before_start_and_then_from_an_idr_on() -> None:
    publisher, packager = Publisher(NOW, started_s=0.0), Packager()
    packets = list(line.packets(40, gop=30))
    send(publisher, packets[:60])
    sound = Sound(asyncio.get_running_loop().call_soon_threadsafe, packager.deliver)
    publisher.start(packager.emit, sound)
    assert publisher.due(1.0).keyframe
    send(publisher, packets[60:])
    sound.close()
    assert line.number_of(packager.units[0].data) == 30


async def test_after_a_loss_pictures_pause_until_the_next_idr() -> None:
    async with a_started_publisher() as (publisher, packager):
        packets = list(line.packets(60, gop=20))
        lost = [p for p in packets if round(p.arrival_s * 30) == 25][1]
        send(publisher, [packet for packet in packets if packet is not lost])
    numbers = [line.number_of(unit.data) for unit in packager.lane(Lane.VIDEO)]
    assert numbers == [*range(25), *range(40, 60)]
    assert publisher.health(2.0).packets_lost == 1
    assert publisher.health(2.0).pictures_dropped == 14


async def test_a_packet_that_is_missing_is_asked_for_again_and_fills_its_place() -> None:
    async with a_started_publisher() as (publisher, packager):
        packets = list(line.packets(20, gop=20))
        late = packets.pop(12)
        send(publisher, packets[:20])
        assert publisher.due(0.3).missing == [late.sequence]
        assert publisher.due(0.31).missing == []
        assert publisher.due(0.4).missing == [late.sequence]
        send(publisher, [replace(late, arrival_s=0.3), *packets[20:]])
        assert publisher.due(0.5).missing == []
    assert len(packager.lane(Lane.VIDEO)) == 20


async def test_keyframes_are_asked_for_while_needed_but_never_twice_in_half_a_second() -> None:
    async with a_started_publisher() as (publisher, _):
        asked = [tenth for tenth in range(20) if publisher.due(tenth / 10).keyframe]
        assert asked == [0, 5, 10, 15]
        send(publisher, list(line.packets(30, gop=30, begins_s=2.0)))
        assert not publisher.due(3.0).keyframe
        publisher.request_keyframe()
        assert publisher.due(3.1).keyframe
        publisher.request_keyframe()
        assert not publisher.due(3.5).keyframe
        assert publisher.due(3.7).keyframe
        assert publisher.due(4.3).keyframe, "the last one is two seconds old"


def test_no_keyframes_are_asked_for_while_nobody_packages() -> None:
    assert not Publisher(NOW, started_s=0.0).due(10.0).keyframe


async def test_both_lanes_begin_at_the_same_instant_also_without_sound() -> None:
    async with a_started_publisher() as (publisher, packager):
        for packet in line.packets(90, gop=30):
            publisher.receive_packet(Lane.VIDEO, 1, packet)
            publisher.due(packet.arrival_s)
        sound = await packager.until_sound((EVENT + 90_000 * 2) * 8 // 15)
    assert sound[0].pts_ticks == -(-EVENT * 8 // 15 // 1024) * 1024
    assert all(b.pts_ticks - a.pts_ticks == 1024 for a, b in pairwise(sound))


async def test_sound_that_stops_goes_on_as_silence() -> None:
    async with a_started_publisher() as (publisher, packager):
        for number, packet in enumerate(line.packets(90, gop=30)):
            publisher.receive_packet(Lane.VIDEO, 1, packet)
            if number < 30:
                taken = Packet(number, number * 960, False, TONE[number], packet.arrival_s)
                publisher.receive_packet(Lane.AUDIO, 2, taken)
            publisher.due(packet.arrival_s)
        sound = await packager.until_sound((EVENT + 90_000 * 2) * 8 // 15)
    assert all(b.pts_ticks - a.pts_ticks == 1024 for a, b in pairwise(sound))


def loud(units: list[AccessUnit]) -> list[int]:
    """Where sound is heard, in ticks after the event's hour."""
    return [at - EVENT * 8 // 15 for at, level in heard(units) if level > 0.01]


@pytest.mark.parametrize("first_s", [0.4, 3.0])
async def test_sound_that_starts_late_is_heard_where_it_belongs(first_s: float) -> None:
    async with a_started_publisher() as (publisher, packager):
        spoken = iter(range(75))
        for packet in line.packets(180, gop=30):
            publisher.receive_packet(Lane.VIDEO, 1, packet)
            while packet.arrival_s >= first_s and (number := next(spoken, None)) is not None:
                at = first_s + number / 50
                taken = Packet(number, 500 + number * 960, False, TONE[number], at)
                publisher.receive_packet(Lane.AUDIO, 2, taken)
                if at + 0.02 > packet.arrival_s:
                    break
            publisher.due(packet.arrival_s)
        sound = await packager.until_sound((EVENT + 90_000 * 5) * 8 // 15)
    assert all(b.pts_ticks - a.pts_ticks == 1024 for a, b in pairwise(sound))
    spans = loud(sound)
    assert spans[0] == pytest.approx(first_s * 48_000, abs=1024)
    assert spans[-1] == pytest.approx((first_s + 1.5) * 48_000, abs=2048)


async def test_who_says_nothing_while_silent_is_heard_at_the_right_times() -> None:
    """DTX: a packet of comfort every 400 ms, or none for seconds, between two words."""
    async with a_started_publisher() as (publisher, packager):
        word = {*range(25), *range(125, 150)}
        for number, packet in enumerate(line.packets(120, gop=30)):
            publisher.receive_packet(Lane.VIDEO, 1, packet)
            for nth in range(number * 5 // 3, (number + 1) * 5 // 3):
                if nth in word or nth % 20 == 0:
                    opus = TONE[nth] if nth in word else bytes([0xF8, 0xFF, 0xFE])
                    sequence = len([n for n in range(nth) if n in word or n % 20 == 0])
                    taken = Packet(sequence, nth * 960, False, opus, nth / 50)
                    publisher.receive_packet(Lane.AUDIO, 2, taken)
            publisher.due(packet.arrival_s)
        sound = await packager.until_sound((EVENT + 90_000 * 3.2) * 8 // 15)
    assert all(b.pts_ticks - a.pts_ticks == 1024 for a, b in pairwise(sound))
    spans = loud(sound)
    # The first comfort after a word still rings with it, for the 2.5 ms that frames overlap.
    first = [at for at in spans if at < 0.75 * 48_000]
    second = [at for at in spans if 48_000 <= at < 3.1 * 48_000]
    assert first[-1] == pytest.approx(0.5 * 48_000, abs=2048)
    assert second[0] == pytest.approx(2.5 * 48_000, abs=1024)
    assert second[-1] == pytest.approx(3.0 * 48_000, abs=2048)


async def test_a_new_stream_on_the_lane_starts_clean() -> None:
    async with a_started_publisher() as (publisher, packager):
        send(publisher, list(line.packets(10, gop=10)))
        send(publisher, list(line.packets(10, gop=10, begins_s=1.0)), ssrc=9)
    units = packager.lane(Lane.VIDEO)
    assert len(units) == 20
    assert units[10].pts_ticks == EVENT + 90_000
    assert publisher.due(2.0).ssrc == 9


async def test_pictures_that_go_back_in_time_are_left_out_when_nothing_leans_on_them() -> None:
    async with a_started_publisher() as (publisher, packager):
        for nth, (shown, disposable) in enumerate([(0, False), (2, False), (1, True), (3, False)]):
            idr = nth == 0
            slice_ = line.a_slice(shown, idr, disposable=disposable)
            payload = line.aggregate(line.SPS, line.PPS, slice_) if idr else slice_
            publisher.receive_packet(
                Lane.VIDEO, 1, Packet(nth, 1000 + shown * 3000, True, payload, nth / 30)
            )
    units = packager.lane(Lane.VIDEO)
    assert [line.number_of(unit.data) for unit in units] == [0, 2, 3]
    assert all(a.dts_ticks < b.dts_ticks for a, b in pairwise(units))


async def test_health_says_what_came_lately() -> None:
    async with a_started_publisher() as (publisher, _):
        packets = list(line.packets(120, gop=60))
        send(publisher, packets)
        health = publisher.health(4.0)
    assert 25 <= health.frame_rate <= 31
    assert health.keyframe_interval_s == 2.0
    assert health.bit_rate > 1000
    assert 0 < health.silent_s < 0.1
    assert health.anchored == 1
