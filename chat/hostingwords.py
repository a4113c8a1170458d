"""The words between a room's hosts and one writer: what waits for them, and who is in a time-out.

A host asks, the hosts see it on `room.host`, and the writer it concerns on `person`; nobody else in
the room learns of it. The hosts' state is `hosting.py`, the rules are `rooms.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.event import Event
from chat.filewords import File
from chat.people import Author

# --- what is asked of room:<room> ---


@dataclass(frozen=True, slots=True)
class MutePerson:
    """Without minutes: the next rung of the ladder in `moderation.py`."""

    person: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class UnmutePerson:
    person: str


# --- what is asked of room.host:<room> ---


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


TimeOutCommand = MutePerson | UnmutePerson
HoldCommand = ApproveMessage | DeclineMessage | SetWordList

TIMING_OUT = (MutePerson, UnmutePerson)
HOLDING = (ApproveMessage, DeclineMessage, SetWordList)


# --- room.host:<room>; `message` is the id it waits under, never the one it is posted under ---


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
class PersonMuted(Event):
    muted: Author
    until: datetime
    by: Author


@dataclass(frozen=True, slots=True)
class PersonUnmuted(Event):
    muted: str
    by: Author


@dataclass(frozen=True, slots=True)
class WordListSet(Event):
    words: tuple[str, ...]


# --- person:<person>: the writer ---


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
class TimedOut(Event):
    person: str
    room: str
    until: datetime


@dataclass(frozen=True, slots=True)
class TimeOutLifted(Event):
    person: str
    room: str


EVENTS = (
    *(MessageHeld, MessageApproved, MessageDeclined, MessageWithdrawn),
    *(PersonMuted, PersonUnmuted, WordListSet),
)
PERSON_EVENTS = (
    *(OwnMessageHeld, OwnMessageApproved, OwnMessageDeclined, OwnMessageWithdrawn),
    *(TimedOut, TimeOutLifted),
)
