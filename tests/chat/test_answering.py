from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chat.commands import (
    Answer,
    AnswerOnAir,
    AskQuestion,
    Claim,
    CloseWindow,
    DeclineQuestion,
    Draft,
    Release,
)
from chat.events import AnswerDrafted, QuestionAnswered, QuestionClaimed
from chat.people import author_of
from tests.chat.meeting import ANNA, KIM, LIS, MADS, SYSTEM, Meeting, a_desk


def asked(*, review: bool = False) -> Meeting:
    desk = a_desk(review=review)
    desk.do(AskQuestion("Hvad koster det?"), ANNA)
    return desk


def at_desk(desk: Meeting) -> dict[str, object]:
    found: dict[str, object] = desk.snapshot("committee.desk")["questions"][0]
    return found


WORK = [Claim("q1"), Release("q1"), Draft("q1", "Ja"), Answer("q1", "Ja"), AnswerOnAir("q1")]


@pytest.mark.parametrize("command", WORK)
def test_what_a_colleague_has_claimed_is_left_alone(command: object) -> None:
    desk = asked()
    desk.do(Claim("q1"), KIM)
    refused = desk.refuses(command, LIS)
    assert (refused.code, refused.facts) == ("claimed_by_other", {"by": "Kim Lund"})


@pytest.mark.parametrize("first", [Answer("q1", "3 mio."), AnswerOnAir("q1")])
def test_two_colleagues_never_both_answer(first: object) -> None:
    desk = asked()
    desk.do(first, KIM)
    refused = desk.refuses(Answer("q1", "4 mio."), LIS)
    assert (refused.code, refused.facts) == ("answered_by_other", {"by": "Kim Lund"})
    assert desk.do(Answer("q1", "5 mio."), KIM)


@pytest.mark.parametrize("command", WORK)
def test_a_held_or_declined_question_is_not_worked_on(command: Any) -> None:
    desk = asked(review=True)
    command = replace(command, question="anna.q1")
    assert desk.refuses(command, KIM).code == "question_held"
    desk.do(DeclineQuestion("anna.q1"), MADS)
    assert desk.refuses(command, KIM).code == "question_declined"


def test_a_question_is_known_at_the_desk_by_either_id_and_by_no_other() -> None:
    desk = asked()
    assert desk.do(Claim("anna.q1"), KIM) == [QuestionClaimed("anna.q1", author_of(KIM))]
    assert desk.do(Claim("q1"), KIM) == []
    assert desk.refuses(Claim("q2"), KIM).code == "unknown_question"


def test_only_what_is_claimed_is_released() -> None:
    desk = asked()
    assert desk.refuses(Release("q1"), KIM).code == "question_queued"
    desk.do(Claim("q1"), KIM)
    desk.do(Release("q1"), KIM)
    assert desk.do(Claim("q1"), LIS)


def test_drafting_claims_what_nobody_has() -> None:
    desk = asked()
    me = author_of(KIM)
    assert desk.do(Draft("q1", " Det koster "), KIM) == [
        QuestionClaimed("anna.q1", me),
        AnswerDrafted("anna.q1", "Det koster", me),
    ]
    assert desk.do(Draft("q1", "Det koster"), KIM) == []


def test_a_draft_left_behind_is_the_next_ones_to_go_on_with() -> None:
    desk = asked()
    desk.do(Draft("q1", "Det koster"), KIM)
    desk.do(Release("q1"), KIM)
    desk.do(Claim("q1"), LIS)
    assert (at_desk(desk)["status"], at_desk(desk)["draft"]) == ("drafted", "Det koster")


def test_an_answer_is_public_with_its_authors_badge_and_ends_the_claim() -> None:
    desk = asked()
    desk.do(Draft("q1", "Det koster"), KIM)
    assert QuestionAnswered("q1", author_of(KIM), False, "3 mio.") in desk.do(
        Answer("q1", "3 mio."), KIM
    )
    assert not {"claimed_by", "draft"} & at_desk(desk).keys()
    assert desk.snapshot("committee")["questions"][0]["answer"]["author"]["badge"] == "committee"


def test_the_same_answer_again_changes_nothing() -> None:
    desk = asked()
    desk.do(Answer("q1", "3 mio."), KIM)
    assert desk.do(Answer("q1", "3 mio. "), KIM) == []


def test_what_was_said_on_air_can_be_written_down_after_the_window() -> None:
    desk = asked()
    desk.do(AnswerOnAir("q1"), KIM)
    desk.do(CloseWindow("18"), SYSTEM)
    desk.do(Answer("q1", "3 mio."), KIM)
    answer = desk.snapshot("committee")["questions"][0]["answer"]
    assert (answer["on_air"], answer["text"]) == (True, "3 mio.")
    assert desk.refuses(AnswerOnAir("q1"), KIM).code == "question_answered"


def test_an_answer_says_something() -> None:
    desk = asked()
    assert desk.refuses(Answer("q1", " "), KIM).code == "text_empty"
    assert desk.refuses(Draft("q1", "a" * 8001), KIM).code == "text_too_long"
