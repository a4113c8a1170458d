"""Reactions: what an event in one room asks for in another. This is the one table of them.

    when an item of the spine starts          put it on the air of the main channel
    when a side item with a channel starts    put it on the air of its own channel
    when the day ends                         put the last slate on the main channel
    when a slate covers an item, or goes      put the slate on, or the item back
    when the committee's item starts, ends    open its window, close it
    when the times of a planned window move   tell the desk
    when a version of the programme is out    have the show go on by it

`reactor.py` runs them, each with the id `{name}:{topic}:{seq}`. Rules are pure: from the event and
its topic's state as it is now to at most one command.
"""

from __future__ import annotations

from typing import Any

from chat.commands import CloseWindow, OpenWindow, PlanWindow
from schedule import events as did
from schedule.commands import AdoptProgramme
from schedule.edition import Edition
from schedule.show import Show, ShowItem
from server.reactor import Asked, Reaction

DESK = "committee.desk"

Timed = (
    did.ItemStarted
    | did.ItemEnded
    | did.ItemSkipped
    | did.ItemExtended
    | did.ItemTrimmed
    | did.ItemMoved
    | did.ShowHeld
    | did.ShowResumed
    | did.ModeSet
    | did.TimesReckoned
    | did.DayStartedOver
)


def open_window(event: did.ItemStarted, show: Show) -> Asked | None:
    entry = _window(show, event.item)
    if entry is None or entry.actual_start is None:
        return None
    return DESK, OpenWindow(entry.id, entry.actual_start, entry.expected_end)


def close_window(event: did.ItemEnded | did.ItemSkipped, show: Show) -> Asked | None:
    entry = _window(show, event.item)
    return (DESK, CloseWindow(entry.id)) if entry else None


def plan_window(event: Any, show: Show) -> Asked | None:
    """Tell the desk when a window will open, as soon as that changes."""
    moved = {times.item for times in event.times}
    planned = (entry for entry in planned_windows(show) if entry.id in moved)
    entry = next(planned, None)
    return (DESK, planning(entry)) if entry else None


def plan_anew(event: did.ProgrammeAdopted, show: Show) -> Asked | None:
    entry = next(iter(planned_windows(show)), None)
    return (DESK, planning(entry)) if entry else None


def adopt(event: did.ProgrammePublished, edition: Edition) -> Asked:
    return "show", AdoptProgramme(event.programme)


def planned_windows(show: Show) -> list[ShowItem]:
    """The committee's items that are still to come."""
    return [e for e in show.items if e.item.kind == "committee_chat" and e.state == "planned"]


def planning(entry: ShowItem) -> PlanWindow:
    return PlanWindow(entry.id, entry.expected_start, entry.expected_end)


def _window(show: Show, item: str) -> ShowItem | None:
    entry = show.find(item)
    return entry if entry is not None and entry.item.kind == "committee_chat" else None


REACTIONS = (
    Reaction("open-window", "show", did.ItemStarted, open_window),
    Reaction("close-window", "show", did.ItemEnded | did.ItemSkipped, close_window),
    Reaction("plan-window", "show", Timed, plan_window),
    Reaction("plan-anew", "show", did.ProgrammeAdopted, plan_anew),
    Reaction("adopt", "programme", did.ProgrammePublished, adopt),
)
