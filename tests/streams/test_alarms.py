"""When an alarm is raised and when it is cleared again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alarms import RULES, SOURCE_TIMES_S, Alarm, Alarms, least_bitrate, most_bitrate
from streams.health import Reading

GOOD = Reading(
    bitrate_bps=2_000_000, fps=25.0, slowest_fps=25, fastest_fps=25, keyframe_interval_s=2.0,
    width=1280, height=720, profile="Main", level="3.1", lost=0.0, dropped=0.0, sound=True,
    loud_db=-24.0, peak_db=-12.0, drift_ppm=20, lip_error_ms=10,
)  # fmt: skip

BAD: dict[str, tuple[Reading, dict[str, object]]] = {
    "no_picture": (replace(GOOD, picture_age_s=4.0, fps=0.0), {"seconds": 4}),
    "keyframes_rare": (replace(GOOD, keyframe_interval_s=8.0), {"seconds": 8, "wanted": 2}),
    "b_pictures": (replace(GOOD, b_pictures=True), {}),
    "unsteady_rate": (replace(GOOD, slowest_fps=11, fastest_fps=30), {"from": 11, "to": 30}),
    "low_rate": (replace(GOOD, fps=7.4), {"fps": 7}),
    "low_bitrate": (
        replace(GOOD, bitrate_bps=300_000),
        {"mbit": 0.3, "width": 1280, "height": 720, "wanted": 1.4},
    ),
    "high_bitrate": (replace(GOOD, bitrate_bps=9_000_000), {"mbit": 9.0, "wanted": 3.7}),
    "size_changes": (replace(GOOD, size_changes=3), {"times": 3}),
    "packets_lost": (replace(GOOD, lost=0.081), {"percent": 8}),
    "pictures_lost": (replace(GOOD, dropped=0.05), {"percent": 5}),
    "no_sound": (replace(GOOD, peak_db=-100.0), {}),
    "quiet_sound": (replace(GOOD, peak_db=-41.2), {"db": -41}),
    "clipping": (replace(GOOD, clipped=4), {}),
    "clock_drift": (replace(GOOD, drift_ppm=-310), {"ppm": -310}),
    "lip_error": (replace(GOOD, lip_error_ms=-180), {"ms": -180}),
    "frozen": (replace(GOOD, still_s=44.2), {"seconds": 44}),
}


def stand(alarms: Alarms, reading: Reading, from_s: float, seconds: float) -> tuple[Alarm, ...]:
    """Judged every second for so long."""
    raised: tuple[Alarm, ...] = ()
    for second in range(int(seconds) + 1):
        raised = alarms.judge(reading, from_s + second)
    return raised


def test_what_is_good_and_what_is_not_known_raise_nothing() -> None:
    assert stand(Alarms(), GOOD, 0, 90) == ()
    assert stand(Alarms(), Reading(sound=True), 0, 90) == ()


def test_every_line_of_the_table_has_a_case() -> None:
    assert list(BAD) == [rule.code for rule in RULES]


@pytest.mark.parametrize("code", BAD)
def test_each_is_raised_alone_with_its_facts_and_cleared_in_its_time(code: str) -> None:
    reading, facts = BAD[code]
    rule = next(each for each in RULES if each.code == code)
    alarms = Alarms()
    after_s = rule.raised_after_s
    if after_s:
        assert stand(alarms, reading, 0, after_s - 1) == ()
    assert stand(alarms, reading, after_s, 1) == (Alarm(code, facts),)
    later = 1000.0
    if rule.cleared_after_s:
        assert stand(alarms, GOOD, later, rule.cleared_after_s - 1) == (Alarm(code, facts),)
    assert stand(alarms, GOOD, later + rule.cleared_after_s, 1) == ()


def test_a_figure_that_trembles_about_a_threshold_changes_nothing() -> None:
    alarms = Alarms()
    stand(alarms, BAD["keyframes_rare"][0], 0, 1)
    for second in range(2, 30):
        between = replace(GOOD, keyframe_interval_s=4.4 if second % 2 else 4.6)
        assert [each.code for each in alarms.judge(between, second)] == ["keyframes_rare"]
    one, other = BAD["packets_lost"][0], GOOD
    alarms = Alarms()
    for second in range(60):
        assert alarms.judge(one if second % 3 else other, second) == ()


def test_where_no_picture_comes_nothing_else_is_told() -> None:
    alarms = Alarms()
    stand(alarms, BAD["clipping"][0], 0, 2)
    gone = replace(BAD["clipping"][0], picture_age_s=5.0, fps=0.0, bitrate_bps=0, lost=0.5)
    assert [each.code for each in stand(alarms, gone, 10, 60)] == ["no_picture"]


def test_no_frames_of_sound_are_no_sound() -> None:
    silent = replace(GOOD, sound=False, peak_db=None)
    assert [each.code for each in stand(Alarms(), silent, 0, 9)] == ["no_sound"]


def test_what_bitrate_is_right_follows_the_size() -> None:
    small = replace(GOOD, width=640, height=360)
    large = replace(GOOD, width=1920, height=1080, fps=50.0)
    assert (least_bitrate(small), most_bitrate(small)) == (115_200, 2_500_000)
    assert (least_bitrate(large), most_bitrate(large)) == (2_073_600, 8_000_000)
    assert (least_bitrate(Reading()), most_bitrate(Reading())) == (None, None)


@given(st.lists(st.tuples(st.sampled_from([GOOD, *(bad for bad, _ in BAD.values())]),
                          st.floats(0.1, 9)), max_size=40))  # fmt: skip
def test_nothing_is_raised_or_cleared_sooner_than_the_table_says(
    heard: list[tuple[Reading, float]],
) -> None:
    alarms, now_s, changed = Alarms(), 0.0, dict.fromkeys(BAD, 0.0)
    raised: set[str] = set()
    for reading, passed_s in heard:
        now_s += passed_s
        for rule in RULES:
            verdict = rule.verdict(reading)
            if verdict is None or verdict is (rule.code in raised):
                changed[rule.code] = now_s
        codes = {each.code for each in alarms.judge(reading, now_s)}
        if "no_picture" in codes | raised:
            return
        for code in codes ^ raised:
            rule = next(each for each in RULES if each.code == code)
            needed_s = rule.raised_after_s if code in codes else rule.cleared_after_s
            assert now_s - changed[code] >= needed_s
        raised = codes


def test_a_sources_alarms_have_times_too() -> None:
    alarms = Alarms()
    assert alarms.judge_source({"no_backup": {"missing": "backup"}}, 0) == ()
    assert alarms.judge_source({"no_backup": {"missing": "backup"}}, 29) == ()
    (raised,) = alarms.judge_source({"no_backup": {"missing": "rtmp"}}, 30)
    assert raised.as_json() == {"code": "no_backup", "missing": "rtmp"}
    assert alarms.judge_source({}, 33) == (raised,)
    assert alarms.judge_source({}, 38) == ()
    wrong: dict[str, dict[str, object]] = {code: {} for code in SOURCE_TIMES_S}
    alarms.judge_source(wrong, 100)
    assert {each.code for each in alarms.judge_source(wrong, 130)} == set(SOURCE_TIMES_S)
