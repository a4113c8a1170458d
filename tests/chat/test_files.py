"""Files in a room: whose they are, where they go with their message, what they are called."""

from __future__ import annotations

from typing import Any

import pytest

from chat import rooms
from chat.files import tidy_name
from chat.filewords import DropFile, DropForgotten, FileKind, FilesDropped, FileToPost
from chat.hostingwords import ApproveMessage, DeclineMessage, OwnMessageHeld, SetWordList
from chat.roomwords import (
    DeleteMessage,
    EditMessage,
    EmptyRoom,
    MessagePosted,
    PostMessage,
    SetReview,
)
from tests.chat.meeting import ANNA, BO, HANNE, SYSTEM, Meeting, a_room, carrying, sent

HOUR_S = 3600


def a_room_with(*files: str, **settings: Any) -> Meeting:
    """A room to which Anna has sent files, and posted none."""
    room = a_room(**settings)
    for one in files:
        room.do(sent(one), SYSTEM)
    return room


def gone(room: Meeting) -> set[str]:
    dropped = (one.event for one in room.log if isinstance(one.event, FilesDropped))
    return {id for event in dropped for id in event.files}


def shown(room: Meeting, place: int = -1) -> list[str]:
    return [one["id"] for one in room.snapshot("room:aalborg")["messages"][place].get("files", ())]


def test_a_message_carries_what_its_author_sent_with_or_without_words() -> None:
    room = a_room_with("f1", "f2", "f3")
    room.do(carrying("Se her", "f2", "f1"))
    assert shown(room) == ["f2", "f1"]
    first = room.snapshot("room:aalborg")["messages"][0]["files"][0]
    assert first == {
        "id": "f2", "kind": "jpeg", "name": "f2 navn.jpg", "size": 1_000,
        "width": 640, "height": 480, "alt": "f2 viser",
    }  # fmt: skip
    room.do(carrying("  ", "f3"))
    assert shown(room) == ["f3"]
    assert room.refuses(PostMessage("  ")).code == "text_empty"


def test_a_file_is_posted_once_and_by_whoever_sent_it() -> None:
    room = a_room_with("f1", "f2")
    room.do(carrying("", "f1"))
    for command, by in (
        (carrying("igen", "f1"), ANNA),
        (carrying("en andens", "f2"), BO),
        (carrying("der ikke er der", "f9"), ANNA),
        (carrying("to gange", "f2", "f2"), ANNA),
    ):
        assert room.refuses(command, by).code == "unknown_file"


def test_a_message_carries_ten_files_at_most() -> None:
    room = a_room_with(*(f"f{number}" for number in range(11)))
    refused = room.refuses(carrying("", *(f"f{number}" for number in range(11))))
    assert (refused.code, refused.facts) == ("too_many_files", {"most": 10})


def test_a_room_takes_so_much_and_a_person_so_much_within_an_hour() -> None:
    room = a_room_with()
    room.do(sent("f1", size=30_000), SYSTEM)
    refused = room.refuses(sent("f2", size=30_000), SYSTEM, after_s=60)
    assert refused.code == "files_too_fast"
    assert refused.facts["retry_ms"] == (HOUR_S - 60) * 1000
    room.do(sent("f2", BO, size=50_000), SYSTEM)
    room.do(sent("f3", size=20_000), SYSTEM)
    for by in (ANNA, BO):
        refused = room.refuses(sent("f4", by, size=1), SYSTEM, after_s=2 * HOUR_S)
        assert (refused.code, refused.facts) == ("files_full", {"most": 100_000})
    room.do(DropFile("f2", "bo"), SYSTEM)
    room.do(sent("f4", size=50_000), SYSTEM)


def test_what_was_dropped_counts_within_the_hour_all_the_same() -> None:
    room = a_room_with()
    room.do(sent("f1", size=50_000), SYSTEM)
    room.do(DropFile("f1", "anna"), SYSTEM)
    assert room.refuses(sent("f2", size=1), SYSTEM).code == "files_too_fast"


def test_files_go_with_their_message_and_no_others() -> None:
    room = a_room_with("f1", "f2", "f3")
    room.do(carrying("en", "f1"))
    room.do(carrying("to", "f2"))
    room.do(DeleteMessage("m1"))
    assert gone(room) == {"f1"}
    assert "files" not in room.snapshot("room:aalborg")["messages"][0]
    assert room.refuses(carrying("igen", "f1")).code == "unknown_file"
    room.do(EmptyRoom(), SYSTEM)
    assert gone(room) == {"f1", "f2", "f3"}


