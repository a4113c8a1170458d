from __future__ import annotations

import asyncio
from itertools import islice, pairwise

import av
import pytest

from streams.clips import first_audio_ticks, interleave
from streams.encoder import audio_unit
from streams.nalunits import split_lengths
from streams.segments import AccessUnit, Lane
from streams.slate import BACK_SOON, SlateClip, Slates, SlateWords, draw_slate, make_slate

CHOICES = tuple(f"Temamøde {n}: et emne" for n in range(1, 9))


def units_of(words: SlateWords, start_ticks: int, count: int) -> list[AccessUnit]:
    return list(islice(make_slate(words).access_units(start_ticks), count))


def lane(units: list[AccessUnit], wanted: Lane) -> list[AccessUnit]:
    return [unit for unit in units if unit.lane is wanted]


def test_a_slate_begins_with_an_idr_at_its_start_and_has_one_each_second() -> None:
    video = lane(units_of(BACK_SOON, 90_001, 300), Lane.VIDEO)
    assert video[0].pts_ticks == video[0].dts_ticks == 90_001
    keys = [unit.pts_ticks for unit in video if unit.key]
    assert {b - a for a, b in pairwise(keys)} == {90_000}


def test_a_slate_s_frames_follow_each_other_without_a_hole_in_both_lanes() -> None:
    units = units_of(BACK_SOON, 90_001, 400)
    for wanted in Lane:
        frames = lane(units, wanted)
        for one, other in pairwise(frames):
            assert one.duration_ticks is not None
            assert one.dts_ticks + one.duration_ticks == other.dts_ticks
    assert lane(units, Lane.AUDIO)[0].pts_ticks % 1024 == 0


def test_a_slate_decodes_over_its_own_joint() -> None:
    codec = av.CodecContext.create("h264", "r")
    frames = 0
    for unit in lane(units_of(SlateWords("Pause", "vi er tilbage kl. 10.35"), 0, 200), Lane.VIDEO):
        data = b"".join(b"\0\0\0\1" + nal for nal in split_lengths(unit.data))
        frames += len(codec.decode(av.Packet(data)))
    assert frames >= 50


def test_choices_beyond_six_are_counted_not_listed() -> None:
    few, many = (
        draw_slate(SlateWords("Vælg", "", CHOICES[:6])),
        draw_slate(SlateWords("Vælg", "", CHOICES)),
    )
    assert few.size == many.size == (1280, 720)
    assert few.tobytes() != many.tobytes()


async def test_the_plain_slate_stands_in_for_one_that_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def without_memory(words: SlateWords) -> SlateClip:
        raise MemoryError

    slates, words = Slates(), SlateWords("Pause")
    monkeypatch.setattr("streams.slate.make_slate", without_memory)
    assert await asyncio.wait_for(slates.make(words), 60) is slates.default
    assert slates.ready(words) is slates.default
    slates.close()


async def test_a_slate_that_is_not_ready_is_made_in_the_background() -> None:
    slates = Slates()
    words = SlateWords("Frokost", "vi er tilbage kl. 12.55")
    assert slates.ready(words) is None
    made = await asyncio.wait_for(slates.make(words), 60)
    assert slates.ready(words) is made
    assert made.words == words
    slates.close()


async def test_the_least_used_slates_are_forgotten() -> None:
    slates = Slates(keep=2)
    for number in range(4):
        await asyncio.wait_for(slates.make(SlateWords(f"Pause {number}")), 60)
    assert slates.ready(SlateWords("Pause 3")) is not None
    assert slates.ready(SlateWords("Pause 0")) is None
    slates.close()


def test_sound_starts_on_the_grid_not_before_the_picture() -> None:
    assert first_audio_ticks(0) == 0
    assert first_audio_ticks(1) == 1024
    assert first_audio_ticks(90_000) % 1024 == 0
    assert first_audio_ticks(90_000) >= 48_000


def test_two_lanes_become_one_row_in_order_of_time_and_end_with_the_picture() -> None:
    video = [AccessUnit(Lane.VIDEO, n * 3600, n * 3600, 3600, n == 0, b"v") for n in range(3)]
    audio = [audio_unit(n * 1024, b"a") for n in range(100)]
    row = list(interleave(video, audio))
    assert row[0].lane is Lane.VIDEO
    instants = [u.dts_ticks / (90_000 if u.lane is Lane.VIDEO else 48_000) for u in row]
    assert instants == sorted(instants)
    assert instants[-1] < 0.12
