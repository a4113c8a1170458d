"""What a room watches together; the machine in tests/machines drives it with everything else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat import rooms
from chat.viewing import viewing
from chat.viewing.commands import (
    Cued,
    EndViewing,
    MoveViewing,
    PauseViewing,
    Reel,
    ResumeViewing,
    StartViewing,
)
from chat.viewing.events import ViewingMoved, ViewingPaused, ViewingResumed, ViewingStarted
from tests.chat.meeting import HANNE, HENRIK, Meeting, a_room, cued


def watching(length_s: float | None = 60, after_s: float = 0) -> Meeting:
    """A room that was shown tema-3 so long ago."""
    room = a_room()
    room.do(cued("tema-3", length_s=length_s), HANNE)
    room.now += timedelta(seconds=after_s)
    return room


def place_s(room: Meeting) -> float:
    shown = room.state.board.viewing
    assert shown is not None
    return viewing.position_s(shown, room.now)


def test_a_film_begins_two_seconds_after_it_was_asked_for_so_that_every_page_is_ready() -> None:
    room = a_room()

    (started,) = room.do(cued("tema-3", 10, length_s=60), HANNE)

    begins = room.now + timedelta(seconds=2)
    assert started == ViewingStarted("tema-3", 10, begins, 60)
    for later_s, at_s in ((0, 10), (2, 10), (2.5, 10.5), (30, 38), (52, 60), (3600, 60)):
        assert (
            viewing.position_s(room.state.board.viewing, room.now + timedelta(seconds=later_s))
            == at_s
        )


def test_a_film_that_is_not_open_is_refused_with_the_time_it_opens() -> None:
    room = a_room()
    opens = room.now + timedelta(minutes=20)

    refused = room.refuses(Cued(StartViewing("tema-3"), Reel(False, opens)), HANNE)

    assert (refused.code, refused.facts) == ("locked", {"opens_at": "2021-01-28T13:50:00Z"})
    again = room.refuses(Cued(StartViewing("tema-3"), Reel(False)), HANNE)
    assert (again.code, again.facts) == ("locked", {})


def test_what_the_server_knows_no_film_of_is_unknown() -> None:
    assert a_room().refuses(StartViewing("05"), HANNE).code == "unknown_item"


def test_a_pause_keeps_the_place_and_going_on_begins_from_it_a_second_later() -> None:
    room = watching(after_s=12)

    assert room.do(PauseViewing("tema-3"), HANNE) == [ViewingPaused(10)]
    assert room.do(PauseViewing("tema-3"), HENRIK, after_s=300) == []
    assert place_s(room) == 10
    (resumed,) = room.do(ResumeViewing("tema-3"), HENRIK)
    assert resumed == ViewingResumed(room.now + timedelta(seconds=1))
    assert room.do(ResumeViewing("tema-3"), HANNE) == []
    room.now += timedelta(seconds=6)
    assert place_s(room) == 15


def test_a_pause_before_it_begins_keeps_its_beginning() -> None:
    assert watching(after_s=1).do(PauseViewing("tema-3"), HANNE) == [ViewingPaused(0)]


def test_moving_goes_on_from_there_and_stays_paused_where_it_was() -> None:
    room = watching(after_s=12)

    (moved,) = room.do(MoveViewing("tema-3", 40.1234), HANNE)
    assert moved == ViewingMoved(40.123, room.now + timedelta(seconds=2))
    room.do(PauseViewing("tema-3"), HANNE, after_s=3)
    assert room.do(MoveViewing("tema-3", 5), HANNE) == [ViewingMoved(5, None)]
    assert place_s(room) == 5


def test_another_film_takes_the_place_of_the_one_that_is_shown() -> None:
    room = watching(after_s=12)

    room.do(cued("tema-1"), HENRIK)

    assert room.state.board.viewing.item == "tema-1"
    assert room.state.board.viewing.seq == 2
    for late in (PauseViewing, ResumeViewing, EndViewing):
        assert room.refuses(late("tema-3"), HANNE).code == "no_viewing"
    assert room.refuses(MoveViewing("tema-3", 5), HANNE).code == "no_viewing"


def test_the_same_film_again_is_another_viewing() -> None:
    room = watching(after_s=12)

    room.do(cued("tema-3", length_s=60), HANNE)

    assert (room.state.board.viewing.seq, place_s(room)) == (2, 0)


def test_ending_ends_it_and_ending_again_changes_nothing() -> None:
    room = watching(after_s=12)

    assert len(room.do(EndViewing("tema-3"), HANNE)) == 1
    assert room.state.board.viewing is None
    assert "viewing" not in room.snapshot("room:aalborg")
    assert room.do(EndViewing("tema-3"), HENRIK) == []
    assert room.refuses(PauseViewing("tema-3"), HANNE).code == "no_viewing"


def test_a_film_that_has_run_out_is_over_and_can_be_taken_up_again() -> None:
    room = watching(after_s=61.9)

    assert not viewing.is_over(room.state.board.viewing, room.now)
    assert viewing.is_over(room.state.board.viewing, room.now + timedelta(seconds=0.1))
    assert room.refuses(PauseViewing("tema-3"), HANNE, after_s=1).code == "no_viewing"
    room.do(MoveViewing("tema-3", 50), HANNE)
    assert not viewing.is_over(room.state.board.viewing, room.now)


@pytest.mark.parametrize("place", [-0.1, 60.0, 1e300, float("nan"), float("inf")])
def test_a_place_outside_the_film_is_refused(place: float) -> None:
    assert a_room().refuses(cued("tema-3", place, length_s=60), HANNE).code == "out_of_range"
    refused = watching().refuses(MoveViewing("tema-3", place), HANNE)
    assert (refused.code, refused.facts) == ("out_of_range", {"least": 0, "most": 60})


def test_a_clock_that_is_set_back_never_takes_a_film_before_its_place() -> None:
    room = watching(after_s=-3600)

    assert place_s(room) == 0


def test_events_of_a_viewing_that_there_is_not_change_nothing() -> None:
    empty = rooms.initial("aalborg")

    for event in (ViewingPaused(5), ViewingResumed(a_room().now), ViewingMoved(5)):
        assert viewing.evolve(empty.board.viewing, event, seq=9) is None
