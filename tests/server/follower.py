"""A follower of a topic: what a browser is, in Python.

It joins with the snapshot as it stands on the wire, folds every frame that is handed out, as it
stands on the wire, and must always draw the same snapshot as the server. That is the law of sync:

    snapshot(evolve(restore(snapshot before), events of the topic)) == snapshot after
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from server import wire
from server.house import House
from tests.server.guestbook import RecordingFanout


class Follower:
    """Follows one topic of a house from now on."""

    def __init__(self, house: House, fanout: RecordingFanout, topic: str) -> None:
        address = house.kinds.find(topic)
        assert address is not None
        self._house = house
        self._fanout = fanout
        self._topic = topic
        self._kind = address.kind
        self._evolve = (address.kind.projection or address.unit_kind).evolve
        self._seq = house.board.position(topic).head
        self._state = self._kind.restore(orjson.loads(house.board.snapshot(topic)))

    def follow(self) -> None:
        """Fold in what was handed out since, each frame once and in order."""
        for seq, frame in self._fanout.frames.get(self._topic, []):
            if seq > self._seq:
                assert seq == self._seq + 1, f"a hole in {self._topic}"
                self._fold(orjson.loads(frame))
                self._seq = seq

    def _fold(self, frame: dict[str, Any]) -> None:
        event = wire.recall(self._kind.events[frame["name"]], frame["data"])
        at = datetime.fromisoformat(frame["at"])
        self._state = self._evolve(self._state, event, seq=frame["seq"], at=at)

    def check(self) -> None:
        """Draw the snapshot and compare."""
        drawn = orjson.loads(orjson.dumps(self._kind.snapshot(self._state)))
        told = orjson.loads(self._house.board.snapshot(self._topic))
        told.pop("clock", None)
        drawn.pop("clock", None)
        assert drawn == told, f"{self._topic} is out of step"
        assert self._house.board.position(self._topic).head == self._seq
