"""H.264 and AAC-LC made here: for slates, synthetic cameras, demo films and transcodes.

Both encoders take raw frames and give access units on the timeline of their caller. They are not
thread-safe but leave the interpreter free while they work, so each belongs to one thread.

Video: Annex B from the encoder becomes length form, with SPS and PPS in front of every IDR; closed
groups of pictures; no pictures that lean on later ones unless asked. A decode time never lies
before the group's first picture: where pictures are reordered, all decode times are moved so that
the first equals its pts, and a pts may then lie before its dts (signed offsets).

Audio: the encoder's answer lags by one frame (priming). That first frame holds nothing and is
dropped, so that frame n carries samples n*1024 and on, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
from av.video.frame import PictureType

from streams.nalunits import sample, split_start_codes
from streams.segments import AccessUnit, Lane
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ, VIDEO_HZ

_BT709 = "colorprim=bt709:transfer=bt709:colormatrix=bt709:fullrange=off"
_FRAME_BYTES = AAC_FRAME_TICKS * 4


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """How pictures are coded.

    Args:
        width: pixels, even.
        height: pixels, even.
        fps: pictures per second, constant.
        keyframe_s: an IDR at the latest after so long.
        preset: of x264, what speed costs.
        crf: of x264, constant quality; larger is coarser.
        b_frames: how many pictures in a row may lean on later ones.
        tune: of x264, empty for none.
        threads: of the encoder.
        most_bits_per_s: averaged over a second; 0 for no limit.
    """

    width: int
    height: int
    fps: Fraction = Fraction(25)
    keyframe_s: Fraction = Fraction(2)
    preset: str = "veryfast"
    crf: int = 23
    b_frames: int = 0
    tune: str = ""
    threads: int = 1
    most_bits_per_s: int = 0

    @property
    def frame_ticks(self) -> Fraction:
        """How long one picture is shown, in video ticks."""
        return VIDEO_HZ / self.fps


class VideoEncoder:
    """Raw pictures in, access units out."""

    def __init__(self, form: VideoFormat) -> None:
        self._form = form
        self._codec = _open_x264(form)
        self._shift: int | None = None

    def encode(self, frame: av.VideoFrame, pts_ticks: int, key: bool = False) -> list[AccessUnit]:
        """Code one picture.

        Args:
            frame: yuv420p of the format's size; the encoder changes its timestamps.
            pts_ticks: when it is shown; must rise.
            key: make it an IDR.

        Returns:
            What is ready, in decode order: the picture itself where nothing is reordered.
        """
        frame.pts, frame.time_base = pts_ticks, Fraction(1, VIDEO_HZ)
        frame.pict_type = PictureType.I if key else PictureType.NONE
        return [self._unit(packet) for packet in self._codec.encode(frame)]

    def flush(self) -> list[AccessUnit]:
        """What the encoder still holds; it takes nothing afterwards."""
        return [self._unit(packet) for packet in self._codec.encode(None)]

    def _unit(self, packet: av.Packet[av.VideoStream]) -> AccessUnit:
        assert packet.pts is not None
        assert packet.dts is not None
        if self._shift is None:
            self._shift = packet.pts - packet.dts
        data = sample(split_start_codes(bytes(packet)))
        ticks = round(self._form.frame_ticks)
        dts_ticks = packet.dts + self._shift
        return AccessUnit(Lane.VIDEO, packet.pts, dts_ticks, ticks, packet.is_keyframe, data)


class AudioEncoder:
    """Samples in, AAC-LC frames out, 48 kHz stereo.

    Args:
        start_ticks: pts of the first sample, in audio ticks.
        bit_rate: of both channels together.
    """

    def __init__(self, start_ticks: int = 0, bit_rate: int = 128_000) -> None:
        self._codec = av.CodecContext.create("aac", "w")
        self._codec.sample_rate = AUDIO_HZ
        self._codec.layout = "stereo"
        self._codec.format = "fltp"
        self._codec.bit_rate = bit_rate
        self._codec.open()
        self._start = start_ticks
        self._fed = 0
        self._given = -1

    def encode(self, left: bytes, right: bytes) -> list[AccessUnit]:
        """Code 1024 samples.

        Args:
            left: 1024 native 32-bit floats between -1 and 1.
            right: likewise.

        Returns:
            The frame before this one; nothing the first time.
        """
        frame = av.AudioFrame("fltp", "stereo", AAC_FRAME_TICKS)
        frame.sample_rate, frame.time_base = AUDIO_HZ, Fraction(1, AUDIO_HZ)
        frame.pts = self._fed * AAC_FRAME_TICKS
        self._fed += 1
        for plane, samples in zip(frame.planes, (left, right), strict=True):
            plane.update(samples)
        return self._units(self._codec.encode(frame))

    def flush(self) -> list[AccessUnit]:
        """What the encoder still holds; it takes nothing afterwards."""
        return self._units(self._codec.encode(None))

    def _units(self, packets: list[av.Packet[av.AudioStream]]) -> list[AccessUnit]:
        units: list[AccessUnit] = []
        for packet in packets:
            if 0 <= self._given < self._fed:
                pts_ticks = self._start + self._given * AAC_FRAME_TICKS
                units.append(audio_unit(pts_ticks, bytes(packet)))
            self._given += 1
        return units


def audio_unit(pts_ticks: int, data: bytes) -> AccessUnit:
    """One AAC frame as an access unit."""
    return AccessUnit(Lane.AUDIO, pts_ticks, pts_ticks, AAC_FRAME_TICKS, True, data)


@cache
def silent_frame() -> bytes:
    """One AAC-LC frame of stereo silence, which may follow itself for ever."""
    encoder, quiet = AudioEncoder(), bytes(_FRAME_BYTES)
    units = [unit for _ in range(4) for unit in encoder.encode(quiet, quiet)]
    return units[-1].data


def _open_x264(form: VideoFormat) -> av.VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = form.width, form.height, "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, VIDEO_HZ), form.fps
    codec.gop_size = round(form.fps * form.keyframe_s)
    codec.max_b_frames = form.b_frames
    codec.thread_count = form.threads
    options = {
        "preset": form.preset,
        "crf": str(form.crf),
        "forced-idr": "1",
        "sc_threshold": "0",
        "x264-params": f"open-gop=0:sliced-threads=0:{_BT709}",
    }
    if form.tune:
        options["tune"] = form.tune
    if form.most_bits_per_s:
        options |= {"maxrate": str(form.most_bits_per_s), "bufsize": str(form.most_bits_per_s)}
    codec.options = options
    codec.open()
    return codec
