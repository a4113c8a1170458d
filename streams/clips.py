"""What can be played out: a slate, a film.

A clip gives its access units from any start on the event clock, as often as wanted. Its first
picture is an IDR shown exactly at the start.

Sound keeps to one *grid* for the whole event: every AAC frame starts at a multiple of 1024 on the
event clock. So at a cut the outgoing clip's last frame ends where the incoming one's first begins:
no hole, no overlap, however often the day is cut. The price is that a film's sound comes up to
21 ms late, which nobody sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ, rescale_up


class Clip(Protocol):
    """Something that can be played out from any start."""

    @property
    def duration_s(self) -> float | None:
        """How long it lasts; None: endless."""

    def access_units(self, start_ticks: int) -> Iterator[AccessUnit]:
        """Its frames in decode order, both lanes interleaved.

        Args:
            start_ticks: of its first picture, in video ticks on the event clock.
        """


def first_audio_ticks(start_ticks: int) -> int:
    """The first place on the grid of sound not before an instant.

    Args:
        start_ticks: in video ticks.

    Returns:
        Audio ticks, a multiple of 1024.
    """
    not_before = rescale_up(start_ticks, VIDEO_HZ, AUDIO_HZ)
    return -(-not_before // AAC_FRAME_TICKS) * AAC_FRAME_TICKS


def interleave(video: Iterable[AccessUnit], audio: Iterable[AccessUnit]) -> Iterator[AccessUnit]:
    """Two lanes as one row in order of decode time; of two at the same instant video is first.

    It ends with the video.
    """
    sounds = iter(audio)
    sound = next(sounds, None)
    for picture in video:
        while sound and _instant(sound) < _instant(picture):
            yield sound
            sound = next(sounds, None)
        yield picture
        end_ticks = picture.dts_ticks + (picture.duration_ticks or 0)
    while sound and _instant(sound) < end_ticks * AUDIO_HZ:
        yield sound
        sound = next(sounds, None)


def _instant(unit: AccessUnit) -> int:
    """Decode time in a unit that both rates divide."""
    return unit.dts_ticks * (AUDIO_HZ if unit.lane is Lane.VIDEO else VIDEO_HZ)
