"""Somebody else's fragmented MP4, read: an initialisation and media segments as coded frames.

Boxes are walked, never searched for, and each must lie within its parent (ISO/IEC 14496-12). Of the
tracks the first H.264 and the first AAC are read; times come out at 90 kHz, with the edit list's
start taken off, so that sound and picture of one stream keep together. A sample must lie within the
bytes that came: nothing is opened, no reference is followed.

A few bytes can name many: boxes, samples and NAL units are counted, and all samples of a segment
together are no larger than the segment, so that none is read twice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

from streams.errors import Refused
from streams.feeds.elementary import MOST_PARAMETER_BYTES, Coded, Pictures, Trouble
from streams.nalunits import NalType, nal_type, parameters_of_avcc, split_lengths
from streams.segments import Lane
from streams.sound.adts import AacForm, form_of_config
from streams.sound.soundform import SoundForm
from streams.timeline import VIDEO_HZ

MOST_SAMPLES = 20_000
MOST_BOXES = 20_000
MOST_UNITS = 1000
"""NAL units of one picture."""
MOST_INIT_BYTES = 1024 * 1024
_DEPTH = 8
_CONTAINERS = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf"}
)
_VIDEO_ENTRIES = frozenset({b"avc1", b"avc3"})
_OTHER_VIDEO = {b"hvc1": "hevc", b"hev1": "hevc", b"av01": "av1", b"vp09": "vp9"}
_NOT_SYNC = 0x0001_0000


@dataclass(frozen=True, slots=True)
class Track:
    """One track of an initialisation.

    Args:
        hz: of its times.
        begins_ticks: what the edit list skips.
        length_bytes, parameters: of its NAL units, as avcC says.
        form: how its sound is decoded; None: it is ours already.
        duration, size, flags: of samples that do not say.
    """

    id: int
    lane: Lane
    hz: int
    begins_ticks: int = 0
    length_bytes: int = 4
    parameters: tuple[bytes, ...] = ()
    form: SoundForm | None = None
    duration: int = 0
    size: int = 0
    flags: int = 0


@dataclass(slots=True)
class _Found:
    """What the boxes of one `trak` say."""

    id: int = 0
    hz: int = 0
    elst: bytes = b""
    entry: bytes = b""
    body: bytes = b""


@dataclass(slots=True)
class _Run:
    """What the boxes of one `traf` say."""

    track: Track
    base: int
    dts: int = 0
    runs: list[bytes] = field(default_factory=list)


class ForeignFragments:
    """Reads the segments of one rendition.

    Raises:
        Refused: `broken_media`, where boxes do not fit; from `receive_init` and `receive`.
    """

    def __init__(self) -> None:
        self._tracks: dict[int, Track] = {}
        self._pictures = Pictures()
        self._refused: Trouble | None = None
        self._samples_read = self._bytes_left = 0

    @property
    def trouble(self) -> Trouble | None:
        """What keeps it from being shown."""
        return self._refused or self._pictures.trouble

    def receive_init(self, data: bytes) -> None:
        """Take an initialisation; what came before it is over."""
        self._tracks, self._refused = {}, None
        with _whole():
            if len(data) > MOST_INIT_BYTES:
                raise ValueError(f"an initialisation of {len(data)} bytes")
            movie = _read_moov(data)
            for found in movie.tracks:
                track, trouble = _track(found, movie.hz)
                self._refused = self._refused or trouble
                lanes = {each.lane for each in self._tracks.values()}
                if track is not None and track.lane not in lanes:
                    duration, size, flags = movie.defaults.get(track.id, (0, 0, 0))
                    self._tracks[track.id] = replace(
                        track, duration=duration, size=size, flags=flags
                    )

    def receive(self, data: bytes) -> list[Coded]:
        """The frames of a media segment, both lanes, each in decode order."""
        self._samples_read, self._bytes_left = 0, len(data)
        out: list[Coded] = []
        with _whole():
            left = _budget()
            for at, name, body in _boxes(data, left):
                if name == b"moof":
                    for run in self._runs(body, at, left):
                        self._samples(run, data, out)
        return out

    def _runs(self, moof: bytes, at: int, left: Iterator[int]) -> Iterator[_Run]:
        for _, name, traf in _boxes(moof, left):
            if name != b"traf":
                continue
            parts = [(each, body) for _, each, body in _boxes(traf, left)]
            run = self._header(next(body for each, body in parts if each == b"tfhd"), at)
            if run is None:
                continue
            for each, body in parts:
                if each == b"tfdt":
                    wide = body[0] == 1
                    run.dts = struct.unpack_from(">Q" if wide else ">I", body, 4)[0]
                elif each == b"trun":
                    run.runs.append(body)
            yield run

    def _header(self, tfhd: bytes, moof_at: int) -> _Run | None:
        flags, id = struct.unpack_from(">II", tfhd)
        track = self._tracks.get(id)
        if track is None:
            return None
        at, base = 8, moof_at
        if flags & 0x01:
            base, at = struct.unpack_from(">Q", tfhd, at)[0], at + 8
        at += 4 * bool(flags & 0x02)
        named: dict[str, int] = {}
        for bit, name in ((0x08, "duration"), (0x10, "size"), (0x20, "flags")):
            if flags & bit:
                named[name], at = struct.unpack_from(">I", tfhd, at)[0], at + 4
        return _Run(replace(track, **named), base)  # type: ignore[arg-type]

    def _samples(self, run: _Run, data: bytes, out: list[Coded]) -> None:
        dts, at = run.dts - run.track.begins_ticks, run.base
        for trun in run.runs:
            flags, count = struct.unpack_from(">II", trun)
            self._samples_read += count
            if self._samples_read > MOST_SAMPLES:
                raise ValueError(f"more than {MOST_SAMPLES} samples")
            if flags & 0x01:
                at = run.base + struct.unpack_from(">i", trun, 8)[0]
            for duration, size, sample_flags, shift in _rows(run.track, trun, flags, count):
                if at < 0 or at + size > len(data):
                    raise ValueError(f"a sample of {size} bytes at {at} in {len(data)}")
                self._bytes_left -= size
                if self._bytes_left < 0:
                    raise ValueError("samples that lie on each other")
                key = not sample_flags & _NOT_SYNC
                out += self._coded(run.track, dts, dts + shift, key, data[at : at + size])
                dts, at = dts + duration, at + size

    def _coded(self, track: Track, dts: int, pts: int, key: bool, body: bytes) -> Iterator[Coded]:
        times = pts * VIDEO_HZ // track.hz, dts * VIDEO_HZ // track.hz
        if track.lane is Lane.AUDIO:
            yield Coded(Lane.AUDIO, *times, True, body, track.form)
            return
        nals = [*islice(split_lengths(body, track.length_bytes), MOST_UNITS + 1)]
        if len(nals) > MOST_UNITS:
            raise ValueError(f"more than {MOST_UNITS} NAL units")
        if key and not any(nal_type(nal) == NalType.SPS for nal in nals):
            # avc1 keeps its parameters in the initialisation; our frames carry them along.
            nals = [*track.parameters, *nals]
        admitted = self._pictures.admit(nals)
        if admitted is not None:
            yield Coded(Lane.VIDEO, *times, *admitted)


def _rows(track: Track, trun: bytes, flags: int, count: int) -> Iterator[tuple[int, ...]]:
    """Duration, size, flags and composition offset of each sample of a run."""
    place = 8 + 4 * bool(flags & 0x01)
    first: int | None = None
    if flags & 0x04:
        first, place = struct.unpack_from(">I", trun, place)[0], place + 4
    shift = ">i" if trun[0] else ">I"
    present = [
        (index, form)
        for index, (bit, form) in enumerate(
            ((0x100, ">I"), (0x200, ">I"), (0x400, ">I"), (0x800, shift))
        )
        if flags & bit
    ]
    for number in range(count):
        row = [track.duration, track.size, track.flags, 0]
        for index, form in present:
            row[index], place = struct.unpack_from(form, trun, place)[0], place + 4
        if number == 0 and first is not None:
            row[2] = first
        yield tuple(row)


@contextmanager
def _whole() -> Iterator[None]:
    """Turns what struct and slices say of broken boxes into a refusal."""
    try:
        yield
    except (struct.error, ValueError, IndexError, StopIteration, RuntimeError) as error:
        detail = f"expected whole boxes; {type(error).__name__}"
        raise Refused("broken_media", detail) from error


def _budget() -> Iterator[int]:
    """How many boxes may be read together."""
    return iter(range(MOST_BOXES))


def _boxes(data: bytes, left: Iterator[int]) -> Iterator[tuple[int, bytes, bytes]]:
    """Where each box begins, its name and its body, as long as the budget lasts."""
    at = 0
    while at + 8 <= len(data):
        if next(left, None) is None:
            raise ValueError(f"more than {MOST_BOXES} boxes")
        size, name = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1:
            size, header = struct.unpack_from(">Q", data, at + 8)[0], 16
        elif size == 0:
            size = len(data) - at
        if size < header or at + size > len(data):
            raise ValueError(f"a box of {size} bytes in {len(data) - at}")
        yield at, name, data[at + header : at + size]
        at += size


@dataclass(slots=True)
class _Movie:
    """What `moov` says: its tracks, what samples that do not say are like, and its time scale."""

    tracks: list[_Found] = field(default_factory=list)
    defaults: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    hz: int = 0


def _read_moov(data: bytes) -> _Movie:
    movie = _Movie()
    tracks, defaults, left = movie.tracks, movie.defaults, _budget()

    def walk(data: bytes, depth: int) -> None:
        for _, name, body in _boxes(data, left):
            if name == b"trak":
                tracks.append(_Found())
            if name in _CONTAINERS and depth < _DEPTH:
                walk(body, depth + 1)
            elif name == b"trex":
                id, _, duration, size, flags = struct.unpack_from(">IIIII", body, 4)
                defaults[id] = duration, size, flags
            elif name == b"mvhd":
                movie.hz = struct.unpack_from(">I", body, 20 if body[:1] == b"\1" else 12)[0]
            elif tracks:
                _note(tracks[-1], name, body)

    walk(data, 0)
    return movie


def _note(found: _Found, name: bytes, body: bytes) -> None:
    wide = body[:1] == b"\1"
    match name:
        case b"tkhd":
            found.id = struct.unpack_from(">I", body, 20 if wide else 12)[0]
        case b"mdhd":
            found.hz = struct.unpack_from(">I", body, 20 if wide else 12)[0]
        case b"elst":
            found.elst = body
        case b"stsd":
            _, entry, inside = next(_boxes(body[8:], _budget()))
            found.entry, found.body = entry, inside
        case _:
            pass


def _begins(found: _Found, movie_hz: int) -> int:
    """Where in the track's time its presentation begins; before 0 where nothing comes first."""
    elst = found.elst
    if len(elst) < 8:
        return 0
    row = struct.Struct(">Qq" if elst[0] == 1 else ">Ii")
    empty = 0
    for index in range(min(struct.unpack_from(">I", elst, 4)[0], 16)):
        lasts, began = row.unpack_from(elst, 8 + index * (row.size + 4))
        if began >= 0:
            return int(began) - empty
        empty += lasts * found.hz // movie_hz if movie_hz else 0
    return 0


