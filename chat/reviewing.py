"""What of a room's writing waits for a host, and what the hosts do with it.

A message waits while the room is reviewed, or with a word of the hosts' list in it (`folding.py`);
a host's own never does. It waits under an id of its author's and is posted under one of the room's.
Of one person five wait at a time, in a room two hundred; one more is refused, `too_many_waiting`.

An edit does not wait: there is nowhere to keep it beside the text that stands. Where it would have
to, it is refused, `under_review`.
"""

from __future__ import annotations

from chat import files, folding, moderation
from chat.errors import Refused
from chat.event import Event
from chat.files import Files
from chat.hosting import Held, Hosting
from chat.hostingwords import (
    MessageApproved,
    MessageDeclined,
    MessageHeld,
    MessageWithdrawn,
    OwnMessageApproved,
    OwnMessageDeclined,
    OwnMessageHeld,
    OwnMessageWithdrawn,
    WordListSet,
)
from chat.messages import Board
from chat.people import Person, author_of
from chat.roomwords import MessagePosted


def is_reviewed(board: Board, by: Person) -> bool:
    return board.review and not moderation.hosts(by)


def listed(hosting: Hosting, text: str, by: Person) -> str | None:
    """The word of the hosts' list that a text waits for."""
    return None if moderation.hosts(by) else folding.listed_in(text, hosting.words)


def refuse_edit(board: Board, hosting: Hosting, text: str, by: Person) -> None:
    if is_reviewed(board, by) or listed(hosting, text, by) is not None:
        raise Refused("under_review", "expected a room whose host does not review messages")


def held(hosting: Hosting, message: MessageHeld) -> tuple[Event, ...]:
    by, waiting = message.author.id, hosting.waiting_of(message.author.id)
    if waiting >= moderation.HELD_PER_PERSON or len(hosting.held) >= moderation.HELD_PER_ROOM:
        raise Refused(
            "too_many_waiting", f"expected fewer waiting messages, came {waiting} of yours"
        )
    return (message, OwnMessageHeld(by, hosting.room, message.message, message.text, message.files))


def approved(hosting: Hosting, id: str, posted: str, by: Person) -> tuple[Event, ...]:
    """
    Args:
        posted: the id under which it stands from now on.
    """
    message = _waiting(hosting, id)
    return (
        MessageApproved(id, posted, author_of(by)),
        MessagePosted(
            *(posted, message.author, message.text),
            *(message.reply_to, message.mentions, message.files),
        ),
        OwnMessageApproved(message.author.id, hosting.room, id, posted),
    )


def declined(hosting: Hosting, kept: Files, id: str, by: Person) -> tuple[Event, ...]:
    message = _waiting(hosting, id)
    return (
        MessageDeclined(id, author_of(by)),
        OwnMessageDeclined(message.author.id, hosting.room, id),
        *files.dropped_with(kept, id),
    )


def withdrawn(hosting: Hosting, kept: Files, id: str, by: Person) -> tuple[Event, ...]:
    """The author takes it back."""
    gone = OwnMessageWithdrawn(by.id, hosting.room, id)
    return (MessageWithdrawn(id), gone, *files.dropped_with(kept, id))


def _waiting(hosting: Hosting, id: str) -> Held:
    held = hosting.find(id)
    if held is None:
        raise Refused("unknown_message", f"expected a message that waits, came {id!r:.40}")
    return held


def words_listed(hosting: Hosting, words: tuple[str, ...]) -> tuple[Event, ...]:
    kept = folding.tidy_list(words)
    return () if kept == hosting.words else (WordListSet(kept),)
