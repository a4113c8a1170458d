from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sound.aac import Grid, read_config

FRAME = 1024


@pytest.mark.parametrize(
    ("config", "passes"),
    [
        ("1190", True),
        ("119056e500", True),  # as FFmpeg writes it: an extension that says no
        ("1188", False),  # mono
        ("1210", False),  # 44.1 kHz
        ("119056e580", False),  # HE-AAC, behind a plain beginning
        ("2b118800", False),  # HE-AAC v1 by its object type, 24 kHz to 48
        ("eb098800", False),  # HE-AAC v2
        ("1194", False),  # 960 samples a frame
        ("0990", False),  # Main profile
        ("17805dc010", True),  # 48 kHz written in full
        ("11e0", False),  # twelve channels and more
    ],
)
def test_only_plain_stereo_at_48_khz_passes(config: str, passes: bool) -> None:
    assert read_config(bytes.fromhex(config)).passes is passes


def test_a_configuration_says_rate_channels_and_kind() -> None:
    read = read_config(bytes.fromhex("2b118800"))
    assert (read.rate_hz, read.channels, read.high_efficiency) == (24_000, 2, True)
    assert read_config(bytes.fromhex("17805dc010")).rate_hz == 48_000


@pytest.mark.parametrize("config", ["", "11", "17ff", "ff"])
def test_a_configuration_cut_short_is_an_error(config: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_config(bytes.fromhex(config))


@given(st.binary(max_size=12))
def test_a_configuration_is_read_or_refused(config: bytes) -> None:
    try:
        read_config(config)
    except ValueError:
        pass


def laid(times: list[int]) -> tuple[list[int], Grid]:
    grid = Grid()
    return [place for ticks in times for place in grid.places(ticks)], grid


def test_frames_lie_end_to_end_on_the_grid_through_the_jitter_of_milliseconds() -> None:
    chance = random.Random(1)
    times = [777_777 + n * FRAME + chance.randrange(-200, 200) for n in range(2000)]
    places, grid = laid(times)
    assert places == list(range(places[0], places[0] + 2000 * FRAME, FRAME))
    assert places[0] % FRAME == 0
    assert grid.slips == 0


@pytest.mark.parametrize("parts_per_million", [-200, 200])
def test_a_crystal_that_drifts_slips_a_frame_now_and_then(parts_per_million: int) -> None:
    """An hour at 200 ppm is 720 ms: 33 frames of 21 ms are left out or said twice, no more."""
    count = 3600 * 48_000 // FRAME
    times = [n * FRAME + n * FRAME * parts_per_million // 1_000_000 for n in range(count)]
    grid, furthest, expected = Grid(), 0, 0
    for ticks in times:
        places = grid.places(ticks)
        assert list(places) == [expected + n * FRAME for n in range(len(places))], "no hole"
        expected += len(places) * FRAME
        furthest = max([furthest, *(abs(place - ticks) for place in places[-1:])])
    assert grid.slips == pytest.approx(720 * 48 / 1024, abs=1)
    assert furthest <= FRAME


def test_a_pause_is_a_hole_for_the_segmenter_to_fill() -> None:
    places, grid = laid([0, FRAME, 50 * FRAME + 3, 51 * FRAME])
    assert places == [0, FRAME, 50 * FRAME, 51 * FRAME]
    assert grid.slips == 0


def test_frames_of_the_past_are_left_out_until_they_catch_up() -> None:
    places, _ = laid([100 * FRAME, 97 * FRAME, 98 * FRAME, 99 * FRAME, 100 * FRAME, 101 * FRAME])
    assert places == [100 * FRAME, 101 * FRAME]
