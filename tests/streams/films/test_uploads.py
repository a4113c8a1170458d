from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streams.errors import Refused
from streams.films.digests import Checksum
from streams.films.uploads import (
    LEAST_AT_ONCE_BYTES,
    MOST_UPLOADS,
    UNCLAIMED_S,
    Upload,
    Uploads,
    plain_name,
)
from tests.streams.smalldisk import a_small_disk

DATA = bytes(range(256)) * 400
PLENTY = 10**13


def uploads(
    folder: Path, *, largest_bytes: int = 10**9, free: int = PLENTY, waits_s: float = 30.0
) -> Uploads:
    return Uploads(folder, largest_bytes, 72, lambda: free, waits_s)


def begun(at: Uploads, film: str = "tema-1", size: int = len(DATA)) -> Upload:
    return at.begin(film, "film.mp4", size, "Sekretariatet")


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def refused(doing: object) -> Refused:
    with pytest.raises(Refused) as refusal:
        await doing  # type: ignore[misc]
    return refusal.value


def refused_to_begin(at: Uploads, size: int) -> Refused:
    with pytest.raises(Refused) as refusal:
        begun(at, size=size)
    return refusal.value


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def sha256(data: bytes) -> Checksum:
    return Checksum("sha256", hashlib.sha256(data).digest())


async def test_what_came_in_pieces_is_whole_in_the_end(tmp_path: Path) -> None:
    at = uploads(tmp_path)
    upload = begun(at)
    assert at.offset(upload) == 0
    assert await at.append(upload, 0, pieces(DATA[:100], DATA[100:5000])) == 5000
    assert (await refused(at.finish(upload))).code == "incomplete"
    assert await at.append(upload, 5000, pieces(DATA[5000:]), sha256(DATA[5000:])) == len(DATA)
    assert at.whole() == []
    await at.finish(upload, ("sha-256", hashlib.sha256(DATA).digest()))
    await at.finish(upload)
    assert at.whole() == [upload]
    assert at.path(upload).read_bytes() == DATA


async def test_a_process_that_was_killed_has_forgotten_nothing(tmp_path: Path) -> None:
    first = uploads(tmp_path)
    upload = begun(first)
    await first.append(upload, 0, pieces(DATA[:3000]))
    (tmp_path / ("0" * 32 + ".part")).write_bytes(b"of an upload that was never noted")
    (tmp_path / "notes.json").write_text("{}")
    again = uploads(tmp_path)
    assert again.find(upload.id) == again.of("tema-1") == upload
    assert again.offset(upload) == 3000
    assert not (tmp_path / ("0" * 32 + ".part")).exists()
    await again.append(upload, 3000, pieces(DATA[3000:]))
    await again.finish(upload)
    assert uploads(tmp_path).whole() == [upload]


async def test_a_piece_in_the_wrong_place_is_refused_with_the_right_one(tmp_path: Path) -> None:
    at = uploads(tmp_path)
    upload = begun(at)
    await at.append(upload, 0, pieces(DATA[:10]))
    for offset in (0, 9, 11, 10**9):
        refusal = await refused(at.append(upload, offset, pieces(b"x")))
        assert (refusal.code, refusal.facts) == ("wrong_offset", {"offset": 10})
    assert at.offset(upload) == 10


async def test_more_than_was_promised_is_refused_and_not_kept(tmp_path: Path) -> None:
    at = uploads(tmp_path)
    upload = begun(at, size=100)
    await at.append(upload, 0, pieces(b"x" * 90))
    assert (await refused(at.append(upload, 90, pieces(b"y" * 11)))).code == "too_large"
    assert at.offset(upload) == 90


async def test_a_piece_whose_checksum_is_wrong_counts_for_nothing(tmp_path: Path) -> None:
    at = uploads(tmp_path)
    upload = begun(at)
    await at.append(upload, 0, pieces(DATA[:10]))
    wrong = at.append(upload, 10, pieces(DATA[10:90]), sha256(b"other"))
    assert (await refused(wrong)).code == "checksum_mismatch"
    assert at.offset(upload) == 10


