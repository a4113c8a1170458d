r"""The help desk: what comes of somebody who asks for help, until it is settled.

    ask -> waiting --- take ----> taken --- settle (the asker, or the crew) ---> settled
              ^   \-- answer --/   |
              '------ release -----'          add: one more line of the asker's, while it is open

A person has at most one open thread; the next thing that is wrong is a line in it. One of the crew
who takes a thread answers in it alone until it is released, which any colleague may do: whoever
took it may have gone to lunch. Answering takes what nobody has taken.

One desk decides for three topics. `help.desk` (`queue.py`) is the crew's; `person:<id>` (`own.py`)
carries the thread to the one who asked; nobody else reads either. `help` is everybody's way in, and
says one thing to all: what the crew knows to be wrong already.

    {"known"?: {"text": "…", "at": "…Z"}}      known_fault_told {text, at of the frame} replaces it,
                                               known_fault_cleared takes it away

Refused: `help_open` for a second thread, `no_open_help` for a line without one, `unknown_request`
for what is not there or not one's own, `help_settled` when it is over, `taken_by_other` while a
colleague has it, `help_full` (300 open threads: the telephone stands beside the button).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from chat.errors import Refused
from chat.event import Event
from chat.helpdesk import queue
from chat.helpdesk.commands import (
    AddToHelp,
    AnswerHelp,
    AskForHelp,
    ClearKnownFault,
    EmptyHelp,
    HelpCommand,
    ReleaseHelp,
    SettleHelp,
    TakeHelp,
    TellKnownFault,
)
from chat.helpdesk.diagnosis import cleaned
from chat.helpdesk.events import (
    HelpAdded,
    HelpAnswered,
    HelpAsked,
    HelpEmptied,
    HelpReleased,
    HelpSettled,
    HelpTaken,
    KnownFaultCleared,
    KnownFaultTold,
    OwnHelpAdded,
    OwnHelpAnswered,
    OwnHelpAsked,
    OwnHelpEmptied,
    OwnHelpReleased,
    OwnHelpSettled,
    OwnHelpTaken,
)
from chat.helpdesk.queue import Queue, Request
from chat.moderation import refuse_pace
from chat.pace import Pace
from chat.people import Person, author_of
from chat.plain import plain, read
from chat.text import tidy

LINE_MOST = 600
KNOWN_MOST = 300
SPEAKING = Pace(6, timedelta(seconds=60))
CREW = frozenset({"moderator", "secretariat"})


@dataclass(frozen=True, slots=True)
class KnownFault:
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asker:
    """What the desk remembers of one person: how many threads ever, the last lines' moments."""

    count: int = 0
    moments: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Helpdesk:
    queue: Queue = field(default_factory=Queue)
    known: KnownFault | None = None
    askers: Mapping[str, Asker] = field(default_factory=dict)

    def asker(self, person: str) -> Asker:
        return self.askers.get(person, Asker())


def initial() -> Helpdesk:
    return Helpdesk()


# --- snapshots ---


def snapshot(desk: Helpdesk) -> dict[str, Any]:
    return queue.snapshot(desk.queue)


def restore(data: Mapping[str, Any]) -> Helpdesk:
    return Helpdesk(queue=queue.restore(data))


def public_snapshot(desk: Helpdesk) -> dict[str, Any]:
    return {"known": plain(desk.known)} if desk.known else {}


def public_restore(data: Mapping[str, Any]) -> Helpdesk:
    return Helpdesk(known=read(KnownFault, data["known"]) if "known" in data else None)


# --- what has happened ---


def evolve(desk: Helpdesk, event: Event, *, seq: int, at: datetime) -> Helpdesk:
    desk = replace(desk, queue=queue.evolve(desk.queue, event, seq=seq, at=at))
    match event:
        case HelpAsked(_, asker):
            return _spoke(desk, asker.id, at, threads=1)
        case HelpAdded(_, _, by):
            return _spoke(desk, by.id, at)
        case KnownFaultTold(text):
            return replace(desk, known=KnownFault(text, at))
        case KnownFaultCleared():
            return replace(desk, known=None)
    return desk


def _spoke(desk: Helpdesk, person: str, at: datetime, *, threads: int = 0) -> Helpdesk:
    before = desk.asker(person)
    asker = Asker(before.count + threads, SPEAKING.noted(before.moments, at))
    return replace(desk, askers={**desk.askers, person: asker})


# --- what is asked ---


