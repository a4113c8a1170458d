from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import zipping
from server.zipping import Member, Zip, dos_date

DATE = dos_date(2021, 1, 28)


def of(files: Sequence[tuple[str, bytes]]) -> Zip:
    members = [Member(name, len(data), lambda data=data: data) for name, data in files]  # type: ignore[misc]
    return Zip(members, DATE)


FILES = [("program.toml", b"x = 1"), ("punkter/01 Æ/0.m4s", bytes(range(256))), ("tom", b"")]


def test_any_reader_unpacks_it() -> None:
    made = of(FILES)
    whole = b"".join(made.read())
    assert len(whole) == made.size
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.testzip() is None
        assert [(name, read.read(name)) for name in read.namelist()] == FILES
        assert read.infolist()[0].date_time[:3] == (2021, 1, 28)


@given(st.data())
def test_a_range_is_the_same_bytes_as_in_the_whole(
    data: st.DataObject,
) -> None:
    whole = b"".join(of(FILES).read())
    first = data.draw(st.integers(0, len(whole) - 1))
    last = data.draw(st.integers(first, len(whole) - 1))
    assert b"".join(of(FILES).read(first, last)) == whole[first : last + 1]


def test_the_table_of_contents_is_wide_above_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipping, "LARGEST", 300)
    many = [(f"{number}", bytes(100)) for number in range(9)]
    # Readers know 4 GB alone as the limit: what is checked is what stands there and how long it is.
    made = of(many)
    whole = b"".join(made.read())
    assert len(whole) == made.size
    assert whole[-42:-38] == b"PK\x06\x07"
    assert whole.count(b"PK\x01\x02") == 9
    monkeypatch.undo()
    monkeypatch.setattr(zipping, "MOST_FILES", 5)
    made = of(many)
    with zipfile.ZipFile(io.BytesIO(b"".join(made.read()))) as read:
        assert len(read.namelist()) == 9


def test_a_file_of_another_length_than_was_said_ends_it() -> None:
    with pytest.raises(ValueError, match="expected 3 bytes of a, came 1"):
        b"".join(Zip([Member("a", 3, lambda: b"x")], DATE).read())
    with pytest.raises(ValueError, match="below 4 GB"):
        Zip([Member("a", 2**32, lambda: b"")], DATE)


def test_it_has_another_tag_when_a_file_grew() -> None:
    assert of(FILES).tag == of(FILES).tag != of([("program.toml", b"x = 10"), *FILES[1:]]).tag


def test_memory_does_not_grow_with_the_archive() -> None:
    members = [
        Member(f"{number}.m4s", 1_000_000, lambda: bytes(1_000_000)) for number in range(300)
    ]
    tracemalloc.start()
    size = sum(len(piece) for piece in Zip(members, DATE).read())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 300_000_000
    assert peak < 8_000_000
