"""The desk as one: what the rules have in common, and the one list of who hears what."""

from __future__ import annotations

from datetime import timedelta

from chat import questions
from chat.committeewords import AskQuestion, Vote, VotesTallied
from chat.deskwords import CloseWindow, Tally, VotesCounted
from tests.chat.meeting import BO, CARL, SYSTEM, Meeting, a_desk


def voted() -> Meeting:
    """Two votes within a second: the second waits to be told."""
    desk = a_desk()
    desk.do(AskQuestion("Hvad koster det?"))
    desk.do(Vote("q1"), BO)
    desk.do(Vote("q1"), CARL)
    return desk


def test_votes_that_wait_are_told_by_a_tally_when_the_second_is_over() -> None:
    desk = voted()
    due = questions.tally_due(desk.state, desk.now)
    assert due == desk.now + timedelta(seconds=1)
    assert desk.do(Tally(), SYSTEM) == []
    assert desk.do(Tally(), SYSTEM, after_s=1) == [
        VotesTallied({"q1": 2}),
        VotesCounted({"anna.q1": 2}),
    ]
    assert questions.tally_due(desk.state, desk.now) is None


def test_what_was_voted_in_time_is_told_after_the_window_has_closed() -> None:
    desk = voted()
    desk.do(CloseWindow("18"), SYSTEM)
    assert desk.do(Tally(), SYSTEM, after_s=1)


def test_a_tally_with_nothing_to_tell_tells_nothing() -> None:
    assert a_desk().do(Tally(), SYSTEM) == []
