"""The words everybody may use with the committee, and what everybody sees of its questions.

On `committee` a question has its public id, and no event there says more than everybody may know.
Votes stand on `committee.ballots`, and what concerns one asker or voter on `person`. What the desk
does with a question before and after it is public is `deskwords.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chat.event import Event
from chat.people import Author

# --- what is asked of committee ---


@dataclass(frozen=True, slots=True)
class AskQuestion:
    text: str
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class SendQuestion:
    """A host's, for the municipality: what its room has proposed and voted for.

    Args:
        proposal: its id in the room, see `proposals.py`.
        text: the words the committee is to hear.
    """

    proposal: str
    text: str


@dataclass(frozen=True, slots=True)
class Vote:
    question: str


@dataclass(frozen=True, slots=True)
class Unvote:
    question: str


@dataclass(frozen=True, slots=True)
class WithdrawQuestion:
    """By the public id, or by the asker's own id while it waits."""

    question: str


AudienceCommand = AskQuestion | SendQuestion | Vote | Unvote | WithdrawQuestion

COMMANDS = (AskQuestion, SendQuestion, Vote, Unvote, WithdrawQuestion)


# --- committee: what everybody sees; `question` is the public id ---


@dataclass(frozen=True, slots=True)
class WindowPlanned(Event):
    item: str
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class WindowOpened(Event):
    item: str
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class WindowClosed(Event):
    item: str


@dataclass(frozen=True, slots=True)
class QuestionAsked(Event):
    """Without author and municipality: asked anonymously.

    Args:
        on_behalf: asked by a host for the municipality; never false, absent instead.
    """

    question: str
    text: str
    item: str
    author: Author | None = None
    municipality: str | None = None
    on_behalf: bool | None = None


@dataclass(frozen=True, slots=True)
class QuestionRemoved(Event):
    """Withdrawn or declined after it was public: which of the two is not told."""

    question: str


@dataclass(frozen=True, slots=True)
class QuestionsMerged(Event):
    question: str
    into: str


@dataclass(frozen=True, slots=True)
class VotesTallied(Event):
    votes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class QuestionAnswered(Event):
    """Without text: answered on air.

    Args:
        said_at: where the spoken answer begins on the channel's clock.
    """

    question: str
    author: Author
    on_air: bool
    text: str | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuestionPinned(Event):
    question: str


@dataclass(frozen=True, slots=True)
class QuestionUnpinned(Event):
    question: str


# --- committee.ballots: nobody reads it; what was cast must be known to count it once ---


@dataclass(frozen=True, slots=True)
class Voted(Event):
    question: str
    by: str


@dataclass(frozen=True, slots=True)
class Unvoted(Event):
    question: str
    by: str


# --- person:<person>: who has asked or voted ---


@dataclass(frozen=True, slots=True)
class OwnQuestionReceived(Event):
    person: str
    question: str
    text: str
    anonymous: bool


@dataclass(frozen=True, slots=True)
class OwnQuestionPublished(Event):
    person: str
    question: str
    public: str


@dataclass(frozen=True, slots=True)
class OwnQuestionDeclined(Event):
    person: str
    question: str


@dataclass(frozen=True, slots=True)
class OwnQuestionWithdrawn(Event):
    person: str
    question: str


@dataclass(frozen=True, slots=True)
class OwnQuestionMerged(Event):
    """`into`: the public id of the question it now stands behind."""

    person: str
    question: str
    into: str


@dataclass(frozen=True, slots=True)
class OwnQuestionsEmptied(Event):
    """The desk was emptied: no question is left with this person either."""

    person: str


@dataclass(frozen=True, slots=True)
class VoteCounted(Event):
    """
    Args:
        question: the public id; or the id of a room's proposal.
        along: public ids merged into the question, whose mark goes or comes with it.
    """

    person: str
    question: str
    voted: bool
    along: tuple[str, ...] = ()


EVENTS = (
    *(WindowPlanned, WindowOpened, WindowClosed),
    *(QuestionAsked, QuestionRemoved, QuestionsMerged, VotesTallied, QuestionAnswered),
    *(QuestionPinned, QuestionUnpinned),
)
BALLOTS = (Voted, Unvoted)
PERSON_EVENTS = (
    *(OwnQuestionReceived, OwnQuestionPublished, OwnQuestionDeclined, OwnQuestionWithdrawn),
    *(OwnQuestionMerged, OwnQuestionsEmptied, VoteCounted),
)
