"""The questions that belong to an item's recording, with their answers: they last as long as it.

An item's are those asked at it, at a committee's window that stands under it, and those that were
answered aloud while it was on air; of these it is told where in the recording.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schedule.show import Show, ShowItem
from server.clock import ShowMap

WINDOW = "committee_chat"
Question = dict[str, Any]


def questions_of(
    entry: ShowItem, show: Show, questions: Iterable[Question], show_map: ShowMap
) -> list[Question]:
    """The answered ones of an item, oldest first, each with `at_s` where it was answered aloud."""
    windows = {
        one.id for one in show.items if one.item.kind == WINDOW and one.item.parent == entry.id
    }
    found = []
    for one in questions:
        if not one.get("answer"):
            continue
        at_s = _said_at_s(one, entry, show_map)
        if at_s is not None:
            found.append(one | {"at_s": at_s})
        elif one["item"] == entry.id or one["item"] in windows:
            found.append(one)
    return found


def without_names(question: Question) -> Question:
    """As it is told to strangers: who asked is their municipality's to say."""
    return {name: value for name, value in question.items() if name != "author"}


def _said_at_s(question: Question, entry: ShowItem, show_map: ShowMap) -> float | None:
    """Where in an item's own time an answer was begun; None where it was not given during it."""
    said = question["answer"].get("said_at")
    if said is None or entry.actual_start is None:
        return None
    moment = show_map.to_show(said if isinstance(said, datetime) else datetime.fromisoformat(said))
    ends = entry.actual_end or moment
    if not entry.actual_start <= moment <= ends:
        return None
    return round((moment - entry.actual_start).total_seconds() / show_map.speed, 3)
