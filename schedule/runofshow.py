"""The run of show: the state machine of the day.

    before ──cue──▶ running ◀──hold / resume──▶ held        start over: from anywhere to before
                       └─────────end mark────────▶ ended ──back──▶ running

A day is *before* until its first spine item starts, *running* while the clock or a person moves it
on, *held* while a person keeps what is on air there, *ended* from its end mark on. Held says what
the day waits for, not what is on air: a day can be held before its first item, and a person who
cues during a hold keeps the hold.

Invariants, in every state:

1.  At most one spine item is on air; it is `now`. The planned spine items all come after it in
    the order of the programme, and `next` is the first of them.
2.  A soft side item runs only while its parent is on air. A hard one runs by the clock, in a hold
    and in manual mode too: the committee's window opens when it was promised.
3.  Whatever ends has started: an `ItemEnded` has one `ItemStarted` of the same run before it. The
    one exception is the end mark that `back` leaves, which is ended once more, to come again.
4.  Actual times never run backwards, whatever the clock does.
5.  The expected times are right at each event; while a person keeps the day they go on being
    right to 10 s, because the timekeeper is told to reckon.

What the clock takes by itself is `due`: the same commands that people send, so that a cue is a cue.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from schedule import commands as ask
from schedule import events as did
from schedule.adjustments import extend, moment, move, trim
from schedule.adoption import adopted
from schedule.backup import backup_address
from schedule.cues import back, cue, end_side, start_over, start_side
from schedule.errors import Refused
from schedule.evolution import applied
from schedule.reckoning import drift, due, due_id, last_due, moment_of, next_due, reckoned
from schedule.show import (
    Announcement,
    Show,
    ShowItem,
    initial,
    restore,
    snapshot,
)

__all__ = [
    "TABLE",
    "Show",
    "decide",
    "due",
    "due_id",
    "evolve",
    "initial",
    "next_due",
    "restore",
    "snapshot",
]

DO, NOTHING = "do", "nothing"
EARLY, LATE = "not_started", "day_ended"

# What a command meets in each state: it is done, accepted without effect, or refused with a code.
# fmt: off
TABLE: dict[type, dict[str, str]] = {
    command: dict(zip(("before", "running", "held", "ended"), cells, strict=True))
    for command, cells in {
        #                       before   running  held     ended
        ask.Take:              (DO,      DO,      DO,      LATE),
        ask.Next:              (DO,      DO,      DO,      LATE),
        ask.Skip:              (EARLY,   DO,      DO,      LATE),
        ask.Back:              (EARLY,   DO,      DO,      DO),
        ask.EndItem:           (DO,      DO,      DO,      LATE),
        ask.Hold:              (DO,      DO,      NOTHING, LATE),
        ask.Resume:            (NOTHING, NOTHING, DO,      LATE),
        ask.Extend:            (DO,      DO,      DO,      LATE),
        ask.Trim:              (DO,      DO,      DO,      LATE),
        ask.Move:              (DO,      DO,      DO,      LATE),
        ask.Slate:             (EARLY,   DO,      DO,      LATE),
        ask.ClearSlate:        (NOTHING, DO,      DO,      NOTHING),
        ask.Announce:          (DO,      DO,      DO,      DO),
        ask.ClearAnnouncement: (DO,      DO,      DO,      DO),
        ask.AnnounceBackup:    (DO,      DO,      DO,      DO),
        ask.ClearBackup:       (DO,      DO,      DO,      DO),
        ask.SetMode:           (DO,      DO,      DO,      DO),
        ask.Reckon:            (DO,      DO,      DO,      NOTHING),
        ask.StartOver:         (DO,      DO,      DO,      DO),
        ask.AdoptProgramme:    (DO,      DO,      DO,      LATE),
    }.items()
}
# fmt: on

LONGEST_ANNOUNCEMENT = 500
LONGEST_SLATE = 200
WORTH_TELLING = timedelta(seconds=1)
"""Reckoning says nothing when no expected time is off by this much."""


class By(Protocol):
    """Who asks. Whether they may was decided before."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def municipality(self) -> str | None: ...


Event = Any
Events = tuple[Event, ...]


def decide(show: Show, command: object, by: By, now: datetime) -> Events:
    """What this command leads to.

    Args:
        now: show time, aware; may step back.

    Raises:
        Refused: always with the fact `now`, the spine item on air.
    """
    cell = TABLE.get(type(command), {}).get(show.state, "unknown_command")
    if cell == NOTHING:
        return ()
    if cell != DO:
        name = type(command).__name__
        raise Refused(cell, f"{name} is not possible in state {show.state}", now=show.now)
    now = moment_of(show, now)
    if by.role == "system":
        _check_the_clock_rules(show, command)
    return _timed(show, _HANDLERS[type(command)](show, command, now), now)