async def test_of_a_piece_that_breaks_off_only_the_unchecked_bytes_count(tmp_path: Path) -> None:
    async def breaks_off() -> AsyncIterator[bytes]:
        yield DATA[:50]
        raise Refused("bad_request", "the client left")

    at = uploads(tmp_path)
    upload = begun(at)
    assert (await refused(at.append(upload, 0, breaks_off()))).code == "bad_request"
    assert at.offset(upload) == 50
    assert (await refused(at.append(upload, 50, breaks_off(), sha256(DATA)))).code == "bad_request"
    assert at.offset(upload) == 50


async def test_a_file_that_is_not_the_one_that_was_sent_is_forgotten(tmp_path: Path) -> None:
    at = uploads(tmp_path)
    upload = begun(at)
    await at.append(upload, 0, pieces(DATA))
    assert (await refused(at.finish(upload, ("sha-256-8m", b"x" * 32)))).code == "file_mismatch"
    assert at.all() == []
    assert names(tmp_path) == []


async def test_whoever_goes_on_does_not_wait_for_a_line_that_was_lost(tmp_path: Path) -> None:
    sent, never = asyncio.Event(), asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield DATA[:100]
        sent.set()
        await never.wait()

    at = uploads(tmp_path)
    upload = begun(at)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        older = tasks.create_task(refused(at.append(upload, 0, stuck())))
        await sent.wait()
        assert at.is_arriving(upload, datetime.fromtimestamp(10**11, UTC))
        assert (await refused(at.append(upload, 0, pieces(b"x")))).facts == {"offset": 100}
        assert (await older).code == "taken_over"
    assert not at.is_arriving(upload, datetime.fromtimestamp(10**11, UTC))
    assert await at.append(upload, 100, pieces(DATA[100:])) == len(DATA)


async def test_a_piece_that_drips_is_broken_off_and_what_has_come_stays(tmp_path: Path) -> None:
    """A byte now and then held its connection, and the film's place, for as long as it liked."""
    dripped = 0

    async def drips() -> AsyncIterator[bytes]:
        nonlocal dripped
        while dripped < 1000:
            dripped += 1
            yield b"x"
            await asyncio.sleep(0.01)

    at = uploads(tmp_path, waits_s=0.2)
    upload = begun(at)
    refusal = await refused(at.append(upload, 0, drips()))
    assert refusal.code == "too_slow"
    assert 0 < at.offset(upload) == dripped < 1000


async def test_a_piece_that_comes_slowly_is_taken_as_long_as_enough_of_it_comes(
    tmp_path: Path,
) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield bytes(LEAST_AT_ONCE_BYTES)
            await asyncio.sleep(0.2)
        yield b"its end"

    at = uploads(tmp_path, waits_s=1.0)
    size = 6 * LEAST_AT_ONCE_BYTES + 7
    assert await at.append(begun(at, size=size), 0, slowly()) == size


async def test_an_upload_that_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    at = uploads(tmp_path)
    upload = begun(at)
    await at.append(upload, 0, pieces(DATA[:100]))
    at.discard(upload)
    assert names(tmp_path) == []
    with pytest.raises(Refused, match="expected an upload"):
        at.find(upload.id)
    begun(at)


def test_one_upload_a_film_and_not_too_many(tmp_path: Path) -> None:
    at = uploads(tmp_path)
    first = begun(at)
    refusal = refused_to_begin(at, 10)
    assert refusal.code == "upload_exists"
    facts = {"upload": first.id, "name": "film.mp4", "size": len(DATA), "offset": 0}
    assert refusal.facts == facts
    for number in range(MOST_UPLOADS - 1):
        begun(at, f"film-{number}")
    with pytest.raises(Refused, match="uploads at a time"):
        begun(at, "one-more")


