"""How loud an input is: a moment of every second is decoded, and its peak and power taken.

A moment is four frames of AAC, 85 ms. Two before them are decoded and thrown away: a frame leans
on the one before it, and after a pause that one is another's. It costs less than a millisecond for
a second of sound.
"""

from __future__ import annotations

from array import array
from math import log10
from typing import Any

import av

from streams.health import Loud

LEADING, HEARD = 2, 4
EVERY = 47
"""Frames: a second."""
FLOOR_DB = -100.0
_CONFIG = b"\x11\x90"
"""AAC-LC, 48 kHz, stereo (ISO 14496-3, 1.6.2.1)."""


class Loudness:
    """Listens to the raw AAC frames of one input, in order."""

    def __init__(self) -> None:
        self._decoder = _decoder()
        self._count = 0
        self._samples = array("f")

    def receive(self, frame: bytes) -> Loud | None:
        """Takes a frame in; once a second it says how loud the moment was."""
        at, self._count = self._count, (self._count + 1) % EVERY
        if at >= LEADING + HEARD:
            return None
        heard = self._decode(frame)
        if at >= LEADING:
            self._samples += heard
        if at < LEADING + HEARD - 1:
            return None
        samples, self._samples = self._samples, array("f")
        return _loud(samples)

    def _decode(self, frame: bytes) -> array[float]:
        samples = array("f")
        try:
            decoded = self._decoder.decode(av.Packet(frame))
        except av.FFmpegError:
            self._decoder = _decoder()
            return samples
        for each in decoded:
            for plane in each.planes:
                samples.frombytes(bytes(plane)[: each.samples * samples.itemsize])
        return samples


def _decoder() -> Any:
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = _CONFIG
    return decoder


def _loud(samples: array[float]) -> Loud | None:
    if not samples:
        return None
    peak = max(max(samples), -min(samples))
    power = sum(each * each for each in samples) / len(samples)
    return Loud(_db(peak), _db(power**0.5))


def _db(amplitude: float) -> float:
    return round(max(FLOOR_DB, 20 * log10(amplitude)), 1) if amplitude > 0 else FLOOR_DB
