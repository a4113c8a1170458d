"""What a room watches together: one film, at the same second for everybody in the room.

Nothing ticks over the wire. Where the film stands is a pure function of the last event and wall
time, so whoever comes late reckons the same second as those who were there from the beginning:

    paused     position_s
    running    position_s                      until `begins`
               position_s + now - begins       from then on

In the snapshot of the room:

    "viewing"?: {"seq": 41, "item": "tema-3", "position_s": 12.4, "begins"?: "…Z",
                 "length_s"?: 1320.0}          without `begins`: paused

How each event changes it, here and in the browser:

    viewing_started    {seq of the frame, item, position_s, begins, length_s}, whatever was on
    viewing_paused     position_s; no begins
    viewing_resumed    begins
    viewing_moved      position_s, begins (absent: none)
    viewing_ended      nothing is on

A start and a move lie `READY_S` ahead and going on `STEADY_S`, so that every page has its picture
when the moment comes. A film that has run to its end is over by itself: there is nothing in it to
pause, though a host may take the room back into it. Only what is open to everybody can be started
(`locked`, with `opens_at`); whether it is, the server says (`Cued`). Doing again what is done
already is accepted and changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from chat.errors import Refused
from chat.event import Event
from chat.plain import moment
from chat.viewing.commands import (
    Cued,
    EndViewing,
    MoveViewing,
    PauseViewing,
    ResumeViewing,
    StartViewing,
    ViewingCommand,
)
from chat.viewing.events import (
    ViewingEnded,
    ViewingMoved,
    ViewingPaused,
    ViewingResumed,
    ViewingStarted,
)

READY_S = 2.0
STEADY_S = 1.0
LONGEST_S = 86_400.0
"""Of a film whose length is not known."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """
    Args:
        seq: of the event that started it, which tells one viewing from the next.
        begins: None while it is paused.
    """

    seq: int
    item: str
    position_s: float
    begins: datetime | None = None
    length_s: float | None = None


def evolve(viewing: Viewing | None, event: Event, *, seq: int) -> Viewing | None:
    match event:
        case ViewingStarted(item, position_s, begins, length_s):
            return Viewing(seq, item, position_s, begins, length_s)
        case ViewingPaused(position_s):
            return viewing and replace(viewing, position_s=position_s, begins=None)
        case ViewingResumed(begins):
            return viewing and replace(viewing, begins=begins)
        case ViewingMoved(position_s, maybe):
            return viewing and replace(viewing, position_s=position_s, begins=maybe)
        case ViewingEnded():
            return None
    return viewing


def position_s(viewing: Viewing, now: datetime) -> float:
    """How far into the film everybody is."""
    if viewing.begins is None:
        return viewing.position_s
    run_s = max(0.0, (now - viewing.begins).total_seconds())
    return min(round(viewing.position_s + run_s, 3), _end_s(viewing.length_s))


def is_over(viewing: Viewing, now: datetime) -> bool:
    """Whether the film has run to its end; one that is paused never has."""
    return viewing.begins is not None and position_s(viewing, now) >= _end_s(viewing.length_s)


def decide(
    viewing: Viewing | None, command: ViewingCommand, seen: str, now: datetime
) -> tuple[Event, ...]:
    """What a command leads to; none when nothing changes.

    Args:
        seen: the id of the room, for the words of a refusal.

    Raises:
        Refused: ``unknown_item``, ``locked`` with ``opens_at``, ``no_viewing``, ``out_of_range``.
    """
    match command:
        case StartViewing(item):
            raise Refused("unknown_item", f"expected an item with a film, came {item!r:.40}")
        case Cued():
            return _start(command, now)
        case PauseViewing(item):
            return _pause(_on(viewing, item, seen), seen, now)
        case ResumeViewing(item):
            return _resume(_on(viewing, item, seen), now)
        case MoveViewing(item, to_s):
            return _move(_on(viewing, item, seen), to_s, now)
        case EndViewing(item):
            return () if viewing is None else _end(_on(viewing, item, seen))
        case _:
            assert_never(command)


def _start(command: Cued, now: datetime) -> tuple[Event, ...]:
    asked, reel = command.asked, command.reel
    if not reel.is_open:
        facts = {} if reel.opens_at is None else {"opens_at": moment(reel.opens_at)}
        raise Refused("locked", f"expected an item that is open, came {asked.item}", **facts)
    place_s = _within(asked.position_s, reel.length_s)
    return (ViewingStarted(asked.item, place_s, _ahead(now, READY_S), reel.length_s),)


def _pause(viewing: Viewing, seen: str, now: datetime) -> tuple[Event, ...]:
    if is_over(viewing, now):
        raise _nothing_on(viewing.item, seen)
    return () if viewing.begins is None else (ViewingPaused(position_s(viewing, now)),)


def _resume(viewing: Viewing, now: datetime) -> tuple[Event, ...]:
    return () if viewing.begins else (ViewingResumed(_ahead(now, STEADY_S)),)


def _move(viewing: Viewing, to_s: float, now: datetime) -> tuple[Event, ...]:
    begins = None if viewing.begins is None else _ahead(now, READY_S)
    return (ViewingMoved(_within(to_s, viewing.length_s), begins),)


def _end(viewing: Viewing) -> tuple[Event, ...]:
    return (ViewingEnded(),)


def _on(viewing: Viewing | None, item: str, seen: str) -> Viewing:
    if viewing is None or viewing.item != item:
        raise _nothing_on(item, seen)
    return viewing


def _nothing_on(item: str, seen: str) -> Refused:
    return Refused("no_viewing", f"expected what {seen} watches together, came {item!r:.40}")


def _within(place_s: float, length_s: float | None) -> float:
    """A place before the film's end."""
    end_s = _end_s(length_s)
    if not (math.isfinite(place_s) and 0 <= place_s < end_s):
        raise Refused(
            "out_of_range",
            f"expected position_s from 0 to below {end_s}, came {place_s}",
            least=0,
            most=end_s,
        )
    return round(place_s, 3)


def _end_s(length_s: float | None) -> float:
    return LONGEST_S if length_s is None else length_s


def _ahead(now: datetime, by_s: float) -> datetime:
    return now + timedelta(seconds=by_s)
