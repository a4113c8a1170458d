"""Pictures and sound coded anew, for films that cannot be played as they are.

Pictures come out upright, progressive, with square pixels, 8 bit 4:2:0, at most 1920x1080, at a
constant rate of at most 30 a second (every second one of 50 or 60), with an IDR every two seconds.
Sound comes out as AAC-LC, 48 kHz, stereo; a hole in its timestamps becomes silence, so that it
never runs ahead of the picture.

What cannot be decoded is left out and the picture before it stands: half a damaged film is more
than none. `intake.py` judges at the end whether enough was left.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Generic, TypeVar

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.video.frame import PictureType
from av.video.stream import VideoStream

from streams.films.probe import Found
from streams.timeline import AAC_FRAME_TICKS, AUDIO_HZ

_LARGEST_PX = (1920, 1080)
_FASTEST = Fraction(61, 2)
_SLOWEST, _USUAL = Fraction(1), Fraction(25)
_UPRIGHT = {90: ("transpose=cclock",), -90: ("transpose=clock",), 180: ("hflip", "vflip")}
_HOLE_S = 0.04

F = TypeVar("F", av.VideoFrame, av.AudioFrame)


class _Recoded(ABC, Generic[F]):
    """One track of a film on its way to another file, coded anew.

    A graph of filters stands for as long as frames keep their shape; a damaged or spliced film may
    change it on the way.
    """

    def __init__(self, out: OutputContainer, coded: VideoStream | AudioStream) -> None:
        self._out, self._coded = out, coded
        self._graph: Graph | None = None
        self._shape: tuple[int, int | str, str] | None = None

    def receive(self, packet: av.Packet[VideoStream] | av.Packet[AudioStream]) -> None:
        """Take a packet of the film; the empty one at the end writes what is still held."""
        for frame in decoded(packet):
            self._filter(frame)
        if packet.size == 0:
            self._end_graph()
            self._out.mux(self._coded.encode(None))

    def _filter(self, frame: F) -> None:
        shape = self._shape_of(frame)
        if shape != self._shape:
            self._end_graph()
            self._shape, self._graph = shape, self._new_graph(frame)
        assert self._graph is not None
        self._graph.push(frame)
        self._write_all(self._graph)

    def _end_graph(self) -> None:
        if self._graph is not None:
            self._graph.push(None)
            self._write_all(self._graph)
            self._graph = None

    def _write_all(self, graph: Graph) -> None:
        for frame in pulled(graph):
            self._write(frame)

    @abstractmethod
    def _shape_of(self, frame: F) -> tuple[int, int | str, str]: ...

    @abstractmethod
    def _new_graph(self, frame: F) -> Graph: ...

    @abstractmethod
    def _write(self, frame: F) -> None: ...


class Pictures(_Recoded[av.VideoFrame]):
    """The pictures of a film."""

    _coded: VideoStream

    def __init__(self, out: OutputContainer, found: Found, aspect: Fraction) -> None:
        self._found = found
        self._rate = even_rate(found.fps)
        self._size = upright_size(found, aspect)
        self._last_pts = -1
        self.count = 0
        """Pictures written so far."""
        coded = out.add_stream("libx264", rate=self._rate)
        coded.width, coded.height = self._size
        coded.pix_fmt = "yuv420p"
        coded.codec_context.gop_size = max(1, round(self._rate * 2))
        coded.options = {"preset": "veryfast", "crf": "22", "x264-params": "open-gop=0"}
        super().__init__(out, coded)

    def _shape_of(self, frame: av.VideoFrame) -> tuple[int, int, str]:
        return frame.width, frame.height, frame.format.name

    def _write(self, frame: av.VideoFrame) -> None:
        if frame.pts is None or frame.pts <= self._last_pts:
            return
        self._last_pts = frame.pts
        self.count += 1
        frame.pict_type = PictureType.NONE
        self._out.mux(self._coded.encode(frame))

    def _new_graph(self, frame: av.VideoFrame) -> Graph:
        width, height = self._size
        steps = (
            *(("yadif=deint=interlaced",) if self._found.interlaced else ()),
            *_UPRIGHT.get(self._found.turned_degrees, ()),
            f"scale={width}:{height}",
            "setsar=1",
            f"fps={self._rate}",
            "format=yuv420p",
        )
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base,
        )
        return chained(graph, source, steps, "buffersink")


class Sound(_Recoded[av.AudioFrame]):
    """The sound of a film."""

    _coded: AudioStream

    def __init__(self, out: OutputContainer) -> None:
        self._last_pts = -(10**9)
        coded = out.add_stream("aac", rate=AUDIO_HZ)
        coded.layout, coded.bit_rate = "stereo", 128_000
        super().__init__(out, coded)

    def _shape_of(self, frame: av.AudioFrame) -> tuple[int, str, str]:
        return frame.sample_rate, frame.layout.name, frame.format.name

    def _write(self, frame: av.AudioFrame) -> None:
        if frame.pts is not None and frame.pts > self._last_pts:
            self._last_pts = frame.pts
            self._out.mux(self._coded.encode(frame))

    def _new_graph(self, frame: av.AudioFrame) -> Graph:
        graph = Graph()
        source = graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format,
            layout=frame.layout,
            time_base=frame.time_base,
        )
        steps = (
            f"aresample={AUDIO_HZ}:async=1:min_hard_comp={_HOLE_S}",
            f"aformat=sample_fmts=fltp:sample_rates={AUDIO_HZ}:channel_layouts=stereo",
            f"asetnsamples={AAC_FRAME_TICKS}",
        )
        return chained(graph, source, steps, "abuffersink")


def even_rate(fps: Fraction) -> Fraction:
    """A constant rate near another: halved until it is 30 a second or less.

    Args:
        fps: what a file says of itself, which may be nonsense.
    """
    if not _SLOWEST <= fps <= 1000:
        return _USUAL
    while fps > _FASTEST:
        fps /= 2
    return fps.limit_denominator(1001)


def upright_size(found: Found, aspect: Fraction) -> tuple[int, int]:
    """Width and height of an upright picture with square pixels, even, within 1920x1080.

    Args:
        aspect: width of one of the film's pixels by its height.
    """
    width, height = Fraction(found.width) * aspect, Fraction(found.height)
    if abs(found.turned_degrees) == 90:
        width, height = height, width
    longest, shortest = _LARGEST_PX
    scale = min(Fraction(1), longest / max(width, height), shortest / min(width, height))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def decoded(packet: av.Packet) -> list:  # type: ignore[type-arg]
    """The frames of a packet; none where it is damaged."""
    try:
        return packet.decode()
    except av.error.InvalidDataError:
        return []


def pulled(graph: Graph) -> Iterator[Any]:
    """What a graph has ready."""
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def chained(graph: Graph, source, steps: tuple[str, ...], sink: str) -> Graph:  # type: ignore[no-untyped-def]
    """A graph of one line of filters, each written `name=arguments`."""
    last = source
    for step in steps:
        name, _, arguments = step.partition("=")
        following = graph.add(name, arguments)
        last.link_to(following)
        last = following
    last.link_to(graph.add(sink))
    graph.configure()
    return graph
