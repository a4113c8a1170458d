"""Where segments begin and end; the machine in tests/machines tries everything else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from streams.filling import Part, SegmentEnded
from streams.segmenter import WAITING_SOUND, Output, Segmenter, SegmentStarted
from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ
from tests.streams.read_fragments import ReadSample, samples_of

SILENCE = b"silence"
STEP = VIDEO_HZ // 25


def a_picture(number: int, *, key: bool = False, late_ticks: int = 0) -> AccessUnit:
    at = number * STEP + late_ticks
    return AccessUnit(Lane.VIDEO, at, at, None, key, b"%d" % number)


def a_sound(number: int) -> AccessUnit:
    at = number * AAC_FRAME_TICKS
    return AccessUnit(Lane.AUDIO, at, at, AAC_FRAME_TICKS, True, b"s%d" % number)


def a_segmenter() -> Segmenter:
    return Segmenter(0, 91_800, SILENCE)


def run(segmenter: Segmenter, first: int, until: int, every: int = 50) -> list[Output]:
    out: list[Output] = []
    for number in range(first, until):
        out += segmenter.push(a_picture(number, key=number % every == 0))
    return out


def starts(outputs: list[Output]) -> list[tuple[int, bool, bool]]:
    """Frame at which each segment begins, whether with an IDR, whether as a joint."""
    return [
        (each.start_ticks // STEP, each.independent, each.joint)
        for each in outputs
        if isinstance(each, SegmentStarted)
    ]


def sounds(outputs: list[Output]) -> list[bytes]:
    return [
        sample.data
        for each in outputs
        if isinstance(each, Part) and each.lane is Lane.AUDIO
        for sample in samples_of(each)
    ]


def pictures(outputs: list[Output]) -> list[ReadSample]:
    parts = [each for each in outputs if isinstance(each, Part) and each.lane is Lane.VIDEO]
    return [sample for part in parts for sample in samples_of(part)]


def test_segments_begin_at_the_first_idr_after_a_while() -> None:
    assert starts(run(a_segmenter(), 0, 201)) == [
        (0, True, True), (50, True, False), (100, True, False), (150, True, False),
        (200, True, False),
    ]  # fmt: skip
    assert starts(run(a_segmenter(), 0, 121, every=10)) == [
        (0, True, True), (50, True, False), (100, True, False),
    ]  # fmt: skip


def test_six_seconds_between_two_idrs_fit_in_one_segment() -> None:
    assert starts(run(a_segmenter(), 0, 301, every=150)) == [
        (0, True, True), (150, True, False), (300, True, False),
    ]  # fmt: skip


def test_without_any_idr_a_segment_begins_before_it_gets_too_long() -> None:
    assert starts(run(a_segmenter(), 0, 330, every=1000)) == [
        (0, True, True), (160, False, False), (320, False, False),
    ]  # fmt: skip


def test_a_wished_cut_is_at_the_next_idr_but_not_right_after_a_beginning() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 12, every=10)
    segmenter.cut_at_next_key()
    assert starts(run(segmenter, 12, 45, every=10)) == [(20, True, False)]
    segmenter = a_segmenter()
    run(segmenter, 0, 2, every=1)
    segmenter.cut_at_next_key()
    assert starts(run(segmenter, 2, 12, every=1)) == [(5, True, False)]


def test_a_cut_ends_both_lanes_and_the_next_picture_goes_on_without_a_joint() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 31)
    ended = segmenter.cut(31 * STEP)
    assert [each for each in ended if isinstance(each, SegmentEnded)] == [
        SegmentEnded(Lane.VIDEO, 0),
        SegmentEnded(Lane.AUDIO, 0),
    ]
    assert segmenter.end_ticks == 31 * STEP
    assert segmenter.cut(31 * STEP) == []
    assert starts(run(segmenter, 31, 33)) == [(31, False, False)]
    assert segmenter.next_segment == 2


def test_a_picture_after_the_cut_is_kept_for_what_follows() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 31)
    out = segmenter.cut(28 * STEP) + run(segmenter, 31, 90)
    frames = [
        sample.data
        for each in out
        if isinstance(each, Part) and each.lane is Lane.VIDEO
        for sample in samples_of(each)
    ]
    assert frames[:8] == [b"%d" % number for number in range(25, 33)]


def ends(outputs: list[Output], lane: Lane) -> dict[int, int]:
    """Where each segment of a lane ends, in its own ticks."""
    parts = [each for each in outputs if isinstance(each, Part) and each.lane is lane]
    return {part.segment: part.start_ticks + part.duration_ticks for part in parts}


def test_a_cut_takes_back_what_was_not_given_away_and_it_comes_after_the_cut() -> None:
    segmenter = a_segmenter()
    for number in range(60):
        segmenter.push(a_sound(number))
    out = run(segmenter, 0, 42)
    cut = segmenter.cut(37 * STEP - 100)
    assert ends(cut, Lane.VIDEO) == {0: 37 * STEP - 100}
    assert 0 <= ends(cut, Lane.AUDIO)[0] / 48_000 - (37 * STEP - 100) / VIDEO_HZ < 0.022
    out += cut + run(segmenter, 42, 60) + segmenter.cut(60 * STEP)
    frames = [
        sample.data
        for each in out
        if isinstance(each, Part) and each.lane is Lane.VIDEO
        for sample in samples_of(each)
    ]
    assert frames == [b"%d" % number for number in range(60)]
    heard = [data for data in sounds(out) if data != SILENCE]
    assert heard == [b"s%d" % number for number in range(60)]
    assert starts(out)[1] == (36, False, False)


def test_a_cut_never_takes_back_what_was_given_away() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 41)
    assert segmenter.settled_ticks == 25 * STEP
    cut = segmenter.cut(10 * STEP)
    assert segmenter.end_ticks == 25 * STEP
    assert [each for each in cut if isinstance(each, SegmentEnded)]
    run(segmenter, 41, 42)
    assert segmenter.settled_ticks == 26 * STEP, "a segment keeps its first picture"


def test_sound_that_is_on_its_way_still_ends_the_segment_that_was_cut() -> None:
    segmenter = a_segmenter()
    for number in range(40):
        segmenter.push(a_sound(number))
    out = run(segmenter, 0, 31)
    cut = segmenter.cut(31 * STEP, sound_follows=True)
    assert [each for each in cut if isinstance(each, SegmentEnded)] == [SegmentEnded(Lane.VIDEO, 0)]
    late = [output for number in range(40, 70) for output in segmenter.push(a_sound(number))]
    assert late[-1] == SegmentEnded(Lane.AUDIO, 0)
    assert sounds(out + cut + late) == [b"s%d" % number for number in range(59)]
    out = run(segmenter, 31, 80) + segmenter.cut(80 * STEP)
    assert sounds(out)[:11] == [b"s%d" % number for number in range(59, 70)]


def test_sound_that_was_awaited_in_vain_is_silence_where_the_camera_goes_on_and_where_not() -> None:
    for goes_on in (False, True):
        segmenter = a_segmenter()
        for number in range(40):
            segmenter.push(a_sound(number))
        out = run(segmenter, 0, 31) + segmenter.cut(31 * STEP, sound_follows=True)
        out += run(segmenter, 31, 35) if goes_on else []
        ended = segmenter.end_sound(0)
        assert SegmentEnded(Lane.AUDIO, 0) in ended
        assert sounds(out + ended) == [b"s%d" % n for n in range(40)] + 19 * [SILENCE]
        assert segmenter.end_sound(0) == []


def test_a_pause_or_a_step_back_is_a_joint_in_both_lanes() -> None:
    for gap in (75, -60):
        segmenter = a_segmenter()
        out = run(segmenter, 100, 120)
        out += segmenter.push(a_picture(120 + gap))
        out += segmenter.cut((121 + gap) * STEP)
        assert starts(out)[1] == (120 + gap, False, True)
        begun = {each.lane: each.start_ticks for each in out if isinstance(each, Part)}
        apart = begun[Lane.AUDIO] / 48_000 - begun[Lane.VIDEO] / VIDEO_HZ
        assert 0 <= apart < 0.022


@pytest.mark.parametrize("pause", [12, 17, 25, 30, 37])
def test_a_pause_of_a_part_and_a_half_is_bridged_wherever_in_a_part_it_begins(pause: int) -> None:
    for last in range(50, 76):
        segmenter = a_segmenter()
        out = run(segmenter, 0, last + 1)
        out += run(segmenter, last + pause, last + 100)
        joints = [at for at, _, joint in starts(out)[1:] if joint]
        assert joints == [], f"a pause after picture {last}"
        parts = [each for each in out if isinstance(each, Part) and each.lane is Lane.VIDEO]
        assert all(each.duration_ticks <= 91_800 for each in parts)


@pytest.mark.parametrize("pause", [3, 12, 17, 25])
def test_the_last_picture_of_all_lasts_until_the_cut_that_ends_a_pause(pause: int) -> None:
    for last in range(50, 76):
        segmenter = a_segmenter()
        out = run(segmenter, 0, last + 1)
        cut = (last + pause) * STEP
        out += segmenter.cut(cut, over=True)
        assert 0 <= cut - segmenter.end_ticks <= VIDEO_HZ // 10, f"a pause after picture {last}"
        assert segmenter.settled_ticks <= cut
        assert [at for at, _, joint in starts(out)[1:] if joint] == []


@pytest.mark.parametrize("pause", [30, 37])
def test_where_one_part_is_too_short_for_that_the_picture_before_lasts_longer_too(
    pause: int,
) -> None:
    holes = []
    for last in range(50, 76):
        segmenter = a_segmenter()
        out = run(segmenter, 0, last + 1)
        cut = (last + pause) * STEP
        out += segmenter.cut(cut, over=True)
        holes.append(cut - segmenter.end_ticks)
        shown = pictures(out)
        assert [each.data for each in shown] == [b"%d" % number for number in range(last + 1)]
        for one, other in pairwise(shown):
            assert one.pts_ticks + one.duration_ticks >= other.pts_ticks > one.pts_ticks
        assert shown[-1].pts_ticks + shown[-1].duration_ticks == segmenter.end_ticks
    assert holes.count(0) == 24, "all but those where the one before was given away"


def test_of_reordered_pictures_the_last_to_be_shown_lasts_and_those_after_it_are_left_out() -> None:
    for last in range(53, 76):
        segmenter, later = a_segmenter(), (0, 2, -1, -1)
        out: list[Output] = []
        for number in range(last + 1):
            moved = later[(number % 50 - 1) % 3 + 1] if number % 50 else 0
            came = a_picture(number, key=number % 50 == 0)
            out += segmenter.push(replace(came, pts_ticks=came.pts_ticks + moved * STEP))
        out += segmenter.cut((last + 32) * STEP, over=True)
        shown = pictures(out)
        assert len(shown) >= last - 1
        assert max(shown, key=lambda each: each.pts_ticks) in shown[-3:]
        if (last + 32) * STEP == segmenter.end_ticks:
            assert shown[-1] == max(shown, key=lambda each: each.pts_ticks)
            assert shown[-1].pts_ticks + shown[-1].duration_ticks == segmenter.end_ticks


def test_a_short_pause_is_bridged() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 20)
    assert starts(segmenter.push(a_picture(32)) + run(segmenter, 33, 50)) == []


def test_sound_in_time_is_all_there_and_what_is_missing_is_silence() -> None:
    segmenter = a_segmenter()
    out: list[Output] = []
    for number in range(100):
        if number != 40:
            segmenter.push(a_sound(number))
    for number in range(60):
        out += segmenter.push(a_picture(number, key=number == 0))
    out += segmenter.cut(60 * STEP)
    heard = sounds(out)
    assert heard[40] == SILENCE
    assert heard[:40] + heard[41:99] == [b"s%d" % n for n in range(99) if n != 40]


def test_sound_that_comes_twice_or_too_late_is_dropped() -> None:
    segmenter = a_segmenter()
    out: list[Output] = []
    for number in range(60):
        out += segmenter.push(a_picture(number, key=number == 0))
        for sound in (number, number, number - 3):
            segmenter.push(a_sound(max(0, sound)))
    out += segmenter.cut(60 * STEP)
    heard = [data for data in sounds(out) if data != SILENCE]
    assert len(heard) == len(set(heard))


@pytest.mark.parametrize("ahead_ticks", [-8000, -1581])
def test_sound_that_comes_twice_around_a_cut_is_heard_once(ahead_ticks: int) -> None:
    segmenter = a_segmenter()
    out = run(segmenter, 0, 30)
    # After a pause sound lies anywhere between the places of the grid.
    first = 30 * STEP * AUDIO_HZ // VIDEO_HZ + 291
    given: list[AccessUnit] = []

    def camera_runs(number: int, until: int) -> None:
        nonlocal out
        for picture in range(number, until):
            ticks = first + len(given) * AAC_FRAME_TICKS
            while ticks * VIDEO_HZ <= picture * STEP * AUDIO_HZ:
                data = b"sound %d" % len(given)
                given.append(AccessUnit(Lane.AUDIO, ticks, ticks, AAC_FRAME_TICKS, True, data))
                out += segmenter.push(given[-1])
                ticks += AAC_FRAME_TICKS
            out += run(segmenter, picture, picture + 1)

    camera_runs(30, 66)
    out += segmenter.cut(65 * STEP + ahead_ticks)
    out += segmenter.push(given[-1])
    camera_runs(66, 96)
    out += segmenter.cut(96 * STEP)

    heard = Counter(data for data in sounds(out) if data.startswith(b"sound"))
    assert len(heard) > 100
    assert {data: times for data, times in heard.items() if times > 1} == {}


def test_waiting_sound_is_bounded() -> None:
    segmenter = a_segmenter()
    for number in range(10 * WAITING_SOUND):
        segmenter.push(a_sound(number))
    assert len(segmenter._sounds) == WAITING_SOUND


def test_segments_shorter_than_a_frame_of_sound_have_one_all_the_same() -> None:
    segmenter = a_segmenter()
    out: list[Output] = []
    for number in range(4):
        out += segmenter.push(a_picture(number, key=True))
        out += segmenter.cut(number * STEP + 10)
    ended = [each for each in out if isinstance(each, SegmentEnded)]
    assert {each.lane for each in ended} == set(Lane)
    for lane in Lane:
        numbers = [each.segment for each in ended if each.lane is lane]
        parts = [each.segment for each in out if isinstance(each, Part) and each.lane is lane]
        assert numbers == parts == [0, 1, 2, 3]


def test_segments_that_a_cut_catches_at_their_beginning_have_sound_too() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 10, every=10)
    segmenter.cut_at_next_key()
    out = segmenter.push(a_picture(10, key=True)) + segmenter.cut(10 * STEP + 10)
    assert [each.segment for each in out if isinstance(each, SegmentEnded)] == [0, 1, 0, 1]


def test_a_segment_of_a_moment_whose_sound_may_follow_waits_for_a_frame_of_it() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 10)
    segmenter.push(a_picture(70, key=True))
    segmenter.push(a_picture(70, late_ticks=1))
    out = segmenter.cut(segmenter.settled_ticks, sound_follows=True)
    assert [each for each in out if isinstance(each, SegmentEnded)] == [SegmentEnded(Lane.VIDEO, 1)]
    out = segmenter.end_sound(1)
    assert sounds(out) == [SILENCE]
    assert out[-1] == SegmentEnded(Lane.AUDIO, 1)


def test_at_a_cut_far_ahead_the_last_picture_lasts_as_long_as_it_would() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 10)
    segmenter.cut(100 * STEP)
    assert segmenter.end_ticks == 10 * STEP


def test_sound_between_a_cut_and_the_next_picture_is_dropped() -> None:
    segmenter = a_segmenter()
    run(segmenter, 0, 10)
    segmenter.cut(10 * STEP)
    segmenter.push(a_sound(18))
    assert segmenter.cut(10 * STEP) == []
