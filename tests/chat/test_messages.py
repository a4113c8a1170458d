from __future__ import annotations

from chat import messages
from chat.hostingwords import PersonUnmuted
from chat.messages import SHOWN, Board
from chat.people import author_of
from chat.roomwords import (
    MessageDeleted,
    MessageEdited,
    MessageUnpinned,
    PinMessage,
    PostMessage,
    Reacted,
)
from tests.chat.meeting import BO, HALF_PAST_TWO, HANNE, a_room, with_messages


def shown(board: Board) -> list[str]:
    return [message.id for message in board.messages]


def test_a_room_shows_its_last_hundred_messages() -> None:
    board = with_messages(a_room(), SHOWN + 5).state.board
    assert shown(board) == [f"m{number}" for number in range(6, SHOWN + 6)]


def test_the_pinned_message_stays_however_many_follow() -> None:
    room = with_messages(a_room(), 3)
    room.do(PinMessage("m2"), HANNE)
    board = with_messages(room, SHOWN + 5).state.board
    assert shown(board)[:2] == ["m2", "m10"]
    assert len(shown(board)) == SHOWN


def test_events_about_messages_no_longer_shown_change_nothing() -> None:
    room = with_messages(a_room(), SHOWN + 1)
    for event in (
        MessageEdited("m1", "Nyt"),
        MessageDeleted("m1", "p0"),
        Reacted("m1", "👍", "bo"),
        PersonUnmuted("bo", author_of(HANNE)),
    ):
        board = messages.evolve(room.state.board, event, seq=999, at=HALF_PAST_TWO)
        assert board == room.state.board


def test_a_tombstone_keeps_its_place_and_says_who_buried_it() -> None:
    room = a_room()
    room.do(PostMessage("Farvel"), BO)
    room.fold(MessageDeleted("m1", "hanne"))
    tombstone = room.snapshot("room:aalborg")["messages"][0]
    assert tombstone.keys() == {"id", "seq", "at", "author", "deleted", "deleted_by", "reactions"}
    assert tombstone["deleted_by"] == "hanne"


def test_the_pin_is_gone_with_what_it_was_on() -> None:
    room = with_messages(a_room(), 2)
    room.do(PinMessage("m1"), HANNE)
    room.fold(MessageDeleted("m2", "hanne"))
    assert room.state.board.pinned == "m1"
    room.fold(MessageUnpinned("m1"))
    assert "pinned" not in room.snapshot("room:aalborg")
