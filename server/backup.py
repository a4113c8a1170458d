"""A backup of the data folder: what it holds, how it is made while the day runs, how it is judged.

    backup.json      what is there: each file's size and SHA-256, when it was made, the heads of
                     all logs. Written last, whole or not at all: without it there is no backup
    database-….db    the journal and the people as they stood at one instant (VACUUM INTO, which
                     also leaves out the pages where erased text once was)
    media/           the index, cut at its last whole row, and the bytes it names, no more
    films/           films and captions
    rooms/           files that people shared in rooms
    documents/       those of the programme's items

The database is taken first, and that is the backup's instant: everything acknowledged before it is
in. Media come after it. A part is in its file before the index names it, so the index copied here
names nothing that is not there. A segment that has ended never changes: it is linked where the
backup lies on the same disk, and copied once where it does not; a segment that still grows is
copied as far as the index knows it. Making a backup into the same folder again copies only what is
new.

Keys are not in a backup: neither the settings nor the sources' keys. Digests of sessions are, so
that nobody has to sign in again; a backup is as private as the data folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from server.errors import Unusable

FORMAT = 1
MANIFEST = "backup.json"
INDEX = "media/index.jsonl"
CHUNK_BYTES = 1 << 20
NOT_KEPT = (".part", ".copying", ".new")
CABINETS = ("rooms", "documents")

Tell = Callable[[int, int], None]
"""Told how many files and bytes are done."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself.

    Args:
        database: the database's file among `files`; None where it is kept in another way.
        heads: where each log stood, by edition and topic.
        files: by their path in the backup.
    """

    made_at: str
    database: str | None
    heads: Mapping[str, int]
    files: Mapping[str, Kept]

    @property
    def size(self) -> int:
        return sum(each.size for each in self.files.values())


def make_backup(
    data: Path, database: Path | None, to: Path, now: datetime, tell: Tell = lambda *_: None
) -> Backup:
    """Makes a backup, or brings the one that is there up to date.

    Args:
        database: the SQLite file; None leaves the database out.

    Raises:
        OSError, sqlite3.Error: the old backup, if any, is then still whole.
    """
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = read_manifest(to) if (to / MANIFEST).is_file() else None
    files: dict[str, Kept] = {}
    name, heads = None, dict[str, int]()
    if database is not None:
        name = f"database-{now:%Y%m%dT%H%M%SZ}.db"
        heads = _copy_database(database, to / name)
        files[name] = digest(to / name)
    known = before.files if before else {}
    done = 0
    for kept, file in _media_and_films(data, to, known):
        files[kept] = file
        done += file.size
        tell(len(files), done)
    backup = Backup(now.isoformat().replace("+00:00", "Z"), name, heads, files)
    _write_manifest(to, backup)
    if before and before.database and before.database != name:
        (to / before.database).unlink(missing_ok=True)
    return backup


def read_manifest(folder: Path) -> Backup:
    """What the backup in a folder says of itself. Raises Unusable."""
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        if told["format"] != FORMAT:
            raise Unusable(f"expected a backup of format {FORMAT}; came {told['format']}")
        files = {_inside(path): Kept(**each) for path, each in told["files"].items()}
        return Backup(told["made_at"], told["database"], told["heads"], files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"expected a backup in {folder}; {error}") from error


def faults_of(folder: Path, backup: Backup, tell: Tell = lambda *_: None) -> Iterator[str]:
    """Every file that is not what the backup says it is."""
    done = 0
    for number, (path, kept) in enumerate(sorted(backup.files.items()), 1):
        file = folder / path
        if not file.is_file():
            yield f"{path}: expected a file; there is none"
        elif (found := digest(file)) != kept:
            yield f"{path}: expected {kept.size} bytes {kept.sha256[:12]}…; came {found.size} bytes"
        done += kept.size
        tell(number, done)


def digest(file: Path) -> Kept:
    """A file's size and SHA-256."""
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256")
        return Kept(opened.tell(), found.hexdigest())


def index_rows(index: Path) -> Iterator[dict[str, Any]]:
    """The rows of a media index that can be read, one object each."""
    with index.open("rb") as lines:
        for line in lines:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                yield row


def _copy_database(database: Path, target: Path) -> dict[str, int]:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(database, timeout=30)) as source:
        source.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
    with closing(sqlite3.connect(target)) as copy:
        rows = copy.execute("SELECT edition_id, name, head FROM topic ORDER BY 1, 2").fetchall()
        copy.execute("PRAGMA optimize")
    _sync(target)
    return {f"{edition} {topic}": head for edition, topic, head in rows}