def _track(found: _Found, movie_hz: int) -> tuple[Track | None, Trouble | None]:
    """A track that is read, or what speaks against it; neither for what is no picture or sound."""
    if found.entry in _OTHER_VIDEO:
        codec = _OTHER_VIDEO[found.entry]
        return None, Trouble("not_h264", f"expected H.264 pictures; came {codec}")
    if found.entry not in _VIDEO_ENTRIES and found.entry != b"mp4a":
        return None, None
    if not found.hz:
        raise ValueError("a track without a time scale")
    begins = _begins(found, movie_hz)
    if found.entry == b"mp4a":
        # Behind 28 bytes of an AudioSampleEntry, or more where QuickTime wrote it.
        esds = next(body for _, name, body in _boxes(found.body[28:], _budget()) if name == b"esds")
        form = _sound_form(_config_of(esds[4:]))
        return Track(found.id, Lane.AUDIO, found.hz, begins, form=form), None
    avcc = next(body for _, name, body in _boxes(found.body[78:], _budget()) if name == b"avcC")
    length_bytes, parameters = parameters_of_avcc(avcc)
    if sum(map(len, parameters)) > MOST_PARAMETER_BYTES:
        raise ValueError(f"parameter sets of more than {MOST_PARAMETER_BYTES} bytes")
    return (
        Track(found.id, Lane.VIDEO, found.hz, begins, length_bytes, parameters),
        None,
    )


def _sound_form(config: bytes) -> SoundForm | None:
    form: AacForm | None = form_of_config(config)
    return None if form is not None and form.ours else SoundForm("aac", config)


def _config_of(data: bytes) -> bytes:
    """The AudioSpecificConfig within the descriptors of an `esds` (ISO/IEC 14496-1, 7.2.6)."""
    at = 0
    while at + 2 <= len(data):
        tag, at, size = data[at], at + 1, 0
        while at < len(data):
            size, more, at = size << 7 | data[at] & 0x7F, data[at] & 0x80, at + 1
            if not more:
                break
        match tag:
            case 3:
                flags = data[at + 2]
                at += 3 + 2 * bool(flags & 0x80) + 2 * bool(flags & 0x20)
            case 4:
                at += 13
            case 5:
                return data[at : at + size]
            case _:
                at += size
    raise ValueError("an esds without a configuration")
