from __future__ import annotations

from chat import moderation
from chat.events import holds
from chat.hostingwords import ApproveMessage, DeclineMessage, OwnMessageHeld, SetWordList
from chat.people import author_of
from chat.roomwords import DeleteMessage, EditMessage, MessagePosted, PostMessage, SetReview
from tests.chat.meeting import ANNA, BO, HANNE, Meeting, Somebody, a_room, somebody

HEJ = PostMessage("Hej")
ALL, HOSTS = "room:aalborg", "room.host:aalborg"


def texts(room: Meeting) -> list[str | None]:
    return [message.get("text") for message in room.snapshot(ALL)["messages"]]


def test_while_the_room_is_reviewed_only_a_host_edits() -> None:
    room = a_room()
    room.do(HEJ)
    room.do(HEJ, HANNE)
    room.do(SetReview(True), HANNE)
    assert room.refuses(EditMessage("m1", "Hejsa")).code == "under_review"
    assert room.do(EditMessage("m2", "Hejsa"), HANNE)


def test_a_held_message_is_seen_by_its_author_and_the_hosts_alone() -> None:
    room = a_room(review=True)
    events = room.do(HEJ)
    assert holds(events)
    assert OwnMessageHeld("anna", "aalborg", "anna.m1", "Hej") in events
    assert texts(room) == []
    assert room.snapshot(HOSTS)["held"][0]["text"] == "Hej"
    assert room.snapshot("person:anna")["messages"][0]["state"] == "held"


def test_an_approved_message_stands_as_its_authors() -> None:
    room = a_room(review=True)
    room.do(HEJ)
    assert not holds(room.do(ApproveMessage("anna.m1"), HANNE))
    assert texts(room) == ["Hej"]
    assert room.snapshot(ALL)["messages"][0]["author"]["id"] == "anna"
    assert room.snapshot("person:anna")["messages"] == []


def test_approval_does_not_count_as_the_authors_writing() -> None:
    room = a_room(slow_mode_s=60, review=True)
    room.do(HEJ)
    room.do(ApproveMessage("anna.m1"), HANNE, after_s=59)
    assert room.do(HEJ, after_s=1)


def test_a_held_message_counts_as_written_when_it_was_sent() -> None:
    room = a_room(slow_mode_s=60, review=True)
    room.do(HEJ)
    assert room.refuses(HEJ, after_s=59).code == "slow_mode"


def test_a_declined_message_stays_with_its_author() -> None:
    room = a_room(review=True)
    room.do(HEJ)
    room.do(DeclineMessage("anna.m1"), HANNE)
    assert room.snapshot("person:anna")["messages"][0]["state"] == "declined"
    assert room.refuses(ApproveMessage("anna.m1"), HANNE).code == "unknown_message"
    assert room.refuses(DeclineMessage("anna.m1"), HANNE).code == "unknown_message"


def test_a_waiting_message_is_taken_back_by_its_author_alone() -> None:
    room = a_room(review=True)
    room.do(HEJ)
    for other in (BO, HANNE):
        assert room.refuses(DeleteMessage("anna.m1"), other).code == "unknown_message"
    assert room.do(DeleteMessage("anna.m1"))
    assert room.snapshot(HOSTS)["held"] == room.snapshot("person:anna")["messages"] == []


def test_nobody_fills_the_hosts_queue_alone() -> None:
    room = a_room(review=True)
    for _ in range(moderation.HELD_PER_PERSON):
        room.do(HEJ)
    assert room.refuses(HEJ).code == "too_many_waiting"
    assert room.do(HEJ, BO)


def test_the_hosts_queue_has_an_end() -> None:
    room = a_room(review=True)
    for number in range(moderation.HELD_PER_ROOM):
        room.do(HEJ, somebody(number))
    assert room.refuses(HEJ, Somebody("late", "Late")).code == "too_many_waiting"


def test_what_waits_goes_on_waiting_when_review_is_over() -> None:
    room = a_room(review=True)
    room.do(HEJ)
    assert room.do(SetReview(False), HANNE)
    assert room.do(SetReview(False), HANNE) == []
    assert room.do(PostMessage("Nu")) == [MessagePosted("m1", author_of(ANNA), "Nu")]
    room.do(ApproveMessage("anna.m1"), HANNE)
    assert texts(room) == ["Nu", "Hej"]


def test_a_message_with_a_listed_word_waits_and_its_author_is_not_told_which() -> None:
    room = a_room()
    room.do(SetWordList(("pokker*",)), HANNE)
    held, own = room.do(PostMessage("Det var pokkers"))
    assert (held.word, own) == (  # type: ignore[attr-defined]
        "pokker*",
        OwnMessageHeld("anna", "aalborg", "anna.m1", "Det var pokkers"),
    )
    assert room.snapshot(HOSTS)["held"][0]["word"] == "pokker*"
    assert "pokker*" not in str(room.snapshot(ALL))
    assert room.do(PostMessage("Pokkers også"), HANNE)[0] == MessagePosted(
        "m1", author_of(HANNE), "Pokkers også"
    )


def test_an_edit_that_would_have_waited_is_refused() -> None:
    room = a_room()
    room.do(HEJ)
    room.do(SetWordList(("pokker",)), HANNE)
    assert room.refuses(EditMessage("m1", "P0kker")).code == "under_review"


def test_a_mention_waits_with_its_message() -> None:
    room = a_room(review=True)
    room.do(PostMessage("Hvad siger @Bo Friis?", mentions=("bo",)))
    room.do(ApproveMessage("anna.m1"), HANNE)
    assert room.snapshot(ALL)["messages"][0]["mentions"] == ["bo"]
