from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chat.answering import CLAIM_LASTS, CLOCKS_DIFFER, ON_AIR_WITHIN
from chat.committeewords import AskQuestion, QuestionAnswered
from chat.deskwords import (
    Answer,
    AnswerDrafted,
    AnswerOnAir,
    Claim,
    CloseWindow,
    DeclineQuestion,
    Draft,
    QuestionClaimed,
    Release,
)
from chat.people import author_of
from chat.plain import moment
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


# --- claims that lie


def test_a_claim_that_has_lain_is_another_colleagues_to_take_with_its_draft() -> None:
    desk = asked()
    desk.do(Draft("q1", "Det koster"), KIM)
    lasts_s = CLAIM_LASTS.total_seconds()
    assert desk.refuses(Claim("q1"), LIS, after_s=lasts_s - 1).code == "claimed_by_other"
    assert desk.do(Claim("q1"), LIS, after_s=1) == [QuestionClaimed("anna.q1", author_of(LIS))]
    assert (at_desk(desk)["status"], at_desk(desk)["draft"]) == ("drafted", "Det koster")
    assert desk.refuses(Draft("q1", "Nej"), KIM).code == "claimed_by_other"


def test_whoever_goes_on_writing_keeps_the_claim() -> None:
    desk = asked()
    for number in range(3):
        desk.do(Draft("q1", f"Det koster {number}"), KIM, after_s=200)
    assert desk.refuses(Claim("q1"), LIS, after_s=200).code == "claimed_by_other"


@pytest.mark.parametrize("command", [Draft("q1", "Ja"), Answer("q1", "Ja"), AnswerOnAir("q1")])
def test_who_writes_on_in_a_claim_that_lies_has_taken_it(command: object) -> None:
    desk = asked()
    desk.do(Claim("q1"), KIM)
    desk.do(command, LIS, after_s=CLAIM_LASTS.total_seconds())
    assert desk.refuses(Answer("q1", "Nej"), KIM).code in ("claimed_by_other", "answered_by_other")


def test_a_claim_stands_when_the_clock_is_set_back() -> None:
    desk = asked()
    desk.do(Claim("q1"), KIM)
    assert desk.refuses(Claim("q1"), LIS, after_s=-3600).code == "claimed_by_other"


def test_a_moderator_releases_whosever_claim_it_is() -> None:
    desk = asked()
    assert desk.refuses(Release("q1"), MADS).code == "question_queued"
    desk.do(Draft("q1", "Det koster"), KIM)
    desk.do(Release("q1"), MADS)
    assert desk.do(Claim("q1"), LIS)


# --- on air


def test_a_spoken_answer_begins_where_its_author_says_on_the_channels_clock() -> None:
    desk = asked()
    began = desk.now - timedelta(seconds=40, microseconds=-1500)
    desk.do(AnswerOnAir("q1", began), KIM)
    answer = desk.snapshot("committee")["questions"][0]["answer"]
    assert answer["said_at"] == moment(began.replace(microsecond=1000))
    assert answer["at"] == moment(desk.now)


def test_unless_told_it_begins_now_and_may_be_set_right() -> None:
    desk = asked()
    desk.do(AnswerOnAir("q1"), KIM)
    now = desk.now
    assert desk.do(AnswerOnAir("q1", now), KIM) == []
    assert desk.do(AnswerOnAir("q1", now - timedelta(seconds=10)), KIM, after_s=5)
    assert desk.refuses(AnswerOnAir("q1", now), LIS).code == "answered_by_other"


@pytest.mark.parametrize("off", [-ON_AIR_WITHIN, CLOCKS_DIFFER])
def test_a_moment_the_channel_cannot_mean_is_refused(off: timedelta) -> None:
    desk = asked()
    bad = desk.now + off + (timedelta.resolution if off > timedelta() else -timedelta.resolution)
    assert desk.refuses(AnswerOnAir("q1", bad), KIM).code == "out_of_range"
    assert desk.refuses(AnswerOnAir("q1", desk.now.replace(tzinfo=None)), KIM).code == (
        "out_of_range"
    )
    assert desk.do(AnswerOnAir("q1", desk.now + off), KIM)


# --- after the window


def test_what_is_left_when_the_window_closes_is_answered_afterwards_and_published() -> None:
    desk = asked()
    desk.do(CloseWindow("18"), SYSTEM)
    assert at_desk(desk)["status"] == "queued"
    desk.do(Answer("q1", "3 mio."), KIM, after_s=7 * 24 * 3600)
    published = desk.snapshot("committee")["questions"][0]
    assert (published["item"], published["answer"]["text"]) == ("18", "3 mio.")
