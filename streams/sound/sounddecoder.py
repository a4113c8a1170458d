"""Sound of other kinds as samples: what broadcast feeds and foreign playlists carry.

A decoder takes what one PES packet or sample holds, finds the frames in it, decodes them and brings
them to 16 bit, stereo, 48 kHz. What cannot be decoded is nothing; its place becomes silence
(sound.py). It lives in the sound's thread and never in the event loop.

Opus in transport streams stands behind a control header of its own: ten ones, three flags, and a
length that is the sum of its bytes up to the first below 255.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av

from streams.sound.sound import OpusToAac
from streams.sound.soundform import KNOWN, SoundForm
from streams.timeline import AUDIO_HZ

Decode = Callable[[bytes], bytes]
"""A packet as samples: 16 bit, stereo, 48 kHz, interleaved; none where it cannot be decoded."""

_SAMPLE_BYTES = 4
_MOST_PARSED = 256


class AnyToAac(OpusToAac):
    """Turns one sender's sound of any kind into AAC access units; no thread, no clock."""

    def __init__(self, form: SoundForm) -> None:
        super().__init__()
        self._decode_any = decoder_of(form)()

    def _decode(self, data: bytes) -> bytes:
        return self._decode_any(data) if data else b""


def decoder_of(form: SoundForm) -> Callable[[], Decode]:
    """How the decoder of a form is made.

    Raises:
        KeyError: nobody here knows the codec.
    """
    if form.codec not in KNOWN:
        raise KeyError(form.codec)
    if form.codec == "opus":
        return (lambda: OpusToAac()._decode) if form.framed else _OpusInTransport
    return lambda: _Decoder(form)


class _Decoder:
    """Any codec that FFmpeg decodes, one stream of it."""

    def __init__(self, form: SoundForm) -> None:
        self._context: Any = av.CodecContext.create(form.codec, "r")
        if form.config:
            self._context.extradata = form.config
        self._framed = form.framed
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None

    def __call__(self, data: bytes) -> bytes:
        out = bytearray()
        for packet in self._packets(data):
            try:
                frames = self._context.decode(packet)
                out += b"".join(self._samples(frame) for frame in frames)
            except (av.FFmpegError, ValueError):
                self._resampler = None
        return bytes(out)

    def _packets(self, data: bytes) -> Iterator[Any]:
        if self._framed:
            yield av.Packet(data)
            return
        try:
            yield from self._context.parse(data)[:_MOST_PARSED]
        except (av.FFmpegError, ValueError):
            return

    def _samples(self, frame: av.AudioFrame) -> bytes:
        shape = frame.format.name, frame.layout.name, frame.sample_rate
        if self._resampler is None or shape != self._shape:
            self._shape = shape
            self._resampler = av.AudioResampler(format="s16", layout="stereo", rate=AUDIO_HZ)
        frame.pts = None
        made = self._resampler.resample(frame)
        return b"".join(bytes(each.planes[0])[: each.samples * _SAMPLE_BYTES] for each in made)


class _OpusInTransport:
    """Opus packets behind their control headers."""

    def __init__(self) -> None:
        self._decode = OpusToAac()._decode

    def __call__(self, data: bytes) -> bytes:
        return b"".join(self._decode(packet) for packet in opus_packets(data))


def opus_packets(data: bytes) -> Iterator[bytes]:
    """The Opus packets of one PES packet; what does not begin with a control header ends it."""
    at = 0
    while at + 3 <= len(data) and data[at] == 0x7F and data[at + 1] & 0xE0 == 0xE0:
        flags = data[at + 1]
        at, size = at + 2, 0
        while at < len(data) and data[at] == 0xFF:
            size, at = size + 255, at + 1
        if at >= len(data):
            return
        size, at = size + data[at], at + 1
        at += 2 * bool(flags & 0x10) + 2 * bool(flags & 0x08)
        if flags & 0x04 and at < len(data):
            at += 1 + data[at]
        yield data[at : at + size]
        at += size
