"""What a member of the committee does with a question: claim it, draft, answer.

A question that a colleague has claimed is that colleague's until it is released, or until nothing
has been heard of the claim for `CLAIM_LASTS`: then another may go on with it, and finds the draft.
A claim whose answer waits for approval does not lapse. An answer is its author's for good, who
alone may word it anew or write down what was said on air. So two colleagues never both answer,
whoever is faster. Drafting claims what nobody has claimed; answering need not. A moderator releases
what somebody has left lying.

Where the desk asks for approval, an answer is only submitted; see `approving.py`. What was said on
air was heard by everybody already and waits for nobody. Where it begins is wall time, which is the
channel's clock (PROGRAM-DATE-TIME); its author may set that right afterwards.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from chat.committeewords import QuestionAnswered
from chat.desk import DeskQuestion
from chat.deskwords import (
    Answer,
    AnswerDrafted,
    AnswerGiven,
    AnswerOnAir,
    AnswerSubmitted,
    Claim,
    CommitteeCommand,
    Draft,
    QuestionClaimed,
    QuestionReleased,
    Release,
)
from chat.docket import Docket, at_desk, refuse_status
from chat.errors import Refused
from chat.event import Event
from chat.people import Author, Person, author_of
from chat.plain import moment
from chat.text import ANSWER_MOST, tidy

CLAIM_LASTS = timedelta(minutes=5)
ON_AIR_WITHIN = timedelta(hours=12)
CLOCKS_DIFFER = timedelta(seconds=5)


def worked(
    docket: Docket, command: CommitteeCommand, by: Person, now: datetime
) -> tuple[Event, ...]:
    question = at_desk(docket, command.question)
    refuse_status(question, command)
    if isinstance(command, Release) and by.role == "moderator":
        return (QuestionReleased(question.id, author_of(by)),)
    _refuse_colleagues(question, by, now)
    match command:
        case Claim():
            return _claimed(question, by)
        case Release():
            return (QuestionReleased(question.id, author_of(by)),)
        case Draft(_, text):
            return _drafted(question, tidy(text, ANSWER_MOST), by)
        case Answer(_, text):
            return _answered(docket, question, tidy(text, ANSWER_MOST), by)
        case AnswerOnAir(_, at):
            return _spoken(question, _on_air(at, now), by)
        case _:
            assert_never(command)


def has_lapsed(question: DeskQuestion, now: datetime) -> bool:
    """Whether a claim has lain so long that another may take it over.

    A claim from the future was made before the clock was set back; it stands.
    """
    at = question.claimed_at
    return question.submitted is None and at is not None and at + CLAIM_LASTS <= now


def _refuse_colleagues(question: DeskQuestion, by: Person, now: datetime) -> None:
    claimed, answer = question.claimed_by, question.answer
    if claimed is not None and claimed.id != by.id and not has_lapsed(question, now):
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
    mine = question.claimed_by is not None and question.claimed_by.id == by.id
    return () if mine or not question.is_open else (QuestionClaimed(question.id, author_of(by)),)


def _drafted(question: DeskQuestion, text: str, by: Person) -> tuple[Event, ...]:
    claimed = _claimed(question, by)
    if not claimed and question.draft == text and question.submitted is None:
        return ()
    return (*claimed, AnswerDrafted(question.id, text, author_of(by)))


def _answered(docket: Docket, question: DeskQuestion, text: str, by: Person) -> tuple[Event, ...]:
    if question.answer is not None and question.answer.text == text:
        return ()
    if docket.board.approval == "nobody":
        return given(question, author_of(by), text)
    if question.submitted is not None and question.draft == text:
        return ()
    return (*_claimed(question, by), AnswerSubmitted(question.id, text, author_of(by)))


def given(question: DeskQuestion, author: Author, text: str) -> tuple[Event, ...]:
    """A written answer as everybody gets it; what was said on air before stays where it was."""
    spoken = question.answer if question.answer is not None and question.answer.on_air else None
    said_at = spoken.said_at if spoken is not None else None
    return _told(question, author, text, on_air=spoken is not None, said_at=said_at)


def _spoken(question: DeskQuestion, said_at: datetime, by: Person) -> tuple[Event, ...]:
    if question.answer is not None and question.answer.said_at == said_at:
        return ()
    return _told(question, author_of(by), None, on_air=True, said_at=said_at)


def _told(
    question: DeskQuestion,
    author: Author,
    text: str | None,
    *,
    on_air: bool,
    said_at: datetime | None,
) -> tuple[Event, ...]:
    return (
        AnswerGiven(question.id, author, on_air, text, said_at),
        QuestionAnswered(question.public or "", author, on_air, text, said_at),
    )


def _on_air(at: datetime | None, now: datetime) -> datetime:
    """Where a spoken answer begins: to the millisecond, as the channel's clock is written."""
    at = now if at is None else at
    if at.tzinfo is None or not now - ON_AIR_WITHIN <= at <= now + CLOCKS_DIFFER:
        raise Refused(
            "out_of_range",
            f"expected a moment of the last {ON_AIR_WITHIN}, came {at.isoformat()}",
            least=moment(now - ON_AIR_WITHIN),
            most=moment(now),
        )
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
