"""The open part: full but not fuller, never short in the middle of a segment."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest

from streams.filling import Filling, Part, SegmentEnded
from streams.segments import Lane
from tests.streams.read_fragments import samples_of

TARGET = 91_800


def filled(durations: Iterable[int]) -> list[Part | SegmentEnded]:
    """A segment of frames that last so long, each shown when it is due."""
    filling = Filling(Lane.VIDEO, TARGET)
    filling.begin_segment(7, 1000)
    out: list[Part | SegmentEnded] = []
    due = 1000
    for number, duration in enumerate(durations):
        lasts = due + duration - filling.end_ticks
        out += filling.add(b"%d" % number, due, lasts, number == 0)
        due += duration
    return [*out, *filling.end_segment()]


def parts(durations: Iterable[int]) -> list[Part]:
    return [each for each in filled(durations) if isinstance(each, Part)]


@pytest.mark.parametrize(
    ("durations", "lasted"),
    [
        ([3600] * 50, [90_000, 90_000]),
        ([3000] * 60, [90_000, 90_000]),
        ([18_000] * 10, [90_000, 90_000]),
        ([3600] * 30, [90_000, 18_000]),
        ([30_000] * 6, [90_000, 90_000]),
        ([50_000] * 4, [91_800, 91_800]),
        ([3600] * 23 + [30_000] + [3600] * 10, [82_800, 66_000]),
        ([3600] * 10 + [90_000] + [3600] * 20, [91_800, 91_800, 14_400]),
    ],
)
def test_parts_are_full_and_none_is_short_but_the_last(
    durations: list[int], lasted: list[int]
) -> None:
    made = parts(durations)
    assert [part.duration_ticks for part in made] == lasted
    assert [part.index for part in made] == list(range(len(made)))
    for before, after in pairwise(made):
        assert after.start_ticks == before.start_ticks + before.duration_ticks


def reordered(filling: Filling, count: int) -> list[Part | SegmentEnded]:
    """Frames of 3600 ticks in decode order: one that is shown two frames later, then the two."""
    out: list[Part | SegmentEnded] = []
    for number in range(count):
        begins = filling.end_ticks
        late = 0 if number == 0 else 2 if number % 3 == 1 else -1
        out += filling.add(b"%d" % number, begins + late * 3600, 3600, number == 0)
    return out


@pytest.mark.parametrize("count", range(2, 9))
def test_at_a_cut_nothing_is_shown_behind_the_end_and_no_two_at_once(count: int) -> None:
    filling = Filling(Lane.VIDEO, TARGET)
    filling.begin_segment(7, 1000)
    reordered(filling, count)
    filling.show_by(filling.end_ticks)
    part, _ = filling.end_segment()
    assert isinstance(part, Part)
    shown = sorted(each.pts_ticks for each in samples_of(part))
    assert shown == [1000 + 3600 * number for number in range(count)]


def test_a_cut_cannot_fall_before_a_frame_of_a_part_that_was_given_away_was_shown() -> None:
    filling = Filling(Lane.VIDEO, 8 * 3600)
    filling.begin_segment(7, 1000)
    assert [each for each in reordered(filling, 8) if isinstance(each, Part)]
    assert filling.end_ticks == 1000 + 8 * 3600
    assert filling.settled_ticks == 1000 + 10 * 3600, "the last that came is shown two later"


def test_every_frame_is_shown_when_it_is_due_however_it_was_moved() -> None:
    shown = [s.pts_ticks for part in parts([50_000] * 4) for s in samples_of(part)]
    assert shown == [1000, 51_000, 101_000, 151_000]


def test_a_part_is_independent_where_it_begins_with_a_key() -> None:
    assert [part.independent for part in parts([3600] * 50)] == [True, False]


def test_a_part_is_given_with_the_frame_that_fills_it() -> None:
    filling = Filling(Lane.AUDIO, TARGET)
    filling.begin_segment(0, 0)
    given = [len(list(filling.add(b"", n * 1024, 1024, key=True))) for n in range(47)]
    assert given == [0] * 46 + [1]


def test_a_segment_ends_once_and_nothing_ends_before_it_began() -> None:
    filling = Filling(Lane.VIDEO, TARGET)
    assert list(filling.end_segment()) == []
    filling.begin_segment(3, 0)
    assert filling.empty
    assert list(filling.end_segment()) == [SegmentEnded(Lane.VIDEO, 3)]
    assert list(filling.end_segment()) == []


def test_a_segment_may_go_on_with_a_later_part() -> None:
    filling = Filling(Lane.VIDEO, TARGET)
    filling.begin_segment(3, 500, 2)
    assert not filling.empty
    list(filling.add(b"x", 500, 10, key=False))
    part, ended = filling.end_segment()
    assert isinstance(part, Part)
    assert (part.index, part.start_ticks, part.segment) == (2, 500, 3)
    assert ended == SegmentEnded(Lane.VIDEO, 3)
