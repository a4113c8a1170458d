from __future__ import annotations

from chat import roomwords
from chat.transcript import EVENTS, Backwards, Said
from tests.chat.meeting import BO, HANNE, SYSTEM, Meeting, a_room


def said(room: Meeting) -> dict[str, Said]:
    """What is read from the end of the room's log, as it is kept."""
    reading, found = Backwards(), {}
    for entry in reversed(room.stored):
        if entry.topic == "room:aalborg" and isinstance(entry.event, EVENTS):
            one = reading.take(entry.event, seq=entry.seq, at=entry.at)
            if one is not None:
                found[one.id] = one
    return found


def test_a_message_stands_as_it_was_last_written() -> None:
    room = a_room()
    room.do(roomwords.PostMessage("Et"))
    room.do(roomwords.PostMessage("Svar", "m1"), BO)
    for text in ("To", "Tre"):
        room.do(roomwords.EditMessage("m1", text), after_s=60)
    found = said(room)
    assert (found["m1"].text, found["m1"].edited) == ("Tre", room.now)
    assert (found["m2"].text, found["m2"].edited, found["m2"].reply_to) == ("Svar", None, "m1")


def test_a_deleted_and_an_erased_message_are_tombstones() -> None:
    room = a_room()
    room.do(roomwords.PostMessage("Et"))
    room.do(roomwords.EditMessage("m1", "To"))
    room.do(roomwords.DeleteMessage("m1"), HANNE)
    room.do(roomwords.PostMessage("Tre"))
    room.do(roomwords.EditMessage("m2", "Fire"))
    room.do(roomwords.EmptyRoom(), SYSTEM)
    room.do(roomwords.PostMessage("Efter"))
    texts = {id: one.text for id, one in said(room).items()}
    assert texts == {"m1": None, "m2": None, "m3": "Efter"}


def test_a_deletion_counts_even_where_its_text_was_not_erased() -> None:
    room = a_room()
    room.do(roomwords.PostMessage("Et"))
    room.do(roomwords.DeleteMessage("m1"))
    room.stored = room.log
    assert said(room)["m1"].text is None
