"""Media in an object store, behind the disk: what is whole goes there, what is old is only there.

A bucket has no end to which a part could be added, so what grows lies on the disk (storage.py) and
is played from there. With every `sync`, in its thread:

    segments    that have ended are put under their own path; nothing is ever put twice with other
                bytes, because a path never means anything else
    index       what has been noted since is put as one object, named by the byte at which it
                stands: `index/000000001234`. Together, in order, they are the index
    removed     goes from the disk and from the bucket; the index is then put anew, as one object
    disk        files that are in the bucket and older than KEPT_ON_DISK_S are removed; they are
                read from the bucket from then on

A machine with an empty folder begins with the index that it finds in the bucket. A bucket that
does not answer delays nothing and loses nothing: what is not there yet stays on the disk and is
put with a later `sync`; whoever asks for something that is only there gets nothing meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from streams.storage import INDEX as INDEX_FILE
from streams.storage import Disk, Row, Sifted

log = logging.getLogger("topmoede.bucket")

KEPT_ON_DISK_S = 2 * 3600.0
MOST_AT_ONCE = 200
MOST_REMOVED_AT_ONCE = 500
MOVED = "index.moved"
INDEX = "index/"
INDEX_EVERY_S = 10.0
ANSWERS_WITHIN = "10s"


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """Where a bucket is, and the key to it.

    Args:
        name: of the bucket.
        prefix: of everything in it.
        endpoint: of the store; empty for the one that the region has.
    """

    name: str
    prefix: str
    endpoint: str
    region: str
    key_id: str
    secret: str


class Unanswered(Exception):
    """The bucket's index is needed and does not come."""


class Mismatched(Exception):
    """The folder and the bucket tell of different days; the message says what was expected."""


def open_store(address: BucketAddress) -> S3Store:
    """The bucket as obstore has it; nothing is asked of it yet."""
    plain = address.endpoint.startswith("http:")
    return S3Store(
        address.name,
        prefix=address.prefix or None,
        endpoint=address.endpoint or None,
        region=address.region,
        access_key_id=address.key_id,
        secret_access_key=address.secret,
        client_options={"allow_http": plain, "timeout": ANSWERS_WITHIN},
        retry_config={"max_retries": 1},
    )


def read_object(store: S3Store, path: str, offset: int, size: int) -> bytes:
    """Bytes of an object. Raises FileNotFoundError, also where the bucket does not answer."""
    try:
        return bytes(obstore.get_range(store, path, start=offset, length=size))
    except (BaseError, FileNotFoundError) as error:
        raise FileNotFoundError(path) from error


