"""Reactions: what an event in one room asks for in another. This is the one table of them.

    when an item starts                       put it on the air: the spine on the main channel,
                                              a side item that has a channel on its own
    when such a side item ends                put a slate on its channel
    when a run that had a picture ends        tell the recordings
    when a slate covers an item, or goes      put the slate on, or the item back
    when the hour on a slate moves            have it reworded
    when the day starts over                  put the first slate on
    when the committee's item starts, ends    open its window, close it
    when the times of a window move           tell the desk
    when a version of the programme is out    have the show go on by it
    and                                       have the library list its items
    when the desk takes in a room's proposal  tell the room that it is sent
    when the desk lets go of it               tell the room that it may send another

`reactor.py` runs them, each with the id `{name}:{topic}:{seq}`. Rules are pure: from the event and
its topic's state as it is now to at most one command.
"""

from __future__ import annotations

from typing import Any

from chat import deskwords
from chat.deskwords import CloseWindow, OpenWindow, PlanWindow
from chat.docket import Docket
from chat.proposals import room_of
from chat.proposalwords import MarkReturned, MarkSent
from schedule import events as did
from schedule.commands import AdoptProgramme
from schedule.edition import Edition
from schedule.library.commands import ListItems
from schedule.show import Show, ShowItem
from server.on_air import (
    MAIN,
    Words,
    content_of,
    covering_words,
    doors,
    has_own_channel,
    item_title,
    slate,
)
from server.reactor import Asked, Reaction
from streams.commands import PutOnAir, Reword
from streams.recordings.recordings import ReportRecorded

DESK = "committee.desk"
ON_MAIN = f"channel:{MAIN}"
RECORDINGS = "recordings"

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

Moved = did.ItemExtended | did.ItemTrimmed | did.ItemMoved | did.TimesReckoned


def put_on_air(event: did.ItemStarted, show: Show) -> Asked | None:
    entry = show.find(event.item)
    if entry is None or entry.run != event.run or entry.state != "on_air":
        return None  # it is over already; what came after it has its own event
    channel = MAIN if not entry.is_side else entry.id
    if entry.is_side and not has_own_channel(entry):
        return None
    return f"channel:{channel}", PutOnAir(content_of(show, entry), entry.id, entry.run)


def take_off_air(event: did.ItemEnded, show: Show) -> Asked | None:
    entry = show.find(event.item)
    if entry is None or not has_own_channel(entry) or entry.state == "on_air":
        return None
    over = slate(Words(item_title(entry), "Er slut på kanalen"))
    return f"channel:{entry.id}", PutOnAir(over, entry.id, entry.run)


def report_recorded(event: did.ItemEnded | did.ItemSkipped, show: Show) -> Asked | None:
    """Of what was shown for its own sake: a slate has no replay."""
    entry = show.find(event.item)
    if entry is None or entry.run == 0 or content_of(show, entry).kind == "slate":
        return None
    if entry.is_side and not has_own_channel(entry):
        return None
    run = event.run if isinstance(event, did.ItemEnded) else entry.run
    return RECORDINGS, ReportRecorded(entry.id, run)


def show_the_end(event: did.DayEnded, show: Show) -> Asked | None:
    last = show.spine[-1]
    return ON_MAIN, PutOnAir(content_of(show, last), last.id, last.run)


def cover(event: did.SlateShown, show: Show) -> Asked | None:
    entry = show.find(show.now)
    if entry is None or show.slate is None:
        return None
    return ON_MAIN, PutOnAir(slate(covering_words(show)), entry.id, entry.run)


def uncover(event: did.SlateCleared, show: Show) -> Asked | None:
    entry = show.find(show.now)
    if entry is None or show.slate is not None:
        return None
    return ON_MAIN, PutOnAir(content_of(show, entry), entry.id, entry.run)


def reword(event: Any, show: Show) -> Asked | None:
    """The hour on the slate that is on the main channel."""
    entry = show.find(show.now)
    moved = {times.item for times in event.times}
    if entry is None or entry.id not in moved or show.slate is not None:
        return None
    content = content_of(show, entry)
    if content.kind != "slate":
        return None
    return ON_MAIN, Reword(content.title, content.text, content.choices)


