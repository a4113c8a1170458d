"""The queue of those who have asked for help, as the crew sees it.

This is the topic `help.desk` and its snapshot:

    {"requests": [{"id": "p1.h1", "seq": 5, "at": "…Z", "asker": {…}, "municipality"?: "aalborg",
                   "what": "no_sound|no_picture|cannot_get_in|something_else", "text"?: "…",
                   "diagnosis": {"page"?, "browser"?, "screen"?, "network"?, "line"?, "picture"?,
                                 "sound"?, "behind"?, "errors"?},
                   "status": "waiting|taken|settled", "need"?: "…Z", "taken_by"?: {…},
                   "lines": [{"seq": 7, "at": "…Z", "author": {…}, "text": "…"}],
                   "settled"?: {"by": {…}, "at": "…Z"}}]}                        oldest first

`need` is the moment of what the asker last said that nobody has answered; absent: it is the asker's
turn. How each event changes it, here and in the browser:

    help_asked      append {id: request, seq and at of the frame, asker, municipality, what, text,
                    diagnosis, "waiting", need = at of the frame, no lines}, and trim
    help_added      append {seq and at of the frame, author: by, text}; need = at of the frame
    help_taken      status "taken", taken_by = by
    help_released   status "waiting", taken_by absent
    help_answered   as taken, append {seq and at of the frame, author: by, text}; need absent
    help_settled    status "settled", settled = {by, at of the frame}; need absent
    help_emptied    no requests

After an append of a line the oldest go while there are more than 20. Trim: while more than 60
requests are settled, the one that was settled first goes; open ones never go, and there are at most
300 of them, one for each person.

In what order the crew works: `in_order`. What somebody waits for comes first, the newest need
first: whoever has just lost the sound can be helped while it matters, and whoever has waited long
has often been on the telephone meanwhile. Then what waits for the asker, then what is settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from chat.event import Event
from chat.helpdesk.commands import What
from chat.helpdesk.diagnosis import Diagnosis
from chat.helpdesk.events import (
    HelpAdded,
    HelpAnswered,
    HelpAsked,
    HelpEmptied,
    HelpReleased,
    HelpSettled,
    HelpTaken,
)
from chat.helpdesk.thread import Line, added
from chat.people import Author
from chat.plain import plain, read

OPEN_MOST = 300
SETTLED_KEPT = 60


@dataclass(frozen=True, slots=True)
class Settled:
    by: Author
    at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    id: str
    seq: int
    at: datetime
    asker: Author
    what: What
    diagnosis: Diagnosis
    text: str | None = None
    municipality: str | None = None
    status: Literal["waiting", "taken", "settled"] = "waiting"
    need: datetime | None = None
    taken_by: Author | None = None
    lines: tuple[Line, ...] = ()
    settled: Settled | None = None

    @property
    def is_open(self) -> bool:
        return self.settled is None


@dataclass(frozen=True, slots=True)
class Queue:
    """`requests` by id, oldest first."""

    requests: Mapping[str, Request] = field(default_factory=dict)

    def open_of(self, person: str) -> Request | None:
        """The one thread of a person that is not settled."""
        mine = (one for one in self.requests.values() if one.is_open and one.asker.id == person)
        return next(mine, None)

    @property
    def count_open(self) -> int:
        return sum(one.is_open for one in self.requests.values())


def snapshot(queue: Queue) -> dict[str, Any]:
    return {"requests": plain(tuple(queue.requests.values()))}


def restore(data: Mapping[str, Any]) -> Queue:
    requests = (read(Request, one) for one in data["requests"])
    return Queue({one.id: one for one in requests})


def in_order(queue: Queue) -> list[Request]:
    """The queue as the crew works it off; the browser's `helpqueue.ts` is the same rule."""
    newest = sorted(queue.requests.values(), key=_moment, reverse=True)
    return sorted(newest, key=lambda one: (not one.is_open, one.need is None))


def _moment(one: Request) -> datetime:
    return one.need or (one.settled.at if one.settled else one.at)


def evolve(queue: Queue, event: Event, *, seq: int, at: datetime) -> Queue:
    match event:
        case HelpAsked(id, asker, what, diagnosis, text, municipality):
            asked = Request(id, seq, at, asker, what, diagnosis, text, municipality, need=at)
            return Queue({**queue.requests, id: asked})
        case HelpAdded(id, text, by):
            return _changed(queue, id, Line(seq, at, by, text), need=at)
        case HelpTaken(id, by):
            return _changed(queue, id, status="taken", taken_by=by)
        case HelpReleased(id):
            return _changed(queue, id, status="waiting", taken_by=None)
        case HelpAnswered(id, text, by):
            line = Line(seq, at, by, text)
            return _changed(queue, id, line, status="taken", taken_by=by, need=None)
        case HelpSettled(id, by):
            settled = Settled(by, at)
            return _trimmed(_changed(queue, id, status="settled", settled=settled, need=None))
        case HelpEmptied():
            return Queue()
    return queue


def _changed(queue: Queue, id: str, line: Line | None = None, **changes: Any) -> Queue:
    request = queue.requests.get(id)
    if request is None:
        return queue
    lines = added(request.lines, line) if line else request.lines
    return Queue({**queue.requests, id: replace(request, lines=lines, **changes)})


def _trimmed(queue: Queue) -> Queue:
    settled = [one for one in queue.requests.values() if one.settled]
    if len(settled) <= SETTLED_KEPT:
        return queue
    first = min(settled, key=lambda one: one.settled.at if one.settled else one.at)
    return Queue({id: one for id, one in queue.requests.items() if id != first.id})