def test_an_edited_message_keeps_its_files_though_its_first_text_is_erased() -> None:
    room = a_room_with("f1")
    room.do(carrying("Se her", "f1"))
    room.do(EditMessage("m1", ""))
    assert shown(room) == ["f1"]
    again = room.restarted(rooms.initial("aalborg"))
    assert shown(again) == ["f1"]
    again.do(DeleteMessage("m1"))
    assert gone(again) == {"f1"}


def test_what_waits_for_the_host_takes_its_files_along_whichever_way_it_goes() -> None:
    room = a_room_with("f1", "f2", "f3", review=True)
    held = room.do(carrying("Må jeg?", "f1"))
    assert [one.files for one in held if isinstance(one, OwnMessageHeld)] == [held[0].files]  # type: ignore[attr-defined]
    assert not [entry for entry in room.log if isinstance(entry.event, MessagePosted)]
    room.do(ApproveMessage("anna.m1"), HANNE)
    assert (shown(room), gone(room)) == (["f1"], set())
    room.do(carrying("Og det?", "f2"))
    room.do(DeclineMessage("anna.m2"), HANNE)
    assert gone(room) == {"f2"}
    room.do(carrying("Og det?", "f3"))
    room.do(DeleteMessage("anna.m3"))
    assert gone(room) == {"f2", "f3"}


def test_a_listed_word_holds_also_in_a_name_and_in_what_a_picture_shows() -> None:
    for name, alt in (("pokkers.png", None), ("x.png", "pokkers")):
        room = a_room_with("f1")
        room.do(SetWordList(("pokkers",)), HANNE)
        room.do(PostMessage("", files=(FileToPost("f1", name, alt),)))
        assert not room.snapshot("room:aalborg")["messages"]


def test_what_nobody_posts_within_an_hour_goes() -> None:
    room = a_room_with("f1", "f2")
    room.do(carrying("", "f1"))
    room.do(sent("f3"), SYSTEM, after_s=HOUR_S - 1)
    assert room.do(DropForgotten(), SYSTEM) == []
    room.do(DropForgotten(), SYSTEM, after_s=1)
    assert gone(room) == {"f2"}
    assert room.refuses(DropFile("f1", "anna"), SYSTEM).code == "unknown_file"
    assert room.refuses(DropFile("f3", "bo"), SYSTEM).code == "unknown_file"


def test_a_log_whose_texts_were_emptied_folds_to_the_same_files() -> None:
    room = a_room_with("f1", "f2", "f3", "f4")
    room.do(carrying("en", "f1"))
    room.do(carrying("to", "f2"))
    room.do(EditMessage("m2", "to igen"))
    room.do(DeleteMessage("m1"))
    room.do(SetReview(True), HANNE)
    room.do(carrying("tre", "f3"))
    room.do(ApproveMessage("anna.m1"), HANNE)
    room.do(carrying("fire", "f4"))
    again = room.restarted(rooms.initial("aalborg"))
    assert again.state.files == room.state.files
    assert again.snapshots() == room.snapshots()


@pytest.mark.parametrize(
    ("came", "kind", "kept"),
    [
        ("Referat fra møde.pdf", "pdf", "Referat fra møde.pdf"),
        ("IMG_0001.HEIC", "jpeg", "IMG_0001.jpg"),
        ("foto.webp", "png", "foto.png"),
        ("../../etc/passwd", "pdf", "passwd.pdf"),
        ("C:\\Users\\mette\\plan.pdf", "pdf", "plan.pdf"),
        ("side.html", "pdf", "side.html.pdf"),
        ("regning\u202efdp.exe", "pdf", "regningfdp.exe.pdf"),
        ("a\u2066b\u200bc\ufeff.png", "png", "abc.png"),
        ("\x00\x1b[31m.pdf", "pdf", "[31m.pdf"),
        ("  ...  ", "jpeg", "fil.jpg"),
        (".pdf", "pdf", "fil.pdf"),
        ("a\u030a.pdf", "pdf", "å.pdf"),
        ('"><img src=x>.pdf', "pdf", '"><img src=x>.pdf'),
        ("æ" * 500 + ".pdf", "pdf", "æ" * 116 + ".pdf"),
        ("to\r\nlinjer.pdf", "pdf", "tolinjer.pdf"),
    ],
)
def test_a_name_is_kept_as_text_that_says_what_the_file_is(
    came: str, kind: FileKind, kept: str
) -> None:
    assert tidy_name(came, kind) == kept
