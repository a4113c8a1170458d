"""What a member of the committee does with a question: claim it, draft, answer.

A question that a colleague has claimed is that colleague's until it is released; an answer is its
author's for good, who alone may word it anew or write down what was said on air. So two colleagues
never both answer, whoever is faster. Drafting claims what nobody has claimed; answering need not.
"""

from __future__ import annotations

from typing import assert_never

from chat.commands import Answer, AnswerOnAir, Claim, CommitteeCommand, Draft, Release
from chat.desk import DeskQuestion
from chat.docket import Docket, at_desk, refuse_status
from chat.errors import Refused
from chat.events import (
    AnswerDrafted,
    AnswerGiven,
    Event,
    QuestionAnswered,
    QuestionClaimed,
    QuestionReleased,
)
from chat.people import Person, author_of
from chat.text import ANSWER_MOST, tidy


def worked(docket: Docket, command: CommitteeCommand, by: Person) -> tuple[Event, ...]:
    question = at_desk(docket, command.question)
    refuse_status(question, command)
    _refuse_colleagues(question, by)
    match command:
        case Claim():
            return _claimed(question, by)
        case Release():
            return (QuestionReleased(question.id, author_of(by)),)
        case Draft(_, text):
            return _drafted(question, tidy(text, ANSWER_MOST), by)
        case Answer(_, text):
            spoken = question.answer is not None and question.answer.on_air
            return _answered(question, by, tidy(text, ANSWER_MOST), on_air=spoken)
        case AnswerOnAir():
            return _answered(question, by, None, on_air=True)
        case _:
            assert_never(command)


def _refuse_colleagues(question: DeskQuestion, by: Person) -> None:
    claimed, answer = question.claimed_by, question.answer
    if claimed is not None and claimed.id != by.id:
        raise Refused(
            "claimed_by_other", "expected a question no colleague has claimed", by=claimed.name
        )
    if answer is not None and answer.author.id != by.id:
        raise Refused(
            "answered_by_other",
            "expected a question no colleague has answered",
            by=answer.author.name,
        )


def _claimed(question: DeskQuestion, by: Person) -> tuple[Event, ...]:
    return () if question.claimed_by else (QuestionClaimed(question.id, author_of(by)),)


def _drafted(question: DeskQuestion, text: str, by: Person) -> tuple[Event, ...]:
    same = question.claimed_by is not None and question.draft == text
    drafted = AnswerDrafted(question.id, text, author_of(by))
    return () if same else (*_claimed(question, by), drafted)


def _answered(
    question: DeskQuestion, by: Person, text: str | None, *, on_air: bool
) -> tuple[Event, ...]:
    if question.answer is not None and question.answer.text == text:
        return ()
    me, public = author_of(by), question.public or ""
    return (
        AnswerGiven(question.id, me, on_air, text),
        QuestionAnswered(public, me, on_air, text),
    )
