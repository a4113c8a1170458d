from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chat.commands import CloseWindow, OpenWindow, PlanWindow
from schedule import runofshow
from schedule.commands import EndItem, Move, Take
from schedule.programme_file import builtin
from schedule.show import Show
from server.access.actor import SYSTEM
from server.reactions import DESK, REACTIONS
from server.reactor import Asked

DAY = builtin("topmoede_2021")
WINDOW = DAY.item("18")


def after(show: Show, command: object, now: object) -> tuple[Show, list[tuple[str, Asked]]]:
    """The show after a command, and what the reactions ask for in the order of the events."""
    asked: list[tuple[str, Asked]] = []
    events = runofshow.decide(show, command, SYSTEM, now)  # type: ignore[arg-type]
    for seq, event in enumerate(events, 1):
        show = runofshow.evolve(show, event, seq=seq, at=WINDOW.start)
    for event in events:
        for reaction in REACTIONS:
            if isinstance(event, reaction.event) and (found := reaction.rule(event, show)):
                asked.append((reaction.name, found))
    return show, asked


def desk_only(asked: list[tuple[str, Asked]]) -> list[tuple[str, object]]:
    return [(name, command) for name, (topic, command) in asked if topic == DESK]


def test_the_committees_item_opens_its_window_and_closes_it() -> None:
    show, opened = after(runofshow.initial(DAY), Take("18"), WINDOW.start)
    _, closed = after(show, EndItem("18"), WINDOW.end)

    assert desk_only(opened) == [("open-window", OpenWindow("18", WINDOW.start, WINDOW.end))]
    assert desk_only(closed) == [("close-window", CloseWindow("18"))]


def test_a_window_that_moves_is_told_to_the_desk() -> None:
    later = WINDOW.start + timedelta(minutes=10)
    _, asked = after(runofshow.initial(DAY), Move("18", later), DAY.items[0].start)

    assert desk_only(asked) == [
        ("plan-window", PlanWindow("18", later, WINDOW.end + timedelta(minutes=10)))
    ]


def test_other_items_leave_the_desk_alone() -> None:
    _, asked = after(runofshow.initial(DAY), Take("01"), DAY.items[0].start)

    assert desk_only(asked) == []


def test_a_window_opened_late_says_when_it_really_opened() -> None:
    late = WINDOW.start + timedelta(minutes=5)
    _, asked = after(runofshow.initial(DAY), Take("18"), late)
    ((_, command),) = desk_only(asked)

    assert isinstance(command, OpenWindow)
    assert command == replace(command, opens=late)


def test_names_of_reactions_are_their_own() -> None:
    names = [reaction.name for reaction in REACTIONS]

    assert len(set(names)) == len(names)