def _media_and_films(data: Path, to: Path, known: Mapping[str, Kept]) -> Iterator[tuple[str, Kept]]:
    if (data / INDEX).is_file():
        yield INDEX, _copy_index(data / INDEX, to / INDEX)
        for path, size, ended in _named_by(to / INDEX):
            if (data / path).is_file():
                yield path, _keep(data / path, to / path, size, ended, known.get(path))
    for folder in CABINETS:
        yield from _cabinet(folder, data, to, known)
    yield from _films(data, to, known)


def _films(data: Path, to: Path, known: Mapping[str, Kept]) -> Iterator[tuple[str, Kept]]:
    """Films and captions; what somebody is still putting into `incoming/` grows, and is copied."""
    for file in sorted((data / "films").rglob("*")):
        if file.suffix in NOT_KEPT or not file.is_file():
            continue
        path, whole = file.relative_to(data).as_posix(), file.parent.name != "incoming"
        try:
            yield path, _keep(file, to / path, file.stat().st_size, whole, known.get(path))
        except FileNotFoundError:
            continue  # taken in or discarded since it was listed


def _cabinet(
    folder: str, data: Path, to: Path, known: Mapping[str, Kept]
) -> Iterator[tuple[str, Kept]]:
    """What lies in a cabinet; what was erased since an older backup goes out of it too."""
    taken: set[Path] = set()
    for file in sorted((data / folder).rglob("*")):
        path = file.relative_to(data).as_posix()
        if file.suffix in NOT_KEPT or not file.is_file():
            continue
        try:
            kept = _keep(file, to / path, file.stat().st_size, True, known.get(path))
        except FileNotFoundError:
            continue  # erased since it was listed
        taken.add(to / path)
        yield path, kept
    for old in list((to / folder).rglob("*")):
        if old.is_file() and old not in taken:
            old.unlink()


def _copy_index(index: Path, target: Path) -> Kept:
    """The rows that are whole at this moment; more may be coming."""
    whole = index.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(whole[: whole.rfind(b"\n") + 1])
    _sync(target)
    return digest(target)


def _named_by(index: Path) -> Iterator[tuple[str, int, bool]]:
    """Each segment's file, how many bytes of it the index names, whether it has ended."""
    sizes: dict[tuple[str, int, str, int], int] = {}
    ended: set[tuple[str, int, str, int]] = set()
    for row in index_rows(index):
        if row.get("k") not in ("part", "ended"):
            continue
        place = (row["source"], row["number"], row["lane"], row["segment"])
        if row["k"] == "ended":
            ended.add(place)
        else:
            offset, size = row["part"][3:5]
            sizes[place] = max(sizes.get(place, 0), offset + size)
    for place, size in sizes.items():
        source, number, lane, segment = place
        yield f"media/{source}/{number}/{lane}/{segment}.m4s", size, place in ended


def _keep(source: Path, target: Path, size: int, ended: bool, known: Kept | None) -> Kept:
    """Puts a file into the backup unless it is there; linked where it will not change."""
    there = target.stat().st_size if target.is_file() else None
    if known is not None and ended and known.size == size == there:
        return known
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if not (ended and source.stat().st_size == size and _link(source, target)):
        _copy(source, target, size)
    return digest(target)


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False  # another disk
    return True


def _copy(source: Path, target: Path, size: int) -> None:
    part = target.with_name(f"{target.name}.part")
    with source.open("rb") as reading, part.open("wb") as writing:
        left = size
        while left and (chunk := reading.read(min(left, CHUNK_BYTES))):
            writing.write(chunk)
            left -= len(chunk)
    shutil.copystat(source, part)
    part.replace(target)


def _write_manifest(to: Path, backup: Backup) -> None:
    part = to / f"{MANIFEST}.part"
    told = {"format": FORMAT} | asdict(backup)
    part.write_text(json.dumps(told, indent=1, ensure_ascii=False), "utf-8")
    part.chmod(0o600)
    _sync(part)
    part.replace(to / MANIFEST)


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _inside(path: str) -> str:
    """A path that leads out of the folder is nobody's backup."""
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ValueError(f"expected a path inside the backup, came {path!r:.80}")
    return path