def decide(desk: Helpdesk, command: HelpCommand, by: Person, now: datetime) -> tuple[Event, ...]:
    """What a command leads to.

    Returns:
        The events, in order; none when nothing changes.

    Raises:
        Refused: with one of the codes named above, in `moderation.py` and in `text.py`.
    """
    match command:
        case AskForHelp():
            return _asked(desk, command, by, now)
        case AddToHelp(text):
            return _added(desk, text, by, now)
        case TakeHelp(id):
            return _taken(_workable(desk, id, by), by)
        case ReleaseHelp(id):
            return _released(_open(desk, id, by), by)
        case AnswerHelp(id, text):
            return _answered(_workable(desk, id, by), text, by)
        case SettleHelp(id):
            return _settled(_open(desk, id, by), by)
        case TellKnownFault(text):
            return _told(desk, tidy(text, KNOWN_MOST))
        case ClearKnownFault():
            return (KnownFaultCleared(),) if desk.known else ()
        case EmptyHelp(persons):
            return HelpEmptied(), *(OwnHelpEmptied(person) for person in sorted(set(persons)))
        case _:
            assert_never(command)


def _asked(desk: Helpdesk, command: AskForHelp, by: Person, now: datetime) -> tuple[Event, ...]:
    wanted = command.what == "something_else" or bool((command.text or "").strip())
    text = tidy(command.text or "", LINE_MOST) if wanted else None
    if (standing := desk.queue.open_of(by.id)) is not None:
        raise Refused(
            "help_open", "expected nothing open, came a second request", request=standing.id
        )
    _refuse_haste(desk, by, now)
    if desk.queue.count_open >= queue.OPEN_MOST:
        raise Refused("help_full", f"expected fewer than {queue.OPEN_MOST} open requests")
    id, asker = f"{by.id}.h{desk.asker(by.id).count + 1}", author_of(by)
    diagnosis = cleaned(command.diagnosis)
    return (
        HelpAsked(id, asker, command.what, diagnosis, text, by.municipality),
        OwnHelpAsked(by.id, id, command.what, text),
    )


def _added(desk: Helpdesk, text: str, by: Person, now: datetime) -> tuple[Event, ...]:
    text = tidy(text, LINE_MOST)
    request = desk.queue.open_of(by.id)
    if request is None:
        raise Refused("no_open_help", "expected an open request of yours, came none")
    _refuse_haste(desk, by, now)
    me = author_of(by)
    return HelpAdded(request.id, text, me), OwnHelpAdded(by.id, request.id, text, me)


def _refuse_haste(desk: Helpdesk, by: Person, now: datetime) -> None:
    refuse_pace(SPEAKING.wait_ms(desk.asker(by.id).moments, now))


def _open(desk: Helpdesk, id: str, by: Person) -> Request:
    request = desk.queue.requests.get(id)
    if request is None or (by.id != request.asker.id and by.role not in CREW):
        raise Refused("unknown_request", f"expected a request of yours, came {id!r:.40}")
    if not request.is_open:
        raise Refused("help_settled", "expected an open request, came one that is settled")
    return request


def _workable(desk: Helpdesk, id: str, by: Person) -> Request:
    request = _open(desk, id, by)
    if request.taken_by is not None and request.taken_by.id != by.id:
        raise Refused(
            "taken_by_other", "expected what no colleague has taken", by=request.taken_by.name
        )
    return request


def _taken(request: Request, by: Person) -> tuple[Event, ...]:
    if request.taken_by is not None:
        return ()
    me = author_of(by)
    return HelpTaken(request.id, me), OwnHelpTaken(request.asker.id, request.id, me)


def _released(request: Request, by: Person) -> tuple[Event, ...]:
    if request.taken_by is None:
        return ()
    return (
        HelpReleased(request.id, author_of(by)),
        OwnHelpReleased(request.asker.id, request.id),
    )


def _answered(request: Request, text: str, by: Person) -> tuple[Event, ...]:
    text, me = tidy(text, LINE_MOST), author_of(by)
    return (
        HelpAnswered(request.id, text, me),
        OwnHelpAnswered(request.asker.id, request.id, text, me),
    )


def _settled(request: Request, by: Person) -> tuple[Event, ...]:
    me = author_of(by)
    return HelpSettled(request.id, me), OwnHelpSettled(request.asker.id, request.id, me)


def _told(desk: Helpdesk, text: str) -> tuple[Event, ...]:
    return () if desk.known and desk.known.text == text else (KnownFaultTold(text),)
