"""What was written in a room is, after its time, in no row, no frame and no byte of the files."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from chat import committeewords, deskwords, hostingwords, proposalwords, roomwords
from chat.helpdesk.commands import AddToHelp, AnswerHelp, AskForHelp
from chat.helpdesk.diagnosis import Diagnosis
from schedule.programme_file import builtin
from server import wire
from server.access.actor import SYSTEM, Actor
from server.backup import make_backup
from server.cli import main
from server.clock import ShowMap, VirtualClock, same_as_wall
from server.database import Database
from server.house import House, open_house
from server.retention import (
    Retention,
    delete_recordings,
    due_at,
    keep_recordings_to,
    keep_to,
    scrub,
)
from streams.recordings.recordings import ReportRecorded
from tests.chat.meeting import Pen
from tests.server.guestbook import RecordingFanout

DAY = builtin("topmoede_2021")
START = DAY.items[0].start
CANARY = "Kanariefugl"
ROOM, HOSTS, NOTES = "room:aalborg", "room.host:aalborg", "notes:aalborg"
ANNA = Actor("anna", "Anna", "member", "aalborg")
BO = Actor("bo", "Bo", "member", "aalborg")
EVA = Actor("eva", "Eva", "member", "aarhus")
HOST = Actor("hanne", "Hanne", "host", "aalborg")
KIM = Actor("kim", "Kim", "committee")
IDA = Actor("ida", "Ida Navnløs", "individual")
MADS = Actor("mads", "Mads", "moderator")
PUBLIC = "Offentligt"
DESK, HELP, PROPOSALS = "committee.desk", "help.desk", "proposals:aalborg"
WINDOW = deskwords.OpenWindow("18", START, START + timedelta(hours=1))

SAID = (
    (ANNA, ROOM, roomwords.PostMessage(f"{CANARY} 1")),
    (ANNA, ROOM, roomwords.EditMessage("m1", f"{CANARY} 2 " + "x" * 3000)),
    (BO, ROOM, roomwords.PostMessage(f"{CANARY} 3", "m1")),
    (HOST, ROOM, roomwords.PinMessage("m2")),
    (EVA, "room:aarhus", roomwords.PostMessage(f"{CANARY} 4")),
    (HOST, ROOM, roomwords.SetReview(True)),
    (BO, ROOM, roomwords.PostMessage(f"{CANARY} 5")),
    (HOST, HOSTS, hostingwords.DeclineMessage("bo.m1")),
    (BO, ROOM, roomwords.PostMessage(f"{CANARY} 6")),
    (BO, NOTES, Pen(1).write(CANARY)),
    (EVA, "notes:aarhus", Pen(2).write(CANARY)),
)
ASKED = (
    (ANNA, PROPOSALS, proposalwords.Propose(f"{CANARY} 7")),
    (BO, PROPOSALS, proposalwords.BackProposal("aalborg.p1")),
    (SYSTEM, DESK, WINDOW),
    (ANNA, "committee", committeewords.AskQuestion(f"{PUBLIC} 1")),
    (BO, "committee", committeewords.Vote("q1")),
    (KIM, DESK, deskwords.Draft("anna.q1", f"{CANARY} 8")),
    (KIM, DESK, deskwords.Answer("anna.q1", f"{PUBLIC} 2")),
    (IDA, "committee", committeewords.AskQuestion(f"{PUBLIC} 3", anonymous=True)),
    (MADS, DESK, roomwords.SetReview(True)),
    (BO, "committee", committeewords.AskQuestion(f"{CANARY} 9")),
    (MADS, DESK, deskwords.DeclineQuestion("bo.q1")),
    (ANNA, "help", AskForHelp("something_else", Diagnosis(), f"{CANARY} 10")),
    (MADS, HELP, AnswerHelp("anna.h1", f"{CANARY} 11")),
    (ANNA, "help", AddToHelp(f"{CANARY} 12")),
)
READ = (
    *(ROOM, HOSTS, "room:aarhus", "person:bo", "person:anna", "person:ida", NOTES),
    *(PROPOSALS, DESK, HELP, "committee"),
)


@asynccontextmanager
async def a_house(
    url: str, show_map: ShowMap | None = None
) -> AsyncIterator[tuple[House, VirtualClock, RecordingFanout]]:
    clock, fanout, database = (
        VirtualClock(START, show_map or same_as_wall()),
        RecordingFanout(),
        Database(url),
    )
    house = await open_house(database, DAY, clock, ["aalborg", "aarhus"], fanout)
    writing = asyncio.create_task(house.dispatch.run())
    try:
        yield house, clock, fanout
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await database.close()


async def talk(house: House, clock: VirtualClock) -> None:
    for number, (actor, topic, command) in enumerate(SAID + ASKED):
        clock.advance(1)
        name, data = wire.name_of(type(command)), wire.data_of(command)
        await house.dispatch.do(actor, f"c{number}", topic, name, data)


def bytes_in(folder: Path) -> bytes:
    found = b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
    return found + unwrapped(found)


def unwrapped(found: bytes) -> bytes:
    """What stands in base64 in it, as notes do."""
    return b"".join(
        base64.b64decode(run[: len(run) // 4 * 4]) for run in re.findall(rb"AQ[\w+/]{10,}=*", found)
    )


async def everything_read(house: House) -> bytes:
    """What a client may be sent of these topics: snapshots, frames, history."""
    found = b""
    for topic in READ:
        await house.board.open(topic)
        found += house.board.snapshot(topic)
        found += b"".join(await house.board.frames(topic, 0, house.board.position(topic).head))
    items, _ = await house.board.history(ROOM, 1_000, 100)
    return found + unwrapped(found) + orjson.dumps(items)


async def test_an_emptied_room_is_in_no_row_no_frame_and_no_byte_of_the_files(
    tmp_path: Path,
) -> None:
    async with a_house(f"sqlite:///{tmp_path / 'day.db'}") as (house, clock, fanout):
        await talk(house, clock)
        assert CANARY.encode() in bytes_in(tmp_path)
        assert CANARY.encode() in await everything_read(house)
        assert CANARY.encode() in unwrapped(house.board.snapshot(NOTES))
        retention = Retention(house.journal, house.dispatch)

        assert await retention.empty() == 5
        assert scrub(house.database.url)

        assert CANARY.encode() not in bytes_in(tmp_path)
        assert CANARY.encode() not in await everything_read(house)
        for topic in READ:
            frames = dict(fanout.frames[topic])
            before = len(frames)
            frames |= {seq: frame for where, seq, frame in fanout.rewritten if where == topic}
            assert len(frames) == before, "a tombstone stands where a frame was"
            handed_out = b"".join(frames.values())
            assert CANARY.encode() not in handed_out + unwrapped(handed_out)
        assert await retention.empty() == 0, "there is nothing left to empty"


async def test_what_was_published_stays_as_everybody_saw_it() -> None:
    async with a_house("sqlite://") as (house, clock, _):
        await talk(house, clock)
        await house.board.open("committee")
        before = house.board.snapshot("committee")
        assert before.count(PUBLIC.encode()) == 3

        await Retention(house.journal, house.dispatch).empty()

        assert house.board.snapshot("committee") == before
        assert orjson.loads(house.board.snapshot(DESK))["questions"] == []


async def test_whose_a_ballot_was_and_who_asked_without_a_name_stands_in_no_row(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    async with a_house(url) as (house, clock, _):
        await talk(house, clock)
        assert await names(house) == {IDA.name, "bo"}
        await Retention(house.journal, house.dispatch).empty()
        assert await names(house) == set()
        await everything_read(house)
        snapshots = {topic: house.board.snapshot(topic) for topic in READ}
    async with a_house(url) as (again, _, _):
        await everything_read(again)
        assert {topic: again.board.snapshot(topic) for topic in READ} == snapshots
        assert await Retention(again.journal, again.dispatch).empty() == 0


async def names(house: House) -> set[str]:
    """Everybody whom a ballot's row names, or a question's that was asked without a name."""
    found = set()
    for topic in ("committee.ballots", "proposals.ballots:aalborg", DESK):
        for entry in await house.journal.entries(topic, 0, 999):
            if topic != DESK:
                found.add(entry.data["by"])
            elif entry.data.get("anonymous"):
                found.add(entry.data["asker"]["name"])
    return found - {""}


async def test_a_backup_made_into_the_same_folder_afterwards_holds_no_text(tmp_path: Path) -> None:
    data, kept = tmp_path / "data", tmp_path / "kept"
    database = data / "topmoede.db"
    data.mkdir()
    settings = tmp_path / "topmoede.toml"
    settings.write_text(f'data = "{data}"\nport = 1\nretention_days = 0\n')
    async with a_house(f"sqlite:///{database}") as (house, clock, _):
        await talk(house, clock)
    make_backup(data, database, kept, START)
    assert CANARY.encode() in bytes_in(kept)

    assert await asyncio.to_thread(main, ["erase", "--settings", str(settings)]) == 0
    assert CANARY.encode() not in bytes_in(data)
    make_backup(data, database, kept, START + timedelta(days=1))
    assert CANARY.encode() not in bytes_in(kept)


async def test_the_rooms_are_emptied_when_the_days_are_over_and_not_before() -> None:
    async with a_house("sqlite://") as (house, clock, _):
        await talk(house, clock)
        due = due_at(DAY, clock.show_map, 30)
        retention = Retention(house.journal, house.dispatch)
        stored: asyncio.Queue[object] = asyncio.Queue()
        house.dispatch.on_commit.append(stored.put_nowait)
        keeping = asyncio.create_task(keep_to(retention, due, clock, house.database.url))
        try:
            clock.advance((due - clock.wall()).total_seconds() - 1)
            await clock.settle()
            assert len((await retention.left()).rooms) == 2
            clock.advance(600)
            async with asyncio.timeout(10):
                while await retention.left():
                    await stored.get()
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


def test_the_days_are_counted_from_the_end_of_the_day_by_the_wall() -> None:
    ends = max(item.end for item in DAY.items)
    rehearsed = ShowMap(datetime(2026, 3, 1, tzinfo=UTC), ends, 20)
    assert due_at(DAY, same_as_wall(), 30) == ends + timedelta(days=30)
    assert due_at(DAY, rehearsed, 30) == datetime(2026, 3, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settings", "flags", "code", "says"),
    [
        ("", [], 2, "retention_days"),
        ("retention_days = 3650\n", [], 1, "Not before"),
        ("retention_days = 3650\n", ["--now"], 0, "0 rooms and desks emptied"),
        ("", ["--now"], 0, "backup"),
    ],
)
def test_erasing_says_what_it_did_or_why_not(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    settings: str,
    flags: list[str],
    code: int,
    says: str,
) -> None:
    file = tmp_path / "topmoede.toml"
    file.write_text(f'data = "{tmp_path}"\nport = 1\n{settings}')
    assert main(["erase", "--settings", str(file), *flags]) == code
    said = capsys.readouterr()
    assert says in said.out + said.err


async def test_another_worker_s_ring_is_rewritten_when_it_hears_of_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    async with a_house(url) as (house, clock, _), a_house(url) as (other, _, fanout):
        await other.board.open(ROOM)
        await talk(house, clock)
        await other.dispatch.catch_up()
        assert CANARY.encode() in b"".join(frame for _, frame in fanout.frames[ROOM])

        await Retention(house.journal, house.dispatch).empty()
        await other.dispatch.catch_up()

        frames = dict(fanout.frames[ROOM])
        frames |= {seq: frame for topic, seq, frame in fanout.rewritten if topic == ROOM}
        assert CANARY.encode() not in b"".join(frames.values())
        assert CANARY.encode() not in other.board.snapshot(ROOM)


async def test_recordings_are_deleted_when_their_days_are_over_and_not_before() -> None:
    async with a_house("sqlite://") as (house, clock, _):
        await house.dispatch.command(SYSTEM, "r1", "recordings", ReportRecorded("07", 1))
        due = due_at(DAY, clock.show_map, 365)
        keeping = asyncio.create_task(keep_recordings_to(house.dispatch, due, clock))
        stored: asyncio.Queue[object] = asyncio.Queue()
        house.dispatch.on_commit.append(stored.put_nowait)
        try:
            clock.advance((due - clock.wall()).total_seconds() - 1)
            await clock.settle()
            assert await state_of(house, "07") == "rough"
            clock.advance(600)
            async with asyncio.timeout(10):
                while await state_of(house, "07") != "deleted":
                    await stored.get()
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        assert await delete_recordings(house.dispatch) == 0


async def state_of(house: House, item: str) -> str:
    unit = await house.dispatch.unit_of("recordings")
    return str(unit.face("recordings").items[item].state)
