"""What the people of a room see: its last messages, the pin, how it is run.

This is the topic `room:<municipality>` (or `room:<municipality>.<group>`) and its snapshot:

    {"room": "aalborg", "slow_mode_s": 0, "review": false, "closed": false,
     "pinned": "m7" (absent: nothing pinned),
     "heads": {"p1": 6},                        people at one screen, where they are more than one
     "viewing"?: {…},                           what it watches together, see `viewing.viewing`
     "messages": [{"id": "m7", "seq": 41, "at": "…Z", "author": {"id", "name", "badge"?},
                   "text": "…", "reply_to"?: "m3", "mentions"?: ["p2"], "edited"?: "…Z",
                   "files"?: [{"id", "kind": "jpeg|png|pdf", "name", "size", "width"?, "height"?,
                               "alt"?}],
                   "reactions": {"👍": ["p1", "p2"]}}]}            oldest first

A field that is null is absent. How each event changes it, here and in the browser:

    message_posted     append {id, seq and at of the frame, author, text, reply_to, mentions,
                       files, reactions: {}}
    message_edited     text and files, and edited = at of the frame
    message_deleted    a tombstone stays in its place: deleted = true, deleted_by = by; no text,
                       no mentions, no files, no edited, reactions = {}; a pin on it is gone
    reacted            append the person to the emoji's list; a new emoji comes last
    unreacted          take the person out; an emoji that nobody gives is gone
    message_pinned     pinned = message          message_unpinned   pinned is absent
    room_emptied       every message is a tombstone, those that were not yet by "system"; no pin
    slow_mode_set      slow_mode_s = seconds     review_set         review = on
    room_closed        closed = true             room_opened        closed = false
    heads_counted      heads[by] = people; 1 takes it out; beyond 500 the oldest goes

After an append the room is trimmed: while there are more than 100 messages, the oldest that is not
pinned goes. An event about a message that is not in the list changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chat.event import Event
from chat.filewords import File
from chat.people import Author
from chat.roomwords import (
    HeadsCounted,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessagePosted,
    MessageUnpinned,
    Reacted,
    ReviewSet,
    RoomClosed,
    RoomEmptied,
    RoomOpened,
    SlowModeSet,
    Unreacted,
)
from chat.viewing import viewing
from chat.viewing.viewing import Viewing

SHOWN = 100
SCREENS = 500
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    seq: int
    at: datetime
    author: Author
    text: str | None = None
    reply_to: str | None = None
    mentions: tuple[str, ...] | None = None
    edited: datetime | None = None
    deleted: bool | None = None
    deleted_by: str | None = None
    files: tuple[File, ...] | None = None
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Board:
    room: str
    messages: tuple[Message, ...] = ()
    pinned: str | None = None
    slow_mode_s: int = 0
    review: bool = False
    closed: bool = False
    heads: Mapping[str, int] = field(default_factory=dict)
    viewing: Viewing | None = None

    def find(self, id: str) -> Message | None:
        """A message that is still shown, tombstones included; most are asked for while new."""
        return next((one for one in reversed(self.messages) if one.id == id), None)


def evolve(board: Board, event: Event, *, seq: int, at: datetime) -> Board:
    match event:
        case MessagePosted(id, author, text, reply_to, mentions, files):
            newest = Message(id, seq, at, author, text, reply_to, mentions, files=files)
            return _trimmed(board, newest)
        case MessageEdited(id, text, files):
            return _changed(board, id, text=text, files=files, edited=at)
        case MessageDeleted(id, by):
            return _buried(board, id, by)
        case Reacted() | Unreacted():
            return _counted(board, event)
        case MessagePinned(id):
            return replace(board, pinned=id)
        case MessageUnpinned():
            return replace(board, pinned=None)
        case SlowModeSet(seconds):
            return replace(board, slow_mode_s=seconds)
        case ReviewSet(on):
            return replace(board, review=on)
        case RoomClosed() | RoomOpened():
            return replace(board, closed=isinstance(event, RoomClosed))
        case HeadsCounted(by, people):
            return _seated(board, by, people)
        case RoomEmptied():
            return _emptied(board)
    watched = viewing.evolve(board.viewing, event, seq=seq)
    return board if watched is board.viewing else replace(board, viewing=watched)


def _trimmed(board: Board, newest: Message) -> Board:
    messages = (*board.messages, newest)
    if len(messages) <= SHOWN:
        return replace(board, messages=messages)
    spared = 1 if messages[0].id == board.pinned else 0
    return replace(board, messages=messages[:spared] + messages[spared + 1 :])


def _seated(board: Board, by: str, people: int) -> Board:
    heads = {one: count for one, count in board.heads.items() if one != by}
    if people > 1:
        heads[by] = people
    return replace(board, heads=dict(list(heads.items())[-SCREENS:]))


def _changed(board: Board, id: str, **changes: object) -> Board:
    for place in range(len(board.messages) - 1, -1, -1):
        if (message := board.messages[place]).id == id:
            changed = (replace(message, **changes),)  # type: ignore[arg-type]
            before, after = board.messages[:place], board.messages[place + 1 :]
            return replace(board, messages=before + changed + after)
    return board


def _buried(board: Board, id: str, by: str) -> Board:
    said: dict[str, object] = dict.fromkeys(("text", "mentions", "files", "edited"))
    board = _changed(board, id, deleted=True, deleted_by=by, reactions={}, **said)
    return replace(board, pinned=None) if board.pinned == id else board


def _emptied(board: Board) -> Board:
    for message in board.messages:
        if not message.deleted:
            board = _buried(board, message.id, SYSTEM)
    return board


def _counted(board: Board, event: Reacted | Unreacted) -> Board:
    message = board.find(event.message)
    if message is None:
        return board
    people = message.reactions.get(event.emoji, ())
    if isinstance(event, Reacted):
        people = (*people, event.by)
    else:
        people = tuple(one for one in people if one != event.by)
    reactions = {**message.reactions, event.emoji: people}
    return _changed(
        board, message.id, reactions={emoji: who for emoji, who in reactions.items() if who}
    )
