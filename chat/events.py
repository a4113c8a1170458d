"""What has happened in rooms, at the committee's desk, and to one person.

Each class belongs to one kind of topic (the groups at the end), because who may read an event is
decided by topic alone. Where two audiences learn of one fact, there are two events: the desk's
`QuestionQueued` names the asker's own id, the public `QuestionAsked` holds what everybody may see.

A field that is None is left out on the wire. Which fields are free text, and what empties them, is
`erasure.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chat import filewords, groupwords
from chat.commands import Approval
from chat.conclusions import events as conclusions
from chat.event import Event as Event
from chat.filewords import File
from chat.helpdesk import events as helpdesk
from chat.people import Author
from chat.viewing import events as viewing

# --- room ---


@dataclass(frozen=True, slots=True)
class MessagePosted(Event):
    """`mentions`: ids of people; None for nobody. With files the text may be empty."""

    message: str
    author: Author
    text: str
    reply_to: str | None = None
    mentions: tuple[str, ...] | None = None
    files: tuple[File, ...] | None = None


@dataclass(frozen=True, slots=True)
class MessageEdited(Event):
    """`files`: those the message carries, the same as before."""

    message: str
    text: str
    files: tuple[File, ...] | None = None


@dataclass(frozen=True, slots=True)
class MessageDeleted(Event):
    """`by`: the person's id; another than the author's means a host."""

    message: str
    by: str


@dataclass(frozen=True, slots=True)
class Reacted(Event):
    message: str
    emoji: str
    by: str


@dataclass(frozen=True, slots=True)
class Unreacted(Event):
    message: str
    emoji: str
    by: str


@dataclass(frozen=True, slots=True)
class MessagePinned(Event):
    message: str


@dataclass(frozen=True, slots=True)
class MessageUnpinned(Event):
    message: str


@dataclass(frozen=True, slots=True)
class SlowModeSet(Event):
    seconds: int


@dataclass(frozen=True, slots=True)
class ReviewSet(Event):
    on: bool


@dataclass(frozen=True, slots=True)
class RoomClosed(Event):
    pass


@dataclass(frozen=True, slots=True)
class RoomOpened(Event):
    pass


@dataclass(frozen=True, slots=True)
class HeadsCounted(Event):
    """How many people sit at one person's screen; 1 for that person alone."""

    by: str
    people: int


@dataclass(frozen=True, slots=True)
class RoomEmptied(Event):
    """Every text before this is erased, and every message a tombstone."""


# --- room.host; `message` is the id it waits under, never the one it is posted under ---


@dataclass(frozen=True, slots=True)
class MessageHeld(Event):
    """`word`: of the list, where that is why it waits."""

    message: str
    author: Author
    text: str
    reply_to: str | None = None
    mentions: tuple[str, ...] | None = None
    word: str | None = None
    files: tuple[File, ...] | None = None


@dataclass(frozen=True, slots=True)
class MessageApproved(Event):
    message: str
    posted: str
    by: Author


@dataclass(frozen=True, slots=True)
class MessageDeclined(Event):
    message: str
    by: Author


@dataclass(frozen=True, slots=True)
class MessageWithdrawn(Event):
    message: str


@dataclass(frozen=True, slots=True)
class WordListSet(Event):
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonMuted(Event):
    muted: Author
    until: datetime
    by: Author


@dataclass(frozen=True, slots=True)
class PersonUnmuted(Event):
    muted: str
    by: Author


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


# --- committee.desk; `question` is the id the desk works with ---


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


# --- committee.ballots: nobody reads it; what was cast must be known to count it once ---


@dataclass(frozen=True, slots=True)
class Voted(Event):
    question: str
    by: str


@dataclass(frozen=True, slots=True)
class Unvoted(Event):
    question: str
    by: str


# --- proposals:<room>: what a room would ask the committee ---


@dataclass(frozen=True, slots=True)
class Proposed(Event):
    proposal: str
    author: Author
    text: str


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn(Event):
    proposal: str


@dataclass(frozen=True, slots=True)
class ProposalCounted(Event):
    proposal: str
    votes: int


@dataclass(frozen=True, slots=True)
class ProposalSent(Event):
    proposal: str


@dataclass(frozen=True, slots=True)
class ProposalReturned(Event):
    """The desk has let go of it; another may be sent."""

    proposal: str


@dataclass(frozen=True, slots=True)
class ProposalsEmptied(Event):
    """Every proposal before this is gone."""


# --- proposals.ballots:<room>: nobody reads it ---


@dataclass(frozen=True, slots=True)
class ProposalBacked(Event):
    proposal: str
    by: str


@dataclass(frozen=True, slots=True)
class ProposalUnbacked(Event):
    proposal: str
    by: str


