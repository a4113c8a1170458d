from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.backup import INDEX, MANIFEST, faults_of, make_backup, read_manifest
from server.errors import Unusable
from streams.storage import Disk

NOW = datetime(2021, 1, 28, 8, 0, tzinfo=UTC)
LATER = datetime(2021, 1, 28, 9, 0, tzinfo=UTC)


def a_part(number: int, segment: int, offset: int, size: int) -> dict[str, object]:
    row = {"k": "part", "source": "hall", "number": number, "lane": "video", "segment": segment}
    return row | {"part": [0, 90_000, True, offset, size]}


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder with one log, one segment that has ended and one that grows."""
    folder = tmp_path / "data"
    disk = Disk(folder / "media")
    with closing(sqlite3.connect(folder / "topmoede.db")) as database:
        database.execute("CREATE TABLE topic (edition_id, name, head)")
        database.execute("INSERT INTO topic VALUES ('butm', 'show', 7)")
        database.commit()
    disk.write("hall/1/video/0.m4s", 0, b"ended")
    disk.note(a_part(1, 0, 0, 5))
    disk.note({"k": "ended", "source": "hall", "number": 1, "lane": "video", "segment": 0})
    disk.write("hall/1/video/1.m4s", 0, b"grows")
    disk.note(a_part(1, 1, 0, 5))
    disk.write("hall/1/video/1.m4s", 5, b" and is not told yet")
    (folder / "films").mkdir()
    (folder / "films" / "tema-1.mp4").write_bytes(b"film")
    (folder / "films" / "tema-2.part").write_bytes(b"half")
    (folder / "source-keys.json").write_text("secret")
    yield folder
    disk.close()


def test_it_holds_what_the_index_names_and_no_more_and_no_keys(data: Path, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    backup = make_backup(data, data / "topmoede.db", to, NOW)
    assert backup.heads == {"butm show": 7}
    assert set(backup.files) == {
        "database-20210128T080000Z.db",
        INDEX,
        "media/hall/1/video/0.m4s",
        "media/hall/1/video/1.m4s",
        "films/tema-1.mp4",
    }
    assert (to / "media/hall/1/video/1.m4s").read_bytes() == b"grows"
    assert list(faults_of(to, read_manifest(to))) == []
    assert to.stat().st_mode & 0o077 == 0
    assert b"secret" not in b"".join(each.read_bytes() for each in to.rglob("*") if each.is_file())


def test_a_growing_segment_goes_on_without_the_backup_following(data: Path, tmp_path: Path) -> None:
    make_backup(data, data / "topmoede.db", tmp_path / "backup", NOW)
    with (data / "media/hall/1/video/1.m4s").open("ab") as growing:
        growing.write(b"more")
    backup = read_manifest(tmp_path / "backup")
    assert list(faults_of(tmp_path / "backup", backup)) == []


def test_a_film_that_is_still_arriving_is_kept_as_it_was_then(data: Path, tmp_path: Path) -> None:
    incoming = data / "films" / "incoming"
    incoming.mkdir(parents=True)
    for name in ("tema-1.mov", "tema-2.mov.copying", "tema-3.json.new"):
        (incoming / name).write_bytes(b"the first half")
    backup = make_backup(data, None, tmp_path / "backup", NOW)
    with (incoming / "tema-1.mov").open("ab") as file:
        file.write(b" and the second")
    assert list(faults_of(tmp_path / "backup", backup)) == []
    kept = [path for path in backup.files if path.startswith("films/incoming/")]
    assert kept == ["films/incoming/tema-1.mov"], "what has no name yet is not kept"


def test_again_only_what_is_new_is_copied(data: Path, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    make_backup(data, data / "topmoede.db", to, NOW)
    marked = to / "films" / "tema-1.mp4"
    was = marked.stat().st_ino
    (data / "films" / "tema-3.mp4").write_bytes(b"new")
    again = make_backup(data, data / "topmoede.db", to, LATER)
    assert marked.stat().st_ino == was
    assert "films/tema-3.mp4" in again.files
    assert [each.name for each in to.glob("*.db")] == ["database-20210128T090000Z.db"]
    assert list(faults_of(to, read_manifest(to))) == []


def test_a_torn_last_row_of_the_index_is_left_out(data: Path, tmp_path: Path) -> None:
    with (data / INDEX).open("ab") as index:
        index.write(b'{"k":"part","sour')
    make_backup(data, None, tmp_path / "backup", NOW)
    lines = (tmp_path / "backup" / INDEX).read_bytes().splitlines()
    assert len([json.loads(line) for line in lines]) == 3


@pytest.mark.parametrize("harm", ["changed", "shorter", "gone"])
def test_every_harm_to_a_file_is_found(data: Path, tmp_path: Path, harm: str) -> None:
    to = tmp_path / "backup"
    make_backup(data, data / "topmoede.db", to, NOW)
    file = to / "media/hall/1/video/1.m4s"
    match harm:
        case "changed":
            file.write_bytes(b"growz")
        case "shorter":
            file.write_bytes(b"grow")
        case "gone":
            file.unlink()
    assert [fault.split(":")[0] for fault in faults_of(to, read_manifest(to))] == [
        "media/hall/1/video/1.m4s"
    ]


@pytest.mark.parametrize(
    "told",
    [
        "",
        "[]",
        '{"format": 2}',
        '{"format": 1, "made_at": "", "database": null, "heads": {}, "files":'
        ' {"../../etc/passwd": {"size": 1, "sha256": ""}}}',
    ],
)
def test_a_folder_that_is_no_backup_of_ours_is_refused(tmp_path: Path, told: str) -> None:
    (tmp_path / MANIFEST).write_text(told)
    with pytest.raises(Unusable):
        read_manifest(tmp_path)


@pytest.mark.parametrize("folder", ["rooms/aalborg", "documents/items"])
def test_what_was_sent_is_in_it_and_what_was_erased_since_goes_out_of_it(
    data: Path, tmp_path: Path, folder: str
) -> None:
    to, cabinet = tmp_path / "backup", data / folder
    cabinet.mkdir(parents=True)
    for name in ("a" * 32, "b" * 32, "c.part"):
        (cabinet / name).write_bytes(b"sendt")
    backup = make_backup(data, data / "topmoede.db", to, NOW)
    sent = {path for path in backup.files if path.startswith(folder)}
    assert sent == {f"{folder}/{'a' * 32}", f"{folder}/{'b' * 32}"}
    (cabinet / ("a" * 32)).unlink()
    again = make_backup(data, data / "topmoede.db", to, LATER)
    assert [path for path in again.files if path.startswith(folder)] == [f"{folder}/{'b' * 32}"]
    assert [each.name for each in (to / folder).iterdir()] == ["b" * 32]
    assert list(faults_of(to, read_manifest(to))) == []
