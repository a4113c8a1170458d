"""A film that has been taken in: frames from a file, from any start, nothing coded again.

The file is what `intake.py` made or let pass: H.264 with an IDR at least every six seconds, AAC-LC
48 kHz stereo or no sound at all. Its times are the file's own; here they are moved so that the
first picture is shown exactly at the start. Pictures in front of the first IDR's own time (those of
an open group) are left out, and decode times are moved alike, so that a pts may lie before its dts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import floor
from pathlib import Path

import av
from av.container import InputContainer

from streams.clips import first_audio_ticks, interleave
from streams.encoder import audio_unit, silent_frame
from streams.nalunits import is_idr, parameters_of_avcc, sample, split_lengths
from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ

LONGEST_GAP_S = 6.0
NEARLY_S = 0.001
_GUESS = Fraction(1, 25)


@dataclass(frozen=True, slots=True)
class Film:
    """A film on disk.

    Args:
        path: an MP4 as `intake.py` leaves it.
        duration_s: of its pictures.
    """

    path: Path
    duration_s: float

    @classmethod
    def open(cls, path: Path) -> Film:
        """The film in a file. Raises OSError or av.FFmpegError where there is none."""
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            length = stream.duration and stream.time_base and stream.duration * stream.time_base
            return cls(path, float(length or Fraction(file.duration or 0, 1_000_000)))

    def access_units(self, start_ticks: int, offset_s: float = 0.0) -> Iterator[AccessUnit]:
        """Its frames in decode order, both lanes interleaved.

        Args:
            start_ticks: of its first picture, in video ticks on the event clock.
            offset_s: begin at the last IDR before this place; past the end there is nothing.
        """
        if offset_s >= self.duration_s:
            return iter(())
        began_s = self._idr_before(offset_s)
        return interleave(self._video(start_ticks, began_s), self._sound(start_ticks, began_s))

    def entry_ticks(self, offset_s: float) -> int:
        """Where in it frames from a place on begin, counted from its first picture; video ticks."""
        if offset_s <= 0:
            return 0
        return _ticks(self._idr_before(offset_s) - self._idr_before(0.0))

    def _idr_before(self, offset_s: float) -> Fraction:
        """When the last IDR not after a place is shown, in the file's own seconds."""
        with av.open(str(self.path)) as file:
            found: Fraction | None = None
            for picture in _pictures(file, max(0.0, offset_s - LONGEST_GAP_S)):
                if found is not None and picture.shown_s > offset_s:
                    break
                if picture.key:
                    found = picture.shown_s
            if found is None:
                raise ValueError("expected a film that begins with an IDR, got none")
            return found

    def _video(self, start_ticks: int, began_s: Fraction) -> Iterator[AccessUnit]:
        with av.open(str(self.path)) as file:
            pictures = _pictures(file, float(began_s))
            first = picture = next(pictures)
            for following in pictures:
                lasts = following.decoded_s - picture.decoded_s
                yield _unit(picture, first, start_ticks, lasts)
                picture = following
            yield _unit(picture, first, start_ticks, _GUESS)

    def _sound(self, start_ticks: int, began_s: Fraction) -> Iterator[AccessUnit]:
        """The file's sound on the grid, silence where it has none or has ended."""
        places = count(first_audio_ticks(start_ticks), AAC_FRAME_TICKS)
        filled = 0
        for number, data in self._frames_of_sound(began_s):
            # A hole in the file's own times is silence; what overlaps is left out.
            for _ in range(filled, number):
                yield audio_unit(next(places), silent_frame())
            if number >= filled:
                yield audio_unit(next(places), data)
                filled = number + 1
        for place in places:
            yield audio_unit(place, silent_frame())

    def _frames_of_sound(self, began_s: Fraction) -> Iterator[tuple[int, bytes]]:
        """Frames from a place on, each with its number counted in frames from there."""
        with av.open(str(self.path)) as file:
            if not file.streams.audio:
                return
            stream = file.streams.audio[0]
            base = stream.time_base or Fraction(1, AUDIO_HZ)
            file.seek(int(began_s / base), stream=stream, backward=True)
            for packet in file.demux(stream):
                if packet.pts is None or not packet.size:
                    continue
                after = (packet.pts * base - began_s) * AUDIO_HZ / AAC_FRAME_TICKS
                # Half a frame is rounded up, always: evenly spaced frames get numbers in a row.
                if (number := floor(after + Fraction(1, 2))) >= 0:
                    yield number, bytes(packet)


@dataclass(frozen=True, slots=True)
class _Picture:
    """One coded picture; seconds of the file."""

    shown_s: Fraction
    decoded_s: Fraction
    key: bool
    data: bytes


def _pictures(file: InputContainer, from_s: float) -> Iterator[_Picture]:
    """The pictures from the first IDR not before a place; an open group's leading ones left out.

    A seek lands on what the file calls a keyframe, which need not be an IDR.
    """
    stream = file.streams.video[0]
    base = stream.time_base or Fraction(1, VIDEO_HZ)
    length_bytes, parameters = parameters_of_avcc(stream.codec_context.extradata or b"")
    file.seek(int(Fraction(from_s) / base), stream=stream, backward=True)
    first_s: Fraction | None = None
    for packet in file.demux(stream):
        if packet.pts is None or packet.dts is None:
            continue
        nals = list(split_lengths(bytes(packet), length_bytes))
        key, shown_s = is_idr(nals), packet.pts * base
        if first_s is None and key and shown_s > from_s - NEARLY_S:
            first_s = shown_s
        if first_s is None or shown_s < first_s:
            continue
        yield _Picture(shown_s, packet.dts * base, key, sample(nals, parameters))


def _unit(picture: _Picture, first: _Picture, start_ticks: int, lasts: Fraction) -> AccessUnit:
    return AccessUnit(
        Lane.VIDEO,
        start_ticks + _ticks(picture.shown_s - first.shown_s),
        start_ticks + _ticks(picture.decoded_s - first.decoded_s),
        max(1, _ticks(picture.decoded_s + lasts) - _ticks(picture.decoded_s)),
        picture.key,
        picture.data,
    )


def _ticks(seconds: Fraction) -> int:
    return round(seconds * VIDEO_HZ)
