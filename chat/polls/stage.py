"""The polls as everybody sees them: what is asked, how many have voted, what came of it.

This is the topic `polls`, and its snapshot:

    {"on_stage"?: "p2",                                  the one poll that pages put forward
     "polls": [{"id": "p2", "question": "…", "options": ["…", "…"], "several": false,
                "state": "open|closed|shown", "ballots": 312,
                "counts"?: [200, 112]}]}                 only while shown; oldest first

How each event changes it, here and in the browser:

    poll_opened       append {id: poll, question, options, several, state: "open", ballots: 0};
                      on_stage = poll; and trim
    ballots_counted   ballots
    poll_closed       state "closed", ballots
    poll_reopened     state "open"; on_stage = poll
    results_shown     state "shown", ballots, counts; on_stage = poll
    results_hidden    state "closed", counts absent
    poll_put_away     on_stage absent when it was this poll

Trim: while there are more than 50 polls the oldest goes that is not on stage.

Drafts are not here, and public ids are given out as polls are opened, so they count nothing hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from chat.event import Event
from chat.plain import plain, read
from chat.polls.events import (
    BallotsCounted,
    PollClosed,
    PollOpened,
    PollPutAway,
    PollReopened,
    ResultsHidden,
    ResultsShown,
)

KEPT = 50

State = Literal["open", "closed", "shown"]


@dataclass(frozen=True, slots=True)
class Poll:
    id: str
    question: str
    options: tuple[str, ...]
    several: bool
    state: State = "open"
    ballots: int = 0
    counts: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    polls: tuple[Poll, ...] = ()
    on_stage: str | None = None

    def find(self, id: str) -> Poll | None:
        return next((poll for poll in self.polls if poll.id == id), None)

    @property
    def open(self) -> Poll | None:
        """The one that takes ballots; there is at most one."""
        return next((poll for poll in self.polls if poll.state == "open"), None)


def snapshot(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = plain(stage)
    return found


def restore(data: Mapping[str, Any]) -> Stage:
    return read(Stage, data)


def evolve(stage: Stage, event: Event, *, seq: int, at: datetime) -> Stage:
    match event:
        case PollOpened(id, question, options, several):
            opened = (*stage.polls, Poll(id, question, options, several))
            return _trimmed(Stage(opened, id))
        case BallotsCounted(id, ballots):
            return _changed(stage, id, ballots=ballots)
        case PollClosed(id, ballots):
            return _changed(stage, id, state="closed", ballots=ballots)
        case PollReopened(id):
            return replace(_changed(stage, id, state="open"), on_stage=id)
        case ResultsShown(id, ballots, counts):
            shown = _changed(stage, id, state="shown", ballots=ballots, counts=counts)
            return replace(shown, on_stage=id)
        case ResultsHidden(id):
            return _changed(stage, id, state="closed", counts=None)
        case PollPutAway(id) if stage.on_stage == id:
            return replace(stage, on_stage=None)
    return stage


def _changed(stage: Stage, id: str, **changes: Any) -> Stage:
    polls = tuple(replace(one, **changes) if one.id == id else one for one in stage.polls)
    return replace(stage, polls=polls)


def _trimmed(stage: Stage) -> Stage:
    if len(stage.polls) <= KEPT:
        return stage
    oldest = next(poll for poll in stage.polls if poll.id != stage.on_stage)
    return replace(stage, polls=tuple(poll for poll in stage.polls if poll is not oldest))
