from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chat import moderation
from chat.hostingwords import (
    MutePerson,
    PersonMuted,
    UnmutePerson,
)
from chat.people import author_of
from chat.roomwords import (
    CloseRoom,
    CountHeads,
    DeleteMessage,
    EditMessage,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    OpenRoom,
    PinMessage,
    PostMessage,
    React,
    Reacted,
    SetSlowMode,
    UnpinMessage,
    Unreact,
)
from tests.chat.meeting import (
    BO,
    HANNE,
    HENRIK,
    Meeting,
    a_room,
    somebody,
    with_messages,
)

HEJ = PostMessage("Hej")
ALL, HOSTS = "room:aalborg", "room.host:aalborg"


def a_talk(**settings: Any) -> Meeting:
    room = a_room(**settings)
    room.do(HEJ)
    room.do(PostMessage("Hej Anna"), BO)
    return room


def texts(room: Meeting) -> list[str | None]:
    return [message.get("text") for message in room.snapshot(ALL)["messages"]]


# --- posting


def test_a_message_stands_with_its_authors_name_and_badge() -> None:
    room = a_room()
    assert room.do(HEJ, HANNE) == [MessagePosted("m1", author_of(HANNE), "Hej")]
    assert room.snapshot(ALL)["messages"][0]["author"]["badge"] == "host"


def test_a_reply_names_a_message_that_stands() -> None:
    room = a_talk()
    assert room.do(PostMessage("Ja", "m1"))[0].reply_to == "m1"  # type: ignore[attr-defined]
    assert room.refuses(PostMessage("Ja", "m9")).code == "unknown_message"
    room.do(DeleteMessage("m2"), BO)
    assert room.refuses(PostMessage("Ja", "m2")).code == "already_deleted"


def test_a_text_is_tidied_and_judged_before_it_is_taken() -> None:
    room = a_room()
    assert room.do(PostMessage(" Hej\r\ndu "))[0].text == "Hej\ndu"  # type: ignore[attr-defined]
    assert room.refuses(PostMessage("  ")).code == "text_empty"


def test_ten_messages_in_ten_seconds_are_the_pace() -> None:
    room = a_room()
    for _ in range(10):
        room.do(HEJ, after_s=0.5)
    refused = room.refuses(HEJ)
    assert (refused.code, refused.facts) == ("too_fast", {"retry_ms": 5500})
    assert room.do(HEJ, BO)
    assert room.do(HEJ, after_s=5.5)


def test_slow_mode_says_how_long_to_wait() -> None:
    room = a_talk(slow_mode_s=30)
    refused = room.refuses(HEJ, after_s=10)
    assert (refused.code, refused.facts) == ("slow_mode", {"retry_ms": 20_000})
    assert room.do(HEJ, after_s=20)


def test_slow_mode_counts_from_the_last_message_not_from_an_edit() -> None:
    room = a_talk(slow_mode_s=30)
    room.do(EditMessage("m1", "Hejsa"), after_s=29)
    assert room.do(HEJ, after_s=1)


def test_hosts_are_neither_slowed_nor_reviewed() -> None:
    room = a_room(slow_mode_s=30, review=True)
    assert room.do(HEJ, HANNE)
    assert room.do(HEJ, HANNE)
    assert texts(room) == ["Hej", "Hej"]


@pytest.mark.parametrize("back_h", [1, 24 * 365])
def test_a_clock_set_back_locks_nobody_out(back_h: int) -> None:
    room = a_room(slow_mode_s=3600)
    for _ in range(10):
        room.do(SetSlowMode(0), HANNE)
        room.do(HEJ)
    room.do(SetSlowMode(60), HANNE)
    room.do(MutePerson("anna", 5), HANNE)
    assert room.refuses(HEJ).code == "muted"
    room.now -= timedelta(hours=back_h)
    assert room.do(HEJ)
    assert room.do(HEJ, after_s=60)


# --- editing and deleting


