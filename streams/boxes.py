"""ISO base media files, written: init segments and movie fragments, as CMAF shapes them.

A box is a size, a name of four letters and a body (ISO/IEC 14496-12). We write one track to a
file: an init segment says what the samples are, a fragment (`moof` and `mdat`) carries some. All
sample times of a fragment follow from its `tfdt` (64 bit) and the durations; `trun` is version 1,
whose composition offsets are signed, so that a picture may be shown before it is "decoded".

SPS and PPS stand in the init segment, as `avc1` wants them, and in front of every IDR as well,
because some players do not read a new init segment in the middle of a playlist.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from streams.timeline import AUDIO_HZ, VIDEO_HZ

TRACK = 1
SYNC_SAMPLE = 0x0200_0000
OTHER_SAMPLE = 0x0101_0000
_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
# AAC-LC, 48 kHz, two channels (ISO/IEC 14496-3, AudioSpecificConfig).
_AUDIO_CONFIG = b"\x11\x90"
_AUDIO_BIT_RATE = 128_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded frame in a fragment; ticks in the track's own rate."""

    data: bytes
    duration_ticks: int
    offset_ticks: int = 0
    key: bool = True


def box(name: bytes, *body: bytes) -> bytes:
    """A box of four letters around its body."""
    content = b"".join(body)
    return struct.pack(">I4s", 8 + len(content), name) + content


def full_box(name: bytes, version: int, flags: int, *body: bytes) -> bytes:
    """A box with a version and 24 bits of flags."""
    return box(name, struct.pack(">I", version << 24 | flags), *body)


def video_init(sps: bytes, pps: bytes, width: int, height: int) -> bytes:
    """The init segment of an H.264 track.

    Args:
        sps, pps: parameter sets without start code or length.
        width, height: of the picture, in pixels.
    """
    entry = video_entry(sps, pps, width, height)
    header = full_box(b"vmhd", 0, 1, bytes(8))
    return _init(VIDEO_HZ, b"vide", header, entry, struct.pack(">II", width << 16, height << 16), 0)


def video_entry(sps: bytes, pps: bytes, width: int, height: int) -> bytes:
    """What an H.264 track's samples are: one entry of its sample descriptions."""
    avcc = (
        struct.pack(">BBBBBBH", 1, sps[1], sps[2], sps[3], 0xFF, 0xE1, len(sps))
        + sps
        + struct.pack(">BH", 1, len(pps))
        + pps
    )
    return box(
        b"avc1",
        struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1),
        box(b"avcC", avcc),
    )


def audio_init() -> bytes:
    """The init segment of an AAC-LC track, 48 kHz, stereo; the same for every source."""
    header = full_box(b"smhd", 0, 0, bytes(4))
    return _init(AUDIO_HZ, b"soun", header, audio_entry(), bytes(8), 0x0100)


def audio_entry() -> bytes:
    """What the samples of an AAC-LC track are."""
    return box(
        b"mp4a",
        struct.pack(">6xH8xHHIHH", 1, 2, 16, 0, AUDIO_HZ, 0),
        full_box(b"esds", 0, 0, _es()),
    )


def fragment(number: int, start_ticks: int, samples: Sequence[Sample]) -> bytes:
    """A movie fragment of one track.

    Args:
        number: rises with every fragment of the file.
        start_ticks: decode time of the first sample, 0 or more.
        samples: in decode order.
    """
    rows = b"".join(
        struct.pack(
            ">IIIi",
            each.duration_ticks,
            len(each.data),
            SYNC_SAMPLE if each.key else OTHER_SAMPLE,
            each.offset_ticks,
        )
        for each in samples
    )
    # moof 8, mfhd 16, traf 8, tfhd 16, tfdt 20, trun 20 and its rows; then mdat's own header.
    moof_bytes = 88 + len(rows)
    moof = box(
        b"moof",
        full_box(b"mfhd", 0, 0, struct.pack(">I", number)),
        box(
            b"traf",
            full_box(b"tfhd", 0, 0x020000, struct.pack(">I", TRACK)),
            full_box(b"tfdt", 1, 0, struct.pack(">Q", start_ticks)),
            full_box(b"trun", 1, 0xF01, struct.pack(">Ii", len(samples), moof_bytes + 8), rows),
        ),
    )
    return moof + box(b"mdat", *(each.data for each in samples))


def _init(hz: int, handler: bytes, header: bytes, entry: bytes, size: bytes, volume: int) -> bytes:
    tables = (full_box(name, 0, 0, bytes(4)) for name in (b"stts", b"stsc", b"stco"))
    stbl = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        *tables,
        full_box(b"stsz", 0, 0, bytes(8)),
    )
    reference = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))
    media = box(
        b"mdia",
        full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, hz, 0, 0x55C4, 0)),
        full_box(b"hdlr", 0, 0, struct.pack(">I4s12xx", 0, handler)),
        box(b"minf", header, box(b"dinf", reference), stbl),
    )
    track = box(
        b"trak",
        full_box(
            b"tkhd",
            0,
            3,
            struct.pack(">IIIII8xHHHH", 0, 0, TRACK, 0, 0, 0, 0, volume, 0),
            _MATRIX,
            size,
        ),
        media,
    )
    movie = full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">IIIIIH10x", 0, 0, 1000, 0, 0x10000, 0x0100),
        _MATRIX,
        bytes(24),
        struct.pack(">I", TRACK + 1),
    )
    extends = box(b"mvex", full_box(b"trex", 0, 0, struct.pack(">IIIII", TRACK, 1, 0, 0, 0)))
    brands = box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6cmfcmp41")
    return brands + box(b"moov", movie, track, extends)


def _es() -> bytes:
    """The elementary stream's descriptors (ISO/IEC 14496-1, 7.2.6.5)."""
    config = _descriptor(5, _AUDIO_CONFIG)
    rates = struct.pack(">II", _AUDIO_BIT_RATE, _AUDIO_BIT_RATE)
    decoder = _descriptor(4, b"\x40\x15" + bytes(3) + rates + config)
    return _descriptor(3, struct.pack(">HB", TRACK, 0) + decoder + _descriptor(6, b"\x02"))


def _descriptor(tag: int, body: bytes) -> bytes:
    return bytes((tag, len(body))) + body
