from __future__ import annotations

from chat import committee
from chat.committee import SHOWN
from chat.committeewords import AskQuestion, QuestionAnswered, VotesTallied, WithdrawQuestion
from chat.deskwords import Answer, DeclineQuestion, Merge
from chat.people import author_of
from chat.roomwords import ReviewSet
from tests.chat.meeting import HALF_PAST_TWO, KIM, MADS, Meeting, a_desk, somebody, with_questions


def shown(desk: Meeting) -> list[str]:
    return [question["id"] for question in desk.snapshot("committee")["questions"]]


def test_a_committee_starts_with_a_window_before_and_nothing_asked() -> None:
    assert committee.snapshot(committee.initial()) == {
        "window": {"state": "before"},
        "questions": [],
        "merged": {},
    }


def test_answered_questions_make_room_first() -> None:
    desk = with_questions(a_desk(), SHOWN)
    desk.do(Answer("q5", "Ja"), KIM)
    for number in (1, 2):
        desk.do(AskQuestion("Og?"), somebody(number), after_s=60)
    assert shown(desk)[:5] == ["q2", "q3", "q4", "q6", "q7"]
    assert len(shown(desk)) == SHOWN


def test_what_pointed_at_a_question_goes_with_it() -> None:
    for gone, by in ((DeclineQuestion("q2"), MADS), (WithdrawQuestion("q2"), somebody(1))):
        desk = with_questions(a_desk(), 4)
        desk.do(Merge("q1", "q2"), MADS)
        desk.do(Merge("q3", "q4"), MADS)
        desk.do(gone, by)
        assert desk.snapshot("committee")["merged"] == {"q3": "q4"}


def test_events_about_questions_no_longer_shown_change_nothing() -> None:
    public = with_questions(a_desk(), SHOWN + 1).state.public
    answered = QuestionAnswered("q1", author_of(KIM), False, "Ja")
    for event in (answered, VotesTallied({"q1": 7}), ReviewSet(True)):
        assert committee.evolve(public, event, seq=999, at=HALF_PAST_TWO) == public
