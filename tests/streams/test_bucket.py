"""Media in an S3 server's bucket, over HTTP, and what is left when one of the two is gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import obstore
import pytest
from obstore.store import S3Store

from streams.answers import Answers
from streams.bucket import (
    INDEX_EVERY_S,
    Bucket,
    BucketAddress,
    Mismatched,
    Unanswered,
    open_store,
)
from streams.recordings.recordings import DeleteRecording, ReportRecorded
from streams.segments import Lane
from tests.ports import a_free_port
from tests.streams.broadcast import a_studio
from tests.streams.parsed_playlist import parse
from tests.streams.recordings.test_cuts_on_air import do
from tests.streams.test_onair import LIVE, PAUSE

SERVER = Path(sys.prefix) / "s3" / "bin" / "python"


class Hour:
    """A time that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3 server in a process of its own."""
    port = a_free_port()
    command = [str(SERVER), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    for line in process.stdout:
        if b"Running on" in line:
            break
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def address(server: str, request: pytest.FixtureRequest) -> BucketAddress:
    """A bucket of the test's own."""
    name = f"b{abs(hash(request.node.nodeid))}"
    assert httpx.put(f"{server}/{name}").status_code == 200
    return BucketAddress(name, "edition", server, "us-east-1", "topmoede", "secret")


def a_segment(bucket: Bucket, number: int, data: bytes = b"abcdef") -> str:
    """Writes and ends a segment; returns its path."""
    path = f"hall/1/video/{number}.m4s"
    bucket.write(path, 0, data)
    bucket.note({"k": "ended", "source": "hall", "number": 1, "lane": "video", "segment": number})
    return path


def test_what_has_ended_is_read_from_the_bucket_when_the_disk_has_it_no_more(
    tmp_path: Path, address: BucketAddress
) -> None:
    hour = Hour()
    bucket = Bucket(tmp_path, open_store(address), hour, kept_on_disk_s=60)
    path = a_segment(bucket, 0)
    bucket.write("hall/1/video/1.m4s", 0, b"grows")
    bucket.sync()
    assert bucket.waiting == 0
    assert (tmp_path / path).is_file()
    hour.now_s += 61
    bucket.sync()
    assert not (tmp_path / path).exists()
    assert bucket.read(path, 2, 3) == b"cde"
    assert (tmp_path / "hall/1/video/1.m4s").is_file(), "it grows, so it stays"
    with pytest.raises(FileNotFoundError):
        bucket.read("hall/1/video/7.m4s", 0, 1)
    bucket.close()


def test_another_machine_begins_with_what_the_bucket_has(
    tmp_path: Path, address: BucketAddress
) -> None:
    hour = Hour()
    first = Bucket(tmp_path / "one", open_store(address), hour)
    paths = []
    for number in range(3):
        paths.append(a_segment(first, number, bytes([number]) * 9))
        first.sync()
        hour.now_s += INDEX_EVERY_S
    first.sync()
    rows = list(first.rows())
    first.close()
    other = Bucket(tmp_path / "two", open_store(address), hour)
    assert list(other.rows()) == rows
    assert [other.read(path, 0, 9) for path in paths] == [bytes([n]) * 9 for n in range(3)]
    other.note({"k": "more"})
    hour.now_s += INDEX_EVERY_S
    other.sync()
    other.close()
    third = Bucket(tmp_path / "three", open_store(address), hour)
    assert list(third.rows()) == [*rows, {"k": "more"}]
    third.close()


def test_a_restart_puts_what_was_not_there_yet_and_nothing_twice(
    tmp_path: Path, address: BucketAddress
) -> None:
    bucket = Bucket(tmp_path, open_store(address), Hour())
    a_segment(bucket, 0)
    bucket.sync()
    a_segment(bucket, 1)
    bucket.close()
    again = Bucket(tmp_path, open_store(address), Hour())
    assert again.waiting == 2
    again.sync()
    assert again.waiting == 0
    assert again.read("hall/1/video/1.m4s", 0, 6) == b"abcdef"
    again.close()


def test_a_folder_that_is_not_the_buckets_is_refused(
    tmp_path: Path, address: BucketAddress
) -> None:
    first = Bucket(tmp_path / "one", open_store(address), Hour())
    a_segment(first, 0)
    first.sync()
    first.close()
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "index.jsonl").write_bytes(b'{"k":"x"}\n')
    other = Bucket(tmp_path / "two", open_store(address), Hour())
    for asks in (other.check, other.sync):
        with pytest.raises(Mismatched, match="expected at most 10 bytes"):
            asks()
    other.close()


