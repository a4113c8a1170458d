from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.films.estimate import LONGEST_S, Estimate


def told(steps: list[tuple[float, float]]) -> list[int | None]:
    """What is told after each step; a step is seconds and progress since the one before."""
    estimate, at_s, done = Estimate.begun(0.0), 0.0, 0.0
    figures: list[int | None] = []
    for after_s, more in steps:
        at_s, done = at_s + after_s, min(1.0, done + more)
        estimate = estimate.after(at_s, done)
        figures.append(estimate.left_s)
    return figures


def test_nothing_is_told_before_there_is_something_to_tell_from() -> None:
    assert told([(0.5, 0.001), (1.0, 0.001)]) == [None, None]
    assert told([(3600.0, 0.0)]) == [None]


def test_steady_work_is_told_right_and_only_falls() -> None:
    figures = told([(1.0, 0.01)] * 100)
    known = [figure for figure in figures if figure is not None]
    assert known == sorted(known, reverse=True)
    assert known[-1] == 0
    for done, figure in enumerate(figures, 1):
        if figure is not None:
            assert 100 - done <= figure <= 100 - done + 15


def test_work_that_slows_down_is_noticed() -> None:
    figures = told([(1.0, 0.02)] * 20 + [(1.0, 0.002)] * 60)
    assert figures[19] is not None
    assert figures[79] is not None
    assert figures[19] <= 40
    assert figures[79] >= 120


def test_a_burst_promises_nothing() -> None:
    before, after = told([(1.0, 0.002)] * 50 + [(1.0, 0.1)])[-2:]
    assert before is not None
    assert after is not None
    assert after > before / 3


def test_work_that_begins_anew_is_estimated_anew() -> None:
    estimate = Estimate.begun(0.0).after(10.0, 0.5)
    assert estimate.left_s == 10
    assert estimate.after(11.0, 0.1).left_s is None


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 0.2)), max_size=60))
def test_whatever_happens_the_figure_can_be_shown(steps: list[tuple[float, float]]) -> None:
    figures = [figure for figure in told(steps) if figure is not None]
    assert all(0 <= figure <= LONGEST_S for figure in figures)
    for before, after in pairwise(figures):
        rises = after > before * 1.1 or after == LONGEST_S
        assert after <= before or rises, "it rises only when it was wrong"