def test_an_edit_is_its_authors_alone() -> None:
    room = a_talk()
    assert room.do(EditMessage("m1", "Hejsa")) == [MessageEdited("m1", "Hejsa")]
    for other in (BO, HANNE):
        assert room.refuses(EditMessage("m1", "Farvel"), other).code == "not_yours"
    assert texts(room) == ["Hejsa", "Hej Anna"]


def test_an_edit_that_changes_nothing_is_accepted_and_nothing_happens() -> None:
    assert a_talk().do(EditMessage("m1", " Hej ")) == []


def test_a_message_no_longer_shown_can_still_be_edited_and_deleted() -> None:
    room = with_messages(a_talk(), 150)
    assert room.do(EditMessage("m1", "Hej"))
    assert room.do(DeleteMessage("m1"))
    assert room.refuses(EditMessage("m1", "Hej igen")).code == "already_deleted"


def test_edits_keep_the_pace_of_writing() -> None:
    room = a_talk()
    for number in range(9):
        room.do(EditMessage("m1", f"Hej {number}"))
    assert room.refuses(EditMessage("m1", "Hej igen")).code == "too_fast"


def test_the_author_and_a_host_delete() -> None:
    room = a_talk()
    assert room.refuses(DeleteMessage("m1"), BO).code == "not_yours"
    assert room.do(DeleteMessage("m1")) == [MessageDeleted("m1", "anna")]
    assert room.do(DeleteMessage("m2"), HANNE) == [MessageDeleted("m2", "hanne")]
    assert room.refuses(DeleteMessage("m2"), HANNE).code == "already_deleted"
    assert texts(room) == [None, None]


def test_an_unknown_message_is_told_in_few_letters() -> None:
    refused = a_room().refuses(DeleteMessage("x" * 8000))
    assert refused.code == "unknown_message"
    assert len(refused.detail) < 100


# --- reacting


def test_a_reaction_is_given_once_and_taken_back_once() -> None:
    room = a_talk()
    assert room.do(React("m1", "👍"), BO) == [Reacted("m1", "👍", "bo")]
    assert room.do(React("m1", "👍"), BO) == []
    assert room.do(Unreact("m1", "👍"), BO)
    assert room.do(Unreact("m1", "👍"), BO) == []
    assert room.snapshot(ALL)["messages"][0]["reactions"] == {}


def test_reactions_are_six_emoji_on_messages_shown() -> None:
    room = with_messages(a_talk(), 100)
    assert room.refuses(React("m50", "hest")).code == "unknown_emoji"
    assert room.refuses(React("m1", "👍")).code == "too_old"
    room.do(DeleteMessage("m50"), HANNE)
    assert room.refuses(React("m50", "👍")).code == "already_deleted"


def test_reactions_have_a_pace_of_their_own() -> None:
    room = a_talk()
    for _ in range(10):
        room.do(React("m2", "👍"))
        room.do(Unreact("m2", "👍"))
    assert room.refuses(React("m2", "👍")).code == "too_fast"
    assert room.do(HEJ)


def test_reacting_is_not_for_who_is_in_a_time_out_but_taking_back_is() -> None:
    room = a_talk()
    room.do(React("m2", "👍"))
    room.do(MutePerson("anna"), HANNE)
    assert room.refuses(React("m2", "❤️")).code == "muted"
    assert room.do(Unreact("m2", "👍"))


# --- the host's hand


def test_a_pin_is_on_one_message_shown() -> None:
    room = with_messages(a_talk(), 100)
    assert room.refuses(PinMessage("m1"), HANNE).code == "too_old"
    assert room.do(PinMessage("m50"), HANNE)
    assert room.do(PinMessage("m50"), HANNE) == []
    assert room.do(UnpinMessage("m51"), HANNE) == []
    assert room.do(UnpinMessage("m50"), HANNE)


def test_a_time_out_stops_writing_until_it_is_over() -> None:
    room = a_talk()
    assert isinstance(room.do(MutePerson("anna"), HANNE)[0], PersonMuted)
    for attempt in (HEJ, EditMessage("m1", "Hejsa")):
        refused = room.refuses(attempt)
        assert (refused.code, refused.facts) == ("muted", {"retry_ms": 60_000})
    assert room.do(DeleteMessage("m1"))
    assert room.do(HEJ, after_s=60)


