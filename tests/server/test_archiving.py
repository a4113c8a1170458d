"""`topmoede archive` where something is missing, changes, or breaks off."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from server.archiving import write_archive
from server.cli import main
from server.errors import Unusable
from server.zipping import Member, Zip, dos_date


def an_archive(*files: bytes) -> Zip:
    members = [
        Member(f"{number}.bin", len(data), lambda data=data: data)  # type: ignore[misc]
        for number, data in enumerate(files)
    ]
    return Zip(members, dos_date(2021, 1, 28))


def test_wherever_it_broke_off_the_rest_makes_the_same_file(tmp_path: Path) -> None:
    whole = b"".join(an_archive(b"a" * 1000, b"b" * 2000).read())
    for there in (0, 1, 1500, len(whole) - 1, len(whole)):
        made, out = an_archive(b"a" * 1000, b"b" * 2000), tmp_path / f"{there}.zip"
        (tmp_path / f"{there}.zip.{made.tag[:12]}.part").write_bytes(whole[:there])
        write_archive(made, out)
        assert out.read_bytes() == whole
        assert zipfile.ZipFile(io.BytesIO(out.read_bytes())).testzip() is None
    assert list(tmp_path.glob("*.part")) == []


def test_what_is_shorter_than_the_index_says_is_told_and_what_was_written_stays(
    tmp_path: Path,
) -> None:
    made = Zip(
        [Member("a", 3, lambda: b"abc"), Member("b", 5, lambda: b"four")], dos_date(2021, 1, 28)
    )
    with pytest.raises(Unusable, match="expected every byte that the index names"):
        write_archive(made, tmp_path / "day.zip")
    (part,) = tmp_path.iterdir()
    assert part.read_bytes().startswith(b"PK")


def test_more_than_the_disk_has_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    huge = Zip([Member(str(n), 2**32 - 2, bytes) for n in range(10_000)], dos_date(2021, 1, 28))
    with pytest.raises(Unusable, match="MB free at"):
        write_archive(huge, tmp_path / "day.zip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("day.zip", "expected a database at"),
        ("nowhere/day.zip", "expected a folder at"),
        ("settings.toml", "expected no file at"),
    ],
)
def test_what_cannot_be_archived_is_told_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, told: str
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'data = "{tmp_path / "data"}"\n')
    assert main(["archive", "--out", str(tmp_path / out), "--settings", str(settings)]) == 2
    assert told in capsys.readouterr().err
