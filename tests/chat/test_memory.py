from __future__ import annotations

import pytest

from chat.memory import BLOCK, BLOCKS, Memory, evolve
from chat.people import Author
from chat.roomwords import MessageDeleted, MessagePosted, ReviewSet


def of_messages(count: int) -> Memory:
    memory = Memory()
    for number in range(1, count + 1):
        memory = evolve(memory, MessagePosted(f"m{number}", Author(f"p{number}", ""), "Hej"))
    return memory


def test_messages_are_numbered_from_one() -> None:
    assert Memory().next_id == "m1"
    assert of_messages(101).next_id == "m102"


def test_every_message_remembers_its_author_across_blocks() -> None:
    memory = of_messages(2 * BLOCK + 1)
    for number in (1, BLOCK, BLOCK + 1, 2 * BLOCK + 1):
        assert memory.author_of(f"m{number}") == memory.find(f"m{number}") == f"p{number}"


def test_a_deleted_message_is_known_and_has_no_author() -> None:
    memory = evolve(of_messages(150), MessageDeleted("m120", "p120"))
    assert memory.author_of("m120") is None
    assert memory.find("m120") is None
    assert memory.find("m119") == "p119"
    assert memory.find("m121") == "p121"


@pytest.mark.parametrize("id", ["m0", "m4", "m01", "m-1", "m", "q1", "", "m1 ", "m" + "9" * 30])
def test_there_is_no_message_under_another_id(id: str) -> None:
    memory = of_messages(3)
    with pytest.raises(KeyError):
        memory.author_of(id)
    assert memory.find(id) is None
    assert memory.deleted(id) == memory


def test_the_oldest_block_is_forgotten_when_there_are_too_many() -> None:
    memory = of_messages(BLOCK * BLOCKS)
    assert memory.find("m1") == "p1"
    memory = memory.posted("bo")
    assert memory.find("m1") is None
    assert memory.find(f"m{BLOCK}") is None
    assert memory.find(f"m{BLOCK + 1}") == f"p{BLOCK + 1}"
    assert memory.find(f"m{BLOCK * BLOCKS + 1}") == "bo"
    assert memory.deleted("m1") == memory


def test_other_events_leave_the_memory_alone() -> None:
    memory = of_messages(1)
    assert evolve(memory, ReviewSet(True)) is memory
