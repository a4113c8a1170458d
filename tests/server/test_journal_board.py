from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from schedule.programme_file import builtin
from server import journal_board
from server.access.actor import SYSTEM, Actor
from server.board import Done
from server.cheering import Cheer
from server.clock import same_as_wall
from server.entries import Entry
from server.errors import Refused
from server.journal_board import JournalBoard
from server.topics import edition_kinds
from tests.server.guestbook import ANNA, EVA, HOST, Library, a_library, book_kinds

ROOM = "room:aalborg"


@pytest.fixture
async def library(database_url: str) -> AsyncIterator[Library]:
    async with a_library(database_url) as opened:
        yield opened


@pytest.fixture
def board(library: Library) -> JournalBoard:
    return JournalBoard(library.journal, book_kinds(), library.dispatch, library.fanout)


def test_no_such_topic_and_not_yours_are_the_same(board: JournalBoard) -> None:
    assert board.may_read(ANNA, ROOM)
    assert not board.may_read(EVA, ROOM)
    assert not board.may_read(ANNA, "room:nowhere")
    assert not board.may_read(HOST, "room:aalborg.udvalg")
    assert not board.may_read(ANNA, "show")


def test_state_topics_may_be_read(board: JournalBoard) -> None:
    assert board.may_read(EVA, "presence")
    assert not board.may_read(EVA, "presence:nowhere")


@pytest.mark.parametrize("topic", ["room:nowhere", "", "room", ":", "room:aalborg:", "show"])
async def test_opening_what_there_is_not_says_so(board: JournalBoard, topic: str) -> None:
    with pytest.raises(KeyError):
        await board.open(topic)


async def test_position_and_snapshot_belong_together(library: Library, board: JournalBoard) -> None:
    await board.open(ROOM)
    assert (board.position(ROOM).epoch, board.position(ROOM).head) == ("a1", 0)
    await library.post("hej")
    snapshot = board.snapshot(ROOM)

    assert board.position(ROOM).head == 1
    assert orjson.loads(snapshot) == {"messages": [{"id": "m1", "text": "hej"}]}
    assert board.snapshot(ROOM) is snapshot


async def test_frames_are_the_bytes_that_were_handed_out(
    library: Library, board: JournalBoard
) -> None:
    for text in ("en", "to", "tre"):
        await library.post(text)

    assert await board.frames(ROOM, 1, 3) == [frame for _, frame in library.fanout.frames[ROOM]][1:]
    assert await board.frames(ROOM, 3, 9) == []


async def test_a_state_topic_has_only_its_newest_value(
    library: Library, board: JournalBoard
) -> None:
    assert board.state("presence") == b""
    board.set_state("presence", {"people": 40})
    board.set_state("presence", {"people": 50})

    newest = board.state("presence")
    assert orjson.loads(newest or b"") == {
        "op": "state",
        "topic": "presence",
        "data": {"people": 50},
    }
    assert [topic for topic, _ in library.fanout.states] == ["presence", "presence"]
    assert library.fanout.states[-1] == ("presence", newest)


async def test_a_log_has_no_newest_value(board: JournalBoard) -> None:
    assert board.state(ROOM) is None
    with pytest.raises(KeyError):
        board.set_state(ROOM, {})


async def test_history_shows_objects_as_they_are_now(library: Library, board: JournalBoard) -> None:
    for n in range(1, 8):
        await library.post(f"{n}")
    await library.dispatch.do(ANNA, "d", ROOM, "delete_message", {"message": "m4"})

    items, more = await board.history(ROOM, before=6, limit=3)

    assert ([item["text"] for item in items], more) == (["3", "5"], True)
    assert await board.history(ROOM, before=3, limit=3) == (
        [{"id": "m1", "text": "1"}, {"id": "m2", "text": "2"}],
        False,
    )
    assert await board.history(ROOM, before=1, limit=3) == ([], False)


async def test_a_long_history_is_read_a_page_at_a_time_and_others_are_served_meanwhile(
    library: Library, board: JournalBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 20):
        await library.post(f"{n}")
    await library.dispatch.do(ANNA, "d", ROOM, "delete_message", {"message": "m2"})
    monkeypatch.setattr(journal_board, "PAGE", 4)
    read, pages = library.journal.entries, list[int]()

    async def entries(topic: str, after: int, upto: int) -> list[Entry]:
        pages.append(upto - after)
        return await read(topic, after, upto)

    monkeypatch.setattr(library.journal, "entries", entries)
    items, _ = await board.history(ROOM, before=4, limit=3)

    assert [item["text"] for item in items] == ["1", "3"]
    assert pages == [4] * 5
    people = ["anna"] * 30 + ["bo"]
    asked = [board.history(ROOM, before=4, limit=3, of=one) for one in people]
    *annas, bos = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one.code for one in annas if isinstance(one, Refused)]
    assert refused == ["busy"] * (30 - journal_board.OF_EACH)
    assert bos == (items, False)


async def test_a_topic_without_history_says_so(board: JournalBoard) -> None:
    with pytest.raises(Refused, match="history"):
        await board.history("room.host:aalborg", 10, 10)


async def test_commands_go_through(board: JournalBoard) -> None:
    done = await board.do(ANNA, "c1", ROOM, "post_message", {"text": "hej"})

    assert (done.topic, done.seq) == (ROOM, 1)


def a_cheering_board(library: Library) -> tuple[JournalBoard, list[tuple[Actor, Cheer]]]:
    """A board of an edition, and what came in on `cheers`."""
    kinds = edition_kinds(builtin("topmoede_2021"), same_as_wall(), ["aalborg"])
    board = JournalBoard(library.journal, kinds, library.dispatch, library.fanout)
    cheers: list[tuple[Actor, Cheer]] = []
    board.receive("cheers", lambda actor, cheer: cheers.append((actor, cheer)))
    return board, cheers


async def test_what_is_worth_a_second_goes_past_the_journal(library: Library) -> None:
    board, cheers = a_cheering_board(library)

    assert await board.do(ANNA, "c1", "cheers", "cheer", {"kind": "heart"}) == Done("cheers")
    assert cheers == [(ANNA, Cheer("heart"))]


@pytest.mark.parametrize(
    ("actor", "name", "data", "code"),
    [
        (ANNA, "boo", {}, "unknown_command"),
        (ANNA, "cheer", {}, "bad_data"),
        (ANNA, "cheer", {"kind": "heart", "role": "moderator"}, "bad_data"),
        (ANNA, "cheer", {"kind": 7}, "bad_data"),
        (Actor("x", "X", ""), "cheer", {"kind": "heart"}, "not_found"),
        (SYSTEM, "cheer", {"kind": "heart"}, "not_found"),
    ],
)
async def test_it_is_read_as_closely_as_what_is_stored(
    library: Library, actor: Actor, name: str, data: dict[str, object], code: str
) -> None:
    board, cheers = a_cheering_board(library)
    with pytest.raises(Refused) as refused:
        await board.do(actor, "c1", "cheers", name, data)

    assert refused.value.code == code
    assert cheers == []