def test_time_outs_climb_rung_by_rung() -> None:
    room = a_talk()
    for minutes in (1, 5, 10):
        event = room.do(MutePerson("anna"), HANNE)[0]
        assert event.until == room.now + timedelta(minutes=minutes)  # type: ignore[attr-defined]


def test_a_time_out_is_lifted_once() -> None:
    room = a_talk()
    assert room.do(UnmutePerson("anna"), HANNE) == []
    room.do(MutePerson("anna"), HANNE)
    assert room.do(UnmutePerson("anna"), HANNE)
    assert room.do(UnmutePerson("anna"), HANNE) == []
    assert room.do(HEJ)


def test_only_who_has_written_here_and_has_no_badge_gets_a_time_out() -> None:
    room = a_talk()
    room.do(HEJ, HENRIK)
    assert room.refuses(MutePerson("carl"), HANNE).code == "unknown_person"
    assert room.refuses(MutePerson("henrik"), HANNE).code == "not_mutable"
    assert room.refuses(MutePerson("anna", 0), HANNE).code == "out_of_range"


def test_slow_mode_is_up_to_an_hour_and_set_once() -> None:
    room = a_room()
    assert room.refuses(SetSlowMode(3601), HANNE).code == "out_of_range"
    assert room.refuses(SetSlowMode(-1), HANNE).code == "out_of_range"
    assert room.do(SetSlowMode(30), HANNE)
    assert room.do(SetSlowMode(30), HANNE) == []


# --- closed, mentioned, counted


def test_of_a_closed_room_all_that_is_left_is_reading_and_taking_back() -> None:
    room = a_talk()
    room.do(CloseRoom(), HANNE)
    assert room.refuses(HEJ).code == "room_closed"
    assert room.refuses(EditMessage("m1", "Hej igen")).code == "room_closed"
    assert room.refuses(React("m2", "👍")).code == "room_closed"
    assert room.do(DeleteMessage("m1"))
    assert room.do(PostMessage("Vi ses kl. 13"), HANNE)
    room.do(OpenRoom(), HANNE)
    assert room.do(HEJ, after_s=1)


def test_a_mention_names_each_once_and_few() -> None:
    room = a_room()
    posted = room.do(PostMessage("@Bo Friis og @Bo Friis", mentions=("bo", "bo")))[0]
    assert posted.mentions == ("bo",)  # type: ignore[attr-defined]
    many = tuple(f"p{number}" for number in range(moderation.MENTIONS_MOST + 1))
    assert room.refuses(PostMessage("Alle", mentions=many)).code == "too_many_mentions"
    for bad in ("", "x" * 65):
        assert room.refuses(PostMessage("Hej", mentions=(bad,))).code == "bad_mention"


def test_heads_are_counted_by_screen_and_one_is_nothing_to_tell() -> None:
    room = a_room()
    assert room.do(CountHeads(1)) == []
    room.do(CountHeads(6))
    assert room.do(CountHeads(6)) == []
    room.do(CountHeads(2), BO)
    assert room.snapshot(ALL)["heads"] == {"anna": 6, "bo": 2}
    for count in (0, -1, moderation.HEADS_MOST + 1):
        assert room.refuses(CountHeads(count)).code == "out_of_range"


def test_a_screen_more_than_are_kept_takes_the_oldests_place() -> None:
    room = a_room()
    for number in range(501):
        room.do(CountHeads(2), somebody(number))
    heads = room.snapshot(ALL)["heads"]
    assert (len(heads), "p0" in heads, "p500" in heads) == (500, False, True)


def test_heads_are_not_told_faster_than_one_reacts() -> None:
    room = a_room()
    for number in range(20):
        room.do(CountHeads(2 + number))
    assert room.refuses(CountHeads(99)).code == "too_fast"
