"""Times, and limits held against figures."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.load import reporting
from server.load.judging import Ending, Figures, Limits, figures_of, is_too_late, judge
from server.load.tally import STEP, Storm, Tally, Times


def an_ending(**given: int) -> Ending:
    told = {"viewers": 2, "there": 2, "missing": 0, "waiting": 0, "frozen": 0, **given}
    return Ending(**told, speaking_s=1.0, clock_within_ms=0.5, own_cores=0.1, faults=())


def figures(tally: Tally | None = None, **given: int) -> Figures:
    return figures_of(tally or Tally(), an_ending(**given))


def broken(figures: Figures, limits: Limits) -> list[str]:
    return [finding.name for finding in judge(figures, limits) if not finding.is_kept]


@given(st.lists(st.floats(0.2, 100_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.99, 1]))
def test_time_within_a_share_is_never_told_better_than_it_was(
    all_ms: list[float], share: float
) -> None:
    times = Times()
    for ms in all_ms:
        times.note(ms)
    told = times.within(share)
    assert told is not None
    true = sorted(all_ms)[max(0, -int(-share * len(all_ms) // 1) - 1)]
    assert true <= told <= true * STEP + 1e-6


def test_of_nothing_there_is_no_time() -> None:
    assert Times().within(0.5) is None


def test_run_without_a_fault_keeps_every_limit_that_nobody_set() -> None:
    assert broken(figures(), Limits()) == []


@pytest.mark.parametrize(
    ("given", "name"),
    [({"missing": 1}, "lost"), ({"there": 1}, "missing"), ({"waiting": 1}, "unanswered")],
)
def test_what_lacks_at_the_end_breaks_its_limit(given: dict[str, int], name: str) -> None:
    assert broken(figures_of(Tally(), an_ending(**given)), Limits()) == [name]


def test_each_fault_of_the_lines_breaks_its_limit() -> None:
    assert broken(figures(Tally(doubled=1)), Limits()) == ["doubled"]
    assert broken(figures(Tally(torn=1)), Limits()) == ["doubled"]
    assert broken(figures(Tally(gaps=1)), Limits()) == ["gaps"]
    assert broken(figures(Tally(unasked=1)), Limits()) == ["gaps"]
    assert broken(figures(Tally(at={"1": ("room", 4)})), Limits()) == ["lost"]
    assert broken(figures(Tally(at={"1": ("room", 4)})), Limits(lost=1)) == []


def test_command_that_came_out_elsewhere_than_promised_is_lost() -> None:
    tally = Tally(at={"1": ("room", 4)})
    tally.see("1", "room", 5, "message_posted")
    assert tally.unseen() == 1
    tally.see("1", "room", 4, "message_posted")
    assert tally.unseen() == 0
    assert tally.torn == 1


def test_command_may_lead_to_several_events_but_not_to_two_messages() -> None:
    tally = Tally(at={"1": ("show", 4)})
    for seq, name in ((4, "announced"), (5, "show_held"), (5, "show_held")):
        tally.see("1", "show", seq, name)
    assert (tally.unseen(), tally.torn) == (0, 0)


def test_times_are_held_against_their_limits() -> None:
    tally = Tally()
    tally.delivery.note(80)
    tally.answered.note(30)
    assert broken(figures(tally), Limits(p99_ms=100, ack_p99_ms=40)) == []
    assert broken(figures(tally), Limits(p99_ms=50, ack_p99_ms=20)) == ["p99-ms", "ack-p99-ms"]


def test_limit_of_a_time_that_was_never_measured_is_broken() -> None:
    limits = Limits(p99_ms=100, ack_p99_ms=100, back_within_s=10)
    assert broken(figures(), limits) == ["p99-ms", "ack-p99-ms", "back-within-s"]


def test_storm_is_over_when_the_last_is_back() -> None:
    storm = Storm(2)
    storm.back.note(1500)
    assert broken(figures(Tally(storms=[storm])), Limits(back_within_s=2)) == ["back-within-s"]
    storm.back.note(1900)
    assert broken(figures(Tally(storms=[storm])), Limits(back_within_s=2)) == []
    assert broken(figures(Tally(storms=[storm])), Limits(back_within_s=1)) == ["back-within-s"]


def test_program_that_was_late_itself_says_so() -> None:
    tally = Tally()
    tally.own_lateness.note(60)
    limits = Limits(p99_ms=100)
    assert is_too_late(figures(tally), limits)
    assert "late itself" in reporting.as_text(figures(tally), (), limits)
    assert not is_too_late(figures(tally), Limits(p99_ms=200))


def test_report_tells_every_limit_in_words_and_json() -> None:
    storm = Storm(2)
    tally = Tally(deliveries=10, storms=[storm], doubled=1)
    tally.refused["too_fast"] = 3
    tally.modes["resume"] = 4
    found = replace(figures(tally, frozen=1), closes={4001: 1}, denied={"x": 2}, faults=("broken",))
    findings = judge(found, Limits(p99_ms=100))
    text = reporting.as_text(found, findings, Limits(p99_ms=100))
    for words in ("0 of 2 back", "3 too_fast", "4 resume", "1 4001", "1 stopped reading", "broken"):
        assert words in text
    assert "BROKEN  p99-ms: expected at most 100; nothing was measured" in text
    assert "BROKEN  doubled: expected at most 0; came 1" in text
    assert "kept    lost: expected at most 0; came 0" in text
    told = json.loads(json.dumps(reporting.as_json(found, findings)))
    assert told["kept"] is False
    assert told["storms"][0]["away"] == 2
    assert {"limit": "lost", "at_most": 0, "came": 0, "kept": True} in told["limits"]
