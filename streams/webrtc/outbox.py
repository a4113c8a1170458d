"""What waits to be sent to one viewer, in one lane.

Nobody waits for a viewer. Where frames pile up because a line is slow, all that wait are dropped,
and so is what comes until the next at which decoding can start: a viewer who falls behind misses a
moment and is at the present again. Sound can start anywhere and loses only what had piled up.

The times given out rise strictly, whatever comes in: at a cut the incoming picture may be seen a
little before the outgoing one has ended. What a viewer is given to catch up with (the pictures
since the last IDR) is set a millisecond apart before the newest of them, so that it flits by and
the viewer stands at the present at once, not seconds behind for the rest of the day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

LONGEST_S = 3
MOST_BYTES = 12 * 1024 * 1024
"""More than a group of pictures may hold: catching up alone fills no outbox."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A coded frame as WebRTC carries it.

    Args:
        ticks: when it is shown, on the event clock, in its lane's rate.
        key: decoding can start here.
        data: a picture: NAL units with start codes, parameter sets in front of an IDR. Sound: one
            Opus packet.
    """

    ticks: int
    key: bool
    data: bytes


class Outbox:
    """Frames on their way to one viewer.

    Args:
        hz: ticks a second.
        woken: called when there is something to take.
    """

    def __init__(self, hz: int, woken: Callable[[], None]) -> None:
        self.dropped = 0
        """Frames that were not sent."""
        self._step = hz // 1000
        self._longest_ticks = LONGEST_S * hz
        self._woken = woken
        self._waiting: deque[Frame] = deque()
        self._size_bytes = 0
        self._last_ticks: int | None = None
        self._wants_key = True

    def __len__(self) -> int:
        return len(self._waiting)

    def catch_up(self, frames: Sequence[Frame]) -> None:
        """Takes a group of frames that have been shown already; they are shown at once."""
        for number, frame in enumerate(frames):
            early = (len(frames) - 1 - number) * self._step
            self.put(replace(frame, ticks=frames[-1].ticks - early))

    def put(self, frame: Frame) -> None:
        """Takes the next frame, or drops it."""
        if self._wants_key and not frame.key:
            self.dropped += 1
            return
        ticks = self._rising(frame.ticks)
        if self._is_full(ticks, len(frame.data)):
            self._drop_all()
            if not frame.key:
                self.dropped += 1
                return
        self._wants_key, self._last_ticks = False, ticks
        self._waiting.append(frame if ticks == frame.ticks else replace(frame, ticks=ticks))
        self._size_bytes += len(frame.data)
        self._woken()

    def take(self) -> Frame | None:
        """The next frame to send; None: nothing waits."""
        if not self._waiting:
            return None
        frame = self._waiting.popleft()
        self._size_bytes -= len(frame.data)
        return frame

    def _rising(self, ticks: int) -> int:
        return ticks if self._last_ticks is None else max(ticks, self._last_ticks + self._step)

    def _is_full(self, ticks: int, size_bytes: int) -> bool:
        if not self._waiting:
            return False
        spans = ticks - self._waiting[0].ticks
        return spans > self._longest_ticks or self._size_bytes + size_bytes > MOST_BYTES

    def _drop_all(self) -> None:
        self.dropped += len(self._waiting)
        self._waiting.clear()
        self._size_bytes = 0
        self._wants_key = True
