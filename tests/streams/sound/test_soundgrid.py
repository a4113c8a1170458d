from __future__ import annotations

from itertools import pairwise

import pytest

from streams.segments import AccessUnit
from streams.sound.soundgrid import SoundGrid

BASE = 1024 * 7_000_001 + 300


def laid(times: list[int]) -> tuple[SoundGrid, list[AccessUnit]]:
    grid = SoundGrid()
    return grid, [u for n, ticks in enumerate(times) for u in grid.lay(ticks, str(n).encode())]


def test_every_frame_begins_on_the_grid_and_near_its_time() -> None:
    times = [BASE + n * 1024 for n in range(100)]
    _, units = laid(times)
    assert [unit.data for unit in units] == [str(n).encode() for n in range(100)]
    assert all(unit.pts_ticks % 1024 == 0 for unit in units)
    assert all(abs(u.pts_ticks - t) <= 512 for u, t in zip(units, times, strict=True))


def test_a_time_that_jitters_changes_nothing() -> None:
    times = [BASE + n * 1024 + (-1) ** n * 200 for n in range(200)]
    grid, units = laid(times)
    assert (len(units), grid.repeated, grid.left_out) == (200, 0, 0)


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_drifting_crystal_costs_one_frame_at_a_time_and_never_a_hole(ppm: int) -> None:
    times = [BASE + n * 1024 * (1_000_000 + ppm) // 1_000_000 for n in range(100_000)]
    grid, units = laid(times)
    assert all(b.pts_ticks - a.pts_ticks == 1024 for a, b in pairwise(units))
    assert abs(units[-1].pts_ticks - times[-1]) <= 1024
    assert grid.repeated + grid.left_out == pytest.approx(100_000 * 200 / 1_000_000, abs=2)


def test_a_hole_stays_a_hole() -> None:
    _, units = laid([BASE, BASE + 1024, BASE + 48_000])
    assert units[2].pts_ticks - units[1].pts_ticks > 40_000


def test_what_comes_again_is_left_out() -> None:
    grid, units = laid([BASE + n * 1024 for n in (0, 1, 2, 0, 1, 2, 3)])
    assert [unit.data for unit in units] == [b"0", b"1", b"2", b"6"]
    assert grid.left_out == 3
