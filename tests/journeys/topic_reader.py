"""A reader of one topic over many connections: what a page keeps, in Python.

It takes frames as they stand on the wire, folds them with the rules of the topic's own room, and
accepts no hole. A reader that has come somewhere is never moved on by a snapshot: coming back to a
server that was killed must go on by `resume`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from schedule.programme import Programme
from server import wire
from server.access.municipalities import register
from server.clock import Clock, ShowMap
from server.kinds import Kinds
from server.topics import edition_kinds

Frame = dict[str, Any]


def kinds_of(programme: Programme) -> Kinds:
    return edition_kinds(programme, ShowMap(Clock().wall(), programme.items[0].start), register())


class TopicReader:
    """Reads a topic from wherever it first stood.

    `events` holds every frame that was folded, in order.
    """

    def __init__(self, kinds: Kinds, topic: str) -> None:
        address = kinds.find(topic)
        assert address is not None, topic
        self.topic = topic
        self.seq = 0
        self.events: list[Frame] = []
        self._kind = address.kind
        self._evolve = (address.kind.projection or address.unit_kind).evolve
        self._epoch: str | None = None
        self._state: Any = None

    def position(self) -> Frame:
        """What to join with."""
        if self._epoch is None:
            return {"topic": self.topic}
        return {"topic": self.topic, "epoch": self._epoch, "seq": self.seq}

    def receive(self, frame: Frame) -> None:
        """Takes an answer to a join, or an event, of this topic."""
        if frame["op"] == "joined":
            self._receive_joined(frame)
        elif frame["seq"] > self.seq:
            assert frame["seq"] == self.seq + 1, f"a hole in {self.topic} after {self.seq}"
            self._fold(frame)

    def _receive_joined(self, frame: Frame) -> None:
        if self._epoch is None:
            self._epoch, self.seq = frame["epoch"], frame["seq"]
            self._state = self._kind.restore(frame["snapshot"])
        else:
            assert frame["mode"] in ("resume", "live"), f"{self.topic}: moved by {frame['mode']}"
            assert (frame["epoch"], frame["seq"]) == (self._epoch, self.seq)
            assert frame["head"] >= self.seq, f"{self.topic} went back to {frame['head']}"

    def _fold(self, frame: Frame) -> None:
        event = wire.recall(self._kind.events[frame["name"]], frame["data"])
        at = datetime.fromisoformat(frame["at"])
        self._state = self._evolve(self._state, event, seq=frame["seq"], at=at)
        self.seq = frame["seq"]
        self.events.append(frame)

    def drawn(self) -> Frame:
        """The snapshot as it stands here; without the clock, which the server adds."""
        snapshot: Frame = orjson.loads(orjson.dumps(self._kind.snapshot(self._state)))
        snapshot.pop("clock", None)
        return snapshot
