"""What the public learns: a question that is there, one that is gone, a sum of votes.

This is the one place where a question crosses from the desk to everybody. An anonymous asker's name
and municipality stay behind here, and nothing else of the desk's is within reach.
"""

from __future__ import annotations

from datetime import datetime

from chat.committeewords import OwnQuestionPublished, QuestionAsked, QuestionRemoved, VotesTallied
from chat.desk import DeskQuestion
from chat.deskwords import QuestionQueued, QuestionReceived, VotesCounted
from chat.docket import Docket
from chat.event import Event
from chat.people import Author
from chat.voting import Ballots


def published(
    docket: Docket, question: QuestionReceived | DeskQuestion, id: str, by: Author | None
) -> tuple[Event, ...]:
    """A question goes public, under the next public id.

    Args:
        id: the desk's.
        by: the moderator who approved it; None when it was never held.
    """
    public, asker, named = docket.next_public, question.asker, not question.anonymous
    return (
        QuestionQueued(id, public, by),
        QuestionAsked(
            public,
            question.text or "",
            question.item,
            asker if named else None,
            question.municipality if named else None,
            True if question.proposal is not None else None,
        ),
        OwnQuestionPublished(asker.id, id, public),
    )


def removed(question: DeskQuestion) -> tuple[Event, ...]:
    """Nothing when the public never knew of it."""
    return (QuestionRemoved(question.public),) if question.public is not None else ()


def tallied(
    docket: Docket, ballots: Ballots, now: datetime, only: str | None = None
) -> tuple[Event, ...]:
    """The sums that may be told now: to everybody, and to the desk by its own ids.

    Args:
        ballots: as they will be, when they change with this very command.
        only: the desk's id of the one question to tell about; None for all.
    """
    known = docket.board.questions
    due = {
        id: votes
        for id, votes in ballots.due(now).items()
        if only in (None, id) and known[id].public is not None
    }
    sums = {known[id].public or "": votes for id, votes in due.items()}
    return (VotesTallied(sums), VotesCounted(due)) if due else ()
