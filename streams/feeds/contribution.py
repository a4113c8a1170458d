"""A contribution: frames that come from outside, with their event times, as access units.

Pictures go through as they are. Sound that is AAC-LC, 48 kHz, stereo goes through on the grid of
the event (soundgrid.py); any other is decoded and coded anew in a thread (sound.py). Which of the
two is decided frame by frame: a sender that changes its sound gets another lane, without a word.

Where pictures come reordered, an IDR is shown its *lead* after it is decoded. That is taken off all
that is shown, sound included, so that a segment shows its first picture where it begins: a switch
to this sender would leave a hole in the picture otherwise.

Nothing is handed out before `start` or after `close`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.feeds.elementary import Coded
from streams.segments import AccessUnit, Lane
from streams.sound.sound import Sound
from streams.sound.sounddecoder import AnyToAac
from streams.sound.soundform import SoundForm
from streams.sound.soundgrid import SoundGrid
from streams.timeline import AUDIO_HZ, VIDEO_HZ, rescale

LEAD_MOVES_TICKS = VIDEO_HZ // 50
"""A lead that differs by less is the same one, of a sender whose times are not exact."""

Emit = Callable[[AccessUnit], None]


class Contribution:
    """One sender's frames on their way to a live source."""

    def __init__(self) -> None:
        self.pictures = self.keys = self.sounds = self.size_bytes = 0
        self._emit: Emit | None = None
        self._lead_ticks = 0
        self._grid = SoundGrid()
        self._sound: Sound | None = None
        self._form: SoundForm | None = None

    def start(self, emit: Emit) -> None:
        """Hand out access units from now on."""
        self._emit = emit

    def close(self) -> None:
        """Hand nothing out any more. Twice does nothing."""
        self._emit = None
        self._decode(None)

    def picture(self, coded: Coded, pts_ticks: int, dts_ticks: int) -> None:
        """Take a picture; ticks at 90 kHz on the event clock, dts rising."""
        self.pictures += 1
        self.keys += coded.key
        self.size_bytes += len(coded.data)
        if coded.key and abs(pts_ticks - dts_ticks - self._lead_ticks) > LEAD_MOVES_TICKS:
            self._lead_ticks = pts_ticks - dts_ticks
        shown_ticks = pts_ticks - self._lead_ticks
        if self._emit is not None:
            self._emit(AccessUnit(Lane.VIDEO, shown_ticks, dts_ticks, None, coded.key, coded.data))

    def sound(self, coded: Coded, ticks: int) -> None:
        """Take sound that begins at `ticks`, 90 kHz on the event clock."""
        self.sounds += 1
        self.size_bytes += len(coded.data)
        if self._emit is None:
            return
        if coded.form != self._form:
            self._decode(coded.form)
        at = rescale(ticks - self._lead_ticks, VIDEO_HZ, AUDIO_HZ)
        if self._sound is not None:
            self._sound.receive(at, coded.data)
        elif coded.form is None:
            for unit in self._grid.lay(at, coded.data):
                self._emit(unit)

    @property
    def coded_anew(self) -> str | None:
        """The codec of sound that is coded anew; None where it passes."""
        return self._form.codec if self._form else None

    def _decode(self, form: SoundForm | None) -> None:
        """Sound is of this form from here on."""
        if self._sound is not None:
            self._sound.close()
        self._sound, self._form = None, form
        if form is not None and self._emit is not None:
            call_soon = asyncio.get_running_loop().call_soon_threadsafe
            self._sound = Sound(call_soon, self._deliver, lane=lambda: AnyToAac(form))

    def _deliver(self, units: list[AccessUnit]) -> None:
        for unit in units:
            if self._emit is not None:
                self._emit(unit)