def _timed(show: Show, events: Events, now: datetime) -> Events:
    """The events, the last of them with every time that follows from them all."""
    if not events or not hasattr(events[-1], "times"):
        return events
    last = events[-1]
    after = _after(show, events)
    told = {times.item: times for times in last.times}
    for old, new in zip(after.items, reckoned(after, now).items, strict=True):
        if old != new:
            told[new.id] = new.times
    in_order = tuple(told[entry.id] for entry in after.items if entry.id in told)
    return (*events[:-1], replace(last, times=in_order))


def _after(show: Show, events: Events) -> Show:
    for event in events:
        show = applied(show, event)
    return show


# --- cues ---------------------------------------------------------------------------------------


def _take(show: Show, command: ask.Take, now: datetime) -> Events:
    _check_on_air(show, "after", command.after)
    entry = _known(show, command.item)
    if entry.state == "on_air":
        raise Refused("already_on_air", f"{entry.id} is on air", now=show.now)
    if not entry.is_side:
        return cue(show, entry, now)
    if not entry.is_hard and entry.item.parent != show.now:
        detail = f"expected {entry.item.parent} on air, on air is {show.now}"
        raise Refused("parent_not_on_air", detail, now=show.now, parent=entry.item.parent)
    return (start_side(entry, now),)


def _next(show: Show, command: ask.Next, now: datetime) -> Events:
    _check_on_air(show, "after", command.after)
    return cue(show, _following(show), now)


def _skip(show: Show, command: ask.Skip, now: datetime) -> Events:
    _check_on_air(show, "item", command.item)
    if show.now is None:
        raise Refused(EARLY, "nothing is on air that could be skipped", now=None)
    return cue(show, _following(show), now, dropped=True)


def _back(show: Show, command: ask.Back, now: datetime) -> Events:
    _check_on_air(show, "from", command.from_)
    spine = show.spine
    left = spine[-1] if show.state == "ended" else show.find(show.now)
    if left is None:
        raise Refused(EARLY, "nothing has been on air yet", now=None)
    if left.id == spine[0].id:
        raise Refused("no_previous", f"{left.id} is the first item", now=show.now)
    previous = spine[[entry.id for entry in spine].index(left.id) - 1]
    return back(show, left, previous, now)


def _end_item(show: Show, command: ask.EndItem, now: datetime) -> Events:
    entry = _known(show, command.item)
    if not entry.is_side:
        raise Refused("not_a_side_item", f"{entry.id} ends when the next starts", now=show.now)
    if entry.state != "on_air":
        raise Refused("not_on_air", f"{entry.id} is {entry.state}", now=show.now)
    return (end_side(entry, now),)


def _start_over(show: Show, command: ask.StartOver, now: datetime) -> Events:
    start = moment("start", command.start, datetime.min.replace(tzinfo=now.tzinfo), None, show)
    return start_over(show, start, now)


def _adopt(show: Show, command: ask.AdoptProgramme, now: datetime) -> Events:
    after = reckoned(adopted(show, command.programme), now)
    return () if after == show else (did.ProgrammeAdopted(after.version, snapshot(after)),)


# --- who rules: the clock or a person -----------------------------------------------------------


def _hold(show: Show, command: ask.Hold, now: datetime) -> Events:
    return (did.ShowHeld(),)


def _resume(show: Show, command: ask.Resume, now: datetime) -> Events:
    return _let_go(show, did.ShowResumed(), now)


def _set_mode(show: Show, command: ask.SetMode, now: datetime) -> Events:
    if command.mode not in ("automatic", "manual"):
        expected = f"expected automatic or manual, came {command.mode!r}"
        raise Refused("bad_mode", expected, now=show.now)
    if command.mode == show.mode:
        return ()
    return _let_go(show, did.ModeSet(command.mode), now)


def _let_go(show: Show, event: did.ShowResumed | did.ModeSet, now: datetime) -> Events:
    """The clock may rule again: what became overdue meanwhile is taken in the same breath."""
    overdue = last_due(reckoned(show, now), now)
    freed = applied(show, event)
    if not show.waits or freed.waits or freed.state == "ended" or overdue is None:
        return (event,)
    return (event, *cue(freed, overdue, now))


