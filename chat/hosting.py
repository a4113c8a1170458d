"""What the hosts of a room see beside it: messages that wait for them, people in a time-out.

This is the topic `room.host:<municipality>` and its snapshot:

    {"room": "aalborg",
     "held": [{"id": "p1.m2", "seq": 9, "at": "…Z", "author": {…}, "text": "…",
               "reply_to"?: "m3", "mentions"?: ["p2"], "word"?: "…", "files"?: […]}],
     "muted": [{"person": {"id", "name"}, "until": "…Z", "by": {…}}],              oldest first
     "words": ["…"]}                                            messages with one of these wait

How each event changes it, here and in the browser:

    message_held                                     append to held
    message_approved, _declined, _withdrawn          take it out of held
    person_muted      take out whose time is up (until <= at of the frame) and the person; append
    person_unmuted    take out the person (`muted` is the id)
    word_list_set     words = words

A waiting message has an id of its own, made from its author's id and that author's own count, and
gets a public id when it is approved. So neither the public ids nor the author's tell how many
other messages wait.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chat.event import Event
from chat.filewords import File
from chat.hostingwords import (
    MessageApproved,
    MessageDeclined,
    MessageHeld,
    MessageWithdrawn,
    PersonMuted,
    PersonUnmuted,
    WordListSet,
)
from chat.people import Author


@dataclass(frozen=True, slots=True)
class Held:
    id: str
    seq: int
    at: datetime
    author: Author
    text: str
    reply_to: str | None = None
    mentions: tuple[str, ...] | None = None
    word: str | None = None
    files: tuple[File, ...] | None = None


@dataclass(frozen=True, slots=True)
class Muted:
    person: Author
    until: datetime
    by: Author


@dataclass(frozen=True, slots=True)
class Hosting:
    room: str
    held: tuple[Held, ...] = ()
    muted: tuple[Muted, ...] = ()
    words: tuple[str, ...] = ()

    def find(self, id: str) -> Held | None:
        return next((one for one in self.held if one.id == id), None)

    def waiting_of(self, person: str) -> int:
        return sum(one.author.id == person for one in self.held)

    def mute_of(self, person: str, now: datetime) -> Muted | None:
        """The time-out a person is in now."""
        return next(
            (one for one in self.muted if one.person.id == person and one.until > now), None
        )


def evolve(hosting: Hosting, event: Event, *, seq: int, at: datetime) -> Hosting:
    match event:
        case MessageHeld(id, author, text, reply_to, mentions, word, files):
            held = Held(id, seq, at, author, text, reply_to, mentions, word, files)
            return replace(hosting, held=(*hosting.held, held))
        case MessageApproved() | MessageDeclined() | MessageWithdrawn():
            left = tuple(one for one in hosting.held if one.id != event.message)
            return replace(hosting, held=left)
        case PersonMuted(person, until, by):
            others = tuple(one for one in _others(hosting, person.id) if one.until > at)
            return replace(hosting, muted=(*others, Muted(person, until, by)))
        case PersonUnmuted(id):
            return replace(hosting, muted=_others(hosting, id))
        case WordListSet(words):
            return replace(hosting, words=words)
    return hosting


def _others(hosting: Hosting, person: str) -> tuple[Muted, ...]:
    return tuple(one for one in hosting.muted if one.person.id != person)
