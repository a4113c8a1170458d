"""The step between a draft and an answer, where the desk asks for it.

`approval` is a setting of the desk, the moderators': *nobody* need approve; *moderators* must; or
*colleagues* may as well as they. Nobody approves an answer of their own. Approving gives the answer
to everybody at once, under its author's name. Who approves names the submission that was read; when
the author has put in other words since, it is refused `stale_answer`, and nothing unseen goes out.

The setting counts for what is submitted from now on. What waits already, waits on: an approver or,
once nobody need approve, its author's next sending lets it out.
"""

from __future__ import annotations

from typing import assert_never

from chat.answering import given
from chat.desk import DeskQuestion
from chat.deskwords import (
    AnswerApproved,
    AnswerReturned,
    ApprovalCommand,
    ApprovalSet,
    ApproveAnswer,
    ReturnAnswer,
    SetApproval,
)
from chat.docket import Docket, at_desk, refuse_status
from chat.errors import Refused
from chat.event import Event
from chat.people import Author, Person, author_of
from chat.text import NOTE_MOST, tidy


def judged(docket: Docket, command: ApprovalCommand, by: Person) -> tuple[Event, ...]:
    question = at_desk(docket, command.question)
    refuse_status(question, command)
    author, text = _that_waits(question)
    _refuse_approver(docket, author, by)
    match command:
        case ApproveAnswer(_, submitted):
            if submitted != question.submitted:
                raise Refused("stale_answer", "expected the answer that waits now, came an older")
            approved = AnswerApproved(question.id, author_of(by))
            return (*given(question, author, text), approved)
        case ReturnAnswer(_, note):
            why = None if note is None else tidy(note, NOTE_MOST)
            return (AnswerReturned(question.id, author_of(by), why),)
        case _:
            assert_never(command)


def _that_waits(question: DeskQuestion) -> tuple[Author, str]:
    answer = question.answer
    author = question.claimed_by or (answer.author if answer is not None else None)
    if question.submitted is None or question.draft is None or author is None:
        raise Refused("nothing_submitted", "expected an answer that waits for approval, came none")
    return author, question.draft


def _refuse_approver(docket: Docket, author: Author, by: Person) -> None:
    if author.id == by.id:
        raise Refused("own_answer", "expected somebody else's answer, came your own")
    if by.role != "moderator" and docket.board.approval == "moderators":
        raise Refused("moderators_approve", "expected a moderator, came a member of the committee")


def approval_set(docket: Docket, command: SetApproval, by: Person) -> tuple[Event, ...]:
    if command.approval == docket.board.approval:
        return ()
    return (ApprovalSet(command.approval, author_of(by)),)
