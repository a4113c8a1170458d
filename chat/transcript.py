"""What a room has said, as it stands now, read from the end of its log.

Read backwards, what became of a message comes before the message itself: an edit carries the whole
text as it stands, a deletion says that there is none, and a text that was erased is empty in the
log. So a page of rows is enough to begin with, and nothing is folded twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chat.events import Event, MessageDeleted, MessageEdited, MessagePosted
from chat.people import Author

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


@dataclass(slots=True)
class Backwards:
    """What is known already of messages that are still to come."""

    _edits: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _deleted: set[str] = field(default_factory=set)

    def take(self, event: Event, *, seq: int, at: datetime) -> Said | None:
        """Take the event before those taken so far; the message, when it is a message's own."""
        match event:
            case MessageDeleted(id):
                self._deleted.add(id)
            case MessageEdited(id, text):
                self._edits.setdefault(id, (text, at))
            case MessagePosted(id, author, text, reply_to):
                text, edited = self._edits.pop(id, (text, None))
                if id in self._deleted or not text:
                    self._deleted.discard(id)
                    return Said(id, seq, at, author, None, reply_to=reply_to)
                return Said(id, seq, at, author, text, edited, reply_to)
        return None
