"""Who has written in a room, and how fast: what no snapshot shows and every rule asks for.

Posting and editing keep one pace, reacting another. Slow mode counts from the last message, so that
mending a word costs nobody a wait. A message that a host approves was written when it was held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chat import moderation
from chat.event import Event
from chat.hostingwords import MessageApproved, MessageHeld, PersonMuted
from chat.people import Author
from chat.roomwords import HeadsCounted, MessageEdited, MessagePosted, Reacted, Unreacted


@dataclass(frozen=True, slots=True)
class Writer:
    """What the room remembers of one person.

    Args:
        author: as they last wrote; None for a person who has not.
        posted: the moment of the last message.
        wrote, tapped: the last moments of writing and of reacting, for the pace.
        held: how many messages have ever been held; the next one's id is made from it.
        mutes: how often in a time-out; the rung of the ladder.
        muted: the moment of the last time-out.
    """

    author: Author | None = None
    posted: datetime | None = None
    wrote: tuple[datetime, ...] = ()
    tapped: tuple[datetime, ...] = ()
    held: int = 0
    mutes: int = 0
    muted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Writers:
    """
    Args:
        people: by the person's id.
        approved: public id of the message approved last; its posting is not its author's writing.
    """

    people: Mapping[str, Writer] = field(default_factory=dict)
    approved: str | None = None

    def of(self, person: str) -> Writer:
        return self.people.get(person, Writer())


def evolve(writers: Writers, event: Event, *, editor: str | None, at: datetime) -> Writers:
    """
    Args:
        editor: the author's id of the message that a `MessageEdited` is about, while it is known.
    """
    match event:
        case MessagePosted(id, author) if id != writers.approved:
            wrote = _wrote(writers, author.id, at)
            return _noted(writers, author.id, author=author, posted=at, wrote=wrote)
        case MessageHeld(_, author):
            wrote, held = _wrote(writers, author.id, at), writers.of(author.id).held + 1
            return _noted(writers, author.id, author=author, posted=at, wrote=wrote, held=held)
        case MessageApproved(_, posted):
            return replace(writers, approved=posted)
        case MessageEdited() if editor is not None:
            return _noted(writers, editor, wrote=_wrote(writers, editor, at))
        case Reacted(_, _, by) | Unreacted(_, _, by) | HeadsCounted(by):
            tapped = moderation.TAPPING.noted(writers.of(by).tapped, at)
            return _noted(writers, by, tapped=tapped)
        case PersonMuted(person):
            mutes = writers.of(person.id).mutes + 1
            return _noted(writers, person.id, mutes=mutes, muted=at)
    return writers


def _wrote(writers: Writers, person: str, at: datetime) -> tuple[datetime, ...]:
    return moderation.WRITING.noted(writers.of(person).wrote, at)


def _noted(writers: Writers, person: str, **changes: Any) -> Writers:
    writer = replace(writers.of(person), **changes)
    return replace(writers, people={**writers.people, person: writer})
