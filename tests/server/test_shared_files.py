"""What no room keeps is removed from the cabinet; what is erased is gone from it too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chat import roomwords
from chat.filewords import FileToPost
from server import wire
from server.access.actor import Actor
from server.errors import Refused
from server.file_sweeping import FileSweep
from server.house import House
from server.retention import Retention
from server.routes.files import disposition
from server.settings import FileLimits
from server.shared_files import SharedFiles
from streams.cabinet import DiskCabinet
from tests.journeys.shared_files import a_pdf
from tests.server.test_retention import a_house

ANNA = Actor("anna", "Anna", "member", "aalborg")
LATER = datetime(2100, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def a_share(tmp_path: Path) -> AsyncIterator[tuple[House, SharedFiles, FileSweep]]:
    async with a_house("sqlite+aiosqlite://") as (house, clock, _):
        files = SharedFiles(
            house.dispatch, DiskCabinet(tmp_path / "rooms"), FileLimits(), clock.wall
        )
        yield house, files, FileSweep(house.journal, house.dispatch, files)


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


async def sent(files: SharedFiles, data: bytes = a_pdf()) -> str:
    return str((await files.receive(ANNA, "aalborg", chunks(data), None))["id"])


async def posted(house: House, id: str, name: str = "plan.pdf") -> None:
    word = roomwords.PostMessage("Se her", files=(FileToPost(id, name),))
    data = wire.data_of(word)
    await house.board.do(ANNA, f"post-{id}", "room:aalborg", "post_message", data)


def lying(files: SharedFiles) -> set[str]:
    return {name for name, _ in files.cabinet.names()}


async def test_the_sweep_takes_what_no_room_keeps_and_spares_what_is_new(tmp_path: Path) -> None:
    async with a_share(tmp_path) as (house, files, sweep):
        kept, stray = await sent(files), f"aalborg/{'f' * 32}"
        await posted(house, kept)
        for name in (stray, f"{stray}.small", f"nowhere/{'e' * 32}"):
            files.cabinet.put(name, b"left by a killed process")
        assert await sweep.sweep(LONG_AGO, timedelta(hours=1)) == 0
        assert await sweep.sweep(LATER, timedelta(hours=1)) == 3
        assert lying(files) == {f"aalborg/{kept}"}


async def test_what_is_not_posted_within_an_hour_goes(tmp_path: Path) -> None:
    async with a_share(tmp_path) as (house, files, sweep):
        orphan, kept = await sent(files), await sent(files)
        await posted(house, kept)
        await sweep.sweep(house.clock.wall(), timedelta(hours=1))
        assert f"aalborg/{orphan}" in lying(files)
        house.clock.advance(3700)  # type: ignore[attr-defined]
        await sweep.sweep(house.clock.wall(), timedelta(hours=1))
        assert lying(files) == {f"aalborg/{kept}"}


async def test_an_emptied_room_leaves_neither_bytes_nor_names(tmp_path: Path) -> None:
    async with a_share(tmp_path) as (house, files, sweep):
        id = await sent(files)
        await posted(house, id, "kanariegul.pdf")
        await Retention(house.journal, house.dispatch).empty()
        await sweep.remove_dropped()
        assert lying(files) == set()
        rows = await house.journal.entries("room:aalborg", 0, 9)
        assert not [row for row in rows if b"kanariegul" in row.frame()]
        with pytest.raises(Refused) as refused:
            await files.find(ANNA, "aalborg", id, small=False, hosts=False)
        assert refused.value.code == "not_found"


async def test_a_room_that_refuses_leaves_no_bytes(tmp_path: Path) -> None:
    async with a_share(tmp_path) as (_, files, _):
        files.limits = FileLimits(room_bytes=100)
        with pytest.raises(Exception, match="at most 100 bytes") as refused:
            await sent(files, a_pdf("x" * 200))
        assert getattr(refused.value, "code", "") == "files_full"
        assert lying(files) == set()


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plan.pdf", "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"),
        ("æ b.pdf", "attachment; filename=\"_ b.pdf\"; filename*=UTF-8''%C3%A6%20b.pdf"),
        ('"\\%;.pdf', "attachment; filename=\"___;.pdf\"; filename*=UTF-8''%22%5C%25%3B.pdf"),
        (
            "\r\nx: y.pdf",
            "attachment; filename=\"__x: y.pdf\"; filename*=UTF-8''%0D%0Ax%3A%20y.pdf",
        ),
    ],
)
def test_a_download_s_name_is_written_as_the_standard_has_it(name: str, header: str) -> None:
    assert disposition(name) == header
