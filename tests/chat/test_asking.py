from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chat import moderation
from chat.committeewords import (
    AskQuestion,
    OwnQuestionPublished,
    QuestionAsked,
    SendQuestion,
    Unvote,
    Vote,
    VoteCounted,
    VotesTallied,
    WithdrawQuestion,
)
from chat.desk import KEPT
from chat.deskwords import Answer, Claim, CloseWindow, DeclineQuestion, Merge
from chat.events import holds
from chat.people import author_of
from tests.chat.meeting import (
    ANNA,
    BO,
    CARL,
    HANNE,
    IDA,
    KIM,
    LIS,
    MADS,
    SYSTEM,
    Meeting,
    a_desk,
    with_questions,
)

PRICE, PAYER = AskQuestion("Hvad koster det?"), AskQuestion("Hvem betaler?", anonymous=True)


def asked() -> Meeting:
    """Anna's question is q1, Ida's anonymous one q2."""
    desk = a_desk()
    desk.do(PRICE, ANNA)
    desk.do(PAYER, IDA)
    return desk


def public(desk: Meeting) -> dict[str, int]:
    return {one["id"]: one["votes"] for one in desk.snapshot("committee")["questions"]}


# --- asking


def test_a_question_is_public_at_once_with_name_and_municipality() -> None:
    events = a_desk().do(PRICE)
    assert QuestionAsked("q1", "Hvad koster det?", "18", author_of(ANNA), "aalborg") in events
    assert OwnQuestionPublished("anna", "anna.q1", "q1") in events
    assert not holds(events)


def test_an_anonymous_question_names_nobody_to_the_audience() -> None:
    desk = a_desk()
    assert QuestionAsked("q1", "Hvem betaler?", "18") in desk.do(PAYER, BO)
    assert "bo" not in str(desk.snapshot("committee")).lower().split("'")
    assert desk.snapshot("committee.desk")["questions"][0]["asker"]["id"] == "bo"


def test_a_held_question_is_the_askers_and_the_desks_alone() -> None:
    desk = a_desk(review=True)
    assert holds(desk.do(PRICE))
    assert public(desk) == {}
    assert desk.snapshot("committee.desk")["questions"][0]["status"] == "held"
    assert desk.snapshot("person:anna")["questions"][0]["state"] == "held"


def test_three_questions_a_minute_are_the_pace() -> None:
    desk = a_desk()
    for _ in range(3):
        desk.do(PRICE, after_s=10)
    refused = desk.refuses(PRICE)
    assert (refused.code, refused.facts) == ("too_fast", {"retry_ms": 40_000})
    assert desk.do(PRICE, after_s=40)


def test_a_person_has_five_open_questions_at_most() -> None:
    desk = a_desk()
    for _ in range(moderation.OPEN_QUESTIONS_PER_PERSON):
        desk.do(PRICE, after_s=30)
    assert desk.refuses(PRICE, after_s=30).code == "too_many_waiting"
    desk.do(Answer("q1", "3 mio."), KIM)
    assert desk.do(PRICE)


def test_the_desk_takes_no_more_than_it_can_keep_open() -> None:
    desk = with_questions(a_desk(), KEPT)
    assert desk.refuses(PRICE).code == "desk_full"
    desk.do(Answer("q1", "3 mio."), KIM)
    assert desk.do(PRICE)
    assert len(desk.state.board.questions) == KEPT


def test_a_clock_set_back_keeps_nobody_from_asking() -> None:
    desk = a_desk()
    for _ in range(3):
        desk.do(PRICE)
    desk.now -= timedelta(days=365)
    assert desk.do(PRICE)


# --- voting


def test_a_person_votes_once_for_a_question() -> None:
    desk = asked()
    assert VoteCounted("bo", "q1", True) in desk.do(Vote("q1"), BO)
    assert desk.do(Vote("q1"), BO) == []
    assert desk.do(Unvote("q2"), BO) == []
    assert public(desk) == {"q1": 1, "q2": 0}


def test_the_public_hears_a_sum_at_most_once_a_second() -> None:
    desk = asked()
    assert VotesTallied({"q1": 1}) in desk.do(Vote("q1"), BO)
    assert not any(isinstance(event, VotesTallied) for event in desk.do(Vote("q1"), CARL))
    assert VotesTallied({"q2": 1}) in desk.do(Vote("q2"), CARL)
    assert VotesTallied({"q1": 3}) in desk.do(Vote("q1"), ANNA, after_s=1)


def test_a_vote_is_taken_back_wherever_the_question_went() -> None:
    desk = asked()
    desk.do(Vote("q1"), BO)
    desk.do(Merge("q1", "q2"), MADS)
    assert VoteCounted("bo", "q2", False, ("q1",)) in desk.do(Unvote("q1"), BO, after_s=1)
    assert public(desk) == {"q2": 0}
    assert desk.snapshot("person:bo")["votes"] == []


