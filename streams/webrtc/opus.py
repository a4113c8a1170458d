"""AAC-LC as Opus, 48 kHz stereo, for browsers' WebRTC.

Sound is laid down by its time on the event clock, so that it stays beside the picture over cuts:
a hole of up to a second becomes silence, a longer one a jump, and what overlaps is left out. One
decoder and one encoder live as long as somebody listens.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av

from streams.segments import AccessUnit
from streams.timeline import AUDIO_HZ
from streams.webrtc.outbox import Frame

FRAME_TICKS = 960
"""20 ms, what browsers expect."""
BIT_RATE = 96_000
_SAMPLE_BYTES = 4
_LONGEST_SILENCE_TICKS = AUDIO_HZ
_NEARLY_TICKS = 64
_TIME_BASE = Fraction(1, AUDIO_HZ)
_AAC_LC_48_STEREO = bytes((0x11, 0x90))
"""AudioSpecificConfig (ISO 14496-3 1.6.2.1)."""


class OpusCoder:
    """AAC frames in, Opus packets out; no thread, no clock."""

    def __init__(self) -> None:
        self._decoder = _aac_decoder()
        self._interleaved = av.AudioResampler(format="s16", layout="stereo", rate=AUDIO_HZ)
        self._encoder = _opus_encoder()
        self._samples = bytearray()
        self._end: int | None = None

    def want_key(self) -> None:
        """Sound can start anywhere."""

    def receive(self, unit: AccessUnit, waiting: int) -> list[Frame]:
        """Lays one AAC frame; gives the packets that it completes."""
        samples = self._decode(unit.data)
        if not samples:
            return []
        if self._end is None or unit.pts_ticks - self._end > _LONGEST_SILENCE_TICKS:
            self._samples.clear()
            self._end = unit.pts_ticks
        gap = unit.pts_ticks - self._end
        if gap > _NEARLY_TICKS:
            samples = bytes(gap * _SAMPLE_BYTES) + samples
        elif gap < -_NEARLY_TICKS:
            samples = samples[-gap * _SAMPLE_BYTES :]
        return self._lay(samples)

    def _lay(self, samples: bytes) -> list[Frame]:
        assert self._end is not None
        self._samples += samples
        self._end += len(samples) // _SAMPLE_BYTES
        frames: list[Frame] = []
        size = FRAME_TICKS * _SAMPLE_BYTES
        while len(self._samples) >= size:
            ticks = self._end - len(self._samples) // _SAMPLE_BYTES
            frames += self._encode(ticks, bytes(self._samples[:size]))
            del self._samples[:size]
        return frames

    def _encode(self, ticks: int, samples: bytes) -> list[Frame]:
        frame = av.AudioFrame(format="s16", layout="stereo", samples=FRAME_TICKS)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.time_base, frame.pts = AUDIO_HZ, _TIME_BASE, ticks
        return [Frame(packet.pts, True, bytes(packet)) for packet in self._encoder.encode(frame)]

    def _decode(self, aac: bytes) -> bytes:
        try:
            planar = self._decoder.decode(av.Packet(aac))
        except av.error.FFmpegError:
            return b""
        frames = [frame for each in planar for frame in self._interleaved.resample(each)]
        return b"".join(bytes(f.planes[0])[: f.samples * _SAMPLE_BYTES] for f in frames)


def _aac_decoder() -> Any:
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = _AAC_LC_48_STEREO
    decoder.sample_rate, decoder.layout = AUDIO_HZ, "stereo"
    return decoder


def _opus_encoder() -> Any:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "s16", "stereo", AUDIO_HZ
    encoder.bit_rate, encoder.time_base = BIT_RATE, _TIME_BASE
    encoder.options = {"application": "audio", "frame_duration": "20"}
    encoder.open()
    return encoder
