"""A small copy of pictures that WebRTC cannot carry: decoded, made smaller, coded in one order.

Cheap on purpose (the fastest preset, at most 854x480) and without delay of its own. While more
than a few pictures wait, they are decoded and not coded: whoever begins in the middle of a group
is at its end after a moment, and a machine that is too slow shows fewer pictures, not later ones.
What cannot be decoded is left out; the next IDR mends it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av

from streams.encoder import VideoEncoder, VideoFormat
from streams.nalunits import split_lengths
from streams.segments import AccessUnit
from streams.timeline import VIDEO_HZ
from streams.webrtc.outbox import Frame

MOST_WIDTH, MOST_HEIGHT = 854, 480
BEHIND = 8
KEY_EVERY_TICKS = 2 * VIDEO_HZ
_START_CODE = b"\0\0\0\1"


class ProxyCoder:
    """Reordered pictures in, small ones in order out; no thread, no clock."""

    def __init__(self) -> None:
        self._decoder = _decoder()
        self._encoder: VideoEncoder | None = None
        self._size = (0, 0)
        self._key_ticks: int | None = None
        self._last_ticks: int | None = None

    def want_key(self) -> None:
        self._key_ticks = None

    def receive(self, unit: AccessUnit, waiting: int) -> list[Frame]:
        """Takes a picture in decode order; gives what can be shown."""
        if not unit.data:
            return []  # to the decoder that would be the end of everything
        packet = av.Packet(_start_coded(unit.data))
        packet.pts, packet.dts = unit.pts_ticks, unit.dts_ticks
        try:
            decoded = self._decoder.decode(packet)
        except av.error.FFmpegError:
            return []
        return [f for d in decoded if waiting <= BEHIND for f in self._encode(d)]

    def _encode(self, picture: av.VideoFrame) -> list[Frame]:
        ticks = picture.pts
        if ticks is None or (self._last_ticks is not None and ticks <= self._last_ticks):
            return []
        self._last_ticks = ticks
        small = self._made_small(picture)
        assert self._encoder is not None
        key = self._key_ticks is None or ticks - self._key_ticks >= KEY_EVERY_TICKS
        if key:
            self._key_ticks = ticks
        return [
            Frame(unit.pts_ticks, unit.key, _start_coded(unit.data))
            for unit in self._encoder.encode(small, ticks, key)
        ]

    def _made_small(self, picture: av.VideoFrame) -> av.VideoFrame:
        size = small_size(picture.width, picture.height)
        if size != self._size:
            form = VideoFormat(
                *size, keyframe_s=Fraction(600), preset="ultrafast", crf=26, tune="zerolatency"
            )
            self._size, self._encoder, self._key_ticks = size, VideoEncoder(form), None
        return picture.reformat(*size, format="yuv420p")


def small_size(width: int, height: int) -> tuple[int, int]:
    """The largest even size of the same shape that a proxy may have."""
    scale = max(width / MOST_WIDTH, height / MOST_HEIGHT, 1)
    return max(2, int(width / scale) // 2 * 2), max(2, int(height / scale) // 2 * 2)


def _start_coded(data: bytes) -> bytes:
    return b"".join(_START_CODE + nal for nal in split_lengths(data))


def _decoder() -> Any:
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    return decoder
