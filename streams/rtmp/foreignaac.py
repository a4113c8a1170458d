"""AAC of another kind (44.1 kHz, mono, HE-AAC) as AAC-LC, 48 kHz stereo.

Laid down by timestamp like a WHIP publisher's Opus (sound.py); only the decoder is another one, and
what it gives is resampled. A decoder may learn from its first frames that it is HE-AAC, and change
rate or channels then: the resampler is made anew for what comes.
"""

from __future__ import annotations

from typing import Any

import av

from streams.sound.sound import OpusToAac
from streams.timeline import AUDIO_HZ

_SAMPLE_BYTES = 4
_HEARD = tuple[int, str, str]


class ForeignAacToAac(OpusToAac):
    """Turns one publisher's AAC frames into AAC access units; no thread, no clock.

    Args:
        config: the AudioSpecificConfig.
    """

    def __init__(self, config: bytes) -> None:
        super().__init__()
        self._decoder = _aac_decoder(config)
        self._heard: _HEARD | None = None
        self._resampler: Any = None

    def _decode(self, data: bytes) -> bytes:
        if not data:
            return b""
        try:
            frames = self._decoder.decode(av.Packet(data))
            return b"".join(self._samples_of(frame) for frame in frames)
        except (av.FFmpegError, ValueError):
            return b""

    def _samples_of(self, frame: Any) -> bytes:
        heard = (frame.sample_rate, frame.layout.name, frame.format.name)
        if heard != self._heard:
            self._heard = heard
            self._resampler = av.AudioResampler(format="s16", layout="stereo", rate=AUDIO_HZ)
        frame.pts = None
        return b"".join(
            bytes(made.planes[0])[: made.samples * _SAMPLE_BYTES]
            for made in self._resampler.resample(frame)
        )


def _aac_decoder(config: bytes) -> Any:
    decoder: Any = av.CodecContext.create("aac", "r")
    decoder.extradata = config
    return decoder
