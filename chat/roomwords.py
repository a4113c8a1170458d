"""The words of a discussion room: what may be asked of it, and what all its people see happen.

What passes between its hosts and one writer alone is `hostingwords.py`; what it keeps of files,
`filewords.py`; what it watches together, `viewing/`. The rules are `rooms.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.event import Event
from chat.filewords import File, FileCommand, FileToPost
from chat.hostingwords import HoldCommand, TimeOutCommand
from chat.people import Author
from chat.viewing.commands import ViewingCommand

# --- what is asked of room:<room> ---


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


MemberCommand = PostMessage | EditMessage | DeleteMessage | React | Unreact | CountHeads
RoomSetting = PinMessage | UnpinMessage | SetSlowMode | SetReview | CloseRoom | OpenRoom
RoomMessaging = MemberCommand | RoomSetting | TimeOutCommand | HoldCommand
RoomCommand = RoomMessaging | FileCommand | ViewingCommand | EmptyRoom

COMMANDS = (
    *(PostMessage, EditMessage, DeleteMessage, React, Unreact, CountHeads),
    *(PinMessage, UnpinMessage, SetSlowMode, SetReview, CloseRoom, OpenRoom),
    EmptyRoom,
)


# --- room:<room>: what everybody in it sees ---


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


# --- person:<person>: who has written in it ---


@dataclass(frozen=True, slots=True)
class OwnRoomEmptied(Event):
    """The room was emptied: no text of it is left with this person either."""

    person: str
    room: str


EVENTS = (
    *(MessagePosted, MessageEdited, MessageDeleted, Reacted, Unreacted),
    *(MessagePinned, MessageUnpinned, SlowModeSet, ReviewSet, RoomClosed, RoomOpened),
    *(HeadsCounted, RoomEmptied),
)
PERSON_EVENTS = (OwnRoomEmptied,)