class Bucket(Disk):
    """A disk whose whole files go to a bucket.

    Args:
        folder: what grows, and what is new.
        now_s: monotonic seconds.
        kept_on_disk_s: how long a file that is in the bucket stays on the disk too.

    Raises:
        Mismatched: when the bucket's index is not the beginning of the folder's.
        Unanswered: when the folder is empty and the bucket does not answer.
    """

    def __init__(
        self,
        folder: Path,
        store: S3Store,
        now_s: Callable[[], float],
        kept_on_disk_s: float = KEPT_ON_DISK_S,
    ) -> None:
        self._store = store
        self._now_s = now_s
        self._kept_on_disk_s = kept_on_disk_s
        self._pending: dict[str, None] = {}
        self._put: dict[str, float] = {}
        self._index_put: int | None = None
        self._index_put_s = -INDEX_EVERY_S
        self._complained = False
        self._swaps = 0
        if not (folder / INDEX_FILE).exists():
            _bring_index(store, folder)
        super().__init__(folder)
        for row in self.rows():
            self._await(row)

    def note(self, row: Row) -> None:
        super().note(row)
        self._await(row)

    def read(self, path: str, offset: int, size: int) -> bytes:
        try:
            return super().read(path, offset, size)
        except FileNotFoundError:
            return read_object(self._store, path, offset, size)

    def check(self) -> None:
        """Asks the bucket what it has; blocks, so before the day begins. Raises Mismatched."""
        try:
            self._index_put = self._look()
        except BaseError as error:
            self._complain(error)

    def remove(self, paths: Collection[str]) -> None:
        super().remove(paths)
        for path in paths:
            self._pending.pop(path, None)
            self._put.pop(path, None)
        try:
            for first in range(0, len(paths), MOST_REMOVED_AT_ONCE):
                some = list(paths)[first : first + MOST_REMOVED_AT_ONCE]
                obstore.delete(self._store, some)
        except BaseError as error:
            raise OSError(f"expected the bucket to let go; {_short(error)}") from error

    def swap(self, sifted: Sifted) -> None:
        # The bucket's index is another's beginning from here on; `sync` puts it anew.
        self._swaps += 1
        (self._folder / MOVED).touch()
        super().swap(sifted)
        self._index_put_s = -INDEX_EVERY_S

    def sync(self) -> None:
        super().sync()
        try:
            self._move_index()
            self._put_segments()
            self._put_index()
        except BaseError as error:
            self._complain(error)
            return
        self._complained = False
        self._make_room()

    @property
    def waiting(self) -> int:
        """How many segments are not in the bucket yet."""
        return len(self._pending)

    def _complain(self, error: BaseError) -> None:
        if not self._complained:
            self._complained = True
            log.error("expected the bucket to take media; it does not yet: %s", _short(error))

    def _await(self, row: Row) -> None:
        if row.get("k") == "ended":
            lane, segment = row["lane"], row["segment"]
            self._pending[f"{row['source']}/{row['number']}/{lane}/{segment}.m4s"] = None

    def _put_segments(self) -> None:
        if self._index_put is None:
            self._index_put = self._look()
        for path in list(self._pending)[:MOST_AT_ONCE]:
            file = self._folder / path
            if file.is_file():
                obstore.put(self._store, path, file.read_bytes())
                self._put[path] = self._now_s()
            del self._pending[path]

    def _move_index(self) -> None:
        """Puts an index that was written anew, and removes the pieces of the old one."""
        if not (self._folder / MOVED).exists():
            return
        swaps, upto = self._swaps, self._index_bytes
        first = f"{INDEX}{0:012d}"
        obstore.put(self._store, first, super().read(INDEX_FILE, 0, upto))
        names = [
            each["path"] for page in obstore.list(self._store, prefix="index") for each in page
        ]
        if others := [name for name in names if name != first]:
            obstore.delete(self._store, others)
        self._index_put, self._index_put_s = upto, self._now_s()
        if swaps == self._swaps:  # or it was written anew once more meanwhile
            (self._folder / MOVED).unlink()

    def _look(self) -> int:
        """What the bucket has: takes it off the list; returns how much of the index is there."""
        index, sizes = 0, dict[str, int]()
        for page in obstore.list(self._store):
            for each in page:
                sizes[each["path"]] = each["size"]
        for path, size in sizes.items():
            if path.startswith(INDEX):
                index = max(index, int(path.removeprefix(INDEX)) + size)
            elif self._pending.pop(path, 0) is None:
                self._put[path] = self._now_s()
        if index > self._index_bytes and not (self._folder / MOVED).exists():
            raise Mismatched(
                f"expected at most {self._index_bytes} bytes of index in the bucket; came {index}"
            )
        return index

    def _put_index(self) -> None:
        assert self._index_put is not None
        upto = self._index_bytes
        due = self._now_s() - self._index_put_s >= INDEX_EVERY_S
        if upto == self._index_put or not due or self._pending:
            return
        rows = super().read(INDEX_FILE, self._index_put, upto - self._index_put)
        obstore.put(self._store, f"{INDEX}{self._index_put:012d}", rows)
        self._index_put, self._index_put_s = upto, self._now_s()

    def _make_room(self) -> None:
        """Removes from the disk what has long been in the bucket."""
        limit = self._now_s() - self._kept_on_disk_s
        for path, put_s in list(self._put.items()):
            if put_s > limit:
                break
            (self._folder / path).unlink(missing_ok=True)
            del self._put[path]


def _bring_index(store: S3Store, folder: Path) -> None:
    """The index from the bucket, in a folder that has none."""
    try:
        pieces = [*_pieces(store)]
    except BaseError as error:
        raise Unanswered(f"expected the index from it; {_short(error)}") from error
    if not pieces:
        return
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "index.part"
    with part.open("wb") as file:
        for name, rows in pieces:
            if file.tell() != int(name.removeprefix(INDEX)):
                raise Mismatched(f"expected the index to go on at {file.tell()}; came {name}")
            file.write(rows)
    part.replace(folder / INDEX_FILE)


def _pieces(store: S3Store) -> Iterator[tuple[str, bytes]]:
    names = sorted(each["path"] for page in obstore.list(store, prefix="index") for each in page)
    for name in names:
        yield name, bytes(obstore.get(store, name).bytes())


def _short(error: BaseError) -> str:
    return str(error).splitlines()[0][:200]
