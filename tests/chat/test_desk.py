from __future__ import annotations

from chat import desk as board
from chat.committeewords import AskQuestion, WindowClosed
from chat.desk import KEPT, DeskBoard
from chat.deskwords import (
    DeclineQuestion,
    DuplicateMerged,
    QuestionClaimed,
    QuestionQueued,
    QuestionReceived,
    VotesCounted,
)
from chat.people import author_of
from chat.roomwords import ReviewSet
from tests.chat.meeting import ANNA, HALF_PAST_TWO, KIM, MADS, a_desk, with_questions


def test_settled_questions_make_room_and_open_ones_never_do() -> None:
    desk = with_questions(a_desk(), KEPT)
    desk.do(DeclineQuestion("q3"), MADS)
    desk.do(AskQuestion("Og nu?"), after_s=1)
    ids = list(desk.state.board.questions)
    assert ids[:3] == ["p0.q1", "p1.q1", "p3.q1"]
    assert len(ids) == KEPT


def test_more_open_questions_than_it_would_take_are_still_kept() -> None:
    desk = with_questions(a_desk(), KEPT)
    desk.fold(QuestionReceived("anna.q1", author_of(ANNA), False, "Og?", "18", "aalborg"))
    assert len(desk.state.board.questions) == KEPT + 1


def test_events_it_has_no_question_for_change_nothing() -> None:
    for event in (
        QuestionClaimed("anna.q1", author_of(KIM)),
        QuestionQueued("anna.q1", "q1"),
        DuplicateMerged("anna.q1", "bo.q1", 2, author_of(MADS)),
        VotesCounted({"anna.q1": 1}),
        WindowClosed("18"),
        ReviewSet(True),
    ):
        assert board.evolve(DeskBoard(), event, seq=1, at=HALF_PAST_TWO) == DeskBoard()
