from __future__ import annotations

from chat.hostingwords import MutePerson
from chat.people import author_of
from chat.roomwords import EditMessage, MessageEdited, PostMessage, React
from tests.chat.meeting import ANNA, BO, HANNE, a_room, somebody


def test_nobody_is_a_writer_before_they_write() -> None:
    room = a_room()
    room.do(PostMessage("Hej"))
    room.do(React("m1", "👍"), BO)
    writers = room.state.writers
    assert writers.of("anna").author == author_of(ANNA)
    assert writers.of("bo").author is writers.of("carl").author is None
    assert len(writers.of("bo").tapped) == 1


def test_an_edit_is_noted_for_the_pace_alone() -> None:
    room = a_room()
    room.do(PostMessage("Hej"))
    room.do(EditMessage("m1", "Hejsa"), after_s=5)
    anna = room.state.writers.of("anna")
    assert [(one - anna.wrote[0]).seconds for one in anna.wrote] == [0, 5]
    assert anna.posted == anna.wrote[0]


def test_a_time_out_is_noted_with_its_moment() -> None:
    room = a_room()
    room.do(PostMessage("Hej"))
    room.do(MutePerson("anna"), HANNE, after_s=5)
    anna = room.state.writers.of("anna")
    assert (anna.mutes, anna.muted) == (1, room.now)


def test_an_edit_of_a_forgotten_message_is_nobodys() -> None:
    room = a_room()
    for number in range(3):
        room.do(PostMessage("Hej"), somebody(number))
    before = room.state.writers
    room.fold(MessageEdited("m9", "Nyt"))
    assert room.state.writers == before
