"""A ZIP whose every byte has its place before anything is read, so that any range can be answered.

Nothing is compressed: what fills it are pictures and sound. A file's size is known beforehand, its
checksum only when it has been read; it stands behind the file (APPNOTE 4.3.9) and in the table of
contents at the end. Who asks from the beginning has every file read once, as it goes out. Who asks
for the end first, or goes on where a download broke off, has those read whose checksums are not
known yet. Of all this no more than a piece is in memory at a time.

Above 4 GB, or 65,535 files, the table of contents is that of Zip64 (APPNOTE 4.3.14, 4.5.3).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

LARGEST = 0xFFFFFFFF
MOST_FILES = 0xFFFF
_UTF8_AND_BEHIND = 0x0808
_MIDNIGHT = 0
_BEHIND_BYTES = 16
_HEAD_BYTES = 30
_ROW_BYTES = 46
_WIDE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive.

    Args:
        size: in bytes; below 4 GB.
        read: gives the bytes, as many as `size` says.
        version: changes where the bytes do and their number may not.
    """

    name: str
    size: int
    read: Callable[[], bytes]
    version: str = ""


@dataclass(slots=True)
class Zip:
    """The archive of these files, on one date.

    Args:
        date: as MS-DOS writes it; `dos_date`.
    """

    members: Sequence[Member]
    date: int
    checksums: dict[int, int] = field(default_factory=dict)
    """By a member's number; filled as they are read."""
    _starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        for member in self.members:
            if not 0 <= member.size < LARGEST:
                raise ValueError(f"expected a file below 4 GB, came {member.size} bytes")
        lengths = (_HEAD_BYTES + len(_name(m)) + m.size + _BEHIND_BYTES for m in self.members)
        self._starts = list(accumulate(lengths, initial=0))

    @property
    def size(self) -> int:
        """Of the whole archive."""
        return self._starts[-1] + self._table_bytes() + self._end_bytes()

    @property
    def tag(self) -> str:
        """The same for the same files; another where one came, went or grew."""
        said = "\n".join(f"{member.size} {member.version} {member.name}" for member in self.members)
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    def read(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """The bytes of a range, both ends included.

        Raises:
            ValueError: where a file is not as long as was said.
        """
        stop = self.size if last is None else last + 1
        number = min(bisect_right(self._starts, first) - 1, len(self.members))
        at = self._starts[number]
        for piece in self._pieces(number):
            if at >= stop:
                return
            low, high = max(0, first - at), min(len(piece), stop - at)
            if low < high:
                yield piece[low:high]
            at += len(piece)

    def _pieces(self, number: int) -> Iterator[bytes]:
        """Everything from a member on."""
        for index in range(number, len(self.members)):
            member = self.members[index]
            yield _head(member, self.date) + _name(member)
            data = self._data(index)
            yield data
            yield struct.pack("<4sIII", b"PK\x07\x08", zlib.crc32(data), len(data), len(data))
        for index in range(len(self.members)):
            yield self._row(index)
        yield self._end()

    def _data(self, index: int) -> bytes:
        member = self.members[index]
        data = member.read()
        if len(data) != member.size:
            raise ValueError(f"expected {member.size} bytes of {member.name}, came {len(data)}")
        self.checksums[index] = zlib.crc32(data)
        return data

    def _row(self, index: int) -> bytes:
        member, starts = self.members[index], self._starts[index]
        if index not in self.checksums:
            self._data(index)
        wide = struct.pack("<HHQ", 1, 8, starts) if starts >= LARGEST else b""
        name, needs = _name(member), 45 if wide else 20
        row = struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            b"PK\x01\x02", 0x0300 | needs, needs, _UTF8_AND_BEHIND, 0, _MIDNIGHT, self.date,
            self.checksums[index], member.size, member.size,
            len(name), len(wide), 0, 0, 0, 0o644 << 16, min(starts, LARGEST),
        )  # fmt: skip
        return row + name + wide

    def _table_bytes(self) -> int:
        wide = sum(start >= LARGEST for start in self._starts[:-1])
        return sum(_ROW_BYTES + len(_name(m)) for m in self.members) + wide * _WIDE_BYTES

    def _is_wide(self) -> bool:
        table = self._starts[-1], self._table_bytes()
        return len(self.members) >= MOST_FILES or max(table) >= LARGEST

    def _end_bytes(self) -> int:
        return 22 + (76 if self._is_wide() else 0)

    def _end(self) -> bytes:
        count, starts, size = len(self.members), self._starts[-1], self._table_bytes()
        wide = b""
        if self._is_wide():
            record = (b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, starts)
            wide = struct.pack("<4sQHHIIQQQQ", *record)
            wide += struct.pack("<4sIQI", b"PK\x06\x07", 0, starts + size, 1)
        told = min(count, MOST_FILES), min(size, LARGEST), min(starts, LARGEST)
        place = (b"PK\x05\x06", 0, 0, told[0], told[0], told[1], told[2], 0)
        return wide + struct.pack("<4sHHHHIIH", *place)


def dos_date(year: int, month: int, day: int) -> int:
    """A date as it stands in a ZIP; from 1980 on."""
    return max(0, year - 1980) << 9 | month << 5 | day


def _name(member: Member) -> bytes:
    return member.name.encode()


def _head(member: Member, date: int) -> bytes:
    return struct.pack(
        "<4sHHHHHIIIHH",
        b"PK\x03\x04", 20, _UTF8_AND_BEHIND, 0, _MIDNIGHT, date, 0, 0, 0, len(_name(member)), 0,
    )  # fmt: skip
