"""Polls: what comes of a question put to everybody at once, from the draft to the result.

    draft --open--> open --close--> closed --show--> shown
      |              ^ '------------show--------------^ |
      '-drop         '----reopen----'  ^-----hide-------'

One unit decides for three topics: `polls` (`stage.py`, what everybody sees), `polls.desk`
(`drafts.py`, the moderators' drafts and running results) and `polls.ballots`, which nobody may
read: who voted what is kept there so that each person counts once, exactly, also after a crash.

Invariants, in every state:

1.  At most one poll is open. The one on stage is the one opened, reopened or shown last, until it
    is put away; an open poll is on stage.
2.  A person's last ballot counts, and no other; it may be changed or taken back while the poll is
    open. Nobody's name is on any topic that another person may read.
3.  What the ballots are for is known to the moderators alone until the result is shown. A poll
    whose result has been shown does not open again before it is hidden.
4.  Sums are told at most once a second: with the ballot itself when the last sum is old enough,
    else by `CountBallots` when the second is over. The sums at the close are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chat import moderation
from chat.errors import Refused
from chat.event import Event
from chat.people import Person
from chat.polls import ballots, drafts, stage
from chat.polls.ballots import Box
from chat.polls.commands import (
    CastBallot,
    ChangeDraft,
    ClosePoll,
    CountBallots,
    DraftPoll,
    DropDraft,
    HideResults,
    OpenPoll,
    PollCommand,
    PutPollAway,
    ReopenPoll,
    ShowResults,
)
from chat.polls.drafts import Desk, Draft, Tally
from chat.polls.events import (
    BallotCast,
    BallotsCounted,
    BallotsTallied,
    DraftChanged,
    DraftDropped,
    DraftOpened,
    OwnBallotCast,
    PollClosed,
    PollDrafted,
    PollOpened,
    PollPutAway,
    PollReopened,
    ResultsHidden,
    ResultsShown,
)
from chat.polls.stage import Poll, Stage
from chat.text import tidy

QUESTION_MOST = 300
OPTION_MOST = 120
OPTIONS_LEAST, OPTIONS_MOST = 2, 10
DRAFTS_MOST = 50

DO, NOTHING = "do", "nothing"

# What a command meets in each state: it is done, accepted without effect, or refused with a code.
# fmt: off
TABLE: dict[type, dict[str, str]] = {
    command: dict(zip(("open", "closed", "shown"), cells, strict=True))
    for command, cells in {
        #             open         closed         shown
        CastBallot:  (DO,          "poll_closed", "poll_closed"),
        ClosePoll:   (DO,          NOTHING,       NOTHING),
        ReopenPoll:  (NOTHING,     DO,            "results_shown"),
        ShowResults: (DO,          DO,            DO),
        HideResults: (NOTHING,     NOTHING,       DO),
        PutPollAway: ("poll_open", DO,            DO),
    }.items()
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Polls:
    """
    Args:
        boxes: by public id, of the polls that are still known.
        drafted: drafts ever made; names the next.
        opened: polls ever opened; names the next.
    """

    stage: Stage = field(default_factory=Stage)
    desk: Desk = field(default_factory=Desk)
    boxes: Mapping[str, Box] = field(default_factory=dict)
    drafted: int = 0
    opened: int = 0


def initial() -> Polls:
    return Polls()


def count_due(polls: Polls, now: datetime) -> datetime | None:
    """When the next `CountBallots` has something to tell; None while nothing waits."""
    poll = polls.stage.open
    return polls.boxes[poll.id].due_at(now) if poll is not None else None


# --- snapshots ---


def snapshot(polls: Polls) -> dict[str, Any]:
    return stage.snapshot(polls.stage)


def restore(data: Mapping[str, Any]) -> Polls:
    return Polls(stage=stage.restore(data))


def desk_snapshot(polls: Polls) -> dict[str, Any]:
    return drafts.snapshot(polls.desk)


def desk_restore(data: Mapping[str, Any]) -> Polls:
    return Polls(desk=drafts.restore(data))


def ballots_snapshot(polls: Polls) -> dict[str, Any]:
    """Nothing: nobody reads it, and were there a hole in that rule, there is nothing to see."""
    return {}


def ballots_restore(data: Mapping[str, Any]) -> Polls:
    return Polls()


# --- what is asked ---


def decide(polls: Polls, command: PollCommand, by: Person, now: datetime) -> tuple[Event, ...]:
    """What a command leads to.

    Returns:
        The events, in order; none when nothing changes.

    Raises:
        Refused: `unknown_draft`, `unknown_poll`, a code of the table, or one named below.
    """
    match command:
        case DraftPoll():
            if len(polls.desk.drafts) >= DRAFTS_MOST:
                raise Refused("too_many_drafts", f"expected fewer than {DRAFTS_MOST} drafts")
            return (PollDrafted(f"d{polls.drafted + 1}", *_asked(command)),)
        case ChangeDraft():
            return _changed(_draft(polls, command.draft), command)
        case DropDraft():
            return (DraftDropped(_draft(polls, command.draft).id),)
        case OpenPoll():
            return _opened(polls, _draft(polls, command.draft))
        case CountBallots():
            poll = polls.stage.open
            return _told(polls.boxes[poll.id], poll, now) if poll is not None else ()
    poll = _poll(polls, command.poll)
    cell = TABLE[type(command)][poll.state]
    if cell not in (DO, NOTHING):
        detail = f"expected a poll that takes this, came one that is {poll.state}"
        raise Refused(cell, detail)
    return _HANDLERS[type(command)](polls, poll, command, by, now) if cell == DO else ()


def _draft(polls: Polls, id: str) -> Draft:
    draft = polls.desk.find(id)
    if draft is None:
        raise Refused("unknown_draft", f"expected a draft's id, came {id!r:.40}")
    return draft


def _poll(polls: Polls, id: str) -> Poll:
    poll = polls.stage.find(id)
    if poll is None:
        raise Refused("unknown_poll", f"expected a poll's id, came {id!r:.40}")
    return poll


# --- drafts ---


def _asked(command: DraftPoll | ChangeDraft) -> tuple[str, tuple[str, ...], bool]:
    """Question, options and kind, tidied.

    Raises:
        Refused: `out_of_range`, `same_option`, or one of `text.tidy`.
    """
    moderation.refuse_outside("options", len(command.options), OPTIONS_LEAST, OPTIONS_MOST)
    options = tuple(tidy(option, OPTION_MOST) for option in command.options)
    if len({option.casefold() for option in options}) < len(options):
        raise Refused("same_option", "expected options that differ, came one twice")
    return tidy(command.question, QUESTION_MOST), options, command.several


def _changed(draft: Draft, command: ChangeDraft) -> tuple[Event, ...]:
    asked = _asked(command)
    same = asked == (draft.question, draft.options, draft.several)
    return () if same else (DraftChanged(draft.id, *asked),)


def _opened(polls: Polls, draft: Draft) -> tuple[Event, ...]:
    _refuse_another(polls)
    id = f"p{polls.opened + 1}"
    return (
        DraftOpened(draft.id, id),
        PollOpened(id, draft.question, draft.options, draft.several),
    )


def _refuse_another(polls: Polls) -> None:
    if (another := polls.stage.open) is not None:
        raise Refused(
            "another_poll_open", f"expected no other poll to be open, {another.id} is",
            poll=another.id,
        )  # fmt: skip


# --- ballots ---


def _cast(
    polls: Polls, poll: Poll, command: CastBallot, by: Person, now: datetime
) -> tuple[Event, ...]:
    choices = _choices(poll, command.choices)
    box = polls.boxes[poll.id]
    if choices == box.of(by.id):
        return ()
    told = _told(box.with_ballot(by.id, choices), poll, now)
    cast = BallotCast(poll.id, by.id, choices)
    return (cast, OwnBallotCast(by.id, poll.id, choices), *told)


def _choices(poll: Poll, choices: tuple[int, ...]) -> tuple[int, ...]:
    """The places in order.

    Raises:
        Refused: `bad_choice`, with the fact `most`, how many may be chosen.
    """
    most = len(poll.options) if poll.several else 1
    chosen = tuple(sorted(set(choices)))
    fits = all(0 <= place < len(poll.options) for place in chosen)
    if not fits or len(choices) != len(chosen) or len(chosen) > most:
        detail = f"expected at most {most} different of {len(poll.options)} options"
        raise Refused("bad_choice", f"{detail}, came {list(choices)!r:.60}", most=most)
    return chosen


def _told(box: Box, poll: Poll, now: datetime) -> tuple[Event, ...]:
    """The sums, when they may be told now."""
    due = box.due_at(now)
    return () if due is None or due > now else _sums(box, poll)


def _sums(box: Box, poll: Poll) -> tuple[Event, ...]:
    tallied = BallotsTallied(poll.id, box.sums.ballots, box.sums.counts)
    if box.sums.ballots == poll.ballots:
        return (tallied,)
    return (tallied, BallotsCounted(poll.id, box.sums.ballots))


# --- the stage ---


def _closed(
    polls: Polls, poll: Poll, command: ClosePoll, by: Person, now: datetime
) -> tuple[Event, ...]:
    box = polls.boxes[poll.id]
    last = BallotsTallied(poll.id, box.sums.ballots, box.sums.counts)
    closed = PollClosed(poll.id, box.sums.ballots)
    return (last, closed) if box.is_pending else (closed,)


def _reopened(
    polls: Polls, poll: Poll, command: ReopenPoll, by: Person, now: datetime
) -> tuple[Event, ...]:
    _refuse_another(polls)
    return (PollReopened(poll.id),)


def _shown(
    polls: Polls, poll: Poll, command: ShowResults, by: Person, now: datetime
) -> tuple[Event, ...]:
    if poll.state == "shown" and polls.stage.on_stage == poll.id:
        return ()
    if poll.state != "open":
        _refuse_another(polls)  # what is open stays on stage
    sums = polls.boxes[poll.id].sums
    shown = ResultsShown(poll.id, sums.ballots, sums.counts)
    if poll.state == "open":
        return (*_closed(polls, poll, ClosePoll(poll.id), by, now), shown)
    return (shown,)


def _hidden(
    polls: Polls, poll: Poll, command: HideResults, by: Person, now: datetime
) -> tuple[Event, ...]:
    return (ResultsHidden(poll.id),)


def _put_away(
    polls: Polls, poll: Poll, command: PutPollAway, by: Person, now: datetime
) -> tuple[Event, ...]:
    return (PollPutAway(poll.id),) if polls.stage.on_stage == poll.id else ()


_HANDLERS: dict[type, Callable[..., tuple[Event, ...]]] = {
    CastBallot: _cast,
    ClosePoll: _closed,
    ReopenPoll: _reopened,
    ShowResults: _shown,
    HideResults: _hidden,
    PutPollAway: _put_away,
}


# --- what has happened ---


def evolve(polls: Polls, event: Event, *, seq: int, at: datetime) -> Polls:
    """Fold one event in; each part takes what concerns it."""
    polls = replace(
        polls,
        stage=stage.evolve(polls.stage, event, seq=seq, at=at),
        desk=drafts.evolve(polls.desk, event, seq=seq, at=at),
    )
    match event:
        case PollDrafted():
            return replace(polls, drafted=polls.drafted + 1)
        case PollOpened(id, _, options):
            known = {poll.id for poll in polls.stage.polls}
            kept = {poll: box for poll, box in polls.boxes.items() if poll in known}
            boxes = {**kept, id: ballots.empty(len(options))}
            return replace(polls, boxes=boxes, opened=polls.opened + 1)
        case BallotCast(id, person, choices) if id in polls.boxes:
            return _with_box(polls, id, polls.boxes[id].with_ballot(person, choices))
        case BallotsTallied(id, count, counts) if id in polls.boxes:
            return _with_box(polls, id, polls.boxes[id].with_told(Tally(count, counts), at))
    return polls


def _with_box(polls: Polls, id: str, box: Box) -> Polls:
    return replace(polls, boxes={**polls.boxes, id: box})
