"""Whole files on disk: there whole or not at all, by names of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.cabinet import DiskCabinet

ID = "0123456789abcdef" * 2


def test_what_was_put_is_got_listed_and_removed(tmp_path: Path) -> None:
    cabinet = DiskCabinet(tmp_path)
    for name, data in ((f"aalborg/{ID}", b"stor"), (f"aalborg.udvalg/{ID}.small", b"lille")):
        cabinet.put(name, data)
        assert cabinet.get(name) == data
    assert [name for name, _ in cabinet.names()] == [
        f"aalborg/{ID}",
        f"aalborg.udvalg/{ID}.small",
    ]
    cabinet.remove(f"aalborg/{ID}")
    cabinet.remove(f"aalborg/{ID}")
    with pytest.raises(FileNotFoundError):
        cabinet.get(f"aalborg/{ID}")


@pytest.mark.parametrize(
    "name",
    ["../x", f"../{ID}", f"/etc/{ID}", f"a/b/{ID}", f"aalborg/{ID}.part", "aalborg/x", ID, ""],
)
def test_a_name_that_is_not_ours_touches_nothing(tmp_path: Path, name: str) -> None:
    cabinet = DiskCabinet(tmp_path / "rooms")
    for touch in (lambda: cabinet.put(name, b""), lambda: cabinet.get(name)):
        with pytest.raises(ValueError, match="expected a name of ours"):
            touch()
    assert list(tmp_path.iterdir()) == []


def test_what_was_half_written_is_not_there(tmp_path: Path) -> None:
    cabinet = DiskCabinet(tmp_path)
    (tmp_path / "aalborg").mkdir()
    (tmp_path / "aalborg" / f"{ID}.part").write_bytes(b"halv")
    assert list(cabinet.names()) == []
