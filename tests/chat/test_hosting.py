from __future__ import annotations

from datetime import timedelta

from chat import hosting
from chat.hostingwords import ApproveMessage, MutePerson
from chat.roomwords import MessageUnpinned, PostMessage
from tests.chat.meeting import ANNA, BO, HALF_PAST_TWO, HANNE, Meeting, a_room

HOSTS = "room.host:aalborg"


def a_review() -> Meeting:
    room = a_room(review=True)
    for by in (ANNA, BO, ANNA):
        room.do(PostMessage("Må jeg?"), by)
    return room


def test_waiting_messages_stand_in_order_under_their_authors_own_count() -> None:
    held = a_review().snapshot(HOSTS)["held"]
    assert [one["id"] for one in held] == ["anna.m1", "bo.m1", "anna.m2"]


def test_waiting_messages_are_found_and_counted_by_person() -> None:
    queue = a_review().state.hosting
    assert queue.waiting_of("anna") == 2
    assert queue.waiting_of("carl") == 0
    assert queue.find("carl.m1") is None


def test_a_settled_message_leaves_the_queue() -> None:
    room = a_review()
    room.do(ApproveMessage("bo.m1"), HANNE)
    assert [one["id"] for one in room.snapshot(HOSTS)["held"]] == ["anna.m1", "anna.m2"]


def test_a_time_out_ends_on_its_moment() -> None:
    room = a_room()
    room.do(PostMessage("Hej"))
    room.do(MutePerson("anna", 5), HANNE)
    over = HALF_PAST_TWO + timedelta(minutes=5)
    assert room.state.hosting.mute_of("anna", over - timedelta.resolution)
    assert room.state.hosting.mute_of("anna", over) is None
    assert room.state.hosting.mute_of("bo", HALF_PAST_TWO) is None


def test_what_the_rooms_people_see_is_not_the_hosts_business() -> None:
    queue = a_review().state.hosting
    assert hosting.evolve(queue, MessageUnpinned("m1"), seq=9, at=HALF_PAST_TWO) is queue
