"""The last sound of a picture that was cut away.

Sound comes later than the picture that it belongs to: it waits in a jitter buffer and an encoder.
When a channel leaves a live source, the picture's segment ends at once, and its sound follows for
as long as `TAIL_S`. Meanwhile what comes next has begun already; it must give nothing of its own
sound before the tail has ended, since a lane is listed in order. Whoever shows it sees to that.
"""

from __future__ import annotations

from streams.filling import SegmentEnded
from streams.generations import Generation
from streams.packaging import Packaging
from streams.segmenter import Output, SegmentStarted
from streams.segments import Lane
from streams.window import Window

TAIL_S = 0.5


class Tail:
    """Waits for the sound of one segment, and rings where it is listed.

    Args:
        packaging: of the picture that is cut away; made before the cut.
    """

    def __init__(self, packaging: Packaging, window: Window) -> None:
        self._packaging = packaging
        self._segment = packaging.segment
        self._window = window
        packaging.listeners.append(self._receive)

    def end(self) -> None:
        """What has not come is silence; twice does nothing."""
        if self._receive in self._packaging.listeners:
            self._packaging.end_sound(self._segment)
            self._forget()

    def _receive(self, packaging: Packaging, generation: Generation, output: Output) -> None:
        if isinstance(output, SegmentStarted):
            return
        if (output.lane, output.segment) == (Lane.AUDIO, self._segment):
            self._window.ring(Lane.AUDIO)
            if isinstance(output, SegmentEnded):
                self._forget()

    def _forget(self) -> None:
        if self._receive in self._packaging.listeners:
            self._packaging.listeners.remove(self._receive)