def open_doors(event: did.DayStartedOver, show: Show) -> Asked | None:
    return opening(show)


def opening(show: Show) -> Asked | None:
    """What stands on the main channel until the first item starts."""
    if show.state != "before":
        return None
    return ON_MAIN, PutOnAir(doors(show), None, show.lap)


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


def move_window(event: Any, show: Show) -> Asked | None:
    """Tell the desk when an open window will close, as soon as that changes."""
    moved = {times.item for times in event.times}
    running = (e for e in show.items if e.item.kind == "committee_chat" and e.state == "on_air")
    entry = next((each for each in running if each.id in moved), None)
    if entry is None or entry.actual_start is None:
        return None
    return DESK, OpenWindow(entry.id, entry.actual_start, entry.expected_end)


def plan_anew(event: did.ProgrammeAdopted, show: Show) -> Asked | None:
    entry = next(iter(planned_windows(show)), None)
    return (DESK, planning(entry)) if entry else None


def adopt(event: did.ProgrammePublished, edition: Edition) -> Asked:
    return "show", AdoptProgramme(event.programme)


def list_items(event: did.ProgrammePublished, edition: Edition) -> Asked:
    return "library", ListItems(event.programme)


def mark_sent(
    event: deskwords.QuestionReceived | deskwords.QuestionQueued, desk: Docket
) -> Asked | None:
    """Also when a declined one is let through after all."""
    question = desk.board.questions.get(event.question)
    if question is None or question.proposal is None or question.status == "declined":
        return None
    return _proposals_of(question.proposal), MarkSent(question.proposal)


def mark_returned(
    event: deskwords.QuestionDeclined | deskwords.QuestionWithdrawn, desk: Docket
) -> Asked | None:
    question = desk.board.questions.get(event.question)
    if question is None or question.proposal is None or question.is_open:
        return None
    return _proposals_of(question.proposal), MarkReturned(question.proposal)


def _proposals_of(proposal: str) -> str:
    return f"proposals:{room_of(proposal)}"


def planned_windows(show: Show) -> list[ShowItem]:
    """The committee's items that are still to come."""
    return [e for e in show.items if e.item.kind == "committee_chat" and e.state == "planned"]


def planning(entry: ShowItem) -> PlanWindow:
    return PlanWindow(entry.id, entry.expected_start, entry.expected_end)


def _window(show: Show, item: str) -> ShowItem | None:
    entry = show.find(item)
    return entry if entry is not None and entry.item.kind == "committee_chat" else None


REACTIONS = (
    Reaction("put-on-air", "show", did.ItemStarted, put_on_air),
    Reaction("take-off-air", "show", did.ItemEnded, take_off_air),
    Reaction("report-recorded", "show", did.ItemEnded | did.ItemSkipped, report_recorded),
    Reaction("show-the-end", "show", did.DayEnded, show_the_end),
    Reaction("cover", "show", did.SlateShown, cover),
    Reaction("uncover", "show", did.SlateCleared, uncover),
    Reaction("reword", "show", Timed, reword),
    Reaction("open-doors", "show", did.DayStartedOver, open_doors),
    Reaction("open-window", "show", did.ItemStarted, open_window),
    Reaction("close-window", "show", did.ItemEnded | did.ItemSkipped, close_window),
    Reaction("plan-window", "show", Timed, plan_window),
    Reaction("move-window", "show", Moved, move_window),
    Reaction("plan-anew", "show", did.ProgrammeAdopted, plan_anew),
    Reaction("adopt", "programme", did.ProgrammePublished, adopt),
    Reaction("list-items", "programme", did.ProgrammePublished, list_items),
    Reaction("mark-sent", DESK, deskwords.QuestionReceived | deskwords.QuestionQueued, mark_sent),
    Reaction(
        "mark-returned",
        DESK,
        deskwords.QuestionDeclined | deskwords.QuestionWithdrawn,
        mark_returned,
    ),
)
