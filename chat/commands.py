"""What may be asked of a room and of the committee's desk.

Whether a person may ask at all is the server's `permissions.py`; it goes by the groups at the end.
Whether it can be done now is decided in `rooms.py` and `questions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.conclusions import commands as conclusions
from chat.helpdesk import commands as helpdesk

# --- room ---


@dataclass(frozen=True, slots=True)
class PostMessage:
    text: str
    reply_to: str | None = None


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


# --- room.host ---


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
    question: str


@dataclass(frozen=True, slots=True)
class ApproveQuestion:
    question: str


@dataclass(frozen=True, slots=True)
class DeclineQuestion:
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


MemberCommand = PostMessage | EditMessage | DeleteMessage | React | Unreact
HostCommand = PinMessage | UnpinMessage | MutePerson | UnmutePerson | SetSlowMode | SetReview
HoldCommand = ApproveMessage | DeclineMessage
RoomCommand = MemberCommand | HostCommand | HoldCommand

AudienceCommand = AskQuestion | Vote | Unvote | WithdrawQuestion
CommitteeCommand = Claim | Release | Draft | Answer | AnswerOnAir
ModeratorCommand = ApproveQuestion | DeclineQuestion | Merge | SetReview
WindowCommand = PlanWindow | OpenWindow | CloseWindow | Tally
DeskCommand = AudienceCommand | CommitteeCommand | ModeratorCommand | WindowCommand

ROOM_MEMBER = (PostMessage, EditMessage, DeleteMessage, React, Unreact)
ROOM_HOSTING = (PinMessage, UnpinMessage, MutePerson, UnmutePerson, SetSlowMode, SetReview)
ROOM_HOLDING = (ApproveMessage, DeclineMessage)
DESK_AUDIENCE = (AskQuestion, Vote, Unvote, WithdrawQuestion)
DESK_COMMITTEE = (Claim, Release, Draft, Answer, AnswerOnAir)
DESK_MODERATING = (ApproveQuestion, DeclineQuestion, Merge, SetReview)
DESK_SYSTEM = (PlanWindow, OpenWindow, CloseWindow, Tally)

BY_TOPIC: dict[str, tuple[type, ...]] = {
    "room": ROOM_MEMBER + ROOM_HOSTING,
    "room.host": ROOM_HOLDING,
    "committee": DESK_AUDIENCE,
    "committee.desk": DESK_COMMITTEE + DESK_MODERATING + DESK_SYSTEM,
    **helpdesk.BY_TOPIC,
    **conclusions.BY_TOPIC,
}
COMMANDS: tuple[type, ...] = tuple(dict.fromkeys(sum(BY_TOPIC.values(), ())))
