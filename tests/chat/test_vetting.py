from __future__ import annotations

from chat.committee import SHOWN
from chat.committeewords import (
    AskQuestion,
    OwnQuestionMerged,
    QuestionPinned,
    QuestionRemoved,
    QuestionsMerged,
    QuestionUnpinned,
    Unvote,
    Vote,
    WithdrawQuestion,
)
from chat.deskwords import (
    Answer,
    ApproveQuestion,
    ApproveQuestions,
    CloseWindow,
    DeclineQuestion,
    DeclineQuestions,
    Draft,
    DuplicateMerged,
    Merge,
    PinQuestion,
    QuestionQueued,
    UnpinQuestion,
)
from chat.people import author_of
from chat.roomwords import SetReview
from chat.vetting import MANY
from tests.chat.meeting import (
    ANNA,
    BO,
    CARL,
    IDA,
    KIM,
    MADS,
    SYSTEM,
    Meeting,
    a_desk,
    with_questions,
)


def asked(*, review: bool = False) -> Meeting:
    """Anna's question, Ida's anonymous one, Bo's; public as q1, q2, q3 unless they are held."""
    desk = a_desk(review=review)
    desk.do(AskQuestion("Hvad koster det?"), ANNA)
    desk.do(AskQuestion("Hvem betaler?", anonymous=True), IDA)
    desk.do(AskQuestion("Hvad er prisen?"), BO)
    return desk


def public(desk: Meeting) -> dict[str, int]:
    return {one["id"]: one["votes"] for one in desk.snapshot("committee")["questions"]}


# --- letting through and declining


def test_public_ids_count_what_is_public_in_the_order_it_became_so() -> None:
    desk = asked(review=True)
    queued = desk.do(ApproveQuestion("bo.q1"), MADS)[0]
    assert queued == QuestionQueued("bo.q1", "q1", author_of(MADS))
    desk.do(ApproveQuestion("ida.q1"), MADS)
    assert list(public(desk)) == ["q1", "q2"]


def test_an_anonymous_question_stays_so_when_it_is_approved() -> None:
    desk = asked(review=True)
    desk.do(ApproveQuestion("ida.q1"), MADS)
    question = desk.snapshot("committee")["questions"][0]
    assert not {"author", "municipality"} & question.keys()


def test_what_is_public_is_not_approved_again() -> None:
    assert asked().refuses(ApproveQuestion("q1"), MADS).code == "question_queued"


def test_a_declined_question_comes_back_under_a_new_public_id_without_votes() -> None:
    desk = asked()
    desk.do(Vote("q1"), BO)
    desk.do(DeclineQuestion("q1"), MADS)
    assert public(desk) == {"q2": 0, "q3": 0}
    desk.do(ApproveQuestion("anna.q1"), MADS)
    assert public(desk) == {"q2": 0, "q3": 0, "q4": 0}
    assert desk.refuses(Vote("q1"), BO).code == "unknown_question"


def test_the_asker_is_told_and_the_public_is_not_told_why() -> None:
    desk = asked()
    desk.do(DeclineQuestion("q1"), MADS)
    assert desk.snapshot("person:anna")["questions"][0]["state"] == "declined"
    assert [one.event for one in desk.log if one.topic == "committee"][-1] == QuestionRemoved("q1")


def test_an_answered_question_is_not_declined() -> None:
    desk = asked()
    desk.do(Answer("q1", "3 mio."), KIM)
    assert desk.refuses(DeclineQuestion("q1"), MADS).code == "question_answered"


# --- merging


def test_merging_counts_each_person_once() -> None:
    desk = asked()
    for question, by in (("q1", BO), ("q1", CARL), ("q3", BO)):
        desk.do(Vote(question), by)
    events = desk.do(Merge("q3", "q1"), MADS, after_s=1)
    assert DuplicateMerged("bo.q1", "anna.q1", 2, author_of(MADS)) in events
    assert QuestionsMerged("q3", "q1") in events
    assert OwnQuestionMerged("bo", "bo.q1", "q1") in events
    assert public(desk) == {"q1": 2, "q2": 0}
    assert desk.do(Vote("q3"), BO) == []


def test_a_vote_for_both_is_taken_back_at_once() -> None:
    desk = asked()
    desk.do(Vote("q1"), BO)
    desk.do(Vote("q3"), BO)
    desk.do(Merge("q3", "q1"), MADS)
    desk.do(Unvote("q1"), BO, after_s=1)
    assert public(desk)["q1"] == 0
    assert desk.snapshot("person:bo")["votes"] == []


def test_a_held_question_is_merged_without_the_public_learning_of_it() -> None:
    desk = asked(review=True)
    desk.do(ApproveQuestion("anna.q1"), MADS)
    heard = desk.head("committee")
    desk.do(Merge("bo.q1", "q1"), MADS)
    assert desk.head("committee") == heard
    assert desk.snapshot("person:bo")["questions"][0] | {"at": 0} == {
        "id": "bo.q1",
        "at": 0,
        "text": "Hvad er prisen?",
        "anonymous": False,
        "state": "merged",
        "public": "q1",
    }


def test_a_merged_question_leads_on_however_often() -> None:
    desk = asked()
    desk.do(Merge("q3", "q1"), MADS)
    desk.do(Merge("q1", "q2"), MADS)
    desk.do(Vote("q3"), CARL)
    assert public(desk) == {"q2": 1}
    assert desk.snapshot("committee")["merged"] == {"q3": "q2", "q1": "q2"}


