"""Opus becomes AAC without a hole, laid down by timestamp."""

from __future__ import annotations

import asyncio
import math
import struct
import threading
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import pytest

from streams.segments import AccessUnit, Lane
from streams.sound.sound import OpusToAac, Sound

BASE = 12_056_327 * 1024
PACKET = 960


def a_tone(packets: int) -> list[bytes]:
    """Opus packets of 20 ms, a full-scale third of 440 Hz."""
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "s16", "stereo", 48_000
    encoder.bit_rate, encoder.time_base = 96_000, Fraction(1, 48_000)
    made: list[bytes] = []
    for number in range(packets):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=PACKET)
        level = [
            round(11_000 * math.sin(2 * math.pi * 440 * (number * PACKET + n) / 48_000))
            for n in range(PACKET)
        ]
        frame.planes[0].update(b"".join(struct.pack("<hh", v, v) for v in level))
        frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), number * PACKET
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made


TONE = a_tone(150)


def heard(units: list[AccessUnit]) -> list[tuple[int, float]]:
    """For each decoded frame its ticks and its loudness (0 to 1)."""
    decoder: Any = av.CodecContext.create("aac", "r")
    # AudioSpecificConfig: AAC-LC, 48 kHz, stereo.
    decoder.extradata = bytes([0x11, 0x90])
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    loudness = []
    for unit in units:
        for frame in decoder.decode(av.Packet(unit.data)):
            samples = struct.unpack(
                f"<{frame.samples}f", bytes(frame.planes[0])[: frame.samples * 4]
            )
            loudness.append((unit.pts_ticks, math.sqrt(sum(s * s for s in samples) / len(samples))))
    return loudness


def laid(packets: list[tuple[int, bytes]]) -> list[AccessUnit]:
    lane = OpusToAac()
    return [unit for ticks, opus in packets for unit in lane.receive(ticks, opus)]


def gapless(units: list[AccessUnit]) -> bool:
    return all(b.pts_ticks - a.pts_ticks == 1024 for a, b in pairwise(units))


def test_a_steady_stream_becomes_gapless_frames_on_its_own_time() -> None:
    units = laid([(BASE + n * PACKET, opus) for n, opus in enumerate(TONE[:100])])
    assert units[0].pts_ticks == BASE
    assert gapless(units)
    assert len(units) == 100 * PACKET // 1024 - 2
    assert {(u.lane, u.key, u.duration_ticks, u.dts_ticks == u.pts_ticks) for u in units} == {
        (Lane.AUDIO, True, 1024, True)
    }


def test_what_is_heard_stands_where_its_time_says() -> None:
    """Silence, then a tone: the step is found within one frame of where it was put."""
    lane = OpusToAac()
    lane.begin(BASE)
    step = BASE + 48_000
    units = [u for n in range(60) for u in lane.receive(step + n * PACKET, TONE[n])]
    loud = [ticks for ticks, level in heard(units) if level > 0.01]
    assert abs(loud[0] - step) <= 1024


def test_a_gap_by_timestamp_is_silence_not_a_shift() -> None:
    kept = [(BASE + n * PACKET, TONE[n]) for n in range(140) if not 50 <= n < 100]
    units = laid(kept)
    assert gapless(units)
    assert units[-1].pts_ticks == pytest.approx(BASE + 140 * PACKET, abs=4 * 1024)
    quiet = [ticks for ticks, level in heard(units) if level < 0.01]
    assert len(quiet) * 1024 == pytest.approx(50 * PACKET, abs=5 * 1024)


def test_sound_that_overlaps_is_cut_at_its_front() -> None:
    packets = [(BASE + n * PACKET, TONE[n]) for n in range(50)]
    back = [(BASE + (n - 10) * PACKET, TONE[n]) for n in range(50, 100)]
    units = laid(packets + back)
    assert gapless(units)
    assert units[-1].pts_ticks == pytest.approx(BASE + 90 * PACKET, abs=4 * 1024)


@pytest.mark.parametrize("stretch", [0.9995, 1.0005])
def test_a_drifting_clock_is_followed_sample_by_sample(stretch: float) -> None:
    lane = OpusToAac()
    units: list[AccessUnit] = []
    for number in range(1500):
        ticks = BASE + round(number * PACKET * stretch)
        units += lane.receive(ticks, TONE[number % 150])
        assert lane.end is not None
        assert abs(lane.end - ticks - PACKET) < 100
    assert gapless(units)


def test_a_single_lost_packet_is_silence_and_moves_nothing() -> None:
    lane = OpusToAac()
    for number in (n for n in range(60) if n != 30):
        lane.receive(BASE + number * PACKET, TONE[number])
        assert lane.end == BASE + (number + 1) * PACKET


def test_silence_is_laid_up_to_a_time_and_sound_goes_on_after_it() -> None:
    lane = OpusToAac()
    lane.begin(BASE)
    units = lane.fill_until(BASE + 48_000)
    units += lane.fill_until(BASE + 40_000)
    for number in range(20):
        units += lane.receive(BASE + 50_000 + number * PACKET, TONE[number])
    assert units[0].pts_ticks == BASE
    assert gapless(units)


