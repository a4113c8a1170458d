"""What a client's position in a log means: the four answers to `join`.

             unknown or no epoch    seq = head    head - seq <= 1,000    further back    seq > head
  the answer snapshot               live          resume                 snapshot        early

*Early* is not wrong: another worker may have shown the client what this one has not heard of yet.
The database is asked; a client that is ahead of the database too is given a snapshot, and somebody
is told, because then numbers were lost without a new epoch.

No answer moves a client past an event it was not sent: `live` and `resume` leave it where it
stands, and a snapshot holds everything up to its own seq.
"""

from __future__ import annotations

import enum

from server.board import Position
from server.client_frames import Join

MAX_MISSING = 1000


class Answer(enum.StrEnum):
    LIVE = "live"
    RESUME = "resume"
    SNAPSHOT = "snapshot"
    EARLY = "early"


def answer(join: Join, position: Position) -> Answer:
    if join.seq is None or join.epoch != position.epoch:
        return Answer.SNAPSHOT
    missing = position.head - join.seq
    if missing < 0:
        return Answer.EARLY
    if missing > MAX_MISSING:
        return Answer.SNAPSHOT
    return Answer.RESUME if missing else Answer.LIVE