def test_a_bucket_that_does_not_answer_delays_and_loses_nothing(
    tmp_path: Path, address: BucketAddress, caplog: pytest.LogCaptureFixture
) -> None:
    deaf = BucketAddress(address.name, "", "http://127.0.0.1:9", "us-east-1", "k", "s")
    (tmp_path / "index.jsonl").touch()
    bucket = Bucket(tmp_path, open_store(deaf), Hour())
    path = a_segment(bucket, 0)
    bucket.sync()
    bucket.sync()
    assert len([each for each in caplog.records if "expected the bucket" in each.message]) == 1
    assert bucket.read(path, 0, 6) == b"abcdef"
    bucket.close()
    answering = Bucket(tmp_path, open_store(address), Hour())
    answering.sync()
    assert answering.waiting == 0
    answering.close()


async def test_a_day_is_replayed_from_the_bucket_alone(
    tmp_path: Path, address: BucketAddress
) -> None:
    hour, store = Hour(), open_store(address)
    bucket = Bucket(tmp_path, store, hour, kept_on_disk_s=0)
    async with a_studio(tmp_path, storage=bucket) as studio:
        studio.camera()
        await studio.turn(2)
        studio.put(LIVE, "a", 1)
        await studio.turn(6)
        studio.put(PAUSE, "b", 1)
        await studio.turn(3)
        bucket.sync()
        hour.now_s += INDEX_EVERY_S
        bucket.sync()
        before = replay(studio.answers)
        studio.desk.shelf._fresh.clear()
        assert not (tmp_path / "hall/1/video/0.m4s").exists()
        for segment in parse(before).segments:
            assert segment.uri is not None
            answer = await studio.answers.media(*segment.uri.split("/")[2:])
            assert answer.status == 200
            assert len(answer.body) > 100
    async with a_studio(tmp_path, storage=Bucket(tmp_path / "new", store, hour)) as studio:
        assert replay(studio.answers) == before
        uri = parse(before).segments[0].uri
        assert uri is not None
        assert (await studio.answers.media(*uri.split("/")[2:])).status == 200


def replay(answers: Answers) -> str:
    answer = answers.item_lane("a", "1", Lane.VIDEO, finished=True, packed=False)
    assert answer.status == 200
    return answer.body.decode()


def test_an_empty_folder_waits_for_no_bucket_that_is_silent(tmp_path: Path) -> None:
    deaf = BucketAddress("any", "", "http://127.0.0.1:9", "us-east-1", "k", "s")
    with pytest.raises(Unanswered, match="expected the index"):
        Bucket(tmp_path / "new", open_store(deaf), Hour())
    assert not (tmp_path / "new" / "index.jsonl").exists()


async def test_what_was_deleted_is_in_no_object_and_no_row_of_the_bucket(
    tmp_path: Path, address: BucketAddress
) -> None:
    hour, store = Hour(), open_store(address)
    bucket = Bucket(tmp_path, store, hour, kept_on_disk_s=0)
    async with a_studio(tmp_path, storage=bucket, window_s=20.0) as studio:
        studio.camera()
        await studio.turn(2)
        studio.put(LIVE, "a", 1)
        await studio.turn(6)
        studio.put(PAUSE, "b", 1)
        await studio.turn(45)
        hour.now_s += INDEX_EVERY_S
        bucket.sync()
        mine = {
            f"{entry.generation.source}/{entry.generation.number}/{lane}/{entry.segment}.m4s"
            for entry in studio.desk.windows["main"].of_item("a")
            for lane in Lane
        }
        assert mine <= objects(store), "and on the disk no more"
        do(studio, ReportRecorded("a", 1), ReportRecorded("b", 1), DeleteRecording("a"))
        assert await studio.desk.remove(studio.answers.replays.recordings) == len(mine) // 2
        assert not mine & objects(store)
        hour.now_s += INDEX_EVERY_S
        bucket.sync()
        assert [name for name in objects(store) if name.startswith("index/")] == [f"index/{0:012}"]
        kept = list(bucket.rows())
        bucket.note({"k": "more"})
        hour.now_s += INDEX_EVERY_S
        bucket.sync()
    new = Bucket(tmp_path / "new", store, hour)
    new.check()
    assert list(new.rows())[: len(kept)] == kept
    assert not [row for row in new.rows() if row.get("item") == "a"]
    new.close()


def test_a_kill_before_the_bucket_has_the_new_index_is_made_good_at_the_next_start(
    tmp_path: Path, address: BucketAddress
) -> None:
    hour, store = Hour(), open_store(address)
    bucket = Bucket(tmp_path, store, hour)
    for number in range(20):
        a_segment(bucket, number)
    bucket.sync()
    bucket.swap(bucket.sift(lambda row: row if row["segment"] > 17 else None))
    rows = list(bucket.rows())
    bucket.close()
    again = Bucket(tmp_path, store, hour)
    again.check()
    again.sync()
    again.close()
    new = Bucket(tmp_path / "new", store, hour)
    assert list(new.rows()) == rows
    new.close()


def objects(store: S3Store) -> set[str]:
    return {each["path"] for page in obstore.list(store) for each in page}
