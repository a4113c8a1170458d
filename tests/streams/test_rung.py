"""A rung's segments lie exactly where the top's lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.filling import Part, SegmentEnded
from streams.rung import Coded, Misaligned, Output, RungSegments
from streams.timeline import VIDEO_HZ
from tests.streams.read_fragments import samples_of

PART = VIDEO_HZ
STEP = VIDEO_HZ // 25


def through(segments: RungSegments, number: int, start: int, shown: list[int]) -> list[Output]:
    """A segment with pictures at these ticks, which ends a step after the last."""
    segments.begin(number, start)
    outputs = [
        output
        for index, at in enumerate(shown)
        for output in segments.receive(Coded(at, index == 0, b"\0\0\0\1x"))
    ]
    segments.end(number, shown[-1] + STEP)
    return outputs + segments.settle(number)


def test_starts_and_ends_are_those_of_the_top() -> None:
    segments = RungSegments(PART)
    outputs = through(segments, 7, 1000, list(range(1000, 1000 + 50 * STEP, STEP)))
    parts = [each for each in outputs if isinstance(each, Part)]
    assert [part.index for part in parts] == [0, 1]
    assert parts[0].start_ticks == 1000
    assert parts[0].independent
    assert sum(part.duration_ticks for part in parts) == 50 * STEP
    assert outputs[-1] == SegmentEnded(parts[0].lane, 7)


@given(
    st.lists(
        st.lists(st.integers(min_value=1, max_value=4 * STEP), min_size=1, max_size=60),
        min_size=1,
        max_size=4,
    ),
    st.integers(min_value=-2 * STEP, max_value=2 * STEP),
)
def test_uneven_pictures_fill_their_segments_to_the_tick(
    steps: list[list[int]], offset: int
) -> None:
    """`offset`: pictures that are shown later, or earlier, than they are decoded."""
    segments, at = RungSegments(PART), 0
    for number, each in enumerate(steps):
        start, shown = at, []
        for step in each:
            shown.append(at + offset)
            at += step
        segments.begin(number, start)
        outputs: list[Output] = []
        for index, ticks in enumerate(shown):
            outputs += segments.receive(Coded(ticks, index == 0, b"\0\0\0\1x"))
        segments.end(number, at)
        outputs += segments.settle(number)
        parts = [output for output in outputs if isinstance(output, Part)]
        assert parts[0].start_ticks == start
        assert sum(part.duration_ticks for part in parts) == at - start
        assert all(part.duration_ticks <= PART for part in parts)
        presented = [sample.pts_ticks for part in parts for sample in samples_of(part)]
        assert presented == shown


@pytest.mark.parametrize("told_after", [20, 24])
def test_pictures_that_the_top_took_back_at_a_cut_are_dropped(told_after: int) -> None:
    """The coder has been sent them already; it may have answered them, or not yet."""
    segments = RungSegments(PART)
    segments.begin(1, 0)
    outputs: list[Output] = []
    for index in range(24):
        if index == told_after:
            segments.end(1, 18 * STEP - 7)
        outputs += segments.receive(Coded(index * STEP, index == 0, b"\0\0\0\1x"))
    segments.end(1, 18 * STEP - 7)
    outputs += segments.settle(1)
    (part,) = (each for each in outputs if isinstance(each, Part))
    assert part.duration_ticks == 18 * STEP - 7
    assert len(list(samples_of(part))) == 18
    following = through(segments, 2, 18 * STEP - 7, [30 * STEP, 31 * STEP])
    assert isinstance(following[-1], SegmentEnded)


def test_a_segment_without_pictures_is_missing_and_the_next_is_there() -> None:
    segments = RungSegments(PART)
    segments.begin(1, 0)
    segments.end(1, 2 * VIDEO_HZ)
    assert segments.settle(1) == []
    assert len(through(segments, 2, 2 * VIDEO_HZ, [2 * VIDEO_HZ])) == 2


def test_answers_that_fit_nothing_are_refused() -> None:
    segments = RungSegments(PART)
    with pytest.raises(Misaligned, match="none was asked for"):
        segments.receive(Coded(0, True, b""))
    segments.begin(1, 0)
    with pytest.raises(Misaligned, match="IDR"):
        segments.receive(Coded(0, False, b""))
    with pytest.raises(Misaligned, match="end"):
        segments.settle(1)
