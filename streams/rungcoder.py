"""The coder of a rung: pictures in, smaller pictures out, in a process of its own.

`python -m streams.rungcoder HEIGHT_PX NICE` reads messages from its standard input and writes
messages to its standard output. A message is a head of 21 bytes, big-endian, and a body:

    kind   number        flag          size of the body
    1      8, signed     8, signed     4

    G      -             -             in: another generation follows, with other parameters
    B      segment       -             in: a segment begins; its first picture becomes an IDR
    U      pts           1: an IDR     in: a picture in length form; out: the same, smaller
    E      segment       -             in: the segment has ended; out: all its pictures are out

Pictures come out in the order in which they are shown, and none is held back when a segment ends: a
decoder that holds some (pictures leaned on later ones) is emptied there. It can then only go on at
an IDR, with which nearly every segment begins; where one does not, pictures are left out until the
next, as is every picture that cannot be decoded. When the input ends, so does the process; it runs
at low priority, because the top rendition never waits for it.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import av

from streams.encoder import VideoEncoder, VideoFormat
from streams.nalunits import split_lengths
from streams.timeline import VIDEO_HZ

HEAD = struct.Struct(">cqqI")
LARGEST_BODY = 16 * 1024 * 1024
RUNG_BIT_RATE = 700_000
NICE = 5


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as the module describes it."""

    kind: bytes
    number: int = 0
    flag: int = 0
    body: bytes = b""

    def packed(self) -> bytes:
        return HEAD.pack(self.kind, self.number, self.flag, len(self.body)) + self.body


class Coder:
    """One source's pictures made smaller.

    Args:
        height_px: of the pictures that come out, even; the width follows from the shape.
    """

    def __init__(self, height_px: int) -> None:
        self._height = height_px
        self._wants_key = True
        self._begin_generation()

    def answer(self, message: Message) -> Iterator[Message]:
        """What one message leads to."""
        match message.kind:
            case b"G":
                yield from self._emptied()
                self._begin_generation()
            case b"B":
                self._wants_key = True
            case b"U":
                yield from self._decoded(message)
            case b"E":
                yield from self._emptied()
                yield message

    def _begin_generation(self) -> None:
        self._encoder: VideoEncoder | None = None
        self._decoder = av.CodecContext.create("h264", "r")
        self._decoder.thread_count = 1
        self._held = 0
        self._needs_idr = True

    def _decoded(self, message: Message) -> Iterator[Message]:
        if message.flag:
            yield from self._emptied()
            self._needs_idr = False
        if self._needs_idr:
            return
        packet = av.Packet(b"".join(b"\0\0\0\1" + nal for nal in split_lengths(message.body)))
        packet.pts, packet.time_base = message.number, Fraction(1, VIDEO_HZ)
        self._held += 1
        yield from self._shown(packet)

    def _emptied(self) -> Iterator[Message]:
        """What the decoder holds back, if it holds any."""
        if self._held > 0:
            yield from self._shown(None)
            self._decoder.flush_buffers()
            self._held, self._needs_idr = 0, True

    def _shown(self, packet: av.Packet | None) -> Iterator[Message]:  # type: ignore[type-arg]
        try:
            frames = self._decoder.decode(packet)
        except av.FFmpegError:
            self._held -= 1
            return
        self._held -= len(frames)
        for frame in frames:
            yield from self._coded(frame)

    def _coded(self, frame: av.VideoFrame) -> Iterator[Message]:
        if frame.pts is None:
            return
        if self._encoder is None:
            width = max(2, round(frame.width * self._height / frame.height / 2) * 2)
            self._size = (width, self._height)
            self._encoder = VideoEncoder(
                VideoFormat(
                    *self._size,
                    Fraction(25),
                    Fraction(10),
                    crf=25,
                    tune="zerolatency",
                    most_bits_per_s=RUNG_BIT_RATE,
                )
            )
        smaller = frame.reformat(*self._size, format="yuv420p")
        key, self._wants_key = self._wants_key, False
        for unit in self._encoder.encode(smaller, frame.pts, key=key):
            yield Message(b"U", unit.pts_ticks, int(unit.key), unit.data)


def read_message(stream: BinaryIO) -> Message | None:
    """The next message; None at the end of the stream. Raises ValueError for a huge body."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    kind, number, flag, size = HEAD.unpack(head)
    if size > LARGEST_BODY:
        raise ValueError(f"expected a body of at most {LARGEST_BODY} bytes; came {size}")
    body = stream.read(size)
    return Message(kind, number, flag, body) if len(body) == size else None


def main(height_px: int, nice: int = NICE) -> int:
    """Code until the input ends."""
    os.nice(nice)
    coder, source, out = Coder(height_px), sys.stdin.buffer, sys.stdout.buffer
    while (message := read_message(source)) is not None:
        for answer in coder.answer(message):
            out.write(answer.packed())
        out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
