"""The polls as the moderators have them beside what everybody sees: drafts, and running results.

This is the topic `polls.desk`, and its snapshot:

    {"drafts": [{"id": "d3", "question": "…", "options": ["…", "…"], "several": false}],
     "tallies": {"p2": {"ballots": 312, "counts": [200, 112]}}}         both oldest first

How each event changes it, here and in the browser:

    poll_drafted      append {id: draft, question, options, several}
    draft_changed     question, options, several
    draft_dropped     take it out
    draft_opened      take it out; tallies[poll] = {ballots: 0, counts: a 0 for each option}; trim
    ballots_tallied   tallies[poll] = {ballots, counts}, if it is there

Trim: while there are more than 50 tallies the oldest goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chat.event import Event
from chat.plain import plain, read
from chat.polls.events import (
    BallotsTallied,
    DraftChanged,
    DraftDropped,
    DraftOpened,
    PollDrafted,
)

KEPT = 50


@dataclass(frozen=True, slots=True)
class Draft:
    id: str
    question: str
    options: tuple[str, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """`counts`: ballots for each option."""

    ballots: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    drafts: tuple[Draft, ...] = ()
    tallies: Mapping[str, Tally] = field(default_factory=dict)

    def find(self, id: str) -> Draft | None:
        return next((draft for draft in self.drafts if draft.id == id), None)


def snapshot(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = plain(desk)
    return found


def restore(data: Mapping[str, Any]) -> Desk:
    return read(Desk, data)


def evolve(desk: Desk, event: Event, *, seq: int, at: datetime) -> Desk:
    match event:
        case PollDrafted(id, question, options, several):
            return replace(desk, drafts=(*desk.drafts, Draft(id, question, options, several)))
        case DraftChanged(id, question, options, several):
            changed = Draft(id, question, options, several)
            drafts = tuple(changed if one.id == id else one for one in desk.drafts)
            return replace(desk, drafts=drafts)
        case DraftDropped(id):
            return _without(desk, id)
        case DraftOpened(id, poll):
            return _opened(desk, id, poll)
        case BallotsTallied(poll, ballots, counts) if poll in desk.tallies:
            return replace(desk, tallies={**desk.tallies, poll: Tally(ballots, counts)})
    return desk


def _without(desk: Desk, id: str) -> Desk:
    return replace(desk, drafts=tuple(one for one in desk.drafts if one.id != id))


def _opened(desk: Desk, id: str, poll: str) -> Desk:
    draft = desk.find(id)
    if draft is None:
        return desk
    tallies = {**desk.tallies, poll: Tally(0, (0,) * len(draft.options))}
    kept = dict(list(tallies.items())[-KEPT:])
    return replace(_without(desk, id), tallies=kept)
