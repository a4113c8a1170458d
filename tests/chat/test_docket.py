from __future__ import annotations

from typing import get_args

from chat import committeewords, questions
from chat import desk as board
from chat.committeewords import (
    AskQuestion,
    QuestionAnswered,
    SendQuestion,
    Unvoted,
    Vote,
    Voted,
    VotesTallied,
)
from chat.deskwords import (
    DESK_APPROVING,
    DESK_COMMITTEE,
    DESK_MODERATING,
    Answer,
    AnswerOnAir,
    ApproveAnswer,
    ApproveQuestion,
    ApproveQuestions,
    DeclineQuestions,
    Merge,
    PinQuestion,
    QuestionDeclined,
    ReturnAnswer,
    SetApproval,
    Tally,
    UnpinQuestion,
    VotesCounted,
)
from chat.docket import STATES
from chat.people import author_of
from chat.roomwords import SetReview
from tests.chat.meeting import (
    ANNA,
    BO,
    CARL,
    HALF_PAST_TWO,
    KIM,
    MADS,
    SYSTEM,
    a_desk,
    with_questions,
)

OF_NO_STATUS = {
    *(AskQuestion, SendQuestion, SetReview, SetApproval),
    *(ApproveQuestions, DeclineQuestions, UnpinQuestion),
}


def test_every_status_says_what_may_be_done() -> None:
    assert STATES.keys() == set(get_args(board.Status))


def test_every_command_about_a_question_is_for_some_status() -> None:
    every = {*committeewords.COMMANDS, *DESK_COMMITTEE, *DESK_APPROVING, *DESK_MODERATING}
    assert set().union(*STATES.values()) == every - OF_NO_STATUS


def test_what_is_settled_is_settled() -> None:
    settled = set(STATES) - board.OPEN
    of_its_author = {Answer, AnswerOnAir, ApproveAnswer, ReturnAnswer, PinQuestion}
    assert all(STATES[status] <= of_its_author | {ApproveQuestion} for status in settled)


def test_a_question_the_desk_has_dropped_leads_nowhere_and_keeps_no_votes() -> None:
    desk = with_questions(a_desk(), board.KEPT)
    for command, by in (
        (Vote("q4"), BO),
        (Vote("q4"), CARL),
        (Answer("q4", "3 mio."), KIM),
        (Merge("q3", "q4"), MADS),
    ):
        desk.do(command, by)
    assert questions.tally_due(desk.state, desk.now), "a vote waits to be told"
    desk.do(AskQuestion("Og nu?"), ANNA)
    desk.do(AskQuestion("Og så?"), BO)
    assert not {"p2.q1", "p3.q1"} & desk.state.board.questions.keys()
    assert not {"q3", "q4"} & desk.state.publics.keys()
    assert questions.tally_due(desk.state, desk.now) is None
    assert desk.do(Tally(), SYSTEM, after_s=1) == []


def test_events_about_questions_it_does_not_know_change_nothing() -> None:
    """A row that cannot be read leaves a hole in what is known; the rest goes on."""
    desk = a_desk(review=True)
    desk.do(AskQuestion("Hvad koster det?"), ANNA)
    for event in (
        Voted("bo.q1", "carl"),
        Voted("anna.q1", "carl"),
        Unvoted("bo.q1", "carl"),
        VotesTallied({"q9": 3}),
        VotesCounted({"bo.q9": 3}),
        QuestionDeclined("bo.q1", author_of(MADS)),
        QuestionAnswered("q9", author_of(MADS), True),
    ):
        before = desk.state.ballots, desk.state.publics
        after = questions.evolve(desk.state, event, seq=9, at=HALF_PAST_TWO)
        assert (after.ballots, after.publics) == before
        assert questions.tally_due(after, HALF_PAST_TWO) is None
