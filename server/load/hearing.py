"""What comes on the lines, parsed once: an event's message is the same bytes for every subscriber.

The newest messages are known by their bytes. Of an event only topic, number and time are kept, and
which post led to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

KNOWN = 4_096
SHARED = (b'{"op":"event"', b'{"op":"state"')


@dataclass(frozen=True, slots=True)
class Event:
    """An event; `at_s` is the server's wall time, in seconds since 1970."""

    topic: str
    seq: int
    at_s: float


Heard = Event | dict[str, Any]


class Hearing:
    """Reads messages.

    Args:
        see: told once of every event that a command led to: the command's id, the event's topic,
            number and name.
    """

    def __init__(self, see: Callable[[str, str, int, str], None]) -> None:
        self._see = see
        self._known: dict[bytes, tuple[Heard, ...]] = {}

    def read(self, message: bytes) -> tuple[Heard, ...]:
        """The objects of one message, in order. Raises ValueError when it is not JSON."""
        known = self._known.get(message)
        if known is not None:
            return known
        heard = tuple(self._object(line) for line in message.split(b"\n"))
        if message.startswith(SHARED):
            if len(self._known) >= KNOWN:
                del self._known[next(iter(self._known))]
            self._known[message] = heard
        return heard

    def _object(self, line: bytes) -> Heard:
        frame: dict[str, Any] = orjson.loads(line)
        if frame["op"] != "event":
            return frame
        topic, seq = frame["topic"], frame["seq"]
        if "cause" in frame:
            self._see(frame["cause"], topic, seq, frame["name"])
        return Event(topic, seq, seconds_of(frame["at"]))


def seconds_of(moment: str) -> float:
    """RFC 3339 as seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()
