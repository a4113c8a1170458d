"""What a moderator does with questions: lets one through, declines it, joins two that ask the same.

The asker is told of each. Merging moves the votes along, each person counted once, and goes only
into a question that everybody can see: never into a held one, nor into one that was merged itself.
"""

from __future__ import annotations

from datetime import datetime

from chat.commands import ApproveQuestion, DeclineQuestion, Merge, SetReview
from chat.desk import DeskQuestion
from chat.docket import Docket, at_desk, refuse_status
from chat.errors import Refused
from chat.events import (
    DuplicateMerged,
    Event,
    OwnQuestionDeclined,
    OwnQuestionMerged,
    QuestionDeclined,
    QuestionReviewSet,
    QuestionsMerged,
)
from chat.people import Person, author_of
from chat.publication import published, removed, tallied


def approved(docket: Docket, command: ApproveQuestion, by: Person) -> tuple[Event, ...]:
    question = at_desk(docket, command.question)
    refuse_status(question, command)
    return published(docket, question, question.id, author_of(by))


def declined(docket: Docket, command: DeclineQuestion, by: Person) -> tuple[Event, ...]:
    question = at_desk(docket, command.question)
    refuse_status(question, command)
    return (
        QuestionDeclined(question.id, author_of(by)),
        *removed(question),
        OwnQuestionDeclined(question.asker.id, question.id),
    )


def merged(docket: Docket, command: Merge, by: Person, now: datetime) -> tuple[Event, ...]:
    question, into = at_desk(docket, command.question), at_desk(docket, command.into)
    refuse_status(question, command)
    if question.id == into.id:
        raise Refused("merge_into_itself", "expected another question to merge into")
    target = _that_stands(into)
    ballots = docket.ballots.merged(question.id, into.id)
    votes = len(ballots.of(into.id))
    gone = (QuestionsMerged(question.public, target),) if question.public is not None else ()
    return (
        DuplicateMerged(question.id, into.id, votes, author_of(by)),
        *gone,
        OwnQuestionMerged(question.asker.id, question.id, target),
        *tallied(docket, ballots, now, only=into.id),
    )


def _that_stands(into: DeskQuestion) -> str:
    """The public id of a question that others can be merged into."""
    if into.public is None or into.status == "merged":
        raise Refused(f"question_{into.status}", f"expected a public question, came {into.status}")
    return into.public


def reviewed(docket: Docket, command: SetReview, by: Person) -> tuple[Event, ...]:
    if command.on == docket.board.review:
        return ()
    return (QuestionReviewSet(command.on, author_of(by)),)
