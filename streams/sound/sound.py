"""A publisher's Opus as AAC-LC, 48 kHz stereo, without a hole.

Sound is laid down by timestamp, not by count: `end` is the event tick behind the last sample that
was laid. A packet that begins later leaves a gap, which is silence (Opus sends nothing while nobody
speaks); one that begins earlier is cut at its front. Differences below the tolerance are the two
crystals drifting apart: one sample in 20 ms is doubled or left out, which nobody hears and which
follows a drift of 0.1 %.

Frames lie on the grid of AAC frames that clips keep, so that a cut finds no hole and no overlap
between sounds: where laying begins (and after a silence too long to be coded) the first packet is
laid exactly where its time says, with silence or its own cut front before it.

One encoder lives as long as its publisher. An AAC encoder says everything two frames late and
begins with a frame of nothing (priming, 1024 samples); that first frame is thrown away, so each
frame that comes out stands for exactly the 1024 samples that its time says.

`Sound` runs this in a thread: one bounded queue in, one thread-safe call out. When the queue is
full a packet is dropped and counted; its place becomes silence.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av

from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ

AAC_BIT_RATE = 128_000
_SAMPLE_BYTES = 4
_FRAME_BYTES = AAC_FRAME_TICKS * _SAMPLE_BYTES
_GAP_TICKS = AUDIO_HZ * 15 // 1000
_DRIFT_TICKS = AUDIO_HZ // 1000
_STEP_EVERY_TICKS = AUDIO_HZ // 50
_LONGEST_SILENCE_TICKS = AUDIO_HZ * 60
_TIME_BASE = Fraction(1, AUDIO_HZ)
_OPUS_SILENCE = b"\xf8\xff\xfe"
"""20 ms (RFC 6716 3.1: CELT, full band, one frame)."""


class OpusToAac:
    """Turns one publisher's Opus packets into AAC access units; no thread, no clock."""

    def __init__(self) -> None:
        self._decoder = _opus_decoder()
        self._start_encoder()
        self._exact = True
        self.end: int | None = None
        """Event tick behind the last sample laid; None before the beginning."""

    def _start_encoder(self) -> None:
        self._encoder = _aac_encoder()
        self._planar = av.AudioResampler(format="fltp", layout="stereo", rate=AUDIO_HZ)
        self._samples = bytearray()
        self._primed = False

    def begin(self, ticks: int) -> None:
        """Lay from the first frame of the grid at or after this, unless something was laid."""
        if self.end is None:
            self.end = _on_grid(ticks)

    def receive(self, ticks: int, opus: bytes) -> list[AccessUnit]:
        """Lay one Opus packet that begins at `ticks`; returns the frames that it completes."""
        samples = self._decode(opus)
        self.begin(ticks)
        assert self.end is not None
        units = self._lay_silence(ticks - self.end) if self._is_gap(ticks - self.end) else []
        late = self.end - ticks
        if late > _GAP_TICKS or (self._exact and late > 0):
            samples = samples[late * _SAMPLE_BYTES :]
        elif abs(late) > _DRIFT_TICKS:
            samples = _stretched(samples, -1 if late > 0 else 1)
        self._exact = self._exact and not samples
        return units + self._lay(samples)

    def _is_gap(self, ticks: int) -> bool:
        return ticks > _GAP_TICKS or (self._exact and ticks > 0)

    def fill_until(self, ticks: int) -> list[AccessUnit]:
        """Lay silence up to `ticks` where nothing was laid; returns the frames completed."""
        self.begin(ticks)
        assert self.end is not None
        return self._lay_silence(ticks - self.end) if ticks > self.end else []

    def _lay_silence(self, ticks: int) -> list[AccessUnit]:
        if ticks <= _LONGEST_SILENCE_TICKS:
            return self._lay(bytes(ticks * _SAMPLE_BYTES))
        assert self.end is not None
        self.end, self._exact = _on_grid(self.end + ticks), True
        self._start_encoder()
        return []

    def _lay(self, samples: bytes) -> list[AccessUnit]:
        assert self.end is not None
        self._samples += samples
        self.end += len(samples) // _SAMPLE_BYTES
        units: list[AccessUnit] = []
        while len(self._samples) >= _FRAME_BYTES:
            ticks = self.end - len(self._samples) // _SAMPLE_BYTES
            units += self._encode(ticks, bytes(self._samples[:_FRAME_BYTES]))
            del self._samples[:_FRAME_BYTES]
        return units

    def _decode(self, opus: bytes) -> bytes:
        if not opus:
            return b""
        try:
            frames = self._decoder.decode(av.Packet(opus))
        except av.FFmpegError:
            return b""
        return b"".join(bytes(f.planes[0])[: f.samples * _SAMPLE_BYTES] for f in frames)

    def _encode(self, ticks: int, samples: bytes) -> list[AccessUnit]:
        frame = av.AudioFrame(format="s16", layout="stereo", samples=AAC_FRAME_TICKS)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.time_base, frame.pts = AUDIO_HZ, _TIME_BASE, ticks
        packets = [
            p for planar in self._planar.resample(frame) for p in self._encoder.encode(planar)
        ]
        units = [
            AccessUnit(Lane.AUDIO, packet.pts, packet.pts, AAC_FRAME_TICKS, True, bytes(packet))
            for packet in packets[0 if self._primed else 1 :]
        ]
        self._primed = self._primed or bool(packets)
        return units


