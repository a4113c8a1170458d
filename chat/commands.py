"""What may be asked of a room and of the committee's desk; of groups, see `groupwords.py`.

Whether a person may ask at all is the server's `permissions.py`; it goes by the groups at the end.
Whether it can be done now is decided in `rooms.py` and `questions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chat import filewords, groupwords
from chat.conclusions import commands as conclusions
from chat.filewords import FileCommand, FileToPost
from chat.helpdesk import commands as helpdesk
from chat.viewing import commands as viewing

Approval = Literal["nobody", "moderators", "colleagues"]

# --- room ---


@dataclass(frozen=True, slots=True)
class PostMessage:
    """`mentions`: the ids of people whose name stands behind an @ in the text.

    With files the text may be empty.
    """

    text: str
    reply_to: str | None = None
    mentions: tuple[str, ...] = ()
    files: tuple[FileToPost, ...] = ()


@dataclass(frozen=True, slots=True)
class CountHeads:
    """How many people sit at the sender's screen; 1 takes it back."""

    people: int


@dataclass(frozen=True, slots=True)
class EditMessage:
    message: str
    text: str


@dataclass(frozen=True, slots=True)
class DeleteMessage:
    """One's own, also while it waits for the host; a host's hand reaches every message."""

    message: str


@dataclass(frozen=True, slots=True)
class React:
    message: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Unreact:
    message: str
    emoji: str


@dataclass(frozen=True, slots=True)
class PinMessage:
    message: str


@dataclass(frozen=True, slots=True)
class UnpinMessage:
    message: str


@dataclass(frozen=True, slots=True)
class MutePerson:
    """Without minutes: the next rung of the ladder in `moderation.py`."""

    person: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class UnmutePerson:
    person: str


@dataclass(frozen=True, slots=True)
class SetSlowMode:
    """0 seconds is off."""

    seconds: int


@dataclass(frozen=True, slots=True)
class SetReview:
    """In a room: hold messages for the host. On the desk: hold questions for the moderators."""

    on: bool


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """Nobody but the hosts writes until it is opened; everybody reads."""


@dataclass(frozen=True, slots=True)
class OpenRoom:
    pass


@dataclass(frozen=True, slots=True)
class EmptyRoom:
    """Erase every text; `persons`: those whose own logs hold texts of this room."""

    persons: tuple[str, ...] = ()


# --- room.host ---


@dataclass(frozen=True, slots=True)
class SetWordList:
    """Messages with one of these words wait for the host; see `folding.py`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApproveMessage:
    message: str


@dataclass(frozen=True, slots=True)
class DeclineMessage:
    message: str


# --- committee ---


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


# --- committee.desk ---


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


# --- the desk, from the programme and the clock ---


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


# --- proposals: what a room would ask the committee ---


@dataclass(frozen=True, slots=True)
class Propose:
    text: str


@dataclass(frozen=True, slots=True)
class BackProposal:
    proposal: str


@dataclass(frozen=True, slots=True)
class UnbackProposal:
    proposal: str


@dataclass(frozen=True, slots=True)
class WithdrawProposal:
    """One's own; a host's hand reaches every proposal."""

    proposal: str


@dataclass(frozen=True, slots=True)
class MarkSent:
    """The desk has taken it in."""

    proposal: str


@dataclass(frozen=True, slots=True)
class MarkReturned:
    """The desk has let go of it: declined or withdrawn; the room may send another."""

    proposal: str


@dataclass(frozen=True, slots=True)
class EmptyProposals:
    """Forget them all, and who backed them."""


MemberCommand = PostMessage | EditMessage | DeleteMessage | React | Unreact | CountHeads
RoomSetting = SetSlowMode | SetReview | CloseRoom | OpenRoom
HostCommand = PinMessage | UnpinMessage | MutePerson | UnmutePerson | RoomSetting
HoldCommand = ApproveMessage | DeclineMessage | SetWordList
RoomMessaging = MemberCommand | HostCommand | HoldCommand | FileCommand
RoomCommand = RoomMessaging | EmptyRoom | viewing.ViewingCommand

AudienceCommand = AskQuestion | SendQuestion | Vote | Unvote | WithdrawQuestion
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
ProposalCommand = (
    Propose
    | BackProposal
    | UnbackProposal
    | WithdrawProposal
    | MarkSent
    | MarkReturned
    | EmptyProposals
)

ROOM_MEMBER = (PostMessage, EditMessage, DeleteMessage, React, Unreact, CountHeads)
ROOM_HOSTING = (
    *(PinMessage, UnpinMessage, MutePerson, UnmutePerson, SetSlowMode, SetReview),
    *(CloseRoom, OpenRoom),
)
ROOM_HOLDING = (ApproveMessage, DeclineMessage, SetWordList)
ROOM_SYSTEM = (EmptyRoom,)
DESK_AUDIENCE = (AskQuestion, SendQuestion, Vote, Unvote, WithdrawQuestion)
DESK_COMMITTEE = (Claim, Release, Draft, Answer, AnswerOnAir)
DESK_APPROVING = (ApproveAnswer, ReturnAnswer)
DESK_MODERATING = (
    ApproveQuestion,
    DeclineQuestion,
    ApproveQuestions,
    DeclineQuestions,
    Merge,
    SetReview,
    SetApproval,
    PinQuestion,
    UnpinQuestion,
)
DESK_SYSTEM = (PlanWindow, OpenWindow, CloseWindow, Tally, EmptyDesk)
PROPOSING = (
    *(Propose, BackProposal, UnbackProposal, WithdrawProposal),
    *(MarkSent, MarkReturned, EmptyProposals),
)

BY_TOPIC: dict[str, tuple[type, ...]] = {
    "room": ROOM_MEMBER + ROOM_HOSTING + viewing.COMMANDS + ROOM_SYSTEM,
    "room.host": ROOM_HOLDING,
    "room.files": filewords.COMMANDS,
    "groups": groupwords.COMMANDS,
    "committee": DESK_AUDIENCE,
    "committee.desk": DESK_COMMITTEE + DESK_APPROVING + DESK_MODERATING + DESK_SYSTEM,
    "proposals": PROPOSING,
    **helpdesk.BY_TOPIC,
    **conclusions.BY_TOPIC,
}
COMMANDS: tuple[type, ...] = tuple(dict.fromkeys(sum(BY_TOPIC.values(), ())))