# --- person:<person>; what concerns one person alone ---


@dataclass(frozen=True, slots=True)
class OwnMessageHeld(Event):
    person: str
    room: str
    message: str
    text: str
    files: tuple[File, ...] | None = None


@dataclass(frozen=True, slots=True)
class OwnMessageApproved(Event):
    person: str
    room: str
    message: str
    posted: str


@dataclass(frozen=True, slots=True)
class OwnMessageDeclined(Event):
    person: str
    room: str
    message: str


@dataclass(frozen=True, slots=True)
class OwnMessageWithdrawn(Event):
    person: str
    room: str
    message: str


@dataclass(frozen=True, slots=True)
class OwnRoomEmptied(Event):
    """The room was emptied: no text of it is left with this person either."""

    person: str
    room: str


@dataclass(frozen=True, slots=True)
class TimedOut(Event):
    person: str
    room: str
    until: datetime


@dataclass(frozen=True, slots=True)
class TimeOutLifted(Event):
    person: str
    room: str


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


@dataclass(frozen=True, slots=True)
class OwnBallotCast(Event):
    """`choices`: places among the poll's options; none when the ballot was taken back."""

    person: str
    poll: str
    choices: tuple[int, ...]


BY_TOPIC: dict[str, tuple[type, ...]] = {
    "room": (
        MessagePosted,
        MessageEdited,
        MessageDeleted,
        Reacted,
        Unreacted,
        MessagePinned,
        MessageUnpinned,
        SlowModeSet,
        ReviewSet,
        RoomClosed,
        RoomOpened,
        HeadsCounted,
        *viewing.EVENTS,
        RoomEmptied,
    ),
    "room.host": (
        MessageHeld,
        MessageApproved,
        MessageDeclined,
        MessageWithdrawn,
        PersonMuted,
        PersonUnmuted,
        WordListSet,
    ),
    "room.files": filewords.EVENTS,
    "committee": (
        WindowPlanned,
        WindowOpened,
        WindowClosed,
        QuestionAsked,
        QuestionRemoved,
        QuestionsMerged,
        VotesTallied,
        QuestionAnswered,
        QuestionPinned,
        QuestionUnpinned,
    ),
    "committee.desk": (
        QuestionReceived,
        QuestionQueued,
        QuestionDeclined,
        QuestionWithdrawn,
        DuplicateMerged,
        QuestionClaimed,
        QuestionReleased,
        AnswerDrafted,
        AnswerSubmitted,
        AnswerApproved,
        AnswerReturned,
        AnswerGiven,
        VotesCounted,
        QuestionReviewSet,
        ApprovalSet,
        DeskEmptied,
    ),
    "committee.ballots": (Voted, Unvoted),
    "proposals": (
        Proposed,
        ProposalWithdrawn,
        ProposalCounted,
        ProposalSent,
        ProposalReturned,
        ProposalsEmptied,
    ),
    "proposals.ballots": (ProposalBacked, ProposalUnbacked),
    "person": (
        OwnMessageHeld,
        OwnMessageApproved,
        OwnMessageDeclined,
        OwnMessageWithdrawn,
        OwnRoomEmptied,
        TimedOut,
        TimeOutLifted,
        OwnQuestionReceived,
        OwnQuestionPublished,
        OwnQuestionDeclined,
        OwnQuestionWithdrawn,
        OwnQuestionMerged,
        OwnQuestionsEmptied,
        VoteCounted,
        *groupwords.PERSON_EVENTS,
        OwnBallotCast,
        *helpdesk.BY_TOPIC["person"],
    ),
    "help": helpdesk.BY_TOPIC["help"],
    "help.desk": helpdesk.BY_TOPIC["help.desk"],
    **conclusions.BY_TOPIC,
    "groups": groupwords.EVENTS,
}
EVENTS: tuple[type, ...] = sum(BY_TOPIC.values(), ())


def holds(events: Iterable[Event]) -> bool:
    """Whether what was sent now waits for someone's approval (`done` says ``held``)."""
    kinds = {type(event) for event in events}
    waits = MessageHeld in kinds or AnswerSubmitted in kinds
    return waits or (QuestionReceived in kinds and QuestionQueued not in kinds)


def hides_cause(event: Event) -> bool:
    """Whether the frame must not carry the id of the command that led to it.

    Everybody reads `committee`, so a command's id there could tie an anonymous question or a vote
    to a person who is named elsewhere. So it could for sums wherever they are told.
    """
    if isinstance(event, QuestionAsked):
        return event.author is None
    return isinstance(event, (QuestionRemoved, VotesTallied, VotesCounted, ProposalCounted))
