"""Fragments read back, box by box."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from streams.filling import Part


@dataclass(frozen=True, slots=True)
class ReadSample:
    dts_ticks: int
    pts_ticks: int
    duration_ticks: int
    key: bool
    data: bytes


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and bodies; the sizes must fill the data exactly."""
    at = 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        assert 8 <= size <= len(data) - at, f"a {name!r} of {size} bytes in {len(data) - at}"
        yield name.decode(), data[at + 8 : at + size]
        at += size


def samples(fragment: bytes) -> list[ReadSample]:
    """The samples of one fragment of one track."""
    (moof_name, moof), (mdat_name, mdat) = boxes(fragment)
    assert (moof_name, mdat_name) == ("moof", "mdat")
    traf = dict(boxes(dict(boxes(moof))["traf"]))
    (dts,) = struct.unpack(">Q", traf["tfdt"][4:])
    count, offset = struct.unpack_from(">Ii", traf["trun"], 4)
    at = offset - 8 - 8 - len(moof)
    assert at == 0, "the data does not begin where the run says"
    found = []
    for row in struct.iter_unpack(">IIIi", traf["trun"][12:]):
        duration, size, flags, shift = row
        key = not flags & 0x0001_0000
        found.append(ReadSample(dts, dts + shift, duration, key, mdat[at : at + size]))
        dts, at = dts + duration, at + size
    assert len(found) == count
    assert at == len(mdat), "some data belongs to no sample"
    return found


def samples_of(part: Part) -> list[ReadSample]:
    return samples(part.data)
