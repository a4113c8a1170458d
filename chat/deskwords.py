"""The words of the committee's desk: what those behind it may ask, and what they see happen.

`question` is the id the desk works with; under which id everybody knows it, if anybody does,
`QuestionQueued` says. Who may do what when is decided in `questions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chat.committeewords import AudienceCommand
from chat.event import Event
from chat.people import Author
from chat.roomwords import SetReview

Approval = Literal["nobody", "moderators", "colleagues"]

# --- what is asked of committee.desk ---


@dataclass(frozen=True, slots=True)
class Claim:
    question: str


@dataclass(frozen=True, slots=True)
class Release:
    """One's own claim; a moderator's hand reaches every claim."""

    question: str


@dataclass(frozen=True, slots=True)
class Draft:
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerOnAir:
    """
    Args:
        at: where the answer begins on the channel's clock, which is wall time; now unless told.
    """

    question: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApproveAnswer:
    """
    Args:
        submitted: of the answer that was read, so that nobody approves words they have not seen.
    """

    question: str
    submitted: int


@dataclass(frozen=True, slots=True)
class ReturnAnswer:
    """An answer that waits for approval goes back to its author, with a word about why."""

    question: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SetApproval:
    """Who must approve an answer before everybody sees it."""

    approval: Approval


@dataclass(frozen=True, slots=True)
class ApproveQuestion:
    question: str


@dataclass(frozen=True, slots=True)
class DeclineQuestion:
    question: str


@dataclass(frozen=True, slots=True)
class ApproveQuestions:
    """Many at once; those that no longer wait are passed over."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeclineQuestions:
    """Many at once; those that no longer wait are passed over."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PinQuestion:
    """Show it large on the screen in the hall, and first on every page."""

    question: str


@dataclass(frozen=True, slots=True)
class UnpinQuestion:
    question: str


@dataclass(frozen=True, slots=True)
class Merge:
    question: str
    into: str


# --- what the programme and the clock ask of it ---


@dataclass(frozen=True, slots=True)
class PlanWindow:
    """Tell when the window will open, so that a closed window can say so."""

    item: str
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class OpenWindow:
    item: str
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class CloseWindow:
    item: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Publish the votes that wait; see `questions.tally_due`."""


@dataclass(frozen=True, slots=True)
class EmptyDesk:
    """Forget all that was never public; `persons`: those whose own logs hold questions."""

    persons: tuple[str, ...] = ()


CommitteeCommand = Claim | Release | Draft | Answer | AnswerOnAir
ApprovalCommand = ApproveAnswer | ReturnAnswer
ManyCommand = ApproveQuestions | DeclineQuestions
PinCommand = PinQuestion | UnpinQuestion
ModeratorCommand = (
    ApproveQuestion | DeclineQuestion | Merge | SetReview | SetApproval | ManyCommand | PinCommand
)
WindowCommand = PlanWindow | OpenWindow | CloseWindow | Tally | EmptyDesk
DeskCommand = (
    AudienceCommand | CommitteeCommand | ApprovalCommand | ModeratorCommand | WindowCommand
)

DESK_COMMITTEE = (Claim, Release, Draft, Answer, AnswerOnAir)
DESK_APPROVING = (ApproveAnswer, ReturnAnswer)
DESK_MODERATING = (
    *(ApproveQuestion, DeclineQuestion, ApproveQuestions, DeclineQuestions, Merge),
    *(SetReview, SetApproval, PinQuestion, UnpinQuestion),
)
DESK_SYSTEM = (PlanWindow, OpenWindow, CloseWindow, Tally, EmptyDesk)
COMMANDS = DESK_COMMITTEE + DESK_APPROVING + DESK_MODERATING + DESK_SYSTEM


# --- committee.desk ---


@dataclass(frozen=True, slots=True)
class QuestionReceived(Event):
    """With a proposal: a room's, sent on by its host for the municipality."""

    question: str
    asker: Author
    anonymous: bool
    text: str
    item: str
    municipality: str | None = None
    proposal: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionQueued(Event):
    """Public from now on, as `public`; `by` is the moderator when it had been held."""

    question: str
    public: str
    by: Author | None = None


@dataclass(frozen=True, slots=True)
class QuestionDeclined(Event):
    question: str
    by: Author


@dataclass(frozen=True, slots=True)
class QuestionWithdrawn(Event):
    question: str


@dataclass(frozen=True, slots=True)
class DuplicateMerged(Event):
    """`votes`: what `into` has now, each person counted once."""

    question: str
    into: str
    votes: int
    by: Author


@dataclass(frozen=True, slots=True)
class QuestionClaimed(Event):
    question: str
    by: Author


@dataclass(frozen=True, slots=True)
class QuestionReleased(Event):
    question: str
    by: Author


@dataclass(frozen=True, slots=True)
class AnswerDrafted(Event):
    question: str
    text: str
    by: Author


@dataclass(frozen=True, slots=True)
class AnswerSubmitted(Event):
    """Waits for approval."""

    question: str
    text: str
    by: Author


@dataclass(frozen=True, slots=True)
class AnswerApproved(Event):
    question: str
    by: Author


@dataclass(frozen=True, slots=True)
class AnswerReturned(Event):
    question: str
    by: Author
    text: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerGiven(Event):
    question: str
    by: Author
    on_air: bool
    text: str | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VotesCounted(Event):
    """What the public is told in `VotesTallied`, by the desk's ids."""

    votes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ApprovalSet(Event):
    approval: Approval
    by: Author


@dataclass(frozen=True, slots=True)
class QuestionReviewSet(Event):
    on: bool
    by: Author


@dataclass(frozen=True, slots=True)
class DeskEmptied(Event):
    """Every text before this is erased, and every question gone; what was public stays so."""


EVENTS = (
    *(QuestionReceived, QuestionQueued, QuestionDeclined, QuestionWithdrawn, DuplicateMerged),
    *(QuestionClaimed, QuestionReleased, AnswerDrafted, AnswerSubmitted),
    *(AnswerApproved, AnswerReturned, AnswerGiven, VotesCounted),
    *(QuestionReviewSet, ApprovalSet, DeskEmptied),
)
