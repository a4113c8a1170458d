from __future__ import annotations

from datetime import timedelta

import pytest

from chat.committee import Window
from chat.committeewords import AskQuestion, Unvote, Vote, WindowClosed, WindowOpened, WindowPlanned
from chat.deskwords import CloseWindow, OpenWindow, PlanWindow
from chat.errors import Refused
from chat.window import open_item, turned
from tests.chat.meeting import BO, HALF_PAST_TWO, SYSTEM, a_desk

OPENS, CLOSES = HALF_PAST_TWO, HALF_PAST_TWO + timedelta(minutes=30)
BEFORE, PLANNED = Window(), Window("before", "18", OPENS, CLOSES)
OPEN, CLOSED = Window("open", "18", OPENS, CLOSES), Window("closed", "18", OPENS, CLOSES)


def test_a_closed_window_tells_when_it_opens_and_closes() -> None:
    for window in (PLANNED, CLOSED):
        with pytest.raises(Refused) as caught:
            open_item(window)
        assert caught.value.code == "window_closed"
        assert caught.value.facts == {
            "opens": "2021-01-28T13:30:00Z",
            "closes": "2021-01-28T14:00:00Z",
        }


def test_a_window_that_nobody_has_planned_is_closed_without_times() -> None:
    with pytest.raises(Refused) as caught:
        open_item(BEFORE)
    assert caught.value.facts == {}


def test_an_open_window_tells_its_item() -> None:
    assert open_item(OPEN) == "18"


def test_a_plan_is_told_when_it_moves_and_not_over_an_open_window() -> None:
    plan = PlanWindow("18", OPENS, CLOSES)
    assert turned(BEFORE, plan) == (WindowPlanned("18", OPENS, CLOSES),)
    assert turned(CLOSED, plan) == (WindowPlanned("18", OPENS, CLOSES),)
    assert turned(PLANNED, plan) == turned(OPEN, plan) == ()


def test_a_window_opens_once_and_says_when_its_end_moves() -> None:
    assert turned(PLANNED, OpenWindow("18", OPENS, CLOSES))
    assert turned(OPEN, OpenWindow("18", OPENS, CLOSES)) == ()
    later = CLOSES + timedelta(minutes=5)
    assert turned(OPEN, OpenWindow("18", OPENS, later)) == (WindowOpened("18", OPENS, later),)


def test_a_window_is_closed_by_its_own_item_once() -> None:
    assert turned(OPEN, CloseWindow("18")) == (WindowClosed("18"),)
    assert turned(PLANNED, CloseWindow("18")) == (WindowClosed("18"),)
    assert turned(OPEN, CloseWindow("17")) == turned(CLOSED, CloseWindow("18")) == ()


@pytest.mark.parametrize("command", [AskQuestion("Må jeg?"), Vote("q1"), Unvote("q1")])
def test_asking_and_voting_need_the_open_window(command: object) -> None:
    desk = a_desk()
    desk.do(AskQuestion("Hvad koster det?"), BO)
    desk.do(CloseWindow("18"), SYSTEM)
    assert desk.refuses(command).code == "window_closed"
