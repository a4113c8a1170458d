"""Coding beside the event loop: one bounded queue in, one thread-safe call out.

When the queue is full units are dropped up to the next at which decoding can start. A coder is told
how many units wait behind the one it is given, so that it may leave work out before that happens.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol

from streams.segments import AccessUnit
from streams.webrtc.outbox import Frame

log = logging.getLogger("topmoede.coderthread")

CAPACITY = 600
"""More than a group of pictures may hold, which comes at once when a proxy begins."""


class Coding(Protocol):
    """What is done in the thread; never called from two."""

    def receive(self, unit: AccessUnit, waiting: int) -> list[Frame]:
        """Takes a unit; gives what is ready."""

    def want_key(self) -> None:
        """Makes the next picture an IDR; called from the event loop."""


class CoderThread:
    """A coding in a thread of its own.

    Args:
        make: called in the thread.
        call_soon: the loop's call_soon_threadsafe.
        deliver: called in the loop with frames in order.
        capacity: units that may wait.
    """

    def __init__(
        self,
        make: Callable[[], Coding],
        call_soon: Callable[..., object],
        deliver: Callable[[list[Frame]], None],
        capacity: int = CAPACITY,
    ) -> None:
        self._call_soon, self._deliver = call_soon, deliver
        self._work: queue.Queue[AccessUnit | None] = queue.Queue(capacity)
        self.closed = self._skipping = False
        self.dropped = 0
        """Units that found the queue full, and those that could not be used without them."""
        self._coding = make()
        # A daemon: a thread that hangs in a codec must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="coder", daemon=True)
        self._thread.start()

    def put(self, unit: AccessUnit) -> None:
        """Takes the next unit, or drops it."""
        if not self._skipping or unit.key:
            try:
                self._work.put_nowait(unit)
                self._skipping = False
                return
            except queue.Full:
                self._skipping = True
        self.dropped += 1

    def want_key(self) -> None:
        """Makes the next picture an IDR."""
        self._coding.want_key()

    def close(self) -> None:
        """Ends the thread soon; nothing is delivered after this. Twice does nothing."""
        if not self.closed:
            self.closed = True
            try:
                self._work.put_nowait(None)
            except queue.Full:
                pass  # the thread looks at `closed` after each unit

    def join(self, timeout_s: float) -> bool:
        """Waits for the thread (not in the event loop); whether it ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self.closed and (unit := self._work.get()) is not None:
                if frames := self._coding.receive(unit, self._work.qsize()):
                    self._call_soon(self._hand_over, frames)
        except RuntimeError:
            log.info("a coder ends: the event loop is gone")
        except Exception:
            log.exception("a coder failed; its viewers see no more of this")

    def _hand_over(self, frames: list[Frame]) -> None:
        if not self.closed:
            self._deliver(frames)