def test_the_size_is_judged_before_a_byte_comes(tmp_path: Path) -> None:
    at = uploads(tmp_path, largest_bytes=1000)
    assert refused_to_begin(at, 0).code == "empty"
    assert refused_to_begin(at, -1).code == "empty"
    assert refused_to_begin(at, 1001).code == "too_large"
    full = uploads(tmp_path / "full", free=2 * 1024**3)
    assert refused_to_begin(full, 10**9).code == "storage_full"
    begun(full, "one", 400 * 10**6)
    with pytest.raises(Refused, match="bytes free"):
        begun(full, "two", 400 * 10**6)
    assert len(full.all()) == 1


async def test_a_disk_that_fills_up_keeps_what_it_has_and_goes_on_later(tmp_path: Path) -> None:
    with a_small_disk(tmp_path / "small", kilobytes=2048) as disk:
        at = uploads(disk)
        size = 4 * 1024 * 1024
        upload = begun(at, size=size)
        big = os.urandom(size)
        chunks = [big[n : n + 65536] for n in range(0, size, 65536)]
        assert (await refused(at.append(upload, 0, pieces(*chunks)))).code == "storage_full"
        come = at.offset(upload)
        assert 0 < come < 2 * 1024 * 1024
        assert at.path(upload).exists() is False
        await asyncio.to_thread(_remount, disk, 16384)
        assert await at.append(upload, come, pieces(big[come:])) == size
        await at.finish(upload, ("sha-256", hashlib.sha256(big).digest()))


def _remount(disk: Path, kilobytes: int) -> None:
    assert os.system(f"mount -o remount,size={kilobytes}k '{disk}'") == 0


async def test_the_last_of_the_disk_is_left_for_the_day_itself(tmp_path: Path) -> None:
    upload = begun(uploads(tmp_path))
    nearly = uploads(tmp_path, free=500 * 10**6)
    assert (await refused(nearly.append(upload, 0, pieces(DATA)))).code == "storage_full"
    assert nearly.offset(upload) == 0


async def test_what_lies_untouched_goes_and_what_is_whole_is_claimed(tmp_path: Path) -> None:
    at = uploads(tmp_path)
    left, whole, fresh = begun(at, "left"), begun(at, "whole"), begun(at, "fresh")
    await at.append(whole, 0, pieces(DATA))
    now = datetime.fromtimestamp((tmp_path / f"{whole.id}.part").stat().st_mtime, UTC)
    os.utime(tmp_path / f"{left.id}.part", (0, 0))
    await at.sweep(now + timedelta(seconds=UNCLAIMED_S / 2))
    assert at.whole() == []
    assert [each.film for each in at.all()] == ["whole", "fresh"]
    await at.sweep(now + timedelta(seconds=2 * UNCLAIMED_S))
    assert at.whole() == [whole]
    await at.sweep(now + timedelta(hours=73))
    assert at.all() == [whole]
    assert fresh not in at.all()


async def test_a_file_whose_digest_is_being_looked_at_is_not_claimed_meanwhile(
    tmp_path: Path,
) -> None:
    at, size = uploads(tmp_path), 256 * 1024 * 1024
    upload = begun(at, size=size)
    os.truncate(tmp_path / f"{upload.id}.part", size)
    later = datetime.now(UTC) + timedelta(seconds=2 * UNCLAIMED_S)
    asked = [asyncio.create_task(at.finish(upload, ("sha-256", b"x" * 32))) for _ in range(2)]
    await asyncio.sleep(0)
    await at.sweep(later)
    assert at.whole() == []
    codes = [(await refused(each)).code for each in asked]
    assert codes == ["file_mismatch", "not_found"], "looked at once, whoever asks"
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Oplæg 1 (endelig).mp4", "Oplæg 1 (endelig).mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\film\\a.mov", "a.mov"),
        ("\0\x1b[2Jx\u202e", "[2Jx"),
        ("..", ".."),
        ("", "film"),
        ("/", "film"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_name_is_shown_and_nothing_else(tmp_path: Path, name: str, shown: str) -> None:
    assert plain_name(name) == shown
    at = uploads(tmp_path)
    upload = at.begin("tema-1", name, 10, "by")
    files = names(tmp_path)
    assert files == [f"{upload.id}.json", f"{upload.id}.part"]
    assert json.loads((tmp_path / files[0]).read_text())["name"] == shown
