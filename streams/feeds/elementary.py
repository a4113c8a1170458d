"""A feed's elementary streams as coded frames: what a PES packet holds, and whether it is of use.

Pictures: the NAL units of each access unit in length form, SPS and PPS before every IDR. Until the
first IDR with parameters nothing comes out, and after a loss nothing until the next. Several access
units in one PES packet are parted at their delimiters. Sound: AAC frames one by one, other codecs
as they lie in the packet.

What a feed sends and nobody can show is told as *trouble*: a code and a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from streams.feeds.transportstream import Pes
from streams.nalunits import NalType, is_idr, nal_type, sample, split_start_codes
from streams.segments import Lane
from streams.sound.adts import SAMPLES, AdtsFrames
from streams.sound.soundform import KNOWN, SoundForm
from streams.timeline import VIDEO_HZ

_STEP_GUESS_TICKS = VIDEO_HZ // 25
_MOST_WITHOUT_IDR = 300
MOST_PARAMETER_BYTES = 4096
"""They are said again before every IDR that brings none, so large ones would multiply."""
_PARAMETERS = frozenset({NalType.SPS, NalType.PPS})


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded frame on its stream's own count.

    Args:
        pts, dts: at 90 kHz, as the stream counts.
        data: a picture as an access unit wants it; sound as `form` says.
        form: how sound must be decoded; None: it is AAC-LC, 48 kHz, stereo, one raw frame.
    """

    lane: Lane
    pts: int
    dts: int
    key: bool
    data: bytes
    form: SoundForm | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a feed cannot be shown, or not whole: a stable code and a sentence."""

    code: str
    detail: str


class Pictures:
    """Gate of a feed's pictures: parameters in front of every IDR, nothing before the first."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = None
        self._parameters: tuple[bytes, ...] = ()
        self._open = False
        self._without_idr = 0

    def shut(self) -> None:
        """Something is missing: wait for the next IDR."""
        self._open = False

    def admit(self, nals: list[bytes]) -> tuple[bool, bytes] | None:
        """Whether it is an IDR, and the picture as an access unit wants it; None: not shown."""
        own = tuple(nal for nal in nals if nal_type(nal) in _PARAMETERS)
        small = sum(map(len, own)) <= MOST_PARAMETER_BYTES
        if small and any(nal_type(nal) == NalType.SPS for nal in own):
            self._parameters = own
        key = is_idr(nals)
        self._note(key)
        self._open = self._open or (key and bool(self._parameters))
        data = sample(nals, self._parameters) if self._open else b""
        return (key, data) if data else None

    def _note(self, key: bool) -> None:
        self._without_idr = 0 if key else self._without_idr + 1
        if self._without_idr >= _MOST_WITHOUT_IDR:
            detail = f"expected an IDR every two seconds; came none in {_MOST_WITHOUT_IDR} pictures"
            self.trouble = Trouble("no_idr", detail)
        elif key:
            self.trouble = None


class Elementary:
    """The two streams of one feed."""

    def __init__(self) -> None:
        self._pictures = Pictures()
        self._frames = AdtsFrames()
        self._next_sound: int | None = None
        self._last_dts: int | None = None
        self._step = _STEP_GUESS_TICKS
        self._refused: dict[Lane, Trouble] = {}

    @property
    def trouble(self) -> Trouble | None:
        """What keeps the picture, or else the sound, from being shown."""
        refused = self._refused
        return refused.get(Lane.VIDEO) or self._pictures.trouble or refused.get(Lane.AUDIO)

    def receive(self, pes: Pes) -> Iterator[Coded]:
        """The frames in a PES packet, each with its times."""
        known = {"h264"} if pes.lane is Lane.VIDEO else KNOWN
        if pes.codec not in known:
            self._refused[pes.lane] = _refusal(pes)
            return
        self._refused.pop(pes.lane, None)
        if pes.lane is Lane.VIDEO:
            yield from self._receive_pictures(pes)
        elif pes.codec == "aac":
            yield from self._receive_aac(pes)
        elif pes.pts is not None:
            form = SoundForm(pes.codec, framed=False)
            yield Coded(Lane.AUDIO, pes.pts, pes.pts, True, pes.data, form)

    def _receive_pictures(self, pes: Pes) -> Iterator[Coded]:
        if pes.lost_before or pes.pts is None or pes.dts is None:
            self._pictures.shut()
        if pes.pts is None or pes.dts is None:
            return
        if self._last_dts is not None and 0 < pes.dts - self._last_dts < VIDEO_HZ:
            self._step = pes.dts - self._last_dts
        self._last_dts = pes.dts
        for number, nals in enumerate(_access_units(pes.data)):
            admitted = self._pictures.admit(nals)
            if admitted is not None:
                later = number * self._step
                yield Coded(Lane.VIDEO, pes.pts + later, pes.dts + later, *admitted)

    def _receive_aac(self, pes: Pes) -> Iterator[Coded]:
        if pes.lost_before:
            self._frames.drop_rest()
            self._next_sound = None
        # The time is that of the first frame that begins here; one may have begun before.
        carried = self._frames.carried and self._next_sound is not None
        base, number = (self._next_sound if carried else pes.pts), 0
        for frame in self._frames.receive(pes.data):
            if base is None:
                return
            pts = base + number * SAMPLES * VIDEO_HZ // frame.form.rate_hz
            number += 1
            self._next_sound = base + number * SAMPLES * VIDEO_HZ // frame.form.rate_hz
            ours = frame.form.ours
            form = None if ours else SoundForm("aac")
            yield Coded(Lane.AUDIO, pts, pts, True, frame.raw if ours else frame.data, form)
            if carried and pes.pts is not None:
                carried, base, number = False, pes.pts, 0


def _access_units(data: bytes) -> Iterator[list[bytes]]:
    """The NAL units of each picture, parted at access unit delimiters."""
    nals: list[bytes] = []
    for nal in split_start_codes(data):
        if nal_type(nal) == NalType.DELIMITER and nals:
            yield nals
            nals = []
        nals.append(nal)
    if nals:
        yield nals


def _refusal(pes: Pes) -> Trouble:
    if pes.lane is Lane.VIDEO:
        return Trouble("not_h264", f"expected H.264 pictures; came {pes.codec}")
    return Trouble("unknown_sound", f"expected AAC, MP2, AC-3 or Opus; came {pes.codec}")