def _reckon(show: Show, command: ask.Reckon, now: datetime) -> Events:
    return (did.TimesReckoned(),) if drift(show, now) >= WORTH_TELLING else ()


# --- what people see over it --------------------------------------------------------------------


def _slate(show: Show, command: ask.Slate, now: datetime) -> Events:
    if show.now is None:
        raise Refused(EARLY, "nothing is on air that could be covered", now=None)
    text = None if command.text is None else _checked_text(show, command.text, LONGEST_SLATE)
    if show.slate is not None and show.slate.text == text:
        return ()
    return (did.SlateShown(show.now, text, now),)


def _clear_slate(show: Show, command: ask.ClearSlate, now: datetime) -> Events:
    return () if show.slate is None else (did.SlateCleared(show.slate.item),)


def _announce(show: Show, command: ask.Announce, now: datetime) -> Events:
    text = _checked_text(show, command.text, LONGEST_ANNOUNCEMENT)
    until = None if command.until is None else moment("until", command.until, now, None, show)
    if show.announcement == Announcement(text, until, command.urgent):
        return ()
    return (did.Announced(text, until, command.urgent),)


def _clear_announcement(show: Show, command: ask.ClearAnnouncement, now: datetime) -> Events:
    return () if show.announcement is None else (did.AnnouncementCleared(),)


def _announce_backup(show: Show, command: ask.AnnounceBackup, now: datetime) -> Events:
    address = backup_address(command.address)
    if address is None:
        detail = f"expected a host's name or an https address, came {command.address!r:.80}"
        raise Refused("bad_address", detail, now=show.now)
    return () if show.backup == address else (did.BackupAnnounced(address),)


def _clear_backup(show: Show, command: ask.ClearBackup, now: datetime) -> Events:
    return () if show.backup is None else (did.BackupCleared(),)


def _extend(show: Show, command: ask.Extend, now: datetime) -> Events:
    return (extend(show, command, now),)


def _trim(show: Show, command: ask.Trim, now: datetime) -> Events:
    return (trim(show, command, now),)


def _move(show: Show, command: ask.Move, now: datetime) -> Events:
    return (move(show, command, now),)


_HANDLERS: dict[type, Callable[[Show, Any, datetime], Events]] = {
    ask.Take: _take,
    ask.Next: _next,
    ask.Skip: _skip,
    ask.Back: _back,
    ask.EndItem: _end_item,
    ask.Hold: _hold,
    ask.Resume: _resume,
    ask.Extend: _extend,
    ask.Trim: _trim,
    ask.Move: _move,
    ask.Slate: _slate,
    ask.ClearSlate: _clear_slate,
    ask.Announce: _announce,
    ask.ClearAnnouncement: _clear_announcement,
    ask.AnnounceBackup: _announce_backup,
    ask.ClearBackup: _clear_backup,
    ask.SetMode: _set_mode,
    ask.Reckon: _reckon,
    ask.StartOver: _start_over,
    ask.AdoptProgramme: _adopt,
}


# --- checks -------------------------------------------------------------------------------------


def _check_on_air(show: Show, field: str, believed: str | None) -> None:
    if believed != show.now:
        detail = (
            f"{field} says {believed or 'nothing'} is on air, on air is {show.now or 'nothing'}"
        )
        raise Refused("stale", detail, now=show.now)


def _check_the_clock_rules(show: Show, command: object) -> None:
    """What was due when the clock asked is not, once a person has taken over in between."""
    if not show.waits or not isinstance(command, ask.Take):
        return
    if not _known(show, command.item).is_side:
        detail = f"expected the clock to rule, came a show in which only people take {command.item}"
        raise Refused("stale", detail, now=show.now)


def _known(show: Show, item_id: str) -> ShowItem:
    entry = show.find(item_id)
    if entry is None:
        raise Refused("unknown_item", f"expected an item's id, came {item_id!r}", now=show.now)
    return entry


def _following(show: Show) -> ShowItem:
    following = show.next
    assert following is not None  # the end mark is last, and taking it ends the day
    return following


def _checked_text(show: Show, text: str, longest: int) -> str:
    """Text without blanks around it, composed, with no control characters but line breaks."""
    clean = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(clean) <= longest:
        detail = f"expected 1 to {longest} characters, came {len(clean)}"
        raise Refused("bad_text", detail, now=show.now)
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n" for sign in clean):
        raise Refused("bad_text", "expected no control characters, came some", now=show.now)
    return clean


def evolve(show: Show, event: object, *, seq: int, at: datetime) -> Show:
    """The show after an event; an event of another topic changes nothing."""
    return applied(show, event)
