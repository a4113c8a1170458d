"""What a moderator does with questions: lets them through, declines them, joins two that ask the
same, pins one.

The asker is told of each. Merging moves the votes along, each person counted once, and goes only
into a question that everybody can see: never into a held one, nor into one that was merged itself.
"""

from __future__ import annotations

from datetime import datetime

from chat import docket as dockets
from chat.committeewords import (
    OwnQuestionDeclined,
    OwnQuestionMerged,
    QuestionPinned,
    QuestionsMerged,
    QuestionUnpinned,
)
from chat.desk import DeskQuestion
from chat.deskwords import (
    ApproveQuestion,
    DeclineQuestion,
    DeclineQuestions,
    DuplicateMerged,
    ManyCommand,
    Merge,
    PinCommand,
    PinQuestion,
    QuestionDeclined,
    QuestionReviewSet,
)
from chat.docket import Docket, at_desk, refuse_status
from chat.errors import Refused
from chat.event import Event
from chat.people import Person, author_of
from chat.publication import published, removed, tallied
from chat.roomwords import SetReview

MANY = 100


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


def many(docket: Docket, command: ManyCommand, by: Person, now: datetime) -> tuple[Event, ...]:
    """All that still wait for it, each as if it had been named alone; one transaction, one answer.

    A colleague may have been faster with some of them, so these are passed over; an id that nobody
    has ever had is refused like anywhere else, before anything is done.
    """
    ids = tuple(dict.fromkeys(at_desk(docket, id).id for id in _few(command.questions)))
    events: list[Event] = []
    for id in (id for id in ids if at_desk(docket, id).status == "held"):
        done = _one_of(docket, command, id, by)
        events += done
        for event in done:  # the next public id counts on from this one
            docket = dockets.evolve(docket, event, seq=0, at=now)
    return tuple(events)


def _one_of(docket: Docket, command: ManyCommand, id: str, by: Person) -> tuple[Event, ...]:
    if isinstance(command, DeclineQuestions):
        return declined(docket, DeclineQuestion(id), by)
    return approved(docket, ApproveQuestion(id), by)


def _few(ids: tuple[str, ...]) -> tuple[str, ...]:
    if not 0 < len(ids) <= MANY:
        raise Refused("out_of_range", f"expected 1 to {MANY} questions, came {len(ids)}", most=MANY)
    return ids


def pinned(docket: Docket, command: PinCommand) -> tuple[Event, ...]:
    question, pinned = at_desk(docket, command.question), docket.public.pinned
    if not isinstance(command, PinQuestion):
        return (QuestionUnpinned(pinned),) if pinned and pinned == question.public else ()
    refuse_status(question, command)
    if question.public is None or docket.public.find(question.public) is None:
        raise Refused("too_old", "expected a question that everybody's page still shows")
    return () if pinned == question.public else (QuestionPinned(question.public),)


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
