"""What a room has said, as it stands now, read from the end of its log.

Read backwards, what became of a message comes before the message itself: an edit carries the whole
text and the files as they stand, a deletion says that there is none, and a text that was erased is
empty in the log. So a page of rows is enough to begin with, and nothing is folded twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chat.event import Event
from chat.filewords import File
from chat.people import Author
from chat.roomwords import MessageDeleted, MessageEdited, MessagePosted

EVENTS = (MessagePosted, MessageEdited, MessageDeleted)


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it stands now.

    Args:
        text: None for a tombstone.
        edited: when the text was last changed.
    """

    id: str
    seq: int
    at: datetime
    author: Author
    text: str | None
    edited: datetime | None = None
    reply_to: str | None = None
    files: tuple[File, ...] | None = None


@dataclass(slots=True)
class Backwards:
    """What is known already of messages that are still to come."""

    _edits: dict[str, tuple[MessageEdited, datetime]] = field(default_factory=dict)
    _deleted: set[str] = field(default_factory=set)

    def take(self, event: Event, *, seq: int, at: datetime) -> Said | None:
        """Take the event before those taken so far; the message, when it is a message's own."""
        match event:
            case MessageDeleted(id):
                self._deleted.add(id)
            case MessageEdited(id):
                self._edits.setdefault(id, (event, at))
            case MessagePosted(id, author, _, reply_to):
                now, edited = self._edits.pop(id, (event, None))
                if id in self._deleted or not (now.text or now.files):
                    self._deleted.discard(id)
                    return Said(id, seq, at, author, None, reply_to=reply_to)
                return Said(id, seq, at, author, now.text, edited, reply_to, now.files)
        return None