def test_only_public_questions_that_are_not_answered_take_votes() -> None:
    desk = a_desk(review=True)
    desk.do(PRICE)
    assert desk.refuses(Vote("anna.q1"), BO).code == "unknown_question"
    assert desk.refuses(Vote("q1"), BO).code == "unknown_question"
    desk = asked()
    desk.do(Answer("q1", "3 mio."), KIM)
    assert desk.refuses(Vote("q1"), BO).code == "question_answered"


# --- taking back


def test_one_takes_back_ones_own_by_either_id() -> None:
    for id in ("q1", "anna.q1"):
        desk = asked()
        desk.do(WithdrawQuestion(id))
        assert public(desk) == {"q2": 0}
        assert desk.snapshot("person:anna")["questions"] == []
        assert "text" not in desk.snapshot("committee.desk")["questions"][0]


def test_nobody_takes_back_anothers_or_learns_of_a_hidden_one() -> None:
    desk = asked()
    assert desk.refuses(WithdrawQuestion("q1"), BO).code == "not_yours"
    assert desk.refuses(WithdrawQuestion("anna.q1"), BO).code == "unknown_question"
    desk.do(DeclineQuestion("q1"), MADS)
    assert desk.refuses(WithdrawQuestion("q1"), BO).code == "unknown_question"


def test_a_question_is_taken_back_after_the_window_and_while_it_is_worked_on() -> None:
    desk = asked()
    desk.do(Claim("q1"), LIS)
    desk.do(CloseWindow("18"), SYSTEM)
    assert desk.do(WithdrawQuestion("q1"))


def test_an_answered_question_stays() -> None:
    desk = asked()
    desk.do(Answer("q1", "3 mio."), KIM)
    assert desk.refuses(WithdrawQuestion("q1")).code == "question_answered"


def test_taking_back_a_merged_question_never_reaches_what_it_was_merged_into() -> None:
    desk = asked()
    desk.do(AskQuestion("Og prisen?"), ANNA)
    desk.do(Merge("q1", "q3"), MADS)
    assert desk.refuses(WithdrawQuestion("q1")).code == "question_merged"
    assert desk.refuses(WithdrawQuestion("q1"), BO).code == "not_yours"
    assert public(desk) == {"q2": 0, "q3": 0}


# --- a room's question, sent on by its host

SENT = SendQuestion("aalborg.p1", "Hvad koster det i alt?")


def test_the_municipalitys_question_carries_its_host_and_says_whose_it_is() -> None:
    desk = a_desk()
    desk.do(SENT, HANNE)
    shown = desk.snapshot("committee")["questions"][0]
    assert (shown["author"]["id"], shown["municipality"], shown["on_behalf"]) == (
        "hanne",
        "aalborg",
        True,
    )
    assert desk.snapshot("committee.desk")["questions"][0]["proposal"] == "aalborg.p1"


def test_it_is_held_like_any_other_where_the_moderators_read_first() -> None:
    desk = a_desk(review=True)
    assert holds(desk.do(SENT, HANNE))
    assert public(desk) == {}


def test_a_room_sends_one_on_at_a_time() -> None:
    desk = a_desk()
    desk.do(SENT, HANNE)
    again = SendQuestion("aalborg.p2", "Og hvornår?")
    assert desk.refuses(again, HANNE).code == "one_at_a_time"
    assert desk.do(AskQuestion("Må jeg selv?"), HANNE), "a host is a person, too"
    desk.do(Answer("q1", "3 mio."), KIM)
    assert desk.do(again, HANNE)


def test_another_municipality_has_its_own() -> None:
    desk = a_desk()
    desk.do(SENT, HANNE)
    elsewhere = replace(HANNE, id="hans", municipality="aarhus")
    assert desk.refuses(SENT, elsewhere).code == "not_yours"
    assert desk.do(SendQuestion("aarhus.udvalg.p1", "Og os?"), elsewhere)


def test_whoever_has_no_municipality_speaks_for_none() -> None:
    for nowhere in (None, ""):
        nobody = replace(HANNE, municipality=nowhere)
        for proposal in ("aalborg.p1", "p1", ".p1", ""):
            assert a_desk().refuses(SendQuestion(proposal, "Og?"), nobody).code == "not_yours"


def test_it_needs_the_open_window_as_asking_does() -> None:
    assert a_desk(is_open=False).refuses(SENT, HANNE).code == "window_closed"


@pytest.mark.parametrize(
    "proposal",
    ["aalborg", "aalborg.p", "aalborg.px", "aalborg.p\0", "aalborg.p1 ", f"aalborg.p{'1' * 4_000}"],
)
def test_a_proposal_that_no_room_can_have_is_not_sent(proposal: str) -> None:
    assert a_desk().refuses(SendQuestion(proposal, "Og?"), HANNE).code == "not_yours"
