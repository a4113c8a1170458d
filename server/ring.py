"""What a topic can hand out at once: a ring of ready frames, or the newest one.

A *ring* holds the last events of a log as finished frames, without a hole: `start` is the first
seq in it, `head` the last one known. It is bounded by count and by bytes; what falls out can be
read from the database again (`prepend`), or a client that needs it starts from a snapshot.

*Newest* holds one frame of a state topic and counts its versions, so that both are read alike: by
a cursor, which is the last thing the reader has got.

What is handed out is a `Payload`: everything after a cursor up to a bounded size, joined and framed
once for all who stand at that cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from server.sink import text_frame

RING_FRAMES = 1024
RING_BYTES = 2 * 1024 * 1024
PAYLOAD_BYTES = 64 * 1024
PAYLOAD_FRAMES = 256


class Payload:
    """Frames that leave together.

    Args:
        frames: JSON objects, in order.
        upto: where the cursor stands after them.

    Attributes:
        framed: all of them as one finished websocket frame.
    """

    __slots__ = ("framed", "frames", "upto")

    def __init__(self, frames: Sequence[bytes], upto: int) -> None:
        self.frames = frames
        self.upto = upto
        self.framed = text_frame(b"\n".join(frames))


class Source(Protocol):
    """What a topic's readers read from."""

    head: int

    def covers(self, cursor: int) -> bool:
        """Whether everything after this cursor is here."""

    def after(self, cursor: int) -> Payload:
        """What comes next for a reader that stands at a covered cursor before `head`."""


class Ring:
    """The last frames of a log, contiguous from `start` to `head`.

    Args:
        head: where the log stands; frames follow from head + 1 on.
    """

    __slots__ = ("_bytes", "_frames", "_payloads", "head")

    def __init__(self, head: int) -> None:
        self.head = head
        self._frames: list[bytes] = []
        self._bytes = 0
        self._payloads: dict[int, Payload] = {}

    @property
    def start(self) -> int:
        return self.head - len(self._frames) + 1

    def covers(self, cursor: int) -> bool:
        return cursor + 1 >= self.start

    def append(self, frame: bytes) -> None:
        """Add the frame of head + 1; the oldest make room."""
        self._frames.append(frame)
        self._bytes += len(frame)
        self.head += 1
        self._payloads.clear()
        if len(self._frames) > RING_FRAMES or self._bytes > RING_BYTES:
            self._make_room()

    def prepend(self, frames: Sequence[bytes]) -> None:
        """Put frames in front, whose last one is start - 1; as many as there is room for."""
        kept: list[bytes] = []
        size_bytes = self._bytes
        for frame in reversed(frames):
            size_bytes += len(frame)
            if len(kept) + len(self._frames) >= RING_FRAMES or size_bytes > RING_BYTES:
                break
            kept.append(frame)
        self._bytes += sum(map(len, kept))
        self._frames[:0] = reversed(kept)

    def rewrite(self, seq: int, frame: bytes) -> None:
        """Put a tombstone where a frame was."""
        index = seq - self.start
        if 0 <= index < len(self._frames):
            self._bytes += len(frame) - len(self._frames[index])
            self._frames[index] = frame
            self._payloads.clear()

    def after(self, cursor: int) -> Payload:
        payload = self._payloads.get(cursor)
        if payload is None:
            payload = self._payloads[cursor] = self._join(cursor)
        return payload

    def _join(self, cursor: int) -> Payload:
        first = cursor + 1 - self.start
        size_bytes, last = 0, first
        for frame in self._frames[first : first + PAYLOAD_FRAMES]:
            size_bytes += len(frame)
            if last > first and size_bytes > PAYLOAD_BYTES:
                break
            last += 1
        return Payload(self._frames[first:last], cursor + last - first)

    def _make_room(self) -> None:
        # An eighth at a time, because moving a list costs the same for one as for many.
        most_bytes = RING_BYTES - RING_BYTES // 8
        surplus = max(0, len(self._frames) - (RING_FRAMES - RING_FRAMES // 8))
        size_bytes = self._bytes - sum(map(len, self._frames[:surplus]))
        while size_bytes > most_bytes and surplus < len(self._frames) - 1:
            size_bytes -= len(self._frames[surplus])
            surplus += 1
        del self._frames[:surplus]
        self._bytes = size_bytes


class Newest:
    """The newest frame of a state topic; version 0 is "none yet"."""

    __slots__ = ("_payload", "frame", "head")

    def __init__(self) -> None:
        self.head = 0
        self.frame = b""
        self._payload = Payload((), 0)

    def put(self, frame: bytes) -> None:
        self.head += 1
        self.frame = frame
        self._payload = Payload((frame,), self.head)

    def covers(self, cursor: int) -> bool:
        return True

    def after(self, cursor: int) -> Payload:
        return self._payload
