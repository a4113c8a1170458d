"""A person's own thread with the crew: the part `help` of the snapshot of `person:<id>`.

    "help"?: {"id": "p1.h1", "at": "…Z", "what": "no_sound", "text"?: "…",
              "status": "waiting|taken|settled", "taken_by"?: {…},
              "lines": [{"seq": 12, "at": "…Z", "author": {…}, "text": "…"}]}

Absent: this person has never asked. Only the newest thread is kept; a settled one stays until the
next, so that the last answer can be read again. How each event changes it, here and in the browser:

    own_help_asked      a new thread {id: request, at of the frame, what, text, "waiting", no lines}
    own_help_added      append {seq and at of the frame, author: by, text}
    own_help_taken      status "taken", taken_by = by
    own_help_released   status "waiting", taken_by absent
    own_help_answered   as taken, and append {seq and at of the frame, author: by, text}
    own_help_settled    status "settled"

After an append the oldest lines go while there are more than 20. An event about another thread than
the newest changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from chat.event import Event
from chat.helpdesk.commands import What
from chat.helpdesk.events import (
    OwnHelpAdded,
    OwnHelpAnswered,
    OwnHelpAsked,
    OwnHelpReleased,
    OwnHelpSettled,
    OwnHelpTaken,
)
from chat.helpdesk.thread import Line, added
from chat.people import Author


@dataclass(frozen=True, slots=True)
class OwnHelp:
    id: str
    at: datetime
    what: What
    text: str | None = None
    status: Literal["waiting", "taken", "settled"] = "waiting"
    taken_by: Author | None = None
    lines: tuple[Line, ...] = ()


def evolve(thread: OwnHelp | None, event: Event, *, seq: int, at: datetime) -> OwnHelp | None:
    if isinstance(event, OwnHelpAsked):
        return OwnHelp(event.request, at, event.what, event.text)
    if thread is None or getattr(event, "request", None) != thread.id:
        return thread
    match event:
        case OwnHelpAdded(_, _, text, by):
            return replace(thread, lines=added(thread.lines, Line(seq, at, by, text)))
        case OwnHelpTaken(_, _, by):
            return replace(thread, status="taken", taken_by=by)
        case OwnHelpReleased():
            return replace(thread, status="waiting", taken_by=None)
        case OwnHelpAnswered(_, _, text, by):
            lines = added(thread.lines, Line(seq, at, by, text))
            return replace(thread, status="taken", taken_by=by, lines=lines)
        case OwnHelpSettled():
            return replace(thread, status="settled")
    return thread