def _on_grid(ticks: int) -> int:
    return -(-ticks // AAC_FRAME_TICKS) * AAC_FRAME_TICKS


def _stretched(samples: bytes, step: int) -> bytes:
    """Samples with one doubled (`step` 1) or left out (-1) for every 20 ms."""
    size = _STEP_EVERY_TICKS * _SAMPLE_BYTES
    pieces = [samples[at : at + size] for at in range(0, len(samples), size)]
    if step > 0:
        return b"".join(piece + piece[-_SAMPLE_BYTES:] for piece in pieces)
    return b"".join(piece[_SAMPLE_BYTES:] for piece in pieces)


def _opus_decoder() -> Any:
    decoder = av.CodecContext.create("libopus", "r")
    decoder.format, decoder.layout, decoder.sample_rate = "s16", "stereo", AUDIO_HZ
    # The decoder keeps back the start of what it hears first; let that be nothing.
    decoder.decode(av.Packet(_OPUS_SILENCE))
    return decoder


def _aac_encoder() -> Any:
    encoder = av.CodecContext.create("aac", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "fltp", "stereo", AUDIO_HZ
    encoder.bit_rate, encoder.time_base = AAC_BIT_RATE, _TIME_BASE
    return encoder


Deliver = Callable[[list[AccessUnit]], None]


class Sound:
    """`OpusToAac` in a thread of its own.

    Args:
        call_soon: the loop's call_soon_threadsafe.
        deliver: called in the loop with frames in order.
        capacity: packets waiting; 250 are five seconds.
        lane: makes what turns packets into frames, in the thread.
    """

    def __init__(
        self,
        call_soon: Callable[..., object],
        deliver: Deliver,
        capacity: int = 250,
        lane: Callable[[], OpusToAac] = OpusToAac,
    ) -> None:
        self._call_soon = call_soon
        self._deliver = deliver
        self._lane = lane
        self._work: queue.Queue[Callable[[OpusToAac], list[AccessUnit] | None] | None]
        self._work = queue.Queue(capacity)
        self._closed = False
        self.dropped = 0
        """Packets that found the queue full."""
        # A daemon: a thread that hangs in a codec must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    def begin(self, ticks: int) -> None:
        """Lay from here on, unless something was laid already."""
        self._put(lambda lane: lane.begin(ticks))

    def receive(self, ticks: int, opus: bytes) -> None:
        """Lay an Opus packet."""
        self._put(lambda lane: lane.receive(ticks, opus))

    def fill_until(self, ticks: int) -> None:
        """Lay silence where nothing was laid."""
        self._put(lambda lane: lane.fill_until(ticks))

    def close(self) -> None:
        """End the thread soon; nothing is delivered after this. Twice does nothing."""
        if not self._closed:
            self._closed = True
            try:
                self._work.put_nowait(None)
            except queue.Full:
                pass  # the thread looks at `_closed` after each piece of work

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread (not in the event loop); whether it ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _put(self, work: Callable[[OpusToAac], list[AccessUnit] | None]) -> None:
        try:
            self._work.put_nowait(work)
        except queue.Full:
            self.dropped += 1

    def _run(self) -> None:
        lane = self._lane()
        while not self._closed and (work := self._work.get()) is not None:
            units = work(lane)
            if units:
                try:
                    self._call_soon(self._hand_over, units)
                except RuntimeError:
                    return  # the loop is gone

    def _hand_over(self, units: list[AccessUnit]) -> None:
        if not self._closed:
            self._deliver(units)
