from __future__ import annotations

from datetime import timedelta

from chat.voting import EVERY, Ballots
from tests.chat.meeting import HALF_PAST_TWO as NOW


def cast(*votes: str) -> Ballots:
    """Ballots of votes written as `question:person`."""
    ballots = Ballots()
    for vote in votes:
        ballots = ballots.cast(*vote.split(":"))
    return ballots


def test_a_person_counts_once_for_a_question() -> None:
    assert len(cast("a:anna", "a:anna", "a:bo").of("a")) == 2


def test_a_vote_taken_back_is_gone() -> None:
    assert cast("a:anna", "a:bo").taken_back("a", "anna").of("a") == {"bo"}


def test_the_first_sum_is_due_at_once() -> None:
    ballots = cast("a:anna")
    assert ballots.due(NOW) == {"a": 1}
    assert ballots.next_due(NOW) == NOW


def test_nothing_waits_once_the_sum_is_told() -> None:
    ballots = cast("a:anna").heard("a", 1, NOW)
    assert ballots.due(NOW + EVERY) == {}
    assert ballots.next_due(NOW) is None


def test_the_next_sum_waits_until_the_second_is_over() -> None:
    ballots = cast("a:anna").heard("a", 1, NOW).cast("a", "bo")
    assert ballots.due(NOW + EVERY - timedelta.resolution) == {}
    assert ballots.next_due(NOW) == NOW + EVERY
    assert ballots.due(NOW + EVERY) == {"a": 2}


def test_a_sum_that_comes_back_to_what_was_told_need_not_be_told() -> None:
    ballots = cast("a:anna").heard("a", 1, NOW).cast("a", "bo").taken_back("a", "bo")
    assert ballots.next_due(NOW) is None


def test_a_sum_of_none_is_told_when_there_was_one() -> None:
    ballots = cast("a:anna").heard("a", 1, NOW).taken_back("a", "anna")
    assert ballots.due(NOW + EVERY) == {"a": 0}


def test_each_question_has_its_own_second() -> None:
    ballots = cast("a:anna").heard("a", 1, NOW).cast("a", "bo").cast("b", "bo")
    assert ballots.due(NOW) == {"b": 1}
    assert ballots.next_due(NOW) == NOW


def test_a_clock_set_back_holds_no_sum_up() -> None:
    ballots = cast("a:anna").heard("a", 1, NOW + timedelta(hours=1)).cast("a", "bo")
    assert ballots.next_due(NOW) == NOW
    assert ballots.due(NOW) == {"a": 2}


def test_who_voted_for_both_counts_once_when_they_merge() -> None:
    ballots = cast("a:anna", "a:bo", "b:bo", "b:carl").merged("a", "b")
    assert ballots.of("b") == {"anna", "bo", "carl"}
    assert ballots.of("a") == frozenset()
    assert ballots.due(NOW) == {"b": 3}


def test_nothing_is_left_of_a_question_that_goes() -> None:
    assert cast("a:anna").heard("a", 1, NOW).cast("a", "bo").without("a") == Ballots()