def test_a_question_is_merged_into_another_that_stands() -> None:
    desk = asked(review=True)
    desk.do(ApproveQuestion("anna.q1"), MADS)
    assert desk.refuses(Merge("q1", "anna.q1"), MADS).code == "merge_into_itself"
    assert desk.refuses(Merge("q1", "bo.q1"), MADS).code == "question_held"
    desk.do(ApproveQuestion("bo.q1"), MADS)
    desk.do(Merge("q1", "q2"), MADS)
    assert desk.refuses(Merge("ida.q1", "anna.q1"), MADS).code == "question_merged"
    assert desk.do(Merge("ida.q1", "q1"), MADS), "by its public id it leads to where it went"


def test_an_answered_question_takes_duplicates_and_is_none() -> None:
    desk = asked()
    desk.do(Answer("q1", "3 mio."), KIM)
    assert desk.refuses(Merge("q1", "q3"), MADS).code == "question_answered"
    assert desk.do(Merge("q3", "q1"), MADS)


def test_a_draft_goes_with_the_question_that_is_merged_away() -> None:
    desk = asked()
    desk.do(Draft("q3", "Prisen"), KIM)
    desk.do(Merge("q3", "q1"), MADS)
    assert "draft" not in desk.snapshot("committee.desk")["questions"][2]


def test_review_is_set_once() -> None:
    desk = a_desk()
    assert desk.do(SetReview(True), MADS)
    assert desk.do(SetReview(True), MADS) == []


# --- many at once


def test_many_are_let_through_at_once_each_under_its_own_public_id() -> None:
    desk = asked(review=True)
    desk.do(ApproveQuestions(("bo.q1", "anna.q1", "ida.q1", "bo.q1")), MADS)
    assert list(public(desk)) == ["q1", "q2", "q3"]
    assert desk.snapshot("person:bo")["questions"][0]["public"] == "q1"
    assert "author" not in desk.snapshot("committee")["questions"][2]


def test_many_are_declined_at_once_and_each_asker_is_told() -> None:
    desk = asked(review=True)
    desk.do(DeclineQuestions(("anna.q1", "bo.q1")), MADS)
    for person in ("anna", "bo"):
        assert desk.snapshot(f"person:{person}")["questions"][0]["state"] == "declined"
    assert [one["status"] for one in desk.snapshot("committee.desk")["questions"]] == [
        "declined",
        "held",
        "declined",
    ]


def test_those_a_colleague_was_faster_with_are_passed_over() -> None:
    desk = asked(review=True)
    desk.do(ApproveQuestion("anna.q1"), MADS)
    desk.do(DeclineQuestion("ida.q1"), MADS)
    desk.do(DeclineQuestions(("anna.q1", "ida.q1", "bo.q1")), MADS)
    assert list(public(desk)) == ["q1"], "what is public stays so"
    assert desk.do(ApproveQuestions(("anna.q1", "ida.q1", "bo.q1")), MADS) == []


def test_an_unknown_one_among_many_does_nothing_to_the_others() -> None:
    refused = asked(review=True).refuses(ApproveQuestions(("anna.q1", "carl.q1")), MADS)
    assert refused.code == "unknown_question"


def test_many_are_one_to_a_hundred() -> None:
    desk = with_questions(a_desk(review=True), MANY + 1)
    ids = tuple(desk.state.board.questions)
    for named in ((), ids):
        assert desk.refuses(DeclineQuestions(named), MADS).code == "out_of_range"
    desk.do(ApproveQuestions(ids[:MANY]), MADS)
    assert len(public(desk)) == MANY


# --- the pin


def test_one_question_is_pinned_at_a_time() -> None:
    desk = asked()
    assert desk.do(PinQuestion("anna.q1"), MADS) == [QuestionPinned("q1")]
    assert desk.do(PinQuestion("q1"), MADS) == []
    desk.do(PinQuestion("q2"), MADS)
    assert desk.snapshot("committee")["pinned"] == "q2"
    assert desk.do(UnpinQuestion("q1"), MADS) == []
    assert desk.do(UnpinQuestion("q2"), MADS) == [QuestionUnpinned("q2")]
    assert "pinned" not in desk.snapshot("committee")


def test_what_is_not_public_is_not_pinned() -> None:
    desk = asked(review=True)
    assert desk.refuses(PinQuestion("anna.q1"), MADS).code == "question_held"
    assert desk.do(UnpinQuestion("anna.q1"), MADS) == []


def test_an_answered_question_may_be_pinned_also_after_the_window() -> None:
    desk = asked()
    desk.do(Answer("q1", "3 mio."), KIM)
    desk.do(CloseWindow("18"), SYSTEM)
    assert desk.do(PinQuestion("q1"), MADS)


def test_a_question_that_goes_takes_the_pin_along() -> None:
    for gone, by in ((DeclineQuestion("q1"), MADS), (WithdrawQuestion("q1"), ANNA)):
        desk = asked()
        desk.do(PinQuestion("q1"), MADS)
        desk.do(gone, by)
        assert "pinned" not in desk.snapshot("committee")


def test_the_pin_of_a_merged_question_is_on_what_it_was_merged_into() -> None:
    desk = asked()
    desk.do(PinQuestion("q1"), MADS)
    desk.do(Merge("q1", "q3"), MADS)
    assert desk.snapshot("committee")["pinned"] == "q3"


def test_the_pinned_question_stays_where_others_make_room() -> None:
    desk = with_questions(a_desk(), SHOWN)
    desk.do(PinQuestion("q1"), MADS)
    desk.do(AskQuestion("Og nu?"), ANNA)
    assert list(public(desk))[:2] == ["q1", "q3"]
    assert desk.refuses(PinQuestion("q2"), MADS).code == "too_old"
