from __future__ import annotations

from dataclasses import replace

import pytest

from server import wire
from server.kinds import Kinds, joined
from tests.server.guestbook import (
    BOOK,
    PERSON,
    AuthorThanked,
    HostTold,
    MessagePosted,
    book_kinds,
)

KINDS = book_kinds()


def test_a_topic_is_taken_apart_into_noun_and_id() -> None:
    address = KINDS.find("room.host:aalborg")
    assert address is not None

    assert (address.kind.noun, address.id, address.unit) == ("room.host", "aalborg", "room:aalborg")
    assert KINDS.topics_of(address) == ("room:aalborg", "room.host:aalborg")


@pytest.mark.parametrize(
    "topic", ["room:nowhere", "room:", "room", "person:", "street:aalborg", ""]
)
def test_what_there_is_not_is_not_found(topic: str) -> None:
    assert KINDS.find(topic) is None


def test_a_unit_without_ids_is_there_once() -> None:
    desk = replace(BOOK, noun="desk", topics=(replace(BOOK.topics[0], noun="desk"),))
    kinds = Kinds((desk,), {})

    assert kinds.find("desk") is not None
    assert kinds.find("desk:1") is None


def test_events_go_home_by_their_class() -> None:
    assert KINDS.home_of(MessagePosted("m1", "p", ""), "aalborg") == "room:aalborg"
    assert KINDS.home_of(HostTold("m1"), "aalborg") == "room.host:aalborg"
    assert KINDS.home_of(AuthorThanked("p-bo", "m1"), "aalborg") == "person:p-bo"


def test_an_event_without_a_home_is_a_fault() -> None:
    with pytest.raises(KeyError):
        KINDS.home_of(object(), "aalborg")


def test_an_event_with_two_homes_is_a_fault() -> None:
    twice = replace(PERSON.topics[0], events=wire.names_of((MessagePosted,)))
    with pytest.raises(ValueError, match="MessagePosted"):
        Kinds((BOOK, replace(PERSON, topics=(twice,))), {})


def test_names_are_joined_as_they_are_taken_apart() -> None:
    assert joined("room", "aalborg") == "room:aalborg"
    assert joined("show", "") == "show"
