from __future__ import annotations

import pytest

from chat.committeewords import AskQuestion, QuestionAnswered
from chat.deskwords import (
    Answer,
    AnswerApproved,
    AnswerOnAir,
    ApprovalSet,
    ApproveAnswer,
    Claim,
    Draft,
    Release,
    ReturnAnswer,
    SetApproval,
)
from chat.events import holds
from chat.people import author_of
from chat.text import NOTE_MOST
from tests.chat.meeting import ANNA, KIM, LIS, MADS, Meeting, a_desk

ANSWER = Answer("q1", "3 mio.")


def asked(approval: str = "colleagues") -> Meeting:
    desk = a_desk()
    desk.do(AskQuestion("Hvad koster det?"), ANNA)
    if approval != "nobody":
        desk.do(SetApproval(approval), MADS)  # type: ignore[arg-type]
    return desk


def submitted(approval: str = "colleagues") -> Meeting:
    """Kim's answer waits."""
    desk = asked(approval)
    assert holds(desk.do(ANSWER, KIM))
    return desk


def at_desk(desk: Meeting) -> dict[str, object]:
    found: dict[str, object] = desk.snapshot("committee.desk")["questions"][0]
    return found


def approve(desk: Meeting) -> ApproveAnswer:
    """The approval of what waits now."""
    return ApproveAnswer("q1", int(str(at_desk(desk)["submitted"])))


def public_answer(desk: Meeting) -> dict[str, object] | None:
    found: dict[str, object] | None = desk.snapshot("committee")["questions"][0].get("answer")
    return found


def test_where_nobody_need_approve_an_answer_goes_out_at_once() -> None:
    desk = asked("nobody")
    assert not holds(desk.do(ANSWER, KIM))
    assert public_answer(desk) is not None


def test_an_answer_that_waits_is_the_desks_alone() -> None:
    desk = submitted()
    assert (at_desk(desk)["status"], at_desk(desk)["draft"]) == ("submitted", "3 mio.")
    assert "3 mio." not in str(desk.snapshot("committee"))


@pytest.mark.parametrize("approver", [LIS, MADS])
def test_approving_gives_the_answer_in_its_authors_name(approver: object) -> None:
    desk = submitted()
    events = desk.do(approve(desk), approver)  # type: ignore[arg-type]
    assert QuestionAnswered("q1", author_of(KIM), False, "3 mio.") in events
    assert AnswerApproved("anna.q1", author_of(approver)) in events  # type: ignore[arg-type]
    assert "approved_by" not in str(desk.snapshot("committee"))


def test_nobody_approves_or_returns_an_answer_of_their_own() -> None:
    desk = submitted()
    assert desk.refuses(approve(desk), KIM).code == "own_answer"
    assert desk.refuses(ReturnAnswer("q1"), KIM).code == "own_answer"


def test_where_moderators_approve_a_colleague_does_not() -> None:
    desk = submitted("moderators")
    assert desk.refuses(approve(desk), LIS).code == "moderators_approve"
    assert desk.do(approve(desk), MADS)


def test_words_that_were_put_in_since_are_not_approved_unseen() -> None:
    desk = submitted()
    read = approve(desk)
    desk.do(Answer("q1", "4 mio."), KIM)
    assert desk.refuses(read, LIS).code == "stale_answer"
    desk.do(approve(desk), LIS)
    assert (public_answer(desk) or {})["text"] == "4 mio."


def test_an_answer_goes_back_with_a_word_about_why_and_comes_again() -> None:
    desk = submitted()
    desk.do(ReturnAnswer("q1", " Hvilket år? "), LIS)
    returned = at_desk(desk)
    assert (returned["status"], returned["note"]) == ("drafted", "Hvilket år?")
    assert desk.refuses(ApproveAnswer("q1", 9), LIS).code == "question_drafted"
    desk.do(Answer("q1", "3 mio. i 2021."), KIM)
    assert "note" not in at_desk(desk)


def test_a_note_is_short() -> None:
    assert submitted().refuses(ReturnAnswer("q1", "x" * (NOTE_MOST + 1)), LIS).code == (
        "text_too_long"
    )


def test_drafting_takes_back_what_waits() -> None:
    desk = submitted()
    read = approve(desk)
    desk.do(Draft("q1", "3 mio."), KIM)
    assert at_desk(desk)["status"] == "drafted"
    assert desk.refuses(read, LIS).code == "question_drafted"


def test_submitting_the_same_again_does_nothing() -> None:
    assert submitted().do(ANSWER, KIM) == []


def test_a_claim_does_not_lapse_while_its_answer_waits_for_others() -> None:
    desk = submitted()
    assert desk.refuses(Claim("q1"), LIS, after_s=24 * 3600).code == "claimed_by_other"


def test_released_it_is_queued_with_its_draft_and_waits_no_more() -> None:
    desk = submitted()
    desk.do(Release("q1"), KIM)
    question = at_desk(desk)
    assert (question["status"], question["draft"]) == ("queued", "3 mio.")
    assert "submitted" not in question


def test_an_answer_worded_anew_stands_until_the_new_one_is_approved() -> None:
    desk = asked("nobody")
    desk.do(ANSWER, KIM)
    desk.do(SetApproval("colleagues"), MADS)
    assert desk.refuses(ApproveAnswer("q1", 1), LIS).code == "nothing_submitted"
    desk.do(Answer("q1", "4 mio."), KIM)
    assert at_desk(desk)["status"] == "answered"
    assert (public_answer(desk) or {})["text"] == "3 mio."
    assert desk.refuses(approve(desk), KIM).code == "own_answer"
    desk.do(approve(desk), LIS)
    assert (public_answer(desk) or {})["text"] == "4 mio."
    assert "draft" not in at_desk(desk)


def test_what_was_said_on_air_waits_for_nobody() -> None:
    desk = asked()
    assert not holds(desk.do(AnswerOnAir("q1"), KIM))
    assert public_answer(desk) is not None


def test_what_was_written_after_it_was_said_keeps_its_place_on_the_channel() -> None:
    desk = asked()
    desk.do(AnswerOnAir("q1"), KIM)
    said_at = (public_answer(desk) or {})["said_at"]
    desk.do(ANSWER, KIM, after_s=60)
    desk.do(approve(desk), LIS)
    answer = public_answer(desk) or {}
    assert (answer["on_air"], answer["text"], answer["said_at"]) == (True, "3 mio.", said_at)


def test_when_the_step_is_taken_away_its_author_or_an_approver_lets_out_what_waits() -> None:
    desk = submitted("moderators")
    desk.do(SetApproval("nobody"), MADS)
    other = desk.again()
    assert other.do(ANSWER, KIM)
    assert public_answer(other) is not None
    assert desk.do(approve(desk), LIS)


def test_the_setting_is_told_once() -> None:
    desk = asked("moderators")
    assert desk.do(SetApproval("moderators"), MADS) == []
    assert desk.do(SetApproval("nobody"), MADS) == [ApprovalSet("nobody", author_of(MADS))]
