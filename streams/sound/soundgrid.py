"""AAC frames that came from elsewhere, laid onto the grid of the event.

Every frame of the event begins at a multiple of 1024 (clips.py). Frames that were coded elsewhere
cannot be stretched, so the sender's crystal shows in whole frames: a frame is laid at the next
place as long as it is no more than three quarters of a frame away from it. Beyond that one frame is
said twice, or one left out: at 100 ppm once in three and a half minutes, 21 ms. A hole of more than
two frames stays a hole, which the segmenter makes silence of.
"""

from __future__ import annotations

from streams.encoder import audio_unit
from streams.segments import AccessUnit
from streams.timeline import AAC_FRAME_TICKS

TOLERANCE_TICKS = AAC_FRAME_TICKS * 3 // 4
_TWICE_TICKS = 2 * AAC_FRAME_TICKS


class SoundGrid:
    """Lays one sender's frames."""

    def __init__(self) -> None:
        self.repeated = 0
        self.left_out = 0
        self._next: int | None = None
        self._last, self._last_ticks = b"", 0

    def lay(self, ticks: int, data: bytes) -> list[AccessUnit]:
        """Lay a frame whose first sample belongs at `ticks` (48 kHz, on the event clock)."""
        if self._next is None:
            self._next = _place_from(ticks)
            self._last_ticks = ticks - AAC_FRAME_TICKS
        late = ticks - self._next
        if late < -TOLERANCE_TICKS or ticks - self._last_ticks < AAC_FRAME_TICKS // 2:
            self.left_out += 1
            return []
        units: list[AccessUnit] = []
        if late > _TWICE_TICKS:
            self._next = _place_from(ticks)
        elif late > TOLERANCE_TICKS:
            self.repeated += 1
            units.append(self._put(self._last))
        self._last, self._last_ticks = data, ticks
        return [*units, self._put(data)]

    def _put(self, data: bytes) -> AccessUnit:
        assert self._next is not None
        unit = audio_unit(self._next, data)
        self._next += AAC_FRAME_TICKS
        return unit


def _place_from(ticks: int) -> int:
    """The nearest place on the grid."""
    return (ticks + AAC_FRAME_TICKS // 2) // AAC_FRAME_TICKS * AAC_FRAME_TICKS