def test_a_packet_that_is_no_opus_becomes_silence() -> None:
    packets = [(BASE + n * PACKET, b"\xff" if n % 5 == 0 else TONE[n]) for n in range(50)]
    units = laid(packets)
    assert gapless(units)
    assert units[-1].pts_ticks == pytest.approx(BASE + 50 * PACKET, abs=4 * 1024)


def test_after_an_hour_of_nothing_the_encoder_starts_anew_instead_of_making_it_up() -> None:
    lane = OpusToAac()
    before = [u for n in range(10) for u in lane.receive(BASE + n * PACKET, TONE[n])]
    later = BASE + 3600 * 48_000
    after = [u for n in range(10) for u in lane.receive(later + n * PACKET, TONE[n])]
    assert len(before) + len(after) < 20
    assert after[0].pts_ticks == later


@pytest.mark.parametrize("off", [1, 300, 1023])
@pytest.mark.parametrize("begun", [False, True])
def test_frames_lie_on_the_grid_and_sound_where_its_time_says(off: int, begun: bool) -> None:
    lane = OpusToAac()
    if begun:
        lane.begin(BASE - 200)
    step = BASE + off + 48_000
    hush = [bytes([0xF8, 0xFF, 0xFE])] * 50
    packets = [(BASE + off + n * PACKET, opus) for n, opus in enumerate(hush + TONE[:50])]
    units = [unit for ticks, opus in packets for unit in lane.receive(ticks, opus)]
    assert units[0].pts_ticks == (BASE if begun else BASE + 1024)
    assert gapless(units)
    assert lane.end == packets[-1][0] + PACKET, "not a sample beside its time"
    loud = [ticks for ticks, level in heard(units) if level > 0.01]
    assert abs(loud[0] - step) <= 1024


def test_after_an_hour_of_nothing_frames_lie_on_the_grid_again() -> None:
    lane = OpusToAac()
    for n in range(10):
        lane.receive(BASE + n * PACKET, TONE[n])
    later = BASE + 3600 * 48_000 + 77
    after = [u for n in range(30) for u in lane.receive(later + n * PACKET, TONE[n])]
    assert after[0].pts_ticks == BASE + 3600 * 48_000 + 1024
    assert lane.end == later + 30 * PACKET


@pytest.mark.parametrize("stretch", [0.9998, 1.0002])
def test_a_drift_is_followed_in_packets_of_any_length(stretch: float) -> None:
    """Opus packets may last 120 ms (RFC 6716 2.1.4)."""
    lane = OpusToAac()
    sixfold = bytes([0xFB, 6]) + bytes([0xFF, 0xFE]) * 6
    for number in range(600):
        ticks = BASE + round(number * 6 * PACKET * stretch)
        lane.receive(ticks, sixfold)
        assert lane.end is not None
        assert abs(lane.end - ticks - 6 * PACKET) < 100


async def test_the_thread_delivers_in_order_in_the_loop() -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    came: list[AccessUnit] = []
    threads = set()

    def deliver(units: list[AccessUnit]) -> None:
        threads.add(threading.current_thread())
        came.extend(units)
        if len(came) >= 80:
            done.set()

    sound = Sound(loop.call_soon_threadsafe, deliver)
    for number, opus in enumerate(TONE[:100]):
        sound.receive(BASE + number * PACKET, opus)
    async with asyncio.timeout(20):
        await done.wait()
    sound.close()
    assert await asyncio.to_thread(sound.join, 20)
    assert gapless(came)
    assert threads == {threading.current_thread()}
    assert sound.dropped == 0


async def test_a_full_queue_drops_and_counts_and_its_place_is_silence() -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    came: list[AccessUnit] = []
    handed: list[Any] = []

    def deliver(units: list[AccessUnit]) -> None:
        came.extend(units)
        done.set()

    stalled = threading.Event()

    def call_soon(*call: Any) -> None:
        stalled.wait(20)
        handed.append(loop.call_soon_threadsafe(*call))

    sound = Sound(call_soon, deliver, capacity=10)
    for number, opus in enumerate(TONE):
        sound.receive(BASE + number * PACKET, opus)
    stalled.set()
    assert sound.dropped > 100
    while not came or came[-1].pts_ticks < BASE + 300 * PACKET:
        done.clear()
        sound.fill_until(BASE + 310 * PACKET)
        async with asyncio.timeout(20):
            await done.wait()
    sound.close()
    assert await asyncio.to_thread(sound.join, 20)
    assert gapless(came)


async def test_nothing_is_delivered_after_close() -> None:
    came: list[AccessUnit] = []
    sound = Sound(asyncio.get_running_loop().call_soon_threadsafe, came.extend)
    for number, opus in enumerate(TONE):
        sound.receive(BASE + number * PACKET, opus)
    sound.close()
    assert await asyncio.to_thread(sound.join, 20)
    await asyncio.sleep(0)
    assert came == []
